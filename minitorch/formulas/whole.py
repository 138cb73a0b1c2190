"""Whole numbers: quotients, powers, bits, common divisors.

Idea: arithmetic that stays whole, so that int64 is exact and wraps; no divisor is zero, which is
    checked where an op is called.
Not here: the same of floats (rounding.py, powers.py).
Read next: ../rows/__init__.py
"""

from __future__ import annotations

__all__ = [
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "gcd",
    "lcm",
    "shift_left",
    "shift_right",
    "whole_floor_divide",
    "whole_fmod",
    "whole_power",
    "whole_remainder",
    "whole_trunc_divide",
]


def whole_floor_divide(x: int, y: int) -> int:
    """The floor of x / y.

    >>> whole_floor_divide(-7, 2)
    -4
    """
    return x // y


def whole_trunc_divide(x: int, y: int) -> int:
    """x / y without what stands after the point.

    >>> whole_trunc_divide(-7, 2)
    -3
    """
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def whole_remainder(x: int, y: int) -> int:
    """What is left of x, with the sign of y.

    >>> whole_remainder(-7, 3)
    2
    """
    return x % y


def whole_fmod(x: int, y: int) -> int:
    """What is left of x, with the sign of x.

    >>> whole_fmod(-7, 3)
    -1
    """
    return abs(x) % abs(y) if x >= 0 else -(abs(x) % abs(y))


def whole_power(x: int, y: int) -> int:
    """x to the y; for a negative y the whole part of it.

    >>> whole_power(3, 4), whole_power(2, -1), whole_power(-1, -3)
    (81, 0, -1)
    """
    if y < 0:
        unit = x if abs(x) == 1 else x * 0
        return unit * unit if y % 2 == 0 else unit
    out = x * 0 + 1  # of the kind of x, so that it wraps as x does
    square = x
    while y > 0:
        if y % 2 == 1:
            out = out * square
        square = square * square
        y = y // 2
    return out


def bitwise_and(x: int, y: int) -> int:
    """The bits that both have.

    >>> bitwise_and(6, 3)
    2
    """
    return x & y


def bitwise_or(x: int, y: int) -> int:
    """The bits that either has.

    >>> bitwise_or(6, 3)
    7
    """
    return x | y


def bitwise_xor(x: int, y: int) -> int:
    """The bits that one of them has.

    >>> bitwise_xor(6, 3)
    5
    """
    return x ^ y


def bitwise_not(x: int) -> int:
    """The bits that x has not.

    >>> bitwise_not(6)
    -7
    """
    return ~x


def shift_left(x: int, y: int, bits: int) -> int:
    """x 2^y; 0 where all of its bits are pushed out, or y is negative.

    >>> shift_left(3, 2, 64)
    12
    """
    return x << y if 0 <= y < bits else x * 0


def shift_right(x: int, y: int, bits: int) -> int:
    """The floor of x / 2^y; a y that is negative or too large pushes out all but the sign.

    >>> shift_right(12, 2, 64), shift_right(-1, 70, 64)
    (3, -1)
    """
    return x >> y if 0 <= y < bits else x >> (bits - 1)


def gcd(x: int, y: int) -> int:
    """The largest number that divides both; the other where one is zero (Euclid).

    >>> gcd(12, -18)
    6
    """
    a, b = abs(x), abs(y)
    while b != 0:
        a, b = b, a % b
    return a


def lcm(x: int, y: int) -> int:
    """The least positive number that both divide; 0 where one is zero.

    >>> lcm(4, 6)
    12
    """
    return abs(x // gcd(x, y) * y) if x != 0 and y != 0 else x * 0
