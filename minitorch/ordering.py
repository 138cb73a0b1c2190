"""Positions computed from the order of numbers: sort, nonzero, unique, search.

Idea: what is computed is an index; the numbers themselves are then gathered by it, so that
    gradients flow. NaN is the largest number.
Not here: gather (selection.py), values of the sorted numbers (torch/sorting.py).
Read next: selection.py
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.index_loops import IndexOps
from minitorch.launches import launched, note
from minitorch.tensor_data import HALVES, TensorData, copied
from minitorch.tensor_ops import new_like

__all__ = [
    "nonzero_indices",
    "positions_by",
    "repeated",
    "search",
    "sorted_positions",
    "unique_positions",
]

INT = np.dtype("int64")
Array = npt.NDArray[Any]


def _numbers(a: Any) -> Array:
    """The numbers as an array that NumPy can compare."""
    data = a._tensor
    return (data.astype(np.dtype("float32")) if data.dtype in HALVES else data).array()


def _argsort(out: Array, a: Array, descending: bool) -> None:
    """Equal numbers keep their order, either way."""
    if not descending:
        out[...] = np.argsort(a, axis=-1, kind="stable")
        return
    backwards: Array = np.arange(a.shape[-1], dtype=INT)[::-1]
    out[...] = backwards[np.argsort(a[..., ::-1], axis=-1, kind="stable")[..., ::-1]]


def sorted_positions(a: Any, dim: int, descending: bool = False) -> Any:
    """The int64 positions along dim of the numbers in order; equal ones keep theirs.

    >>> from minitorch import tensor
    >>> sorted_positions(tensor([3.0, 1.0, 2.0]), 0)
    tensor([1 2 0])
    """
    out = TensorData.empty(a._tensor.shape, INT)
    order = [k for k in range(out.dims) if k != dim] + [dim]
    along = out.permute(*order).array()
    launched(_argsort)(along, _numbers(a).transpose(order), descending)
    return new_like(a, out)


def positions_by(name: str, a: Any, dim: int, count: int, *how: Any) -> Any:
    """The positions along dim that a loop of order_loops.py finds, `count` of them."""
    data = a._tensor
    order = [k for k in range(data.dims) if k != dim] + [dim]
    numbers = TensorData.of(copied(_numbers(a).transpose(order)))
    shape = numbers.shape
    out = TensorData.empty((*shape[:-1], count), INT)
    rows = prod(shape[:-1])
    run = getattr(a.backend.ops, "ordered", IndexOps.ordered)
    if rows:
        run(name, out.view(rows, count), numbers.view(rows, shape[-1]), *how)
    back = [order.index(k) for k in range(data.dims)]
    return new_like(a, TensorData.of(copied(out.array().transpose(back))))


def nonzero_indices(a: Any) -> list[Any]:
    """For each dim the int64 indices of the cells that are not zero, in order.

    >>> from minitorch import tensor
    >>> nonzero_indices(tensor([0.0, 5.0, 7.0]))
    [tensor([1 2])]
    """
    note("how many numbers are not zero is only known once they are")
    return [new_like(a, TensorData.of(it)) for it in np.nonzero(_numbers(a))]


def unique_positions(a: Any, dim: int | None) -> tuple[Any, Any, Any]:
    """Where each different number, or slice along dim, is first; which one each is; how many each.

    In ascending order of the numbers; NaN is like no other.
    """
    note("how many numbers differ is only known once they are")
    numbers = _numbers(a)
    _, first, which, counts = np.unique(numbers, True, True, True, axis=dim, equal_nan=False)
    shape = numbers.shape if dim is None else (numbers.shape[dim],)
    found = (first, which.reshape(shape), counts)
    first, which, counts = [new_like(a, TensorData.of(copied(it, INT))) for it in found]
    return first, which, counts


def repeated(counts: Any) -> Any:
    """0, 1, 2 ..., each as often as its count says.

    >>> from minitorch import tensor
    >>> repeated(tensor([2, 0, 1]).type("int64"))
    tensor([0 0 2])
    """
    note("how many positions there are hangs on the counts")
    counted: Array = counts._tensor.array()
    return new_like(counts, TensorData.of(np.repeat(np.arange(counted.size, dtype=INT), counted)))


def _search(out: Array, edges: Array, values: Array, side: Any) -> None:
    if edges.ndim == 1:
        out[...] = np.searchsorted(edges, values, side)
        return
    for row in np.ndindex(edges.shape[:-1]):
        out[row] = np.searchsorted(edges[row], values[row], side)


def search(edges: Any, values: Any, right: bool, dtype: Any = INT) -> Any:
    """Where each value goes into the ascending edges of the last dim; after equal ones with right.

    Edges have one dim, or the dims of the values but for the last.
    """
    out = TensorData.empty(values._tensor.shape, dtype)
    side = "right" if right else "left"
    launched(_search)(out.array(), _numbers(edges), _numbers(values), side)
    return new_like(values, out)
