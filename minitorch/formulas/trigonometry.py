"""Trigonometric and hyperbolic functions, and their inverses.

Idea: total, as in operators.py: nan outside of the domain, inf where Python overflows.
Not here: sin, cos, tanh (../operators.py).
Read next: whole.py
"""

from __future__ import annotations

import math

from minitorch.operators import INFINITY, NAN, exp, sin

__all__ = [
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cosh",
    "sinc",
    "sinh",
    "tan",
]

PI = math.pi


def tan(x: float) -> float:
    """The tangent of x radians; nan for an infinite x.

    >>> tan(0.0)
    0.0
    """
    return math.tan(x) if x - x == 0.0 else NAN


def asin(x: float) -> float:
    """The angle from -pi/2 to pi/2 whose sine is x.

    >>> asin(0.0), asin(2.0)
    (0.0, nan)
    """
    return math.asin(x) if abs(x) <= 1.0 else NAN


def acos(x: float) -> float:
    """The angle from 0 to pi whose cosine is x.

    >>> acos(1.0)
    0.0
    """
    return math.acos(x) if abs(x) <= 1.0 else NAN


def atan(x: float) -> float:
    """The angle from -pi/2 to pi/2 whose tangent is x.

    >>> atan(0.0)
    0.0
    """
    return math.atan(x)


def atan2(x: float, y: float) -> float:
    """The angle of the point with ordinate x and abscissa y, from -pi to pi.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return math.atan2(x, y)


def angle(x: float) -> float:
    """The angle of a real number: pi below zero, else 0.0; NaN stays.

    >>> angle(2.0)
    0.0
    """
    return x if x != x else (PI if x < 0.0 else 0.0)


def sinh(x: float) -> float:
    """(e^x - e^-x) / 2.

    >>> sinh(0.0), sinh(-1e4)
    (0.0, -inf)
    """
    if abs(x) < 80.0:
        return math.sinh(x)
    half = exp(abs(x) * 0.5)  # e^|x| alone may overflow where half of it does not
    return math.copysign(half * 0.5 * half, x)


def cosh(x: float) -> float:
    """(e^x + e^-x) / 2.

    >>> cosh(0.0), cosh(-1e4)
    (1.0, inf)
    """
    if abs(x) < 80.0:
        return math.cosh(x)
    half = exp(abs(x) * 0.5)
    return half * 0.5 * half


def asinh(x: float) -> float:
    """The number whose hyperbolic sine is x.

    >>> asinh(0.0)
    0.0
    """
    return math.asinh(x)


def acosh(x: float) -> float:
    """The number from 0 on whose hyperbolic cosine is x.

    >>> acosh(1.0), acosh(0.5)
    (0.0, nan)
    """
    return math.acosh(x) if x >= 1.0 else NAN


def atanh(x: float) -> float:
    """The number whose hyperbolic tangent is x.

    >>> atanh(0.0), atanh(1.0)
    (0.0, inf)
    """
    if abs(x) < 1.0:
        return math.atanh(x)
    return math.copysign(INFINITY, x) if abs(x) == 1.0 else NAN


def sinc(x: float) -> float:
    """sin(pi x) / (pi x); 1.0 at zero.

    >>> sinc(0.0)
    1.0
    """
    return 1.0 if x == 0.0 else sin(PI * x) / (PI * x)
