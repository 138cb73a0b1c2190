"""Arithmetic: rows of the op table with PyTorch's names, promotion and forms.

Idea: the operands are promoted to one dtype and the row is lifted; nothing is computed here. Whole
    numbers have rows of their own where they divide.
Not here: the formulas (../operators.py, ../formulas/), derivatives (../rules.py, ../rows/),
    functions of one number (elementary.py), Python's signs (signs.py).
Read next: elementary.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import DivisionError, GradientError, MismatchError
from minitorch.rows import powers, rounding, whole
from minitorch.tensor_functions import Add, Inv, Mul, Neg, row_function
from minitorch.torch.dtypes import dtype, result_dtype
from minitorch.torch.face import apply_row, converted, op, together
from minitorch.torch.refusals import not_implemented
from minitorch.torch.tensor import Tensor

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "div",
    "float_power",
    "floats",
    "floor_divide",
    "fmod",
    "is_bool",
    "ldexp",
    "lerp",
    "mul",
    "neg",
    "pow",
    "reciprocal",
    "remainder",
    "rsub",
    "square",
    "sub",
    "where",
]

Div = row_function(rounding.div)
Lerp = row_function(powers.lerp)
Power = row_function(powers.power)
Sqrt = row_function(rules.sqrt)
Where = row_function(rules.where)
WholePower = row_function(whole.whole_power)

# (of whole numbers, of floats)
FLOOR = row_function(whole.whole_floor_divide), row_function(rounding.floor_divide)
TRUNC = row_function(whole.whole_trunc_divide), row_function(rounding.trunc_divide)
REMAINDER = row_function(whole.whole_remainder), row_function(rounding.remainder)
FMOD = row_function(whole.whole_fmod), row_function(rounding.fmod)


def is_bool(value: Any) -> bool:
    """True for a truth value or a tensor of them."""
    return isinstance(value, bool) or (
        isinstance(value, Tensor) and value._tensor.dtype.kind == "b"
    )


def floats(*operands: Any) -> list[Any]:
    """Whole numbers as floats of the default dtype, where no operand is a float."""
    tensors = [it for it in operands if isinstance(it, Tensor)]
    if any(it._tensor.dtype.kind not in "iub" for it in tensors) or any(
        isinstance(it, float) for it in operands
    ):
        return list(operands)
    wanted = dtype.named[tensors[0].default_dtype.name]
    return [converted(it, wanted) if isinstance(it, Tensor) else float(it) for it in operands]


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
    if is_bool(input) or is_bool(other):
        raise GradientError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    other = _scaled(other, alpha)
    return apply_row(Add, input, Neg.apply(other) if isinstance(other, Tensor) else -other)


@op(method=False)
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha * input."""
    return add(neg(_scaled(input, alpha)), other)


@op(inplace=True, also=("multiply",))
def mul(input: Any, other: Any) -> Any:
    """input * other."""
    return apply_row(Mul, input, other)


