"""The loops of running folds, in plain Python; fast_ops.py compiles them as they stand.

Idea: state = fn(state, a[i], b[i]) along a dim, and each state is written down; or only the place
    where the state changed last: with the maximum for fn, that of the first largest number.
Not here: what is folded (formulas/running.py), gradients (scans.py).
Read next: scans.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.errors import HalfPrecisionError
from minitorch.operators import INFINITY
from minitorch.tensor_data import HALVES, Shape, Storage, Strides, TensorData, index_to_position

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["in_reach", "scan_room", "tensor_place", "tensor_scan"]

Dtype = np.dtype[Any]


def tensor_scan(fn: Callable[..., float]) -> Callable[..., None]:
    """The loop that runs state = fn(state, a, b) along a dim, and writes down each state.

    Called with the triples of `out`, `a` and `b`, which have one shape, the dim, the first state,
    and whether to run from the end. Compiled by fast_ops.py as it stands.
    """

    def loop(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        b_storage: Storage,
        b_shape: Shape,
        b_strides: Strides,
        dim: int,
        start: float,
        reverse: bool,
    ) -> None:
        index = np.zeros(len(out_shape), np.intp)
        lines = 1
        for k in range(len(out_shape)):
            lines *= 1 if k == dim else out_shape[k]
        for line in range(lines):
            rest = line
            for k in range(len(out_shape) - 1, -1, -1):
                if k != dim:
                    index[k] = rest % out_shape[k]
                    rest //= out_shape[k]
            to = index_to_position(index, out_strides)
            a = index_to_position(index, a_strides)
            b = index_to_position(index, b_strides)
            state = start
            for j in range(out_shape[dim]):
                k = out_shape[dim] - 1 - j if reverse else j
                state = fn(
                    state, a_storage[a + k * a_strides[dim]], b_storage[b + k * b_strides[dim]]
                )
                out[to + k * out_strides[dim]] = state

    return loop


def tensor_place(fn: Callable[..., float]) -> Callable[..., None]:
    """The loop that folds a dim by fn from its first cell, and writes down where it changed last.

    Called with the triples of `out` (size 1 in that dim) and `a`, and the dim. To become NaN is a
    change too.
    """

    def loop(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        dim: int,
    ) -> None:
        index = np.zeros(len(out_shape), np.intp)
        lines = 1
        for k in range(len(out_shape)):
            lines *= out_shape[k]
        for line in range(lines):
            rest = line
            for k in range(len(out_shape) - 1, -1, -1):
                index[k] = rest % out_shape[k]
                rest //= out_shape[k]
            a = index_to_position(index, a_strides)
            state = a_storage[a]
            place = 0
            for k in range(1, a_shape[dim]):
                after = fn(state, a_storage[a + k * a_strides[dim]])
                if after != state and (after == after or state == state):
                    place = k
                state = after
            out[index_to_position(index, out_strides)] = place

    return loop


def scan_room(a: Tensor, start: float) -> tuple[TensorData, Any]:
    """Room for a running fold of a, and its first state, as wide as states are."""
    dtype = a._tensor.dtype
    out = TensorData.empty(a.shape, dtype)
    first = in_reach(start, dtype)
    return out, np.float64(first) if dtype.kind == "f" else np.int64(first)


def in_reach(start: float, dtype: Dtype) -> float:
    """A number to begin a fold with: where it is infinite, the end of what integers have.

    Raises:
        HalfPrecisionError: of half precision, which is not computed with.
    """
    if dtype in HALVES:
        raise HalfPrecisionError(f"{dtype} is stored only; convert to float32 to compute.")
    if abs(start) != INFINITY or dtype.kind == "f":
        return start
    least, most = (0, 1) if dtype.kind == "b" else _ends(dtype)
    return least if start < 0 else most


def _ends(dtype: Dtype) -> tuple[int, int]:
    known = np.iinfo(dtype.type)
    return int(known.min), int(known.max)
