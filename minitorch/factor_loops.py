"""Factorisations of matrices, on storage: LAPACK through NumPy, and the loops that NumPy lacks.

Idea: `factorise(kind, ...)` writes the factors of a batch of matrices into arrays; LAPACK computes
    in float64 and is rounded once. Of its own are the pivots of Gauss's elimination and of
    symmetric matrices, which LAPACK knows and NumPy does not show.
Not here: gradients (factorisations.py), the matrix product (fast_ops.py).
Read next: factorisations.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.errors import LinAlgError
from minitorch.launches import launched, note
from minitorch.tensor_data import Ints, TensorData

__all__ = ["FactorOps", "eliminate", "eliminate_symmetric"]

Array = npt.NDArray[Any]
INT32 = np.dtype("int32")


# Loops, plain and compiled (fast_factors.py).


def eliminate(a: Array, pivots: Array) -> None:
    """Gauss's elimination of each matrix of (N, m, n), in place: L below the diagonal, U above.

    pivots[i], counted from 1, is the row that row i is exchanged with: that of the largest number.
    """
    for b in range(a.shape[0]):
        for k in range(min(a.shape[1], a.shape[2])):
            best = k
            for i in range(k + 1, a.shape[1]):
                if abs(a[b, i, k]) > abs(a[b, best, k]):
                    best = i
            pivots[b, k] = best + 1
            if a[b, best, k] == 0.0:
                continue
            if best != k:
                for j in range(a.shape[2]):
                    a[b, k, j], a[b, best, j] = a[b, best, j], a[b, k, j]
            for i in range(k + 1, a.shape[1]):
                a[b, i, k] /= a[b, k, k]
                factor = a[b, i, k]
                for j in range(k + 1, a.shape[2]):
                    a[b, i, j] -= factor * a[b, k, j]


def eliminate_symmetric(a: Array, pivots: Array) -> None:
    """L D L^T of each symmetric matrix of (N, n, n), in place, reading and writing its lower half.

    Bunch and Kaufman 1977, as LAPACK's sytf2: D has blocks of one or two rows; a negative pivot,
    twice, marks a block of two.
    """
    ratio = (1.0 + 17.0**0.5) / 8.0
    size = a.shape[1]
    for b in range(a.shape[0]):
        k = 0
        while k < size:
            step, pivot = 1, k
            here = abs(a[b, k, k])
            row, highest = k, 0.0
            for i in range(k + 1, size):
                if abs(a[b, i, k]) > highest:
                    row, highest = i, abs(a[b, i, k])
            if max(here, highest) != 0.0 and here < ratio * highest:
                other = 0.0
                for j in range(k, row):
                    other = max(other, abs(a[b, row, j]))
                for i in range(row + 1, size):
                    other = max(other, abs(a[b, i, row]))
                if here < ratio * highest * (highest / other):
                    pivot = row
                    if abs(a[b, row, row]) < ratio * other:
                        step = 2
            if max(here, highest) != 0.0:
                last = k + step - 1
                if pivot != last:
                    for i in range(pivot + 1, size):
                        a[b, i, last], a[b, i, pivot] = a[b, i, pivot], a[b, i, last]
                    for j in range(last + 1, pivot):
                        a[b, j, last], a[b, pivot, j] = a[b, pivot, j], a[b, j, last]
                    a[b, last, last], a[b, pivot, pivot] = a[b, pivot, pivot], a[b, last, last]
                    if step == 2:
                        a[b, k + 1, k], a[b, pivot, k] = a[b, pivot, k], a[b, k + 1, k]
                if step == 1:
                    for j in range(k + 1, size):
                        factor = a[b, j, k] / a[b, k, k]
                        for i in range(j, size):
                            a[b, i, j] -= a[b, i, k] * factor
                    for i in range(k + 1, size):
                        a[b, i, k] /= a[b, k, k]
                elif k < size - 2:
                    corner = a[b, k + 1, k]
                    first, second = a[b, k + 1, k + 1] / corner, a[b, k, k] / corner
                    scale = 1.0 / (first * second - 1.0) / corner
                    for j in range(k + 2, size):
                        left = scale * (first * a[b, j, k] - a[b, j, k + 1])
                        right = scale * (second * a[b, j, k + 1] - a[b, j, k])
                        for i in range(j, size):
                            a[b, i, j] -= a[b, i, k] * left + a[b, i, k + 1] * right
                        a[b, j, k], a[b, j, k + 1] = left, right
            pivots[b, k] = pivot + 1 if step == 1 else -(pivot + 1)
            if step == 2:
                pivots[b, k + 1] = -(pivot + 1)
            k += step


# LAPACK, through NumPy. Each gives the factors of a batch.


def _cholesky(a: Array) -> tuple[Array, ...]:
    """L, and for each matrix 0 or the order of its first minor that is not positive."""
    info = np.zeros(a.shape[:-2], INT32)
    try:
        return np.linalg.cholesky(a), info
    except np.linalg.LinAlgError:
        out = np.zeros(a.shape, a.dtype)
        for place in np.ndindex(a.shape[:-2]):
            try:
                out[place] = np.linalg.cholesky(a[place])
            except np.linalg.LinAlgError:
                info[place] = _first_minor(a[place])
        return out, info


def _first_minor(a: Array) -> int:
    for order in range(1, len(a) + 1):
        try:
            np.linalg.cholesky(a[:order, :order])
        except np.linalg.LinAlgError:
            return order
    return len(a)


def _qr(a: Array) -> tuple[Array, ...]:
    found = np.linalg.qr(a, mode="reduced")
    return found[0], found[1]


def _qr_complete(a: Array) -> tuple[Array, ...]:
    found = np.linalg.qr(a, mode="complete")
    return found[0], found[1]


def _reflectors(a: Array) -> tuple[Array, ...]:
    """Householder's reflectors, packed as LAPACK does, and their scales."""
    packed, scales = np.linalg.qr(a, mode="raw")
    return packed.swapaxes(-1, -2), scales


