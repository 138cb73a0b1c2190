"""The same parameters and gradients for an optimizer of ours and for PyTorch's."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

torch = pytest.importorskip("torch")

SHAPES = ((3, 4), (5,), ())
SIDES = (ours, torch)


def module(side: Any, name: str) -> Any:
    """A module of either library, which PyTorch hides from attribute access."""
    return importlib.import_module(f"{side.__name__}.{name}")


def parameters(side: Any, dtype: str, seed: int = 0) -> list[Any]:
    """Leaves of several shapes; the same numbers on both sides."""
    draw = np.random.default_rng(seed)
    numbers = [draw.normal(size=shape) for shape in SHAPES]
    return [
        side.tensor(it.tolist(), dtype=getattr(side, dtype), requires_grad=True) for it in numbers
    ]


def numbers(tensor: Any) -> Any:
    return np.array(tensor.detach().double().numpy())


def set_gradients(side: Any, params: list[Any], step: int) -> float:
    """Gradients of a bowl with a ripple, and some noise that is the same on both sides."""
    draw = np.random.default_rng(100 + step)
    total = 0.0
    for k, p in enumerate(params):
        x = numbers(p)
        noise = draw.normal(size=x.shape)
        if k == 1 and step % 5 == 3:
            p.grad = None  # a parameter that this step did not use
            continue
        g = 0.5 * x + np.sin(3 * x) + 0.3 * noise
        p.grad = side.tensor(g.tolist(), dtype=p.dtype)
        total += float((0.25 * x * x - np.cos(3 * x) / 3).sum())
    return total


def groups(params: list[Any], option: dict[str, Any] | None) -> Any:
    """All in one group; or two, the second with an option of its own."""
    if option is None:
        return params
    return [{"params": params[:1]}, {"params": params[1:], **option}]


def compare_states(own: Any, theirs: Any, rtol: float, path: str = "") -> None:
    """The same keys, kinds and numbers, however nested."""
    if hasattr(theirs, "detach"):
        assert str(own.dtype) == str(theirs.dtype), path
        assert tuple(own.shape) == tuple(theirs.shape), path
        np.testing.assert_allclose(
            numbers(own), numbers(theirs), rtol=rtol, atol=rtol, err_msg=path
        )
    elif isinstance(theirs, dict):
        assert list(own) == list(theirs), path
        for key in theirs:
            compare_states(own[key], theirs[key], rtol, f"{path}.{key}")
    elif isinstance(theirs, list | tuple):
        assert type(own) is type(theirs), path
        assert len(own) == len(theirs), path
        for k, (a, b) in enumerate(zip(own, theirs, strict=True)):
            compare_states(a, b, rtol, f"{path}[{k}]")
    elif isinstance(theirs, float):
        assert own == pytest.approx(theirs, rel=rtol, abs=rtol), path
    else:
        assert own == theirs, path


def translated(value: Any, side: Any) -> Any:
    """A state dict with its tensors as the other library's."""
    if hasattr(value, "detach"):
        name = str(value.dtype).removeprefix("torch.")
        return side.tensor(value.detach().tolist(), dtype=getattr(side, name))
    if isinstance(value, dict):
        return {key: translated(it, side) for key, it in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([translated(it, side) for it in value])
    return value
