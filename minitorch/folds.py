"""Reductions beyond the course: extremes over several dims, products.

Idea: an extreme shares its gradient evenly among all cells that reach it, whatever dims they lie
    along. The gradient of a product is, for each cell, the product of the others.
Not here: Sum, All, Max of the course (tensor_functions.py), running folds (scans.py).
Read next: strided.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch import operators, rules
from minitorch.autodiff import Context
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.scans import Recurrence
from minitorch.tensor_functions import (
    Copy,
    Expand,
    Function,
    Inv,
    Mul,
    Sum,
    View,
    as_dtype,
    row_function,
)
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["Chosen", "Extreme", "Prod", "SumOver", "fold_over"]

Same = row_function(ordering.is_same)


def fold_over(a: Tensor, rule: Rule, start: float, dims: tuple[int, ...]) -> Tensor:
    """The fold of dims by a row's function, the last dim first; each stays with size 1."""
    fold = a.backend.fold(rule.fn, start)
    for dim in reversed(dims):
        a = fold(a, dim)
    return a


class SumOver(Function):
    """The sum over dims, which stay with size 1 or are dropped, as one node of the graph."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dims: tuple[int, ...], keepdim: bool) -> Tensor:
        """The fold by addition, the last dim first; of whole numbers as int64."""
        ctx.save_for_backward(a.shape, dims, keepdim)
        if a._tensor.dtype.kind in "iub":
            a = as_dtype(a, np.dtype("int64"))
        out = fold_over(a, rules.add, 0.0, dims)
        return out if keepdim else _without(out, dims)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g for every cell."""
        shape, dims, keepdim = ctx.saved_tensors
        if not keepdim:
            kept = [1 if k in dims else n for k, n in enumerate(shape)]
            grad_output = View.apply(Copy.apply(grad_output), *kept)
        return Expand.apply(grad_output, shape), None, None


def _without(a: Tensor, dims: tuple[int, ...]) -> Tensor:
    """a without dims, which have size 1."""
    return new_like(a, a._tensor.view(*[n for k, n in enumerate(a.shape) if k not in dims]))


class Extreme(Function):
    """The maximum or minimum over dims; NaN where there is one. Ties share the gradient evenly."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, rule: Rule, dims: tuple[int, ...]) -> Tensor:
        """The fold by `maximum` or `minimum`, each dim kept with size 1."""
        start = operators.INFINITY if rule is ordering.minimum else -operators.INFINITY
        out = fold_over(a, rule, start, dims)
        ctx.save_for_backward(a, out, dims)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g / n where the extreme is reached, n the number of such cells."""
        return _shared(grad_output, *ctx.saved_tensors), None, None


def _shared(g: Tensor, a: Tensor, out: Tensor, dims: tuple[int, ...]) -> Tensor:
    """g, evenly among the cells along the dims that are equal to `out`."""
    ties = Same.apply(a.detach(), out.detach())
    count = ties
    for dim in reversed(dims):
        count = Sum.apply(count, dim)
    return Mul.apply(g, Mul.apply(ties, Inv.apply(count)))


class Chosen(Function):
    """A number that was found among the cells along dims; those equal to it share its gradient."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, found: Tensor, dims: tuple[int, ...]) -> Tensor:
        """What was found."""
        ctx.save_for_backward(a, found, dims)
        return found.detach()

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g / n for the n cells that are equal to it."""
        return _shared(grad_output, *ctx.saved_tensors), None, None


class Prod(Function):
    """The product over a dim, which stays with size 1; of whole numbers as int64."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: int) -> Tensor:
        """The fold by multiplication."""
        ctx.save_for_backward(a, dim)
        if a._tensor.dtype.kind in "iub":
            a = as_dtype(a, np.dtype("int64"))
        return a.backend.mul_reduce(a, dim)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g times what stands before, times what stands after: right where cells are zero."""
        a, dim = ctx.saved_tensors
        before = Recurrence.products(a, dim, reverse=False)
        after = Recurrence.products(a, dim, reverse=True)
        return Mul.apply(grad_output, Mul.apply(before, after)), None
