"""Order: sort, topk, kthvalue, unique, and search in what is sorted.

Idea: the engine finds the positions (../ordering.py); the values are gathered by them, so that
    gradients flow back to where each value came from. NaN is the largest number.
Not here: medians and modes (ranking.py), the largest number alone (extremes.py).
Read next: extremes.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import MinitorchError, ShapeError
from minitorch.indexing import Select
from minitorch.ordering import positions_by, search, sorted_positions, unique_positions
from minitorch.selection import Gather
from minitorch.torch import return_types
from minitorch.torch.creation import scalar_tensor
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import kind_of, stored_dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.joining import cat
from minitorch.torch.reductions import dropped
from minitorch.torch.selecting import lifted
from minitorch.torch.tensor import Tensor

__all__ = [
    "argsort",
    "bincount",
    "bucketize",
    "kthvalue",
    "msort",
    "searchsorted",
    "sort",
    "topk",
    "unique",
    "unique_consecutive",
]

INT, INT32 = Dtype.named["int64"], Dtype.named["int32"]


class OrderError(ShapeError, RuntimeError):
    """What no order can be asked for: a RuntimeError, as PyTorch raises it."""


class RankError(MinitorchError, IndexError):
    """A dim that a tensor does not have, or that is empty."""


def ranked(x: Tensor, dim: int, descending: bool = False) -> tuple[Any, Any]:
    """The numbers along a dim in order, and where each of them was."""
    positions = sorted_positions(x, dim, descending)
    return Gather.apply(x, dim, positions), positions


@op()
def sort(input: Any, *args: Any, **given: Any) -> Any:
    """The numbers along a dim, by default the last, in order; and where each of them was.

    Called as sort(input, dim=-1, descending=False, stable=False).

    >>> import minitorch.torch as torch
    >>> torch.sort(torch.tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    rest = list(args)
    if rest and isinstance(rest[0], bool) and "dim" in given:
        given["stable"] = rest.pop(0)
    dim = given.get("dim", rest[0] if rest else -1)
    descending = given.get("descending", rest[1] if len(rest) > 1 else False)
    at = check_dim(dim, input.dims)
    x = lifted(input)
    values, positions = ranked(x, at, bool(descending))
    if not input.dims:
        return return_types.sort(values.view(()), positions.view(()))
    return return_types.sort(values, positions)


@op()
def argsort(input: Any, dim: Any = -1, descending: Any = False, stable: bool = False) -> Any:
    """Where the numbers along a dim are, in order."""
    if isinstance(dim, bool):  # argsort(stable, dim, descending)
        dim, descending = int(descending), stable
    at = check_dim(dim, input.dims)
    positions: Any = sorted_positions(lifted(input), at, bool(descending))
    return positions if input.dims else positions.view(())


@op()
def msort(input: Any) -> Any:
    """The numbers along dim 0 in order."""
    return sort(input, 0).values


@op()
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest numbers along a dim, or the smallest, and where they are.

    Raises:
        RuntimeError: there are not so many.
    """
    at = check_dim(dim, input.dims)
    x, k = lifted(input), int(k)
    if not 0 <= k <= x._tensor.shape[at]:
        raise OrderError("selected index k out of range")
    positions: Any = positions_by("row_tops", x, at, k, bool(largest), bool(sorted))
    values = Gather.apply(x, at, positions)
    if not input.dims and k:
        return return_types.topk(values.view(()), positions.view(()))
    return return_types.topk(values, positions)


@op()
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest number along a dim, counted from 1, and where it is.

    Raises:
        RuntimeError: there are not so many.
    """
    at = check_dim(dim, input.dims)
    x = lifted(input)
    if not 1 <= k <= x._tensor.shape[at]:
        raise OrderError(f"kthvalue(): selected number k out of range for dimension {at}")
    return return_types.kthvalue(*chosen(x, at, int(k) - 1, keepdim and input.dims > 0))


def chosen(x: Tensor, dim: int, rank: int, keepdim: bool) -> tuple[Any, Any]:
    """The number of this rank along a dim, counted from 0, and where it is."""
    place: Any = positions_by("row_selections", x, dim, 1, rank)
    values = Gather.apply(x, dim, place)
    return dropped(values, (dim,), keepdim), dropped(place, (dim,), keepdim)


# What differs.


def _reported(values: Any, which: Any, counts: Any, inverse: bool, counted: bool) -> Any:
    if not (inverse or counted):
        return values
    found = [values]
    if inverse:
        found.append(which)
    if counted:
        found.append(counts)
    return tuple(found)


def _check_sizes(x: Tensor, dim: int) -> None:
    if any(n == 0 for k, n in enumerate(x._tensor.shape) if k != dim):
        raise OrderError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )


