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
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.tensor_functions import (
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
AtMost = row_function(ordering.at_most)


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
    """ln of the running sum of e^x along a dim, without overflow."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, dim: int) -> Tensor:
        """All of them."""
        start = -rules.operators.INFINITY
        out = x.backend.scan(running_logaddexp)(x, x, dim, start, False)
        ctx.save_for_backward(x, out, dim)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """e^(x[i] - y[i]) s[i], with s[i] = g[i] + s[i + 1] e^(y[i] - y[i + 1])."""
        x, y, dim = ctx.saved_tensors
        fall = _finite(Add.apply(shifted(y, dim, 1), Neg.apply(y)))  # y[i - 1] - y[i] <= 0
        decay = Exp.apply(AtMost.apply(fall, 0.0))
        s = Recurrence.apply(shifted(decay, dim, -1), grad_output, dim, 0.0, True)
        share = Exp.apply(_finite(Add.apply(x, Neg.apply(y))))
        return Mul.apply(s, share), None


def _finite(x: Tensor) -> Tensor:
    """x, with -inf where it is not finite: both terms of the difference were -inf."""
    return Where.apply(IsFinite.apply(x), x, -rules.operators.INFINITY)


def running_extreme(x: Tensor, dim: int, rule: Rule) -> Tensor:
    """The largest, or with `minimum` the smallest, cell so far; NaN from the first one on."""
    largest = rule is ordering.maximum
    fn = running_maximum if largest else running_minimum
    start = rules.operators.INFINITY * (-1 if largest else 1)
    return x.backend.scan(fn)(x, x, dim, start, False)
