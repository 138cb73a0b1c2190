"""One expression, evaluated under both libraries: values, dtypes, gradients of both orders.

Idea: a case is a function of the library and of tensors: `lambda t, x, y: t.hypot(x, y)`. The same
    numbers go in on both sides, and what comes out is compared.
Not here: the cases (test_*.py).
Read next: test_elementwise.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import minitorch.torch as ours

theirs: Any = pytest.importorskip("torch", reason="compares with PyTorch: make peers")
Array = npt.NDArray[Any]
Case = Callable[..., Any]


def numbers(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Array:
    """Always the same numbers, in float64."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def outputs(result: Any) -> list[Any]:
    """The tensors and numbers of a result, in a row."""
    if isinstance(result, tuple | list):
        return [it for part in result for it in outputs(part)]
    return [result]


def same(found: Any, expected: Any, rtol: float = 1e-9, atol: float = 1e-11) -> None:
    """Compare two results, tensors in them by values, dtype and shape."""
    mine, known = outputs(found), outputs(expected)
    assert len(mine) == len(known)
    for a, b in zip(mine, known, strict=True):
        if not hasattr(b, "dtype"):
            assert type(a) is type(b)
            assert a == pytest.approx(b)
            continue
        assert str(a.dtype) == str(b.dtype)
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(
            a.detach().numpy(), b.detach().numpy(force=True), rtol=rtol, atol=atol, equal_nan=True
        )


def check(case: Case, *arrays: Any, rtol: float = 1e-9, atol: float = 1e-11) -> None:
    """Values only."""
    found = case(ours, *[ours.tensor(a) for a in arrays])
    expected = case(theirs, *[theirs.tensor(a) for a in arrays])
    same(found, expected, rtol, atol)


def check_gradients(case: Case, *arrays: Array, rtol: float = 1e-7, atol: float = 1e-9) -> None:
    """Values, gradients, and gradients of a sum of squared gradients."""
    results: list[Any] = []
    for library in (ours, theirs):
        inputs = [library.tensor(a, requires_grad=True) for a in arrays]
        made = [
            it
            for it in outputs(case(library, *inputs))
            if hasattr(it, "requires_grad") and it.requires_grad
        ]
        weighted: Any = sum(
            (it * library.tensor(np.cos(np.arange(it.numel())).reshape(tuple(it.shape)))).sum()
            for it in made
        )
        first = library.autograd.grad(weighted, inputs, create_graph=True, allow_unused=True)
        squared: Any = sum((g * g).sum() for g in first if g is not None)
        second: list[Any] = [None] * len(inputs)
        if hasattr(squared, "requires_grad") and squared.requires_grad:
            second = list(library.autograd.grad(squared, inputs, allow_unused=True))
        results.append((made, first, second))
    (made, first, second), (known, slopes, curves) = results
    same(made, known, rtol, atol)
    for found, expected in ((first, slopes), (second, curves)):
        for a, b in zip(found, expected, strict=True):
            mine = np.zeros(1) if a is None else a.detach().numpy()
            wanted = np.zeros(1) if b is None else b.detach().numpy(force=True)
            np.testing.assert_allclose(
                np.broadcast_to(mine, np.broadcast_shapes(mine.shape, wanted.shape)),
                np.broadcast_to(wanted, np.broadcast_shapes(mine.shape, wanted.shape)),
                rtol=rtol * 10,
                atol=atol * 10,
            )


def check_errors(case: Case, *arrays: Any) -> None:
    """Both raise, and ours is of the kind that theirs is."""
    with pytest.raises(Exception) as known:  # noqa: PT011 - whatever PyTorch raises
        case(theirs, *[theirs.tensor(a) for a in arrays])
    with pytest.raises(known.type):
        case(ours, *[ours.tensor(a) for a in arrays])
