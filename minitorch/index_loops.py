"""The loops that follow an index: positions out of several indices, and numbers folded into them.

Idea: scatter is a lift like the others: out[index[i]] = fn(out[index[i]], source[i]). With add it
    is the adjoint of gather, with mul or max a reduction of groups.
Not here: reading by an index, which is copying (selection.py); the compiled form (fast_index.py).
Read next: selection.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch import order_loops
from minitorch.tensor_data import (
    Shape,
    Storage,
    Strides,
    TensorData,
    index_to_position,
    to_index,
)

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["IndexOps", "tensor_outside", "tensor_positions", "tensor_scatter"]

NumberFunction = Callable[..., float]


def tensor_positions(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    index_storage: Storage,
    index_shape: Shape,
    index_strides: Strides,
    size: int,
    step: int,
) -> int:
    """out[i] += step * index[i], from the end where negative; the first bad ordinal, or -1."""
    where = np.zeros(len(out_shape), np.intp)
    count = 1
    for length in out_shape:
        count *= length
    for ordinal in range(count):
        to_index(ordinal, out_shape, where)
        chosen = index_storage[index_to_position(where, index_strides)]
        if chosen < -size or chosen >= size:
            return ordinal
        if chosen < 0:
            chosen += size
        out[index_to_position(where, out_strides)] += chosen * step
    return -1


def tensor_outside(
    index_storage: Storage, index_shape: Shape, index_strides: Strides, size: int
) -> int:
    """The ordinal of the first index that is not in 0..size - 1, or -1."""
    where = np.zeros(len(index_shape), np.intp)
    count = 1
    for length in index_shape:
        count *= length
    for ordinal in range(count):
        to_index(ordinal, index_shape, where)
        chosen = index_storage[index_to_position(where, index_strides)]
        if chosen < 0 or chosen >= size:
            return ordinal
    return -1


def tensor_scatter(fn: NumberFunction) -> Any:
    """The loop out[.., index[.., i, ..], ..] = fn(that, source[.., i, ..]), for all of the index.

    Called with the triples of out, source and index, and the dim; returns the first bad ordinal of
    the index, or -1.
    """

    def loop(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        source_storage: Storage,
        source_shape: Shape,
        source_strides: Strides,
        index_storage: Storage,
        index_shape: Shape,
        index_strides: Strides,
        dim: int,
    ) -> int:
        last = len(index_shape) - 1
        row = index_shape[last]
        rows = 1
        for k in range(last):
            rows *= index_shape[k]
        where = np.zeros(len(index_shape), np.intp)
        along = out_strides[dim]
        out_step = 0 if dim == last else out_strides[last]
        for r in range(rows if row > 0 else 0):
            to_index(r * row, index_shape, where)
            first = index_to_position(where, out_strides) - where[dim] * along
            source = index_to_position(where, source_strides)
            position = index_to_position(where, index_strides)
            for k in range(row):
                chosen = index_storage[position + k * index_strides[last]]
                if chosen < 0 or chosen >= out_shape[dim]:
                    return r * row + k
                at = first + k * out_step + chosen * along
                out[at] = fn(out[at], source_storage[source + k * source_strides[last]])
        return -1

    return loop


class IndexOps:
    """The generic forms of what follows an index; a backend's own ops may replace any of them.

    >>> IndexOps.scatter(max).__name__
    'apply'
    """

    @staticmethod
    def positions(out: TensorData, index: TensorData, size: int, step: int) -> int:
        """Add step * index to the positions in `out`; the first bad ordinal, or -1."""
        return tensor_positions(*out.tuple(), *index.tuple(), size, step)

    @staticmethod
    def outside(index: TensorData, size: int) -> int:
        """The ordinal of the first index that is not in 0..size - 1, or -1."""
        return tensor_outside(*index.tuple(), size)

    @staticmethod
    def scatter(fn: NumberFunction) -> Callable[..., int]:
        """Lift fn(old, new) to (out, source, dim, index), which writes into `out`.

        It returns the first bad ordinal of the index, or -1.
        """
        loop = tensor_scatter(fn)

        def apply(out: TensorData, source: Tensor, dim: int, index: TensorData) -> int:
            with np.errstate(all="ignore"):
                return loop(*out.tuple(), *source._tensor.tuple(), *index.tuple(), dim)

        return apply

    @staticmethod
    def ordered(name: str, out: TensorData, a: TensorData, *how: Any) -> None:
        """Run a loop of order_loops.py over the rows of a matrix of numbers."""
        getattr(order_loops, name)(out.array(), a.array(), *how)
