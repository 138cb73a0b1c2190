"""What compares: absolute values, signs, extremes, bounds; NaN wins, as PyTorch has it.

Idea: `maximum` and its like give NaN where an operand is NaN; `fmax` ignores it, as C does.
Not here: the course's `max` and `relu` (../operators.py); what rounds (rounding.py).
Read next: rounding.py
"""

from __future__ import annotations

import math

from minitorch.operators import INFINITY

__all__ = [
    "absolute",
    "at_least",
    "at_most",
    "clamp",
    "copysign",
    "fmax",
    "fmin",
    "heaviside",
    "is_finite",
    "is_infinite",
    "is_nan",
    "is_near",
    "is_same",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "nan_to_num",
    "rectify",
    "sign",
    "signbit",
    "threshold",
    "within",
]


def absolute(x: float) -> float:
    """|x|.

    >>> absolute(-2.0)
    2.0
    """
    return abs(x)


def sign(x: float) -> float:
    """1.0, 0.0 or -1.0 as x is positive, zero or negative; 0.0 for NaN.

    >>> sign(-2.0)
    -1.0
    """
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)


def signbit(x: float) -> float:
    """1.0 where the sign bit is set: below zero, and of -0.0.

    >>> signbit(-0.0), signbit(2.0)
    (1.0, 0.0)
    """
    return 1.0 if math.copysign(1.0, x) < 0.0 else 0.0


def copysign(x: float, y: float) -> float:
    """|x| with the sign bit of y.

    >>> copysign(2.0, -0.0)
    -2.0
    """
    return math.copysign(x, y)


def maximum(x: float, y: float) -> float:
    """The larger of x and y; NaN if either is.

    >>> maximum(2.0, 3.0), maximum(math.nan, 3.0)
    (3.0, nan)
    """
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller of x and y; NaN if either is.

    >>> minimum(2.0, 3.0), minimum(2.0, math.nan)
    (2.0, nan)
    """
    return x if x < y or x != x else y


def fmax(x: float, y: float) -> float:
    """The larger of x and y; of a number and NaN the number.

    >>> fmax(2.0, math.nan), fmax(math.nan, 3.0)
    (2.0, 3.0)
    """
    return x if x >= y or y != y else y


def fmin(x: float, y: float) -> float:
    """The smaller of x and y; of a number and NaN the number.

    >>> fmin(2.0, math.nan), fmin(2.0, 3.0)
    (2.0, 2.0)
    """
    return x if x <= y or y != y else y


def clamp(x: float, lo: float, hi: float) -> float:
    """x, but at least lo and then at most hi; NaN stays.

    >>> clamp(5.0, 0.0, 1.0), clamp(5.0, 2.0, 1.0)
    (1.0, 1.0)
    """
    y = lo if x < lo else x
    return hi if y > hi else y


def at_least(x: float, lo: float) -> float:
    """x, but at least lo; NaN stays.

    >>> at_least(-1.0, 0.0)
    0.0
    """
    return lo if x < lo else x


def at_most(x: float, hi: float) -> float:
    """x, but at most hi; NaN stays.

    >>> at_most(3.0, 2.0)
    2.0
    """
    return hi if x > hi else x


def within(x: float, lo: float, hi: float) -> float:
    """1.0 where lo <= x <= hi, else 0.0.

    >>> within(1.0, 0.0, 1.0)
    1.0
    """
    return 1.0 if lo <= x <= hi else 0.0


def rectify(x: float) -> float:
    """x where it is positive, or NaN, else 0: PyTorch's relu.

    >>> rectify(-2.0), rectify(math.nan)
    (0.0, nan)
    """
    return x if x > 0.0 or x != x else 0.0


def threshold(x: float, limit: float, value: float) -> float:
    """x where it is above the limit, or NaN, else the value.

    >>> threshold(1.0, 2.0, -7.0)
    -7.0
    """
    return value if x <= limit else x


def heaviside(x: float, y: float) -> float:
    """0.0 below zero, y at zero, 1.0 above; 0.0 for NaN.

    >>> heaviside(0.0, 0.5), heaviside(3.0, 0.5)
    (0.5, 1.0)
    """
    return y if x == 0.0 else (1.0 if x > 0.0 else 0.0)


def nan_to_num(x: float, nan: float, posinf: float, neginf: float) -> float:
    """x, with NaN and the infinities replaced.

    >>> nan_to_num(INFINITY, 0.0, 7.0, -7.0)
    7.0
    """
    if x != x:
        return nan
    return posinf if x == INFINITY else (neginf if x == -INFINITY else x)


# Questions, answered by 1.0 or 0.0.


def is_nan(x: float) -> float:
    """1.0 for NaN.

    >>> is_nan(math.nan)
    1.0
    """
    return 1.0 if x != x else 0.0


def is_infinite(x: float) -> float:
    """1.0 for an infinity.

    >>> is_infinite(-INFINITY)
    1.0
    """
    return 1.0 if x == INFINITY or x == -INFINITY else 0.0


def is_finite(x: float) -> float:
    """1.0 for what is neither infinite nor NaN.

    >>> is_finite(1.0)
    1.0
    """
    return 1.0 if -INFINITY < x < INFINITY else 0.0


def is_near(x: float, y: float, rtol: float, atol: float, same_nan: float) -> float:
    """1.0 where |x - y| <= atol + rtol |y|, at equal infinities, and, if so asked, at two NaN.

    >>> is_near(1.0, 1.0 + 1e-9, 1e-5, 1e-8, 0.0)
    1.0
    """
    if x == y or (same_nan != 0.0 and x != x and y != y):
        return 1.0
    return 1.0 if abs(y) < INFINITY and abs(x - y) <= atol + abs(rtol * y) else 0.0


def is_same(x: float, y: float) -> float:
    """1.0 where x equals y, or both are NaN.

    >>> is_same(math.nan, math.nan)
    1.0
    """
    return 1.0 if x == y or (x != x and y != y) else 0.0


def logical_not(x: float) -> float:
    """1.0 if x is zero, else 0.0.

    >>> logical_not(2.0)
    0.0
    """
    return 1.0 if x == 0.0 else 0.0


def logical_or(x: float, y: float) -> float:
    """1.0 if x or y is not zero, else 0.0.

    >>> logical_or(0.0, 2.0)
    1.0
    """
    return 1.0 if x != 0.0 or y != 0.0 else 0.0


def logical_xor(x: float, y: float) -> float:
    """1.0 if one of x and y is zero and the other is not, else 0.0.

    >>> logical_xor(1.0, 2.0)
    0.0
    """
    return 1.0 if (x != 0.0) != (y != 0.0) else 0.0
