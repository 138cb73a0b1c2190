"""The step of an LSTM and of a GRU: gradients of first and second order, on both faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.torch as ours
from minitorch.gates import GruGates, LstmGates

from .both import to_numpy, to_ours, torch


def lstm(gates: Any, c: Any) -> Any:
    i, f, g, o = gates.chunk(4, 1)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


def gru(x: Any, s: Any, h: Any) -> Any:
    (x_r, x_z, x_n), (s_r, s_z, s_n) = x.chunk(3, 1), s.chunk(3, 1)
    r, z = (x_r + s_r).sigmoid(), (x_z + s_z).sigmoid()
    n = (x_n + r * s_n).tanh()
    return ((1 - z) * n + z * h,)


CASES: list[tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, int]]]] = [
    (LstmGates.apply, lstm, [(2, 12), (2, 3)]),
    (lambda *given: (GruGates.apply(*given),), gru, [(2, 9), (2, 9), (2, 3)]),
]


@pytest.mark.parametrize(("step", "formula", "shapes"), CASES, ids=["lstm", "gru"])
def test_step_and_its_derivatives(step: Any, formula: Any, shapes: Any) -> None:
    torch.manual_seed(0)
    theirs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    mine = [to_ours(x) for x in theirs]
    seeds = [torch.randn(2, 3, dtype=torch.float64) for _ in formula(*theirs)]
    found: list[list[Any]] = []
    for library, f, given in ((torch, formula, theirs), (ours, step, mine)):
        own = seeds if library is torch else [*map(to_ours, seeds)]
        outputs = f(*given)
        total = sum((out * seed).sum() for out, seed in zip(outputs, own, strict=True))
        first = library.autograd.grad(total, given, create_graph=True)
        again = sum((d * d).sum() for d in first)
        second = library.autograd.grad(again, given)
        found.append([*outputs, *first, *second])
    for a, b in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-10, atol=1e-12)


def test_one_result_may_go_unused() -> None:
    gates = ours.zeros(1, 8, requires_grad=True)
    c = ours.ones(1, 2, requires_grad=True)
    _, new = LstmGates.apply(gates, c)
    new.sum().backward()
    assert c.grad.tolist() == [[0.5, 0.5]]


def test_course_tensors_take_the_same_step() -> None:
    c = minitorch.tensor([[2.0]], requires_grad=True)
    h, new = LstmGates.apply(minitorch.tensor([[0.0, 0.0, 0.0, 0.0]]), c)
    (h + new).sum().backward()
    assert new[0, 0] == 1.0
    assert c.grad is not None
    assert abs(c.grad[0, 0] - (0.5 + 0.25 * (1 - np.tanh(1.0) ** 2))) < 1e-9
