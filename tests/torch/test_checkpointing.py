"""A part that is computed again in backward: same results, same gradients, nothing kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    set_checkpoint_early_stop,
)

reentrant = pytest.mark.parametrize("use_reentrant", [False, True])


def model() -> Any:
    ours.manual_seed(0)
    return ours.nn.Sequential(ours.nn.Linear(3, 4), ours.nn.Tanh(), ours.nn.Linear(4, 2))


def gradients(net: Any, x: Any) -> list[Any]:
    found = [np.array(p.grad.numpy()) for p in (*net.parameters(), x)]
    for p in (*net.parameters(), x):
        p.grad = None
    return found


@reentrant
def test_gradients_are_those_without(use_reentrant: bool) -> None:
    net = model()
    x = ours.randn(5, 3, requires_grad=True)
    net(x).pow(2).sum().backward()
    plain = gradients(net, x)
    out = checkpoint(net, x, use_reentrant=use_reentrant)
    assert out.requires_grad
    out.pow(2).sum().backward()
    for own, wanted in zip(gradients(net, x), plain, strict=True):
        np.testing.assert_allclose(own, wanted, rtol=1e-6)
    out = checkpoint_sequential(net, 2, x, use_reentrant=use_reentrant)
    out.pow(2).sum().backward()
    for own, wanted in zip(gradients(net, x), plain, strict=True):
        np.testing.assert_allclose(own, wanted, rtol=1e-6)


def test_parameters_get_gradients_without_any_from_the_input() -> None:
    net = model()
    x = ours.randn(5, 3)
    checkpoint(net, x, use_reentrant=False).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        out = checkpoint(net, x, use_reentrant=True)
    assert not out.requires_grad


def test_a_part_of_a_longer_graph() -> None:
    w = ours.tensor([2.0, 3.0], requires_grad=True)
    x = ours.tensor([1.0, 4.0], requires_grad=True)
    y = w * x  # not a leaf, and read by the part from outside
    calls: list[int] = []

    def part(x: Any, *, scale: float) -> dict[str, Any]:
        calls.append(1)
        return {"z": (x * y * scale).exp(), "text": "kept", "x": x}

    out = checkpoint(part, x * 0.1, use_reentrant=False, scale=0.5)
    assert out["text"] == "kept"
    gw, gx = ours.autograd.grad(out["z"].sum(), [w, x])
    assert len(calls) == 2
    plain = (x * 0.1 * w * x * 0.5).exp().sum()
    for own, wanted in zip((gw, gx), ours.autograd.grad(plain, [w, x]), strict=True):
        np.testing.assert_allclose(own.numpy(), wanted.numpy(), rtol=1e-5)


def test_the_same_random_numbers_are_drawn_again() -> None:
    x = ours.ones(1000, requires_grad=True)

    def part(x: Any) -> Any:
        return ours.nn.functional.dropout(x, 0.5)

    out = checkpoint(part, x, use_reentrant=False)
    ours.rand(3)  # the generator has gone on when the part is run again
    before = ours.get_rng_state()
    out.sum().backward()
    assert (ours.get_rng_state() == before).all()
    assert ((out != 0) == (x.grad != 0)).all()
    out = checkpoint(part, x, use_reentrant=False, preserve_rng_state=False)
    x.grad = None
    out.sum().backward()
    assert not ((out != 0) == (x.grad != 0)).all()


def test_what_backward_needs_is_not_kept() -> None:
    kept: list[Any] = []

    def part(x: Any) -> Any:
        y = x.exp()
        kept.append(weakref.ref(y))
        return y * y

    x = ours.ones(3, requires_grad=True)
    out = checkpoint(part, x, use_reentrant=False)
    gc.collect()
    assert kept[0]() is None
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp(2.0), rtol=1e-6)


def test_second_derivatives() -> None:
    x = ours.tensor([2.0], requires_grad=True)
    out = checkpoint(lambda x: x * x * x, x, use_reentrant=False)
    (first,) = ours.autograd.grad(out.sum(), x, create_graph=True)
    (second,) = ours.autograd.grad(first.sum(), x)
    assert (first.item(), second.item()) == (12.0, 12.0)


def test_nested() -> None:
    x = ours.tensor([2.0], requires_grad=True)

    def outer(x: Any) -> Any:
        return checkpoint(lambda y: y * y, x * 3, use_reentrant=False) + x

    checkpoint(outer, x, use_reentrant=False).sum().backward()
    assert x.grad.item() == 37.0


def test_contexts_of_both_runs() -> None:
    told: list[str] = []

    class Note:
        def __init__(self, text: str) -> None:
            self.text = text

        def __enter__(self) -> None:
            told.append(self.text)

        def __exit__(self, *_: object) -> None:
            pass

    x = ours.ones(2, requires_grad=True)
    out = checkpoint(
        lambda x: x * x,
        x,
        use_reentrant=False,
        context_fn=lambda: (Note("first"), Note("again")),
    )
    assert told == ["first"]
    with set_checkpoint_early_stop(False):
        out.sum().backward()
    assert told == ["first", "again"]


def test_without_gradients() -> None:
    x = ours.ones(2, requires_grad=True)
    with ours.no_grad():
        assert not checkpoint(lambda x: x * 2, x, use_reentrant=False).requires_grad
    assert checkpoint(lambda x: 3, x, use_reentrant=False) == 3


def test_mistakes() -> None:
    x = ours.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(lambda x: x * 2, x)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint_sequential([lambda x: x * 2], 1, x)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(lambda x, scale: x * scale, x, use_reentrant=True, scale=2)
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        checkpoint(lambda x: x, x, use_reentrant=True, debug=True)
    sizes = [2, 1]
    out = checkpoint(lambda x: x[: sizes.pop(0)] * 2, x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="different metadata"):
        out.sum().backward()
    results = [(x * 2, x * 3), (x * 2,)]
    out = checkpoint(lambda x: results.pop(0), x * 1, use_reentrant=False)
    assert len(out) == 2
