"""Running folds: cumsum, cumprod and their like are one recurrence.

Idea: y[i] = a[i] * y[i - 1] + b[i]. With a = 1 it is the running sum, with b = 0 the running
    product; and its adjoint is the same recurrence, run from the other end:
        s[i] = g[i] + a[i + 1] * s[i + 1],   db[i] = s[i],   da[i] = s[i] * y[i - 1].
    So one loop of a backend, and one Function, serve all of them, to every order of derivative.
Not here: folds that keep only the end (folds.py).
Read next: folds.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch import rules
from minitorch.autodiff import Context
from minitorch.formulas.running import linear, running_logaddexp, running_maximum, running_minimum
from minitorch.operators import INFINITY
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.tensor_functions import (
    LT,
    Add,
    Exp,
    Expand,
    Function,
    Mul,
    Neg,
    Pad,
    Slice,
    row_function,
    zeros_like,
)

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["Recurrence", "RunningLog", "number_like", "running_extreme", "shifted"]

Where = row_function(rules.where)
IsFinite = row_function(ordering.is_finite)
Ln = row_function(rules.ln)


def number_like(a: Tensor, number: float) -> Tensor:
    """A number in the shape of a, which holds one cell of memory."""
    return Expand.apply(a._ensure_tensor(number), a.shape)


def shifted(a: Tensor, dim: int, by: int, fill: float = 0.0) -> Tensor:
    """a moved by one cell along a dim: by 1 to the end, by -1 to the front, `fill` moves in."""
    size = a.shape[dim]
    if size == 0:
        return a
    kept = Slice.apply(a, dim, 0, size - 1) if by > 0 else Slice.apply(a, dim, 1, size)
    out = Pad.apply(kept, dim, 1 if by > 0 else 0, size)
    if not fill:
        return out
    edge = zeros_like(a, (*a.shape[:dim], 1, *a.shape[dim + 1 :]))
    filled = Add.apply(edge, a._ensure_tensor(fill))
    return Add.apply(out, Pad.apply(filled, dim, 0 if by > 0 else size - 1, size))


class Recurrence(Function):
    """y[i] = a[i] * y[i - 1] + b[i] along a dim; with `reverse`, from the other end."""

    @staticmethod
    def forward(
        ctx: Context, a: Tensor, b: Tensor, dim: int, start: float, reverse: bool
    ) -> Tensor:
        """All y; a float32 recurrence is run in float64 and rounded."""
        out = a.backend.scan(linear)(a, b, dim, start, reverse)
        ctx.save_for_backward(a, out, dim, start, reverse)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The same recurrence from the other end."""
        a, out, dim, start, reverse = ctx.saved_tensors
        of_a, of_b = ctx.needs_input_grad[:2]
        after, before = (1, -1) if reverse else (-1, 1)
        s = Recurrence.apply(shifted(a, dim, after), grad_output, dim, 0.0, not reverse)
        da = Mul.apply(s, shifted(out, dim, before, start)) if of_a else None
        return da, s if of_b else None, None, None, None

    @staticmethod
    def sums(b: Tensor, dim: int, reverse: bool = False) -> Tensor:
        """The running sum."""
        return Recurrence.apply(number_like(b, 1), b, dim, 0, reverse)

    @staticmethod
    def products(a: Tensor, dim: int, reverse: bool = False, inclusive: bool = False) -> Tensor:
        """The running product of the cells before each, or up to it."""
        if not inclusive:
            a = shifted(a, dim, -1 if reverse else 1, 1)
        return Recurrence.apply(a, number_like(a, 0), dim, 1, reverse)


class RunningLog(Function):
    """ln of the running sum of e^x along a dim, without overflow; `reverse`: from the other end."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, dim: int, reverse: bool) -> Tensor:
        """All of them."""
        out = x.backend.scan(running_logaddexp)(x, x, dim, -INFINITY, reverse)
        ctx.save_for_backward(x, out, dim, reverse)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """e^x[i] times the sum of g[k] e^-y[k] over the k that x[i] counts in.

        That sum is a running one from the other end, in logarithms too; what g has of positive
        numbers goes apart from what it has of negative ones.
        """
        x, y, dim, reverse = ctx.saved_tensors
        below = Where.apply(IsFinite.apply(y), Neg.apply(y), -INFINITY)

        def part(g: Tensor) -> Tensor:
            positive = LT.apply(0.0, g.detach())
            log = Where.apply(positive, Ln.apply(Where.apply(positive, g, 1.0)), -INFINITY)
            summed = RunningLog.apply(Add.apply(log, below), dim, not reverse)
            return Exp.apply(Add.apply(summed, x))

        return Add.apply(part(grad_output), Neg.apply(part(Neg.apply(grad_output)))), None, None


def running_extreme(x: Tensor, dim: int, rule: Rule) -> Tensor:
    """The largest, or with `minimum` the smallest, cell so far; NaN from the first one on."""
    largest = rule is ordering.maximum
    fn = running_maximum if largest else running_minimum
    start = -INFINITY if largest else INFINITY
    return x.backend.scan(fn)(x, x, dim, start, False)
