"""Running sums, products and extremes; differences and trapezoids.

Idea: cumsum and cumprod are one recurrence (../scans.py); the running extreme takes the numbers at
    running places, so that the gradient goes where they came from.
Not here: sorting (sorting.py).
Read next: shaping.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.scans import Recurrence, RunningLog, running_extreme
from minitorch.selection import Gather
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.pointwise import where
from minitorch.torch.ranges import arange
from minitorch.torch.tensor import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]

INT64 = Dtype.named["int64"]


def _counting(input: Any, dtype: Any) -> Any:
    if dtype is not None:
        return converted(input, dtype)
    return input if input._tensor.dtype.kind not in "iub" else converted(input, INT64)


def _along(function: Any, input: Any, dim: Any) -> Any:
    """function(input, dim), of a tensor without dims as of one number in a row."""
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        return function(input.reshape(1), 0).reshape(())
    return function(input, k)


@op(inplace=True)
def cumsum(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The sum of the numbers up to each along a dim."""
    return _along(Recurrence.sums, _counting(input, dtype), dim)


@op(inplace=True)
def cumprod(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The product of the numbers up to each along a dim."""

    def products(x: Any, k: int) -> Any:
        return Recurrence.products(x, k, inclusive=True)

    return _along(products, _counting(input, dtype), dim)


@op()
def logcumsumexp(input: Any, dim: Any) -> Any:
    """The logarithm of the sum of e^input up to each along a dim."""
    return _along(lambda x, k: RunningLog.apply(x, k, False), input, dim)


class cummax_result(NamedTuple):
    """What `cummax` returns."""

    values: Tensor
    indices: Tensor


class cummin_result(NamedTuple):
    """What `cummin` returns."""

    values: Tensor
    indices: Tensor


for _kind in (cummax_result, cummin_result):
    _kind.__name__ = _kind.__qualname__ = _kind.__name__.removesuffix("_result")
    _kind.__module__ = "torch.return_types"


def _running(input: Any, dim: Any, rule: Rule, kind: Any) -> Any:
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        values, places = _running(input.reshape(1), 0, rule, kind)
        return kind(values.reshape(()), places.reshape(()))
    x = input.detach()
    if x._tensor.size == 0:
        return kind(input.clone(), converted(x, INT64))
    hits = x.backend.rule(ordering.is_same)(x, running_extreme(x, k, rule))
    line = [1] * x.dims
    line[k] = x._tensor.shape[k]
    places = arange(line[k]).reshape(line)
    places = running_extreme(where(hits != 0, places, 0), k, ordering.maximum)
    return kind(Gather.apply(input, k, places), places)


@op()
def cummax(input: Any, dim: Any) -> Any:
    """The largest number up to each along a dim, and where it is; the last of equals."""
    return _running(input, dim, ordering.maximum, cummax_result)


@op()
def cummin(input: Any, dim: Any) -> Any:
    """The smallest number up to each along a dim, and where it is; the last of equals."""
    return _running(input, dim, ordering.minimum, cummin_result)
