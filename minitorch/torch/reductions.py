"""Reductions: sums, products, means, variances and truths, over one dim, several, or all.

Idea: a reduction over several dims is one after the other, the last dim first; keepdim=False drops
    the dims of size 1 that are left. Nothing is computed here.
Not here: extremes and their places (extremes.py), norms (norms.py), running sums (scans.py).
Read next: extremes.py
"""

from __future__ import annotations

from builtins import max as larger
from typing import Any

from minitorch import rules
from minitorch.errors import GradientError
from minitorch.folds import Prod, SumOver, fold_over
from minitorch.rows import ordering, powers, rounding
from minitorch.tensor_functions import View, row_function
from minitorch.torch.comparison import ne
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import apply_row, converted, dims_of, op
from minitorch.torch.pointwise import div, where
from minitorch.torch.tensor import Tensor

__all__ = [
    "all",
    "any",
    "count_nonzero",
    "dropped",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]

Div = row_function(rounding.div)
Id = row_function(rules.id)
Root = row_function(powers.root)


def dropped(x: Tensor, dims: tuple[int, ...], keepdim: bool) -> Tensor:
    """x without the dims that a reduction left with size 1, unless they are kept."""
    if keepdim or not dims:
        return x
    shape = [n for k, n in enumerate(x._tensor.shape) if k not in dims]
    return View.apply(x, *shape)


def _counting(input: Any, dtype: Any) -> Any:
    """The input as the dtype that is asked for; whole numbers as int64."""
    if dtype is not None:
        return converted(input, dtype)
    return (
        input if input._tensor.dtype.kind not in "iub" else converted(input, Dtype.named["int64"])
    )


def _summed(input: Any, dims: tuple[int, ...]) -> Any:
    """The sum with dims of size 1."""
    return SumOver.apply(input, dims, True)


@op()
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over dims, by default over all; of whole numbers as int64."""
    input = _counting(input, dtype)
    dims = dims_of(dim, input.dims)
    if not dims:
        return Id.apply(input)
    return _as_asked(SumOver.apply(input, dims, keepdim), dtype)


def _as_asked(out: Any, dtype: Any) -> Any:
    """The result in the dtype that was asked for, where whole numbers were counted as int64."""
    return out if dtype is None else converted(out, dtype)


@op()
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over dims of all that is not NaN."""
    return sum(_without_nan(input), dim, keepdim, dtype=dtype)


def _without_nan(input: Any) -> Any:
    if input._tensor.dtype.kind in "iub":
        return input
    return where(ne(input, input), 0.0, input)


def _count(input: Any, dims: tuple[int, ...]) -> int:
    count = 1
    for k in dims:
        count *= input._tensor.shape[k]
    return count


def _checked_floats(name: str, input: Any, dtype: Any) -> Any:
    if dtype is not None:
        input = converted(input, dtype)
    if input._tensor.dtype.kind in "iub":
        raise GradientError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point "
            f"or complex dtype. Got: {input.dtype}"
        )
    return input


@op()
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over dims, by default over all.

    Raises:
        GradientError: of whole numbers.
    """
    input = _checked_floats("mean", input, dtype)
    dims = dims_of(dim, input.dims)
    total = SumOver.apply(input, dims, keepdim) if dims else input
    return apply_row(Div, total, float(_count(input, dims)))


@op()
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over dims of all that is not NaN.

    Raises:
        GradientError: of whole numbers.
    """
    input = _checked_floats("nanmean", input, dtype)
    counted = sum(input.isnan().logical_not(), dim, keepdim)
    return div(sum(_without_nan(input), dim, keepdim), counted)


@op()
def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over a dim, by default over all; of whole numbers as int64."""
    input = _counting(input, dtype)
    dims = dims_of(dim, input.dims)
    if not dims:
        return Id.apply(input)
    if dim is None:
        return _as_asked(View.apply(Prod.apply(input.reshape(-1), 0)), dtype)
    for k in reversed(dims):
        input = Prod.apply(input, k)
    return _as_asked(dropped(input, dims, keepdim), dtype)


# Truths.


def _truth(input: Any, rule: Any, start: float, dim: Any, keepdim: bool) -> Any:
    bits = ne(input, 0) if input._tensor.dtype.kind != "b" else input.detach()
    dims = dims_of(dim, input.dims)
    out: Any = fold_over(bits, rule, start, dims) if dims else Id.apply(bits)
    out = dropped(out, dims, keepdim)
    return converted(out, input.dtype) if input.dtype.name == "uint8" else out


@op()
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """True where no number along the dims is zero."""
    return _truth(input, rules.logical_and, 1.0, dim, keepdim)


@op()
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """True where some number along the dims is not zero."""
    return _truth(input, ordering.logical_or, 0.0, dim, keepdim)


@op()
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many numbers along the dims are not zero."""
    return sum(ne(input, 0), dim)


# Variances: the mean of the squared distances from the mean.


def _spread(input: Any, dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any, Any]:
    """The variance and the mean, both with dims of size 1, and the dims."""
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if input._tensor.dtype.kind in "iub":
        raise GradientError("std and var only support floating point and complex dtypes")
    dims = dims_of(dim, input.dims)
    count = _count(input, dims)
    centre = div(_summed(input, dims), float(count))
    apart = input - centre
    degrees = larger(0.0, count - correction)
    return div(_summed(apart * apart, dims), float(degrees)), centre, dims


@op()
def var(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The variance over dims, by default over all: divided by the count less the correction (1)."""
    variance, _, dims = _spread(input, dim, unbiased, correction)
    return dropped(variance, dims, keepdim)


@op()
def std(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The square root of the variance over dims."""
    return Root.apply(var(input, dim, unbiased, keepdim, correction=correction))


@op(method=False)
def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The variance and the mean over dims."""
    variance, centre, dims = _spread(input, dim, unbiased, correction)
    return dropped(variance, dims, keepdim), dropped(centre, dims, keepdim)


@op(method=False)
def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Any:
    """The standard deviation and the mean over dims."""
    variance, centre = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return Root.apply(variance), centre