@op(inplace=True, also=("divide",))
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; with rounding_mode "trunc" or "floor" the whole part of it.

    Raises:
        MismatchError: another rounding_mode.
        DivisionError: whole numbers are rounded, and one is divided by zero.
    """
    if rounding_mode is None:
        return apply_row(Div, input, other)
    if rounding_mode not in ("trunc", "floor"):
        raise MismatchError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    return _quotient(FLOOR if rounding_mode == "floor" else TRUNC, input, other)


@op(inplace=True)
def true_divide(input: Any, other: Any) -> Any:
    """input / other."""
    return apply_row(Div, input, other)


def _quotient(functions: tuple[Any, Any], input: Any, other: Any) -> Any:
    """A quotient or remainder, of whole numbers or of floats.

    Raises:
        DivisionError: a whole number is divided by zero.
    """
    a, b = together(input, other)
    of_whole, of_floats = functions
    if a._tensor.dtype.kind not in "iub":
        return of_floats.apply(a, b)
    if a._tensor.dtype.kind == "b":
        raise not_implemented("div_cpu", a)
    if (b == 0).any() if isinstance(other, Tensor) else other == 0:
        raise DivisionError("ZeroDivisionError")
    return of_whole.apply(a, b)


@op(inplace=True)
def floor_divide(input: Any, other: Any) -> Any:
    """The floor of input / other.

    Raises:
        DivisionError: a whole number is divided by zero.
    """
    return _quotient(FLOOR, input, other)


@op(inplace=True)
def remainder(input: Any, other: Any) -> Any:
    """What is left of input, with the sign of other, as Python's %.

    Raises:
        DivisionError: a whole number is divided by zero.
    """
    return _quotient(REMAINDER, input, other)


@op(inplace=True)
def fmod(input: Any, other: Any) -> Any:
    """What is left of input, with the sign of input.

    Raises:
        DivisionError: a whole number is divided by zero.
    """
    return _quotient(FMOD, input, other)


@op(inplace=True, also=("negative",))
def neg(input: Any) -> Any:
    """-input.

    Raises:
        GradientError: of a bool tensor.
    """
    if is_bool(input):
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
def square(input: Any) -> Any:
    """input * input."""
    if is_bool(input):
        input = converted(input, dtype.named["int64"])
    return Mul.apply(input, input)


@op(inplace=True)
def pow(input: Any, exponent: Any) -> Any:
    """input to the exponent.

    Raises:
        GradientError: whole numbers to a negative number.
    """
    if isinstance(exponent, int | float) and not isinstance(exponent, bool):
        return _power_of_number(input, exponent)
    a, b = together(input, exponent)
    if a._tensor.dtype.kind in "iu":
        return WholePower.apply(a, b)
    if a._tensor.dtype.kind == "b":
        wanted = dtype.named["uint8"]
        return converted(WholePower.apply(converted(a, wanted), converted(b, wanted)), a.dtype)
    return Power.apply(a, b)


def _power_of_number(x: Any, exponent: Any) -> Any:
    wanted = result_dtype((x, exponent))
    x = converted(x, wanted)
    if not wanted.is_floating_point and exponent < 0:
        raise GradientError("Integers to negative integer powers are not allowed.")
    if exponent == 2:
        return Mul.apply(x, x)
    if not wanted.is_floating_point:
        return WholePower.apply(x, exponent)
    if exponent == 0.5:
        return Sqrt.apply(x)
    if exponent == -1:
        return Inv.apply(x)
    if exponent == 3:
        return Mul.apply(Mul.apply(x, x), x)
    return Power.apply(x, exponent)


@op(inplace=True)
def float_power(input: Any, exponent: Any) -> Any:
    """input to the exponent, computed in float64."""
    wanted = dtype.named["float64"]
    tensors = [
        converted(it, wanted) if isinstance(it, Tensor) else float(it) for it in (input, exponent)
    ]
    return pow(*tensors)


@op(inplace=True)
def ldexp(input: Any, other: Any) -> Any:
    """input * 2^other."""
    return mul(input, pow(2.0, other))


@op(inplace=True)
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2."""
    return add(input, mul(_scaled(tensor1, value), tensor2))


@op(inplace=True)
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2.

    Raises:
        GradientError: of whole numbers.
    """
    if all(it._tensor.dtype.kind in "iub" for it in (tensor1, tensor2)):
        raise GradientError(
            "Integer division with addcdiv is no longer supported, and in a future release "
            "addcdiv will perform a true division of tensor1 and tensor2."
        )
    return add(input, div(_scaled(tensor1, value), tensor2))


@op(inplace=True)
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input).

    Raises:
        GradientError: the tensors have different dtypes.
    """
    for it in (end, weight):
        if isinstance(it, Tensor) and it._tensor.dtype != input._tensor.dtype:
            raise GradientError(
                f"expected dtype {input.dtype} for `weight` but got dtype {it.dtype}"
            )
    return apply_row(Lerp, input, end, weight)


@op()
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, else other; with the condition alone, where it holds.

    Raises:
        GradientError: the condition is no bool tensor.
    """
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if condition._tensor.dtype.kind not in "bu" or condition._tensor.dtype.itemsize > 1:
        raise GradientError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype}"
        )
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        input = condition.new_tensor(input, dtype=result_dtype((input, other)))
    x, y = together(input, other)
    return Where.apply(condition, x, y)


@op(name="where", function=False)
def _where_of(input: Any, condition: Any, other: Any) -> Any:
    """The tensor where the condition holds, else other."""
    return where(condition, input, other)
