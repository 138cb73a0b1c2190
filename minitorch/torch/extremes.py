"""Extremes over dims and their places; softmax, which is built on them.

Idea: `max` over a dim takes the numbers at the places of the largest, so that the gradient goes to
    one of them; `amax` and `max` of all share it among ties. NaN counts as the largest, and as the
    smallest.
Not here: extremes of pairs (bounds.py).
Read next: norms.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch import rules
from minitorch.errors import IndexingError
from minitorch.folds import Extreme, fold_over
from minitorch.operators import INFINITY
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.selection import Gather
from minitorch.tensor_functions import row_function
from minitorch.torch.bounds import maximum, minimum
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import check_dim, converted, dims_of, op
from minitorch.torch.reductions import dropped, sum
from minitorch.torch.refusals import not_implemented
from minitorch.torch.tensor import Tensor

__all__ = [
    "amax",
    "amin",
    "aminmax",
    "argmax",
    "argmin",
    "logsumexp",
    "max_",
    "min_",
]

Id = row_function(rules.id)
Where = row_function(rules.where)


def _check_filled(name: str, input: Any, dims: tuple[int, ...]) -> None:
    for k in dims:
        if input._tensor.shape[k] == 0:
            raise IndexingError(
                f"{name}(): Expected reduction dim {k} to have non-zero size."
                if len(dims) < input.dims or input.dims == 1
                else f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )


def _over(name: str, rule: Rule, input: Any, dim: Any, keepdim: bool) -> Any:
    dims = dims_of(dim, input.dims)
    _check_filled(name, input, dims)
    if not dims:
        return Id.apply(input)
    return dropped(Extreme.apply(input, rule, dims), dims, keepdim)


@op()
def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest number over dims; ties share the gradient."""
    return _over("amax", ordering.maximum, input, dim, keepdim)


@op()
def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest number over dims; ties share the gradient."""
    return _over("amin", ordering.minimum, input, dim, keepdim)


class aminmax_result(NamedTuple):
    """What `aminmax` returns."""

    min: Tensor
    max: Tensor


@op()
def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest number, over a dim or over all."""
    return aminmax_result(amin(input, dim, keepdim), amax(input, dim, keepdim))


# Places.


def _place_of(rule: Rule, input: Any, dim: int) -> Any:
    """The first place along a dim of the extreme, which stays with size 1."""
    return input.backend.place(rule.fn)(input, dim)


def _argument(name: str, rule: Rule, input: Any, dim: Any, keepdim: bool) -> Any:
    if input._tensor.dtype.kind == "b":
        raise not_implemented(f"{name}_cpu", input)
    if dim is None:
        flat = input.reshape(-1)
        if flat._tensor.size == 0:
            raise IndexingError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                "the reduction dim with the 'dim' argument."
            )
        place = _place_of(rule, flat, 0)
        return place.reshape((1,) * input.dims if keepdim else ())
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        return _place_of(rule, input.reshape(-1), 0).reshape(())
    _check_filled(name, input, (k,))
    return dropped(_place_of(rule, input, k), (k,), keepdim)


@op()
def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the largest number along a dim, or in all numbers in a row."""
    return _argument("argmax", ordering.maximum, input, dim, keepdim)


@op()
def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the smallest number along a dim, or in all numbers in a row."""
    return _argument("argmin", ordering.minimum, input, dim, keepdim)


class max_result(NamedTuple):
    """What `max` over a dim returns."""

    values: Tensor
    indices: Tensor


class min_result(NamedTuple):
    """What `min` over a dim returns."""

    values: Tensor
    indices: Tensor


for _kind in (max_result, min_result, aminmax_result):
    _kind.__name__ = _kind.__qualname__ = _kind.__name__.removesuffix("_result")
    _kind.__module__ = "torch.return_types"


def _with_place(name: str, rule: Rule, kind: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    k = check_dim(dim, input.dims)
    if input.dims == 0:
        return kind(Id.apply(input), _place_of(rule, input.reshape(1), 0).reshape(()))
    _check_filled(name, input, (k,))
    place = _place_of(rule, input, k)
    values = Gather.apply(input, k, place)
    return kind(dropped(values, (k,), keepdim), dropped(place, (k,), keepdim))


@op(name="max")
def max_(input: Any, dim: Any = None, keepdim: Any = False, *, other: Any = None) -> Any:
    """The largest number; over a dim (values, indices); of two tensors, of each pair."""
    other = dim if isinstance(dim, Tensor) else other
    if other is not None:
        return maximum(input, other)
    if dim is None:
        return _over("max", ordering.maximum, input, (), False)
    return _with_place("max", ordering.maximum, max_result, input, dim, keepdim)


@op(name="min")
def min_(input: Any, dim: Any = None, keepdim: Any = False, *, other: Any = None) -> Any:
    """The smallest number; over a dim (values, indices); of two tensors, of each pair."""
    other = dim if isinstance(dim, Tensor) else other
    if other is not None:
        return minimum(input, other)
    if dim is None:
        return _over("min", ordering.minimum, input, (), False)
    return _with_place("min", ordering.minimum, min_result, input, dim, keepdim)


# What is shifted by the largest number, so that nothing overflows.


@op()
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The logarithm of the sum of e^input over dims."""
    if input._tensor.dtype.kind in "iub":
        input = converted(input, Dtype.named[input.default_dtype.name])
    dims = dims_of(dim, input.dims)
    if not dims:
        return Id.apply(input)
    if any(input._tensor.shape[k] == 0 for k in dims):
        return sum(input.exp(), dim, keepdim).log()
    top: Any = fold_over(input.detach(), ordering.maximum, -INFINITY, dims)
    top = Where.apply(top.isfinite(), top, 0.0)
    return dropped((sum((input - top).exp(), dims, True)).log() + top, dims, keepdim)
