"""Comparisons and questions: elementwise ops whose result is a bool tensor.

Idea: the scalar function of a row gives 1.0 or 0.0; lifted with another dtype for the result, it
    gives True or False. No gradient flows.
Not here: arithmetic (pointwise.py), extremes (bounds.py), Python's signs (signs.py).
Read next: bounds.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import GradientError
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.tensor_data import HALVES
from minitorch.tensor_ops import BOOL
from minitorch.torch.dtypes import dtype
from minitorch.torch.face import converted, op, together
from minitorch.torch.tensor import Tensor

__all__ = [
    "allclose",
    "compared",
    "eq",
    "equal",
    "ge",
    "gt",
    "is_complex",
    "is_floating_point",
    "is_nonzero",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "le",
    "lt",
    "ne",
    "signbit",
]


def compared(rule: Rule, *operands: Any) -> Any:
    """The row's function of the promoted operands, as a bool tensor; parameters stand last."""
    operands, parameters = operands[: rule.operands], operands[rule.operands :]
    first = operands[0]
    alone = first.__class__ is Tensor and len(operands) == 1
    tensors = [first] if alone else together(*operands)
    if tensors[0]._tensor.dtype in HALVES:
        tensors = [converted(it, dtype.named["float32"]) for it in tensors]
    first = tensors[0]
    launch = first.backend.launch(rule.fn, len(tensors), len(parameters), BOOL)
    return launch(*tensors, *parameters)


@op(inplace=True)
def eq(input: Any, other: Any) -> Any:
    """True where the numbers are equal."""
    return compared(rules.eq, input, other)


@op(inplace=True, also=("not_equal",))
def ne(input: Any, other: Any) -> Any:
    """True where the numbers differ."""
    return compared(rules.ne, input, other)


@op(inplace=True, also=("less",))
def lt(input: Any, other: Any) -> Any:
    """True where input < other."""
    return compared(rules.lt, input, other)


@op(inplace=True, also=("less_equal",))
def le(input: Any, other: Any) -> Any:
    """True where input <= other."""
    return compared(rules.le, input, other)


@op(inplace=True, also=("greater",))
def gt(input: Any, other: Any) -> Any:
    """True where input > other."""
    return compared(rules.lt, other, input)


@op(inplace=True, also=("greater_equal",))
def ge(input: Any, other: Any) -> Any:
    """True where input >= other."""
    return compared(rules.le, other, input)


@op()
def isclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """True where |input - other| <= atol + rtol * |other|, and at equal infinities.

    Raises:
        GradientError: the dtypes differ, or a tolerance is negative.
    """
    if input._tensor.dtype != other._tensor.dtype:
        raise GradientError(
            f"{input.dtype} did not match {other.dtype}: isclose compares tensors of one dtype"
        )
    if rtol < 0 or atol < 0:
        name, value = ("rtol", rtol) if rtol < 0 else ("atol", atol)
        raise GradientError(f"{name} must be greater than or equal to zero, but got {value}")
    if input._tensor.dtype.kind in "iub":
        wide = dtype.named["float64"]
        input, other = converted(input, wide), converted(other, wide)
    return compared(
        ordering.is_near, input, other, float(rtol), float(atol), 1.0 if equal_nan else 0.0
    )


@op()
def allclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """True if all numbers are close, as `isclose` says."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


@op()
def equal(input: Any, other: Any) -> bool:
    """True if both have the same shape and numbers."""
    if input._tensor.shape != other._tensor.shape:
        return False
    return bool(eq(input, other).all())


@op()
def isnan(input: Any) -> Any:
    """True where there is no number."""
    return compared(ordering.is_nan, input)


@op()
def isinf(input: Any) -> Any:
    """True where the number is infinite."""
    return compared(ordering.is_infinite, input)


@op()
def isfinite(input: Any) -> Any:
    """True where the number is neither infinite nor NaN."""
    return compared(ordering.is_finite, input)


@op()
def isposinf(input: Any) -> Any:
    """True where the number is infinity."""
    if not input.dtype.is_floating_point:
        return ne(input, input)
    return eq(input, float("inf"))


@op()
def isneginf(input: Any) -> Any:
    """True where the number is minus infinity."""
    if not input.dtype.is_floating_point:
        return ne(input, input)
    return eq(input, float("-inf"))


@op()
def isreal(input: Any) -> Any:
    """True everywhere: there are no complex numbers here."""
    return compared(ordering.is_same, input, input)


@op()
def signbit(input: Any) -> Any:
    """True where the sign bit is set."""
    return compared(ordering.signbit, input)


@op()
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """True where the number is among the test elements; with invert, where it is not."""
    if not isinstance(elements, Tensor):
        elements = test_elements._ensure_tensor(elements)
    if not isinstance(test_elements, Tensor):
        test_elements = elements._ensure_tensor(test_elements)
    found = eq(elements.unsqueeze(-1), test_elements.reshape(-1)).any(-1)
    return found.logical_not() if invert else found


# What a tensor is, as a Python bool.


@op()
def is_floating_point(input: Any) -> bool:
    """True for a tensor of floats."""
    return input.dtype.is_floating_point


@op()
def is_complex(input: Any) -> bool:
    """True for a tensor of complex numbers."""
    return input.dtype.is_complex


@op()
def is_nonzero(input: Any) -> bool:
    """Whether the only number is not zero.

    Raises:
        GradientError: there is not exactly one.
    """
    if input._tensor.size != 1:
        what = "no values" if input._tensor.size == 0 else "more than one value"
        raise GradientError(f"Boolean value of Tensor with {what} is ambiguous")
    return bool(input.item())
