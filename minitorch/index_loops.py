"""The loops that follow an index: numbers read by it, and folded into the cells it leads to.

Idea: scatter is a lift like the others: out[index[i]] = fn(out[index[i]], source[i]). With add it
    is the adjoint of gather, with mul or max a reduction of groups.
Not here: copies by several indices (indexing.py), the compiled form (fast_index.py).
Read next: selection.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch import order_loops
from minitorch.launches import NOTHING, launched
from minitorch.tensor_data import Shape, Storage, Strides, TensorData

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["IndexOps", "counted", "tensor_pick", "tensor_scatter"]

NumberFunction = Callable[..., float]
unsigned = np.uint64


# The loops are also compiled by fast_index.py. Positions are unsigned, so that they are not tested
# for wrap-around there. Where all of a row has one index the innermost loop vectorises.


def tensor_pick(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    index_storage: Storage,
    index_shape: Shape,
    index_strides: Strides,
    dim: int,
) -> int:
    """out[.., i, ..] = a[.., index[.., i, ..], ..], row by row; the first bad ordinal, or -1."""
    last = len(index_shape) - 1
    row = index_shape[last]
    rows = 1
    for k in range(last):
        rows *= index_shape[k]
    where = np.zeros(len(index_shape), np.intp)
    along, size = unsigned(a_strides[dim]), a_shape[dim]
    step, out_step = unsigned(index_strides[last]), unsigned(out_strides[last])
    a_step = unsigned(0 if dim == last else a_strides[last])
    for r in range(rows if row > 0 else 0):
        to, at, position = 0, 0, 0
        for k in range(last):
            to += where[k] * out_strides[k]
            position += where[k] * index_strides[k]
            if k != dim:
                at += where[k] * a_strides[k]
        into, start, found = unsigned(to), unsigned(at), unsigned(position)
        if index_strides[last] == 0 and dim != last:
            chosen = index_storage[found]
            if chosen < 0 or chosen >= size:
                return r * row
            start += unsigned(chosen) * along
            for k in range(unsigned(row)):
                out[into + k * out_step] = a_storage[start + k * a_step]
        else:
            for k in range(unsigned(row)):
                chosen = index_storage[found + k * step]
                if chosen < 0 or chosen >= size:
                    return r * row + int(k)
                out[into + k * out_step] = a_storage[start + k * a_step + unsigned(chosen) * along]
        for k in range(last - 1, -1, -1):
            where[k] += 1
            if where[k] < index_shape[k]:
                break
            where[k] = 0
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
        along, size = unsigned(out_strides[dim]), out_shape[dim]
        step, source_step = unsigned(index_strides[last]), unsigned(source_strides[last])
        out_step = unsigned(0 if dim == last else out_strides[last])
        for r in range(rows if row > 0 else 0):
            to, at, position = 0, 0, 0
            for k in range(last):
                at += where[k] * source_strides[k]
                position += where[k] * index_strides[k]
                if k != dim:
                    to += where[k] * out_strides[k]
            into, start, found = unsigned(to), unsigned(at), unsigned(position)
            if index_strides[last] == 0 and dim != last:
                chosen = index_storage[found]
                if chosen < 0 or chosen >= size:
                    return r * row
                into += unsigned(chosen) * along
                for k in range(unsigned(row)):
                    cell = into + k * out_step
                    out[cell] = fn(out[cell], source_storage[start + k * source_step])
            else:
                for k in range(unsigned(row)):
                    chosen = index_storage[found + k * step]
                    if chosen < 0 or chosen >= size:
                        return r * row + int(k)
                    cell = into + k * out_step + unsigned(chosen) * along
                    out[cell] = fn(out[cell], source_storage[start + k * source_step])
            for k in range(last - 1, -1, -1):
                where[k] += 1
                if where[k] < index_shape[k]:
                    break
                where[k] = 0
        return -1

    return loop


@cache
def _counted(size: int) -> Storage:
    table = np.arange(size, dtype=np.int64)
    table.flags.writeable = False
    return table


def counted(size: int) -> Storage:
    """0 .. size - 1; nobody may write to it."""
    return _counted(size) if size <= 1024 else np.arange(size, dtype=np.int64)


def _fill_positions(out: Storage, table: Storage, *indices: Storage) -> None:
    """The positions of cells are themselves numbers of a tensor, which the indices read."""
    out[...] = table[indices]


def _first_outside(index: Storage, size: int) -> int:
    if not index.size or (index.min() >= 0 and index.max() < size):
        return -1
    return next(k for k, it in enumerate(index.reshape(-1).tolist()) if not 0 <= it < size)


class IndexOps:
    """The generic forms of what follows an index; a backend's own ops may replace any of them.

    >>> IndexOps.scatter(max).__name__
    'apply'
    """

    @staticmethod
    def positions(out: TensorData, table: TensorData, indices: list[TensorData]) -> None:
        """Write into `out` where the cells are that the indices, one for each dim, lead to.

        The table holds the positions of all cells. A negative index counts from the end.

        Raises:
            IndexError: an index is out of range.
        """
        launched(_fill_positions)(out.array(), table.array(), *[it.array() for it in indices])

    @staticmethod
    def outside(index: TensorData, size: int) -> int:
        """The ordinal of the first index that is not in 0..size - 1, or -1."""
        return launched(_first_outside, NOTHING)(index.array(), size)

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
