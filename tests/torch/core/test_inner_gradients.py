"""torch.autograd.grad of what is no leaf: what lies before is neither computed nor freed."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as ours

torch = pytest.importorskip("torch")
both_sides = pytest.mark.parametrize("side", [ours, torch], ids=["ours", "torch"])


@both_sides
def test_the_graph_before_is_still_there(side: Any) -> None:
    x = side.tensor([2.0], requires_grad=True)
    y = x * x
    z = y * 3.0
    (g,) = side.autograd.grad(z, y)
    assert g.item() == 3.0
    y.backward()
    assert x.grad.item() == 4.0


@both_sides
def test_a_graph_before_that_was_freed_is_not_asked_for(side: Any) -> None:
    x = side.tensor([2.0], requires_grad=True)
    y = x * x
    z = y * y
    y.backward(retain_graph=False)
    assert side.autograd.grad(z, y)[0].item() == 8.0


@both_sides
def test_functions_before_are_not_called(side: Any) -> None:
    calls: list[int] = []

    class Told(side.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1.0

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            calls.append(1)
            return g

    x = side.tensor([2.0], requires_grad=True)
    y = Told.apply(x)
    w = side.tensor([5.0], requires_grad=True)
    assert side.autograd.grad(y * w, w, retain_graph=True)[0].item() == 2.0
    assert side.autograd.grad(y * y, y)[0].item() == 4.0
    assert not calls


@both_sides
def test_inner_and_outer_at_once(side: Any) -> None:
    x = side.tensor([2.0], requires_grad=True)
    y = x * x
    unused = side.tensor([1.0], requires_grad=True)
    found = side.autograd.grad(y * x, [x, y, unused], allow_unused=True)
    assert [None if g is None else g.item() for g in found] == [12.0, 2.0, None]
