"""Order under both libraries, also where numbers are equal or are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .both import check, check_gradients, numbers


def ties(seed: int, *shape: int) -> Any:
    """Few different numbers, some of them NaN."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 6, shape).astype(np.float64)
    values[rng.random(shape) < 0.1] = np.nan
    return values


CASES: dict[str, Callable[..., Any]] = {
    "sort": lambda t, x: tuple(x.sort(dim=-1, stable=True)),
    "sort descending": lambda t, x: tuple(t.sort(x, 0, True)),
    "argsort": lambda t, x: x.argsort(dim=1, descending=True, stable=True),
    "msort": lambda t, x: t.msort(x),
    "topk": lambda t, x: tuple(x.topk(3)),
    "topk smallest": lambda t, x: tuple(x.topk(7, 1, largest=False)),
    "topk in any order": lambda t, x: tuple(x.topk(5, dim=0, sorted=False)),
    "kthvalue": lambda t, x: tuple(x.kthvalue(4, 1, keepdim=True)),
    "unique": lambda t, x: t.unique(x, return_inverse=True, return_counts=True),
    "unique_consecutive": lambda t, x: t.unique_consecutive(x, True, True),
}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", CASES)
def test_ties(name: str, seed: int) -> None:
    values = ties(seed, 8, 9 if seed < 8 else 300)
    check(CASES[name], np.nan_to_num(values) if name == "unique" else values)


@pytest.mark.parametrize("name", ["sort", "sort descending", "topk", "topk smallest", "kthvalue"])
def test_gradients(name: str) -> None:
    check_gradients(lambda t, x: CASES[name](t, x * x)[0], numbers(8, 9))


@pytest.mark.parametrize("right", [False, True])
def test_search(right: bool) -> None:
    check(lambda t, x: t.searchsorted(x.sort().values, x * 1.1, right=right), ties(1, 4, 6) % 5)
    edges = np.array([-1.0, 0.0, 0.5])
    check(lambda t, x: t.bucketize(x, t.tensor(edges), right=right, out_int32=True), numbers(5))
    check(lambda t, x: t.searchsorted(t.tensor(edges), 0.0, right=right), numbers(5))


def test_unique_slices() -> None:
    rows = np.array([[1.0, 2.0], [0.0, 3.0], [1.0, 2.0]])
    check(lambda t, x: t.unique(x, dim=0, return_inverse=True, return_counts=True), rows)
    check(lambda t, x: t.unique_consecutive(x, dim=1), rows)
    check(lambda t, x: t.unique(x > 0.5), rows)


def test_names_of_results() -> None:
    check(lambda t, x: (x.sort().values, x.topk(2).indices, x.kthvalue(1).values), numbers(4))