@op()
def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different numbers in order, or the different slices of a dim.

    With return_inverse also which of them each number is, with return_counts how many there are.
    """
    x = input.detach()
    if dim is None:
        first, which, counts = unique_positions(x, None)
        values = Select.apply(x.reshape(-1), (0,), first)
    else:
        at = check_dim(dim, x.dims)
        _check_sizes(x, at)
        first, which, counts = unique_positions(lifted(x), at)
        values = Select.apply(lifted(x), (at,), first)
    return _reported(values, which, counts, return_inverse, return_counts)


@op()
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The numbers, or the slices of a dim, without those that equal the one before.

    With return_inverse also which of them each number is, with return_counts how many there were.
    """
    x = input.detach()
    shape = x._tensor.shape if dim is None else None
    at = 0 if dim is None else check_dim(dim, x.dims)
    x = x.reshape(-1) if dim is None else lifted(x)
    _check_sizes(x, at)
    size = x._tensor.shape[at]
    if size == 0:
        none = x.new_empty(0, dtype=INT)
        which = none if shape is None else none.view(shape)
        return _reported(x.clone(), which, none, return_inverse, return_counts)
    differs = x.narrow(at, 1, size - 1) != x.narrow(at, 0, size - 1)
    differs = differs.movedim(at, 0)
    while differs.dims > 1:
        differs = differs.any(-1)
    starts = cat([differs.new_ones(1), differs]).nonzero(as_tuple=True)[0]
    ends = cat([starts.narrow(0, 1, starts._tensor.size - 1), starts.new_full((1,), size)])
    counts = ends - starts
    which = counts.repeat_interleave()
    values = Select.apply(x, (at,), starts)
    return _reported(
        values, which if shape is None else which.view(shape), counts, return_inverse, return_counts
    )


# Search in what is sorted.


def _values_for(edges: Tensor, values: Any) -> Tensor:
    if isinstance(values, Tensor):
        return values
    return scalar_tensor(values, dtype=None if isinstance(values, float) else INT)


@op(method=False)
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where in ascending numbers each value goes; after equal ones with right=True.

    Raises:
        RuntimeError: the dims do not fit, or the dtypes differ.
    """
    edges, values = sorted_sequence, input
    if side not in (None, "left", "right"):
        raise OrderError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise OrderError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    if isinstance(values, Tensor):
        _check_edges(edges, values)
    else:
        values = converted(_values_for(edges, values), edges.dtype)
    if sorter is not None:
        edges = Gather.apply(edges, edges.dims - 1, sorter)
    after = right or side == "right"
    return search(edges, values, after, stored_dtype(INT32 if out_int32 else INT))


def _check_edges(edges: Tensor, values: Tensor) -> None:
    if not edges.dims:
        raise OrderError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0"
        )
    if edges.dims > 1 and edges._tensor.shape[:-1] != values._tensor.shape[:-1]:
        raise OrderError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(edges.shape)} and input value tensor {list(values.shape)}"
        )
    if edges._tensor.dtype != values._tensor.dtype:
        raise OrderError(
            "torch.searchsorted(): boundary tensor and input value tensor should have same dtype, "
            f"but got boundary tensor {kind_of(edges.dtype)} and input value tensor "
            f"{kind_of(values.dtype)}"
        )


@op(method=False)
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """In which of the ranges between ascending boundaries each value is.

    Raises:
        RuntimeError: boundaries with several dims.
    """
    if boundaries.dims != 1:
        raise OrderError(
            f"bucketize: boundaries tensor must be 1 dimension, but got dim({boundaries.dims})"
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@op()
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number occurs, or the sum of the weights where it does.

    Raises:
        RuntimeError: numbers below 0, floats, or several dims.
    """
    if input.dims != 1 or (input._tensor.size and bool((input < 0).any())):
        raise OrderError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise OrderError("minlength should be >= 0")
    if weights is not None and weights._tensor.shape != input._tensor.shape:
        raise OrderError("weights should be 1-d and have the same length as input")
    positions = converted(input, INT)
    size = max(int(positions.max()) + 1 if input._tensor.size else 0, minlength)
    if weights is None:
        source = positions.new_ones(input._tensor.size)
    elif weights.dtype.name == "float32":
        source = weights
    else:
        source = weights.double()
    return source.new_zeros(size).index_add(0, positions, source)
