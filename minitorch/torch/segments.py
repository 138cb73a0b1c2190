"""Reductions of runs of slices: segment_reduce.

Idea: the run that each slice belongs to is an index, so a segment's reduction is a scatter into
    what the reduction begins with.
Not here: scatter (scattering.py).
Read next: scattering.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ShapeError
from minitorch.torch.face import FUNCTIONS, check_dim
from minitorch.torch.pointwise import where
from minitorch.torch.scattering import scatter_reduce
from minitorch.torch.tensor import Tensor

__all__ = ["segment_reduce"]

# By reduction: that of scatter_reduce, and what a run without slices gives.
REDUCTIONS: dict[str, tuple[str, float]] = {
    "sum": ("sum", 0.0),
    "mean": ("mean", float("nan")),
    "prod": ("prod", 1.0),
    "max": ("amax", -float("inf")),
    "min": ("amin", float("inf")),
}


class SegmentError(ShapeError, RuntimeError):
    """Runs that do not fit the data: a RuntimeError, as PyTorch raises it."""


def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Any:
    """sum, mean, max, min or prod of runs of slices along a dim, given by lengths or offsets.

    `initial` counts as one more slice of each run, but not in the count of a mean.

    Raises:
        RuntimeError: another reduction, or lengths that do not add up to the dim.
    """
    if reduce not in REDUCTIONS:
        raise SegmentError(f"segment_reduce(): unsupported reduction {reduce}")
    at = check_dim(axis, data.dims)
    if lengths is None:
        if offsets is None:
            raise SegmentError("segment_reduce(): Either lengths or offsets must be defined.")
        count = offsets._tensor.shape[-1] - 1
        lengths = offsets.narrow(-1, 1, count) - offsets.narrow(-1, 0, count)
    _check(data, lengths, at, unsafe)
    how, empty = REDUCTIONS[reduce]
    first = empty if initial is None else initial
    return _reduced(data, lengths, at, how, first, initial is not None)


def _check(data: Tensor, lengths: Any, at: int, unsafe: bool) -> None:
    if lengths.dims != at + 1:
        raise SegmentError(
            f"segment_reduce(): Expected lengths to have {at + 1} dims, but got {lengths.dims}"
        )
    size = data._tensor.shape[at]
    if not unsafe and not bool((lengths.sum(-1) == size).all()):
        raise SegmentError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size("
            f"lengths.dim()-1) = {size}"
        )


def _reduced(data: Any, lengths: Any, at: int, how: str, first: Any, begins: bool) -> Any:
    shape = data._tensor.shape
    rows = lengths.reshape(-1, lengths._tensor.shape[-1])
    inner = data.reshape([rows._tensor.shape[0], shape[at], -1])  # (rows, slices, others)
    found: list[Any] = []
    for row, numbers in zip(rows.unbind(0), inner.unbind(0), strict=True):
        which = row.repeat_interleave()
        count = which._tensor.size
        index = which.unsqueeze(1).expand(count, numbers._tensor.shape[1])
        begin = numbers.new_full((row._tensor.size, numbers._tensor.shape[1]), first)
        own = how != "mean" and begins
        made = scatter_reduce(begin, 0, index, numbers.narrow(0, 0, count), how, include_self=own)
        if how == "mean" and begins and first != 0:
            share = first / row.unsqueeze(1)
            made = where(row.unsqueeze(1) > 0, made + share, made)
        found.append(made)
    whole = FUNCTIONS["stack"](found)
    return whole.reshape([*shape[:at], rows._tensor.shape[1], *shape[at + 1 :]])


FUNCTIONS["segment_reduce"] = FUNCTIONS["_segment_reduce"] = segment_reduce
