"""Reductions: folds of one dim, several, or all.

Idea: a reduction over several dims is one after the other, the last dim first; keepdim=False drops
    the dims of size 1 that are left. Nothing is computed here.
Not here: positions such as argmax (sorting.py).
Read next: shaping.py
"""

from __future__ import annotations

from typing import Any

from minitorch import operators
from minitorch.errors import GradientError
from minitorch.tensor_functions import Sum, View
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import converted, dims_of, op
from minitorch.torch.tensor import Tensor

__all__ = ["dropped", "mean", "sum"]


def dropped(x: Tensor, dims: tuple[int, ...], keepdim: bool) -> Tensor:
    """x without the dims that a reduction left with size 1, unless they are kept."""
    if keepdim or not dims:
        return x
    shape = [n for k, n in enumerate(x._tensor.shape) if k not in dims]
    return View.apply(x, *shape)


@op()
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over dims, by default over all; of whole numbers as int64."""
    if dtype is not None:
        input = converted(input, dtype)
    elif not input.dtype.is_floating_point:
        input = converted(input, Dtype.named["int64"])
    dims = dims_of(dim, input.dims)
    out = input
    for k in reversed(dims):
        out = Sum.apply(out, k)
    return dropped(out, dims, keepdim)


@op()
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over dims, by default over all.

    Raises:
        GradientError: of whole numbers.
    """
    if dtype is not None:
        input = converted(input, dtype)
    if not input.dtype.is_floating_point:
        raise GradientError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {input.dtype}"
        )
    count = 1
    for k in dims_of(dim, input.dims):
        count *= input._tensor.shape[k]
    return sum(input, dim, keepdim) * operators.inv(float(count))
