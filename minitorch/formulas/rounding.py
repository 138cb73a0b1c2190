"""Whole and fractional parts: rounding, quotients and remainders of floats, steps between floats.

Idea: rounding goes through a whole number, which has no sign at zero: the sign of x is put back, so
    that -0.4 rounds to -0.0. From 2^52 on every float is whole.
Not here: quotients of whole numbers (whole.py).
Read next: powers.py
"""

from __future__ import annotations

import math

from minitorch.operators import INFINITY, NAN

__all__ = [
    "ceil",
    "div",
    "exponent_of",
    "floor",
    "floor_divide",
    "fmod",
    "frac",
    "mantissa_of",
    "nextafter",
    "remainder",
    "round",
    "trunc",
    "trunc_divide",
]

WHOLE_FROM = 4503599627370496.0  # 2^52
_nearest = round  # Python's: halves go to the even neighbour


def floor(x: float) -> float:
    """The largest whole number that is not above x.

    >>> floor(-1.5), floor(2.0)
    (-2.0, 2.0)
    """
    return math.copysign(float(math.floor(x)), x) if abs(x) < WHOLE_FROM else x


def ceil(x: float) -> float:
    """The smallest whole number that is not below x.

    >>> ceil(1.5), ceil(-0.5)
    (2.0, -0.0)
    """
    return math.copysign(float(math.ceil(x)), x) if abs(x) < WHOLE_FROM else x


def trunc(x: float) -> float:
    """x without what stands after the point.

    >>> trunc(-1.5)
    -1.0
    """
    return math.copysign(float(int(x)), x) if abs(x) < WHOLE_FROM else x


def round(x: float) -> float:
    """The nearest whole number; halves go to the even one.

    >>> round(2.5), round(3.5)
    (2.0, 4.0)
    """
    return math.copysign(float(_nearest(x)), x) if abs(x) < WHOLE_FROM else x


def frac(x: float) -> float:
    """What stands after the point, with the sign of x.

    >>> frac(-1.5)
    -0.5
    """
    return x - trunc(x)


def div(x: float, y: float) -> float:
    """x / y; inf or nan where y is zero.

    >>> div(1.0, 4.0), div(-1.0, 0.0), div(0.0, 0.0)
    (0.25, -inf, nan)
    """
    return x / y if y != 0.0 else x * math.copysign(INFINITY, y)


def floor_divide(x: float, y: float) -> float:
    """The floor of x / y, exact where the rounded quotient is not; as `div` where y is zero.

    >>> floor_divide(-7.0, 2.0), floor_divide(1.0, 0.0)
    (-4.0, inf)
    """
    return x // y if y != 0.0 else div(x, y)


def trunc_divide(x: float, y: float) -> float:
    """x / y without what stands after the point.

    >>> trunc_divide(-7.0, 2.0)
    -3.0
    """
    return trunc(div(x, y))


def remainder(x: float, y: float) -> float:
    """x - y floor(x / y): what is left of x, with the sign of y.

    >>> remainder(-7.0, 3.0), remainder(7.0, 0.0)
    (2.0, nan)
    """
    rest = x % y if y != 0.0 else NAN
    return rest if rest != 0.0 else math.copysign(0.0, x)


def fmod(x: float, y: float) -> float:
    """x - y trunc(x / y): what is left of x, with the sign of x.

    >>> fmod(-7.0, 3.0)
    -1.0
    """
    return math.copysign(abs(x) % abs(y), x) if y != 0.0 else NAN


def mantissa_of(x: float) -> float:
    """m of x = m 2^e with 1/2 <= |m| < 1; x itself where it is 0, infinite or NaN.

    >>> mantissa_of(12.0)
    0.75
    """
    return math.frexp(x)[0]


def exponent_of(x: float) -> float:
    """e of x = m 2^e with 1/2 <= |m| < 1, or 0.0 where there is none.

    >>> exponent_of(12.0)
    4.0
    """
    return float(math.frexp(x)[1])


def nextafter(x: float, y: float, digits: float, least: float) -> float:
    """The next float after x towards y, of a format with so many binary digits.

    `least` is the smallest positive number of the format.

    >>> nextafter(1.0, 2.0, 24.0, 1.401298464324817e-45) - 1.0
    1.1920928955078125e-07
    """
    if x != x or y != y:
        return NAN
    if x == y:
        return y
    if x == 0.0:
        return math.copysign(least, y)
    inward = (y < x) == (x > 0.0)  # towards zero
    if abs(x) == INFINITY:
        largest = math.ldexp(2.0 - math.ldexp(1.0, 1 - int(digits)), 127 if digits < 50.0 else 1023)
        return math.copysign(largest, x)
    m, e = math.frexp(abs(x))
    step = math.ldexp(1.0, e - int(digits) - (1 if inward and m == 0.5 else 0))
    step = least if step < least else step
    return x - math.copysign(step, x) if inward else x + math.copysign(step, x)
