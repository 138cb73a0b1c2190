"""Elementwise ops: a row of the op table, with PyTorch's names, promotion and forms.

Idea: the operands are promoted to one dtype and the row is lifted; nothing is computed here.
Not here: the formulas (../operators.py), derivatives (../rules.py), comparisons (comparison.py).
Read next: reductions.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError, GradientError
from minitorch.tensor_functions import Add, Exp, Inv, Mul, Neg, row_function
from minitorch.torch.dtypes import dtype
from minitorch.torch.face import apply_row, converted, op
from minitorch.torch.tensor import Tensor

__all__ = ["add", "div", "exp", "log", "mul", "neg", "reciprocal", "sqrt", "sub", "tanh"]

Ln = row_function(rules.ln)
Sqrt = row_function(rules.sqrt)
Tanh = row_function(rules.tanh)
Sin = row_function(rules.sin)
Cos = row_function(rules.cos)
Sigmoid = row_function(rules.sigmoid)


def _scaled(other: Any, alpha: Any) -> Any:
    return other if alpha == 1 else other * alpha


@op(inplace=True)
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input + alpha * other."""
    return apply_row(Add, input, _scaled(other, alpha))


@op(inplace=True, also=("subtract",))
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha * other.

    Raises:
        GradientError: of two bool tensors.
    """
    if _is_bool(input) or _is_bool(other):
        raise GradientError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    other = _scaled(other, alpha)
    return apply_row(Add, input, Neg.apply(other) if isinstance(other, Tensor) else -other)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, Tensor) and value._tensor.dtype.kind == "b"
    )


@op(function=False)
def __rsub__(input: Any, other: Any) -> Any:
    """other - input."""
    return add(neg(input), other)


@op(inplace=True, also=("multiply",))
def mul(input: Any, other: Any) -> Any:
    """input * other."""
    return apply_row(Mul, input, other)


def _true_floats(*operands: Any) -> list[Any]:
    """Whole numbers as floats of the default dtype, where no operand is a float."""
    tensors = [it for it in operands if isinstance(it, Tensor)]
    if any(it.dtype.is_floating_point for it in tensors) or any(
        isinstance(it, float) for it in operands
    ):
        return list(operands)
    wanted = dtype.named[tensors[0].default_dtype.name]
    return [converted(it, wanted) if isinstance(it, Tensor) else float(it) for it in operands]


@op(inplace=True, also=("divide", "true_divide"))
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; with rounding_mode "trunc" or "floor" the whole part of it."""
    if rounding_mode is not None:
        raise ConfigError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    input, other = _true_floats(input, other)
    if not isinstance(other, Tensor):
        other = input._ensure_tensor(other)
    return apply_row(Mul, input, Inv.apply(other))


@op(inplace=True, also=("negative",))
def neg(input: Any) -> Any:
    """-input.

    Raises:
        GradientError: of a bool tensor.
    """
    if _is_bool(input):
        raise GradientError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return Neg.apply(input)


@op(inplace=True)
def reciprocal(input: Any) -> Any:
    """1 / input."""
    return Inv.apply(input)


@op(inplace=True)
def exp(input: Any) -> Any:
    """e^input."""
    return Exp.apply(input)


@op(inplace=True)
def log(input: Any) -> Any:
    """The natural logarithm."""
    return Ln.apply(input)


@op(inplace=True)
def sqrt(input: Any) -> Any:
    """The square root."""
    return Sqrt.apply(input)


@op(inplace=True)
def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return Tanh.apply(input)


@op(inplace=True)
def sin(input: Any) -> Any:
    """The sine."""
    return Sin.apply(input)


@op(inplace=True)
def cos(input: Any) -> Any:
    """The cosine."""
    return Cos.apply(input)


@op(inplace=True)
def sigmoid(input: Any) -> Any:
    """1 / (1 + e^-input)."""
    return Sigmoid.apply(input)


def _operators() -> None:
    """Python's operators, in and out of place, are the methods of the same meaning."""
    known: Any = Tensor
    for sign, title in (("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div")):
        setattr(known, f"__{sign}__", getattr(known, title))
        setattr(known, f"__i{sign}__", getattr(known, f"{title}_"))
    known.__radd__ = known.add
    known.__rmul__ = known.mul

    def reverse(self: Any, other: Any) -> Any:
        return div(_as(self, other), self)

    known.__rtruediv__ = known.__rdiv__ = reverse
    known.__neg__ = known.neg


def _as(x: Tensor, number: Any) -> Any:
    return number if isinstance(number, Tensor) else x._ensure_tensor(number)


_operators()
