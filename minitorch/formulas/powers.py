"""Powers, exponentials and logarithms, and what is made of them.

Idea: where Python raises (overflow, a negative base), these give inf or nan as IEEE 754 says.
Not here: exp, ln, sqrt (../operators.py).
Read next: trigonometry.py
"""

from __future__ import annotations

import math

from minitorch.formulas.rounding import WHOLE_FROM
from minitorch.operators import INFINITY, LARGEST_EXPONENT, NAN, exp, inv, ln, sqrt

__all__ = [
    "abs_power",
    "exp2",
    "expm1",
    "hypot",
    "lerp",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "power",
    "power_of_sum",
    "root",
    "rsqrt",
    "xlog1py",
    "xlogy",
]

LN2 = 0.6931471805599453
LARGEST_POWER = 1024.0  # of 2, overflows


def _signed_power(x: float, y: float) -> float:
    """x to the y in every case that IEEE 754 names."""
    size = abs(x)
    whole = abs(y) >= WHOLE_FROM or y == float(int(y))
    if x < 0.0 and not whole and size < INFINITY:
        return NAN
    odd = whole and abs(y) < 9007199254740992.0 and int(y) % 2 != 0
    factor = -1.0 if odd and math.copysign(1.0, x) < 0.0 else 1.0
    if size == 0.0 or size == INFINITY:
        return factor * (INFINITY if (y > 0.0) == (size > 0.0) else 0.0)
    if abs(y) == INFINITY:
        return 1.0 if size == 1.0 else (INFINITY if (y > 0.0) == (size > 1.0) else 0.0)
    e = y * math.log(size)
    if e < 709.0:
        return factor * math.pow(size, y)
    if e > 710.0:
        return factor * INFINITY
    half = math.pow(size, 0.5 * y)
    return factor * half * half


def power(x: float, y: float) -> float:
    """x to the y; nan for a fractional power of a negative number.

    >>> power(2.0, 10.0), power(0.0, -1.0), power(-8.0, 0.5), power(-2.0, 3.0)
    (1024.0, inf, nan, -8.0)
    """
    if 1e-30 < x < 1e30 and -8.0 < y < 8.0:  # nothing can go wrong
        return math.pow(x, y)
    if y == 0.0 or x == 1.0:
        return 1.0
    return _signed_power(x, y) if x == x and y == y else NAN


def abs_power(x: float, p: float) -> float:
    """|x| to the p.

    >>> abs_power(-3.0, 2.0)
    9.0
    """
    return power(abs(x), p)


def power_of_sum(x: float, p: float) -> float:
    """x to the p; its derivative is taken to be 0 where it is 0: the last step of a norm.

    >>> power_of_sum(9.0, 0.5)
    3.0
    """
    return power(x, p)


def root(x: float) -> float:
    """The square root; its derivative is taken to be 0 at 0: a standard deviation, a length.

    >>> root(9.0)
    3.0
    """
    return sqrt(x)


def rsqrt(x: float) -> float:
    """1 / sqrt(x); inf at zero, nan below.

    >>> rsqrt(4.0), rsqrt(0.0)
    (0.5, inf)
    """
    return inv(sqrt(x))


def exp2(x: float) -> float:
    """2 to the x; inf from 1024 on.

    >>> exp2(3.0), exp2(2000.0)
    (8.0, inf)
    """
    return math.pow(2.0, x) if x < LARGEST_POWER else x + INFINITY  # the sum keeps a NaN


def expm1(x: float) -> float:
    """e^x - 1, precise near zero.

    >>> expm1(1e-20)
    1e-20
    """
    return math.expm1(x) if x <= LARGEST_EXPONENT else x + INFINITY


def log1p(x: float) -> float:
    """ln(1 + x), precise near zero.

    >>> log1p(1e-20), log1p(-1.0)
    (1e-20, -inf)
    """
    if x > -1.0:
        return math.log1p(x)
    return -INFINITY if x == -1.0 else NAN


def log2(x: float) -> float:
    """The logarithm to the base 2.

    >>> log2(8.0), log2(0.0)
    (3.0, -inf)
    """
    if x > 0.0:
        return math.log2(x)
    return -INFINITY if x == 0.0 else NAN


def log10(x: float) -> float:
    """The logarithm to the base 10.

    >>> log10(1000.0), log10(-1.0)
    (3.0, nan)
    """
    if x > 0.0:
        return math.log10(x)
    return -INFINITY if x == 0.0 else NAN


def hypot(x: float, y: float) -> float:
    """sqrt(x^2 + y^2) without overflow on the way.

    >>> hypot(3.0, 4.0)
    5.0
    """
    return math.hypot(x, y)


def logaddexp(x: float, y: float) -> float:
    """ln(e^x + e^y) without overflow.

    >>> round(logaddexp(1000.0, 1000.0), 4)
    1000.6931
    """
    if x == y and x - x != 0.0:
        return x  # two equal infinities
    return (x if x > y else y) + log1p(exp(-abs(x - y)))


def logaddexp2(x: float, y: float) -> float:
    """log2(2^x + 2^y) without overflow.

    >>> logaddexp2(2000.0, 2000.0)
    2001.0
    """
    if x == y and x - x != 0.0:
        return x
    return (x if x > y else y) + log1p(exp2(-abs(x - y))) / LN2


def xlogy(x: float, y: float) -> float:
    """x ln(y); 0.0 where x is zero, unless y is NaN.

    >>> xlogy(0.0, 0.0)
    0.0
    """
    return 0.0 if x == 0.0 and y == y else x * ln(y)


def xlog1py(x: float, y: float) -> float:
    """x ln(1 + y); 0.0 where x is zero, unless y is NaN.

    >>> xlog1py(0.0, -1.0)
    0.0
    """
    return 0.0 if x == 0.0 and y == y else x * log1p(y)


def logit(x: float, lo: float, hi: float) -> float:
    """ln(x / (1 - x)) of x brought between lo and hi.

    >>> logit(0.5, 0.0, 1.0), logit(1.0, 0.0, 1.0)
    (0.0, inf)
    """
    p = lo if x < lo else (hi if x > hi else x)
    q = 1.0 - p
    return ln(p / q) if q != 0.0 else INFINITY * p


def lerp(x: float, y: float, weight: float) -> float:
    """x + weight (y - x), computed from the end that is nearer.

    >>> lerp(1.0, 3.0, 0.5)
    2.0
    """
    return x + weight * (y - x) if abs(weight) < 0.5 else y - (y - x) * (1.0 - weight)
