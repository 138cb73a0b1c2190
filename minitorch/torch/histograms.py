"""Counts: how many numbers fall into each bin.

Idea: each number becomes the index of its bin, and a 1, or its weight, is added there.
Not here: positions among edges (sorting.py).
Read next: scans.py
"""

from __future__ import annotations

from builtins import range as counting
from math import prod
from typing import Any, NamedTuple

from minitorch.errors import GradientError
from minitorch.ordering import search
from minitorch.selection import ScatterAdd
from minitorch.torch.comparison import eq
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import converted, op
from minitorch.torch.pointwise import where
from minitorch.torch.ranges import linspace
from minitorch.torch.refusals import not_implemented
from minitorch.torch.tensor import Tensor

__all__ = ["bincount", "histc", "histogram", "histogramdd"]

INT64 = Dtype.named["int64"]


@op()
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, 2, ... occurs; with weights, the sum of them.

    Raises:
        GradientError: the input has other than one dim, or holds floats or negative numbers.
    """
    if input.dims != 1 or input._tensor.dtype.kind not in "iu":
        raise GradientError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise GradientError("minlength should be >= 0")
    count = 0
    index = converted(input, INT64)
    if input._tensor.size:
        if int(index.min()) < 0:
            raise GradientError("bincount only supports 1-d non-negative integral inputs.")
        count = int(index.max()) + 1
    if weights is None:
        source: Any = eq(index, index)
        source = converted(source, INT64)
    else:
        if weights._tensor.shape != input._tensor.shape:
            raise GradientError("weights should be 1-d and have the same length as input")
        wide = Dtype.named["float64"]
        source = weights if weights._tensor.dtype.name == "float32" else converted(weights, wide)
    return ScatterAdd.apply(source.detach(), 0, index, max(count, minlength))


def _range(x: Any, low: Any, high: Any, margin: float) -> tuple[float, float]:
    """The ends of the bins: as given, or of the numbers; never the same.

    Raises:
        GradientError: they are not finite, or the wrong way round.
    """
    low, high = float(low), float(high)
    if low == high and x._tensor.size:
        low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - margin, high + margin
    if not (abs(low) < float("inf") and abs(high) < float("inf")):
        raise GradientError(f"range of [{low}, {high}] is not finite")
    if low > high:
        raise GradientError("max must be larger than min")
    return low, high


def _count(name: str, bins: int) -> int:
    if bins < 1:
        raise GradientError(f"{name}(): bins must be > 0, but got {bins}")
    return bins


@op()
def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    """How many numbers fall into each of so many bins of one width from min to max.

    Raises:
        GradientError: of whole numbers, no bins, a range that is none.
    """
    if not input.dtype.is_floating_point:
        raise not_implemented("histogram_cpu", input)
    x = input.detach().reshape(-1)
    low, high = _range(x, min, max, 1.0)
    width = _count("histc", bins) / (high - low)
    inside = (x >= low) & (x <= high)
    place = converted(where(inside, (x - low) * width, 0.0), INT64).clamp(max=bins - 1)
    return ScatterAdd.apply(converted(inside, x.dtype), 0, place, bins)


class histogram_result(NamedTuple):
    """What `histogram` returns."""

    hist: Tensor
    bin_edges: Tensor


class histogramdd_result(NamedTuple):
    """What `histogramdd` returns."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


for _kind in (histogram_result, histogramdd_result):
    _kind.__name__ = _kind.__qualname__ = _kind.__name__.removesuffix("_result")
    _kind.__module__ = "torch.return_types"


def _edges(x: Any, bins: Any, ends: Any) -> Any:
    """The edges of the bins, one more than there are bins."""
    if isinstance(bins, Tensor):
        return bins.detach()
    least, most = ends or ((0.0, 0.0) if x._tensor.size else (0.0, 1.0))
    low, high = _range(x, least, most, 0.5)
    return linspace(low, high, _count("histogram", bins) + 1, dtype=x.dtype)


def _bins_of(x: Any, edges: Any) -> tuple[Any, Any]:
    """The bin of each number, and whether it is in any; the last bin has its upper edge."""
    count = edges._tensor.shape[0] - 1
    place = search(edges, x, True) - 1
    inside = (x >= edges[0]) & (x <= edges[-1])
    return where(inside, place.clamp(0, count - 1), 0), inside


def _counted(columns: list[Any], edges: list[Any], weight: Any, density: bool) -> Any:
    first = columns[0]
    counts = [it._tensor.shape[0] - 1 for it in edges]
    place: Any = 0
    inside: Any = None
    for x, ends, count in zip(columns, edges, counts, strict=True):
        own, within = _bins_of(x, ends)
        place = place * count + own
        inside = within if inside is None else inside & within
    source = converted(inside, first.dtype)
    if weight is not None:
        source = source * weight.detach().reshape(-1)
    hist = ScatterAdd.apply(source, 0, place, prod(counts)).reshape(counts)
    if density:
        hist = hist / hist.sum()
        for k, ends in enumerate(edges):
            shape = [-1 if j == k else 1 for j in counting(len(edges))]
            hist = hist / (ends[1:] - ends[:-1]).reshape(shape)
    return hist


@op()
def histogram(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """How many numbers fall into each bin, and the edges of the bins.

    Args:
        input: of any shape.
        bins: how many, of one width; or their edges.
        range: the lower end of the first and the upper end of the last.
        weight: what each number counts.
        density: divide by the sum and by the widths.

    Raises:
        GradientError: of whole numbers, no bins, a range that is none.
    """
    if not input.dtype.is_floating_point:
        raise not_implemented("histogram_cpu", input)
    x = input.detach().reshape(-1)
    edges = _edges(x, bins, range)
    return histogram_result(_counted([x], [edges], weight, density), edges)


@op(method=False)
def histogramdd(
    input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """How many points fall into each box: of (.., D) numbers, D rows of bins.

    Raises:
        GradientError: of whole numbers, no bins, a range that is none.
    """
    if not input.dtype.is_floating_point:
        raise not_implemented("histogramdd", input)
    dims = input._tensor.shape[-1]
    points = input.detach().reshape(-1, dims)
    columns = [points[:, k].contiguous() for k in counting(dims)]
    each = [bins] * dims if isinstance(bins, int) else list(bins)
    ends = [None if range is None else range[2 * k : 2 * k + 2] for k in counting(dims)]
    edges = [_edges(*it) for it in zip(columns, each, ends, strict=True)]
    return histogramdd_result(_counted(columns, edges, weight, density), tuple(edges))
