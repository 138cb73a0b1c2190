"""Bits, truth values and divisors: ops of whole numbers.

Idea: integers take the row of bits; truth values too, where it means the same.
Not here: comparisons (comparison.py).
Read next: signs.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.rows import ordering, whole
from minitorch.tensor_functions import row_function
from minitorch.torch.comparison import compared
from minitorch.torch.face import apply_row, op, together
from minitorch.torch.refusals import not_implemented

__all__ = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "gcd",
    "lcm",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
]

And = row_function(whole.bitwise_and)
Or = row_function(whole.bitwise_or)
Xor = row_function(whole.bitwise_xor)
Not = row_function(whole.bitwise_not)
ShiftLeft = row_function(whole.shift_left)
ShiftRight = row_function(whole.shift_right)
Gcd = row_function(whole.gcd)
Lcm = row_function(whole.lcm)


def _whole(name: str, *operands: Any) -> list[Any]:
    """The operands promoted.

    Raises:
        MissingKernelError: they are floats.
    """
    tensors = together(*operands)
    if tensors[0]._tensor.dtype.kind not in "iub":
        raise not_implemented(f"{name}_cpu", tensors[0])
    return tensors


@op(inplace=True)
def bitwise_and(input: Any, other: Any) -> Any:
    """The bits that both have; of truth values, their conjunction.

    Raises:
        MissingKernelError: of floats.
    """
    return And.apply(*_whole("bitwise_and", input, other))


@op(inplace=True)
def bitwise_or(input: Any, other: Any) -> Any:
    """The bits that either has; of truth values, their disjunction.

    Raises:
        MissingKernelError: of floats.
    """
    return Or.apply(*_whole("bitwise_or", input, other))


@op(inplace=True)
def bitwise_xor(input: Any, other: Any) -> Any:
    """The bits that one of them has.

    Raises:
        MissingKernelError: of floats.
    """
    return Xor.apply(*_whole("bitwise_xor", input, other))


@op(inplace=True)
def bitwise_not(input: Any) -> Any:
    """The bits that the numbers have not; of truth values, the others.

    Raises:
        MissingKernelError: of floats.
    """
    (x,) = _whole("bitwise_not", input)
    return logical_not(x) if x._tensor.dtype.kind == "b" else Not.apply(x)


def _bits(x: Any) -> int:
    return 8 * x._tensor.dtype.itemsize


@op(inplace=True)
def bitwise_left_shift(input: Any, other: Any) -> Any:
    """input * 2^other, as far as there are bits.

    Raises:
        MissingKernelError: of floats.
    """
    x, y = _whole("lshift", input, other)
    return ShiftLeft.apply(x, y, _bits(x))


@op(inplace=True)
def bitwise_right_shift(input: Any, other: Any) -> Any:
    """The floor of input / 2^other.

    Raises:
        MissingKernelError: of floats.
    """
    x, y = _whole("rshift", input, other)
    return ShiftRight.apply(x, y, _bits(x))


@op(inplace=True)
def gcd(input: Any, other: Any) -> Any:
    """The greatest common divisor.

    Raises:
        MissingKernelError: of floats.
    """
    return apply_row(Gcd, *_whole("gcd", input, other))


@op(inplace=True)
def lcm(input: Any, other: Any) -> Any:
    """The least common multiple.

    Raises:
        MissingKernelError: of floats.
    """
    return apply_row(Lcm, *_whole("lcm", input, other))


@op(inplace=True)
def logical_and(input: Any, other: Any) -> Any:
    """True where neither number is zero."""
    return compared(rules.logical_and, input, other)


@op(inplace=True)
def logical_or(input: Any, other: Any) -> Any:
    """True where a number is not zero."""
    return compared(ordering.logical_or, input, other)


@op(inplace=True)
def logical_xor(input: Any, other: Any) -> Any:
    """True where one number is zero and the other is not."""
    return compared(ordering.logical_xor, input, other)


@op(inplace=True)
def logical_not(input: Any) -> Any:
    """True where the number is zero."""
    return compared(ordering.logical_not, input)
