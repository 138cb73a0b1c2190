"""Numbers at a rank: median, quantile, mode.

Idea: the positions of the sorted numbers are computed (../ordering.py); what stands at a rank is
    gathered, so that the gradient goes to the cells it came from. NaN is the largest number.
Not here: sort and topk (sorting.py), extremes (extremes.py).
Read next: histograms.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch import rules
from minitorch.errors import GradientError, IndexingError
from minitorch.folds import Chosen
from minitorch.ordering import sorted_positions
from minitorch.scans import Recurrence, number_like, shifted
from minitorch.selection import Gather
from minitorch.tensor_functions import row_function
from minitorch.torch.bounds import clamp_min
from minitorch.torch.comparison import eq, isnan
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.pointwise import lerp, where
from minitorch.torch.reductions import dropped, sum
from minitorch.torch.tensor import Tensor

__all__ = ["median", "mode", "nanmedian", "nanquantile", "quantile"]

Id = row_function(rules.id)
INT64 = Dtype.named["int64"]


class median_result(NamedTuple):
    """What `median` over a dim returns."""

    values: Tensor
    indices: Tensor


class nanmedian_result(NamedTuple):
    """What `nanmedian` over a dim returns."""

    values: Tensor
    indices: Tensor


class mode_result(NamedTuple):
    """What `mode` returns."""

    values: Tensor
    indices: Tensor


for _kind in (median_result, nanmedian_result, mode_result):
    _kind.__name__ = _kind.__qualname__ = _kind.__name__.removesuffix("_result")
    _kind.__module__ = "torch.return_types"


def _sorted(x: Any, k: int) -> tuple[Any, Any]:
    """The positions of the numbers in order, and how many of them are numbers, along a dim."""
    order: Any = sorted_positions(x.detach(), k)
    if x._tensor.dtype.kind in "iub":
        return order, sum(eq(order, order), k, True)
    return order, sum(isnan(x).logical_not(), k, True)


def _middle(x: Any, k: int, skips: bool) -> Any:
    """Where the lower median is along a dim, which stays with size 1."""
    size = x._tensor.shape[k]
    order, valid = _sorted(x, k)
    middle = (valid - 1) // 2
    first_nan = valid  # where there is one
    rank = clamp_min(middle, 0) if skips else where(eq(valid, size), middle, first_nan)
    return Gather.apply(order, k, rank)


def _median(name: str, kind: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    skips = name == "nanmedian"
    if dim is None:
        if input._tensor.size == 0:
            return input.new_tensor(float("nan"))
        flat = input.reshape(-1)
        found = Gather.apply(flat.detach(), 0, _middle(flat, 0, skips))
        return Chosen.apply(flat, found, (0,)).reshape(())
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        return kind(Id.apply(input), converted(input.detach() * 0, INT64))
    if input._tensor.shape[k] == 0:
        raise IndexingError(f"{name}(): Expected reduction dim {k} to have non-zero size.")
    place = _middle(input, k, skips)
    values = Gather.apply(input, k, place)
    return kind(dropped(values, (k,), keepdim), dropped(place, (k,), keepdim))


@op()
def median(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower of the middle numbers; over a dim (values, indices). NaN where there is one."""
    return _median("median", median_result, input, dim, keepdim)


@op()
def nanmedian(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower of the middle numbers, NaN apart; over a dim (values, indices)."""
    return _median("nanmedian", nanmedian_result, input, dim, keepdim)


@op()
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent number along a dim, of several the smallest; (values, indices)."""
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        return mode_result(Id.apply(input), converted(input.detach() * 0, INT64))
    if input._tensor.shape[k] == 0:
        raise IndexingError(f"mode(): Expected reduction dim {k} to have non-zero size.")
    order = sorted_positions(input.detach(), k)
    line = Gather.apply(input.detach(), k, order)
    again = converted(eq(line, shifted(line, k, 1)), INT64)
    again = shifted(shifted(again, k, -1), k, 1)  # the first of all begins a run
    run = Recurrence.apply(again, number_like(again, 1), k, 0, False)
    place = Gather.apply(order, k, run.backend.argmax(run, k))
    values = Gather.apply(input, k, place)
    return mode_result(dropped(values, (k,), keepdim), dropped(place, (k,), keepdim))


INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _checked(name: str, input: Any, q: Any, interpolation: str) -> Any:
    """q as a tensor of one dim, or of none.

    Raises:
        GradientError: the input or q is none that a quantile can be taken of.
    """
    if input._tensor.size == 0:
        raise GradientError(f"{name}() input tensor must be non-empty")
    if input._tensor.dtype.name not in ("float32", "float64"):
        raise GradientError(f"{name}() input tensor must be either float or double dtype")
    if interpolation not in INTERPOLATIONS:
        raise GradientError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise GradientError(f"{name}() q must be in the range [0, 1] but got {q}")
        return input.new_tensor(q)
    if q.dims > 1:
        raise GradientError(f"{name}() q must be a scalar or 1D tensor")
    if q._tensor.dtype != input._tensor.dtype:
        raise GradientError(f"{name}() q tensor must be same dtype as the input tensor")
    asked: Any = q
    if q._tensor.size and not (float(asked.min()) >= 0 and float(asked.max()) <= 1):
        raise GradientError(f"{name}() q values must be in the range [0, 1]")
    return q


def _quantile(name: str, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
    skips = name == "nanquantile"
    asked = _checked(name, input, q, interpolation)
    k = 0 if dim is None else check_dim(dim, input.dims)
    x = input.reshape(-1) if dim is None or input.dims == 0 else input.movedim(k, -1)
    last = x.dims - 1
    size = x._tensor.shape[last]
    order, valid = _sorted(x, last)
    highest = converted(valid, x.dtype) - 1
    if skips:
        rank = asked.reshape(-1) * clamp_min(highest, 0.0)
    else:  # NaN is what is last
        rank = where(eq(valid, size), asked.reshape(-1) * (size - 1), float(size - 1))
    found = _at(x, last, order, rank, interpolation)
    if keepdim:
        found = found.unsqueeze(0).movedim(-1, 0)
        shape = [1] * input.dims if dim is None else list(input._tensor.shape)
        if shape and dim is not None:
            shape[k] = 1
        found = found.reshape(-1, *shape)
    else:
        found = found.movedim(-1, 0)
    return found if asked.dims else found.squeeze(0)


def _at(x: Any, k: int, order: Any, rank: Any, interpolation: str) -> Any:
    """The sorted numbers at ranks with fractions."""
    if interpolation in ("lower", "higher", "nearest"):
        rounded = {"lower": rank.floor, "higher": rank.ceil, "nearest": rank.round}[interpolation]()
        return Gather.apply(x, k, Gather.apply(order, k, converted(rounded, INT64)))
    below = rank.floor()
    low = Gather.apply(x, k, Gather.apply(order, k, converted(below, INT64)))
    high = Gather.apply(x, k, Gather.apply(order, k, converted(rank.ceil(), INT64)))
    weight = rank - below if interpolation == "linear" else number_like(rank, 0.5)
    return lerp(low, high, weight)


@op()
def quantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The numbers below which a share q of all is, along a dim; NaN where there is one.

    Raises:
        GradientError: an empty input, other dtypes than float32 and float64, q outside of [0, 1].
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


@op()
def nanquantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The numbers below which a share q of all is, along a dim, NaN apart.

    Raises:
        GradientError: an empty input, other dtypes than float32 and float64, q outside of [0, 1].
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)