def _eigh(a: Array) -> tuple[Array, ...]:
    found = np.linalg.eigh(a)
    return found[0], found[1]


def _svd(a: Array) -> tuple[Array, ...]:
    found = np.linalg.svd(a, full_matrices=False)
    return found[0], found[1], found[2]


def _svd_full(a: Array) -> tuple[Array, ...]:
    found = np.linalg.svd(a, full_matrices=True)
    return found[0], found[1], found[2]


def _solve(a: Array, b: Array) -> tuple[Array, ...]:
    """The solution, and for each matrix 0 or the place of a pivot that is zero."""
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    info = np.zeros(shape, INT32)
    try:
        return np.linalg.solve(a, b), info
    except np.linalg.LinAlgError:
        a = np.broadcast_to(a, (*shape, *a.shape[-2:]))
        b = np.broadcast_to(b, (*shape, *b.shape[-2:]))
        out = np.full(b.shape, np.nan, b.dtype)
        for place in np.ndindex(shape):
            try:
                out[place] = np.linalg.solve(a[place], b[place])
            except np.linalg.LinAlgError:
                info[place] = _zero_pivot(a[place])
        return out, info


def _zero_pivot(a: Array) -> int:
    """Where, counted from 1, elimination meets a pivot that is zero."""
    work = np.array(a[None], "float64")
    eliminate(work, np.zeros((1, len(a)), INT32))
    for k in range(len(a)):
        if work[0, k, k] == 0.0:
            return k + 1
    return len(a)


def _slogdet(a: Array) -> tuple[Array, ...]:
    found = np.linalg.slogdet(a)
    return np.asarray(found[0]), np.asarray(found[1])


def _det(a: Array) -> tuple[Array, ...]:
    return (np.asarray(np.linalg.det(a)),)


def _least(shape: Ints) -> int:
    return min(shape[-2:])


# For each kind: the function, and the shapes of what it gives for the shape of the first matrix.
KINDS: dict[str, tuple[Callable[..., tuple[Array, ...]], Callable[[Ints], list[Ints]]]] = {
    "cholesky": (_cholesky, lambda s: [s, s[:-2]]),
    "qr": (_qr, lambda s: [(*s[:-1], _least(s)), (*s[:-2], _least(s), s[-1])]),
    "qr_complete": (_qr_complete, lambda s: [(*s[:-1], s[-2]), s]),
    "reflectors": (_reflectors, lambda s: [s, (*s[:-2], _least(s))]),
    "eigh": (_eigh, lambda s: [s[:-1], s]),
    "svd": (
        _svd,
        lambda s: [(*s[:-1], _least(s)), (*s[:-2], _least(s)), (*s[:-2], _least(s), s[-1])],
    ),
    "svd_full": (
        _svd_full,
        lambda s: [(*s[:-1], s[-2]), (*s[:-2], _least(s)), (*s[:-2], s[-1], s[-1])],
    ),
    "slogdet": (_slogdet, lambda s: [s[:-2], s[:-2]]),
    "det": (_det, lambda s: [s[:-2]]),
}
WHOLE = {"cholesky": (1,), "solve": (1,)}  # which results are int32


def _written(
    kind: Callable[..., tuple[Array, ...]], outs: tuple[Array, ...], *given: Array
) -> None:
    try:
        with np.errstate(all="ignore"):
            found = kind(*given)
    except np.linalg.LinAlgError as problem:
        raise LinAlgError(str(problem)) from None
    for out, made in zip(outs, found, strict=True):
        np.copyto(out, made, casting="unsafe")


def _run(kind: Any, shapes: list[Ints], whole: tuple[int, ...], data: Any) -> list[TensorData]:
    note("Python calls LAPACK")
    dtype = data[0].dtype
    outs = [
        TensorData.empty(shape, INT32 if k in whole else dtype) for k, shape in enumerate(shapes)
    ]
    launched(_written)(kind, tuple(it.array() for it in outs), *[it.array() for it in data])
    return outs


class FactorOps:
    """The operations of a backend that take matrices apart."""

    @staticmethod
    def factorise(kind: str, a: TensorData) -> list[TensorData]:
        """The factors of a batch of matrices; see KINDS."""
        function, shapes = KINDS[kind]
        return _run(function, shapes(a.shape), WHOLE.get(kind, ()), (a,))

    @staticmethod
    def solve(a: TensorData, b: TensorData) -> list[TensorData]:
        """x with a @ x = b, and for each matrix 0 or the place of a pivot that is zero."""
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        shapes = [(*batch, *b.shape[-2:]), batch]
        return _run(_solve, shapes, WHOLE["solve"], (a, b))

    @staticmethod
    def pivoted(a: TensorData, symmetric: bool) -> list[TensorData]:
        """The packed factors of elimination, and the pivots, int32, counted from 1."""
        return run_pivoted(eliminate_symmetric if symmetric else eliminate, a)


def run_pivoted(loop: Callable[..., None], a: TensorData) -> list[TensorData]:
    """The packed factors and the pivots that a loop finds, in float64, rounded once."""
    *batch, rows, columns = a.shape
    work = np.array(a.array(), "float64").reshape(-1, rows, columns)
    pivots = np.zeros((len(work), min(rows, columns)), INT32)
    with np.errstate(all="ignore"):
        launched(loop, 0, 1)(work, pivots)
    packed = np.array(work.reshape(a.shape), a.dtype)
    return [TensorData.of(packed), TensorData.of(pivots.reshape(*batch, min(rows, columns)))]
