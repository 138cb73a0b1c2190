"""Airy's function Ai, the solution of y'' = x y that falls to the right.

Idea: near zero its power series, to the right a Bessel function of order 1/3, to the left a series
    about -7 and then an asymptotic one. Abramowitz and Stegun, chapter 10 (AS).
Not here: the Bessel functions (bessel.py).
Read next: polynomials.py
"""

from __future__ import annotations

from minitorch.formulas.bessel import scaled_k
from minitorch.formulas.wide import EPSILON, wide
from minitorch.operators import INFINITY, cos, exp, sin, sqrt

__all__ = ["airy_ai"]

# Ai and Ai' at 0 and at -7.
AT_ZERO = (0.3550280538878172, -0.2588194037928068)
AT_SEVEN = (0.18428083525050565, -0.7710081684101265)
PI = 3.141592653589793


def _taylor(x: float, centre: float, value: float, slope: float) -> float:
    """The solution of y'' = x y with this value and slope at a centre, by its power series."""
    h = x - centre
    two_before, one_before, here = 0.0 * h, value + 0.0 * h, slope * h
    total = one_before + here
    power = h * h  # the terms hold their powers of h
    for n in range(2, 120):
        above = (centre * power * one_before + power * h * two_before) / (n * (n - 1.0))
        two_before, one_before, here = one_before, here, above
        total = total + above
    return total


def _falling(x: float) -> float:
    """Ai of x > 0: AS 10.4.14."""
    root = sqrt(x)
    z = 2.0 / 3.0 * x * root
    return root / (PI * sqrt(wide(3.0))) * scaled_k(z, wide(1.0) / 3.0) * exp(-z)


def _waving(x: float) -> float:
    """Ai of -x, for a large x: AS 10.4.60."""
    root = sqrt(x)
    z = 2.0 * x * root / 3.0
    term, p, q = 1.0 + 0.0 * x, 0.0 * x, 0.0 * x
    for k in range(40):
        if k % 2 == 0:
            p = p + (term if k % 4 == 0 else -term)
        else:
            q = q + (term if k % 4 == 1 else -term)
        n = k + 1.0
        term = term * (6.0 * n - 5.0) * (6.0 * n - 3.0) * (6.0 * n - 1.0)
        term = term / (216.0 * n * (2.0 * n - 1.0) * z)
        if abs(term) < EPSILON:
            break
    s, c = sin(z), cos(z)
    return ((s + c) * p - (c - s) * q) / sqrt(2.0 * PI * root)


def airy_ai(x: float) -> float:
    """Airy's function Ai.

    >>> round(airy_ai(0.0), 6), round(airy_ai(-2.0), 6)
    (0.355028, 0.227407)
    """
    x = wide(x)
    if x > 1.0:
        return _falling(x) if x < INFINITY else 0.0
    if x >= -5.0:
        return _taylor(x, wide(0.0), AT_ZERO[0], AT_ZERO[1])
    if x >= -9.0:
        return _taylor(x, wide(-7.0), AT_SEVEN[0], AT_SEVEN[1])
    return _waving(-x) if x > -INFINITY else x - x
