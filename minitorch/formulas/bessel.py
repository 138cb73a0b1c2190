"""Bessel functions of the orders 0 and 1, and the modified ones.

Idea: for moderate x a sum whose terms do not cancel, or a recurrence run downwards; for large x the
    asymptotic series of Hankel. All of it from Abramowitz and Stegun, chapter 9 (AS).
Not here: derivatives (../rows/bessel.py), Airy's function (airy.py).
Read next: airy.py
"""

from __future__ import annotations

import math

from minitorch.formulas.trigonometry import cosh
from minitorch.formulas.wide import EPSILON, wide
from minitorch.operators import INFINITY, NAN, cos, exp, inv, ln, sin, sqrt

__all__ = [
    "bessel_i0",
    "bessel_i1",
    "bessel_j0",
    "bessel_j1",
    "bessel_k0",
    "bessel_k1",
    "bessel_y0",
    "bessel_y1",
    "scaled_i0",
    "scaled_i1",
    "scaled_k",
    "scaled_k0",
    "scaled_k1",
    "spherical_j0",
]

EULER = 0.5772156649015329
TWO_OVER_PI = 0.6366197723675814
HANKEL_FROM = 25.0  # from here on the smallest term of Hankel's series is below 1e-20


def _miller(x: float) -> tuple[float, float, float, float]:
    """J0, J1, Y0 and Y1 of 0 < x < 25, by J. Miller's recurrence from a high order down to 0.

    AS 9.1.27 downwards; 9.1.46 gives the scale, 9.1.88 and 9.1.89 the functions Y.
    """
    if x < 1e-8:
        low = TWO_OVER_PI * (ln(0.5 * x) + EULER)
        return 1.0, 0.5 * x, low, -TWO_OVER_PI * inv(x)
    n = 2 * (int(x + 30.0) // 2)
    above, here = 0.0 * x, 1e-30 + 0.0 * x  # J of the orders n + 1 and n, up to the scale
    scale, even, odd = 0.0 * x, 0.0 * x, 0.0 * x
    while n > 0:
        k = n // 2
        sign = 1.0 if k % 2 == 1 else -1.0
        if n % 2 == 0:
            scale = scale + 2.0 * here
            even = even + sign * here / k
        elif k > 0:
            odd = odd + sign * here * n / (k * (k + 1.0))
        above, here = here, 2.0 * n / x * here - above
        n = n - 1
        if abs(here) > 1e30:
            above, here = above * 1e-30, here * 1e-30
            scale, even, odd = scale * 1e-30, even * 1e-30, odd * 1e-30
    scale = 1.0 / (scale + here)
    j0, j1 = here * scale, above * scale
    level = ln(0.5 * x) + EULER
    y0 = TWO_OVER_PI * (level * j0 + 2.0 * even * scale)
    y1 = TWO_OVER_PI * ((level - 1.0) * j1 - j0 / x + odd * scale)
    return j0, j1, y0, y1


def _hankel(x: float, order: float) -> tuple[float, float]:
    """J and Y of an order 0 or 1, for x >= 25: AS 9.2.5, 9.2.6, 9.2.9, 9.2.10."""
    mu = 4.0 * order * order
    term, p, q = 1.0 + 0.0 * x, 0.0 * x, 0.0 * x
    for k in range(30):
        if k % 2 == 0:
            p = p + (term if k % 4 == 0 else -term)
        else:
            q = q + (term if k % 4 == 1 else -term)
        odd = 2.0 * k + 1.0
        term = term * (mu - odd * odd) / ((k + 1.0) * 8.0 * x)
        if abs(term) < EPSILON:
            break
    c, s = cos(x), sin(x)
    along, across = (c + s, s - c) if order == 0.0 else (s - c, -(c + s))
    size = sqrt(0.5 * TWO_OVER_PI / x)
    return size * (p * along - q * across), size * (p * across + q * along)


def bessel_j0(x: float) -> float:
    """J0, the solution of order 0 that is finite at zero.

    >>> bessel_j0(0.0)
    1.0
    """
    x = abs(wide(x))
    if x == 0.0 or x == INFINITY:
        return 1.0 if x == 0.0 else 0.0
    return _miller(x)[0] if x < HANKEL_FROM else _hankel(x, 0.0)[0]


def bessel_j1(x: float) -> float:
    """J1, the solution of order 1 that is finite at zero.

    >>> bessel_j1(0.0)
    0.0
    """
    x = wide(x)
    size = abs(x)
    if size == 0.0 or size == INFINITY:
        return 0.0
    found = _miller(size)[1] if size < HANKEL_FROM else _hankel(size, 1.0)[0]
    return found if x > 0.0 else -found


def bessel_y0(x: float) -> float:
    """Y0, the other solution of order 0; -inf at zero, nan below.

    >>> round(bessel_y0(1.0), 6)
    0.088257
    """
    x = wide(x)
    if x <= 0.0 or x == INFINITY:
        return -INFINITY if x == 0.0 else (0.0 if x > 0.0 else NAN)
    return _miller(x)[2] if x < HANKEL_FROM else _hankel(x, 0.0)[1]


def bessel_y1(x: float) -> float:
    """Y1, the other solution of order 1; -inf at zero, nan below.

    >>> round(bessel_y1(1.0), 6)
    -0.781213
    """
    x = wide(x)
    if x <= 0.0 or x == INFINITY:
        return -INFINITY if x == 0.0 else (0.0 if x > 0.0 else NAN)
    return _miller(x)[3] if x < HANKEL_FROM else _hankel(x, 1.0)[1]


def spherical_j0(x: float) -> float:
    """sin(x) / x, the spherical Bessel function of order 0.

    >>> spherical_j0(0.0)
    1.0
    """
    if abs(x) == INFINITY:
        return 0.0
    return 1.0 if x == 0.0 else sin(x) / x


# The modified functions.


def _scaled_i(x: float, order: float) -> float:
    """e^-x I(x) of the order 0 or 1, for x >= 0: AS 9.6.10 up to 30, then 9.7.1."""
    if x <= 30.0:
        quarter = 0.25 * x * x
        term = 1.0 + 0.0 * x
        total = term
        for k in range(1, 120):
            term = term * quarter / (k * (k + order))
            total = total + term
            if term < total * EPSILON:
                break
        return exp(-x) * total * (0.5 * x if order == 1.0 else 1.0)
    return _large(x, order, -1.0) * sqrt(0.25 * TWO_OVER_PI / x) if x < INFINITY else x - x + 0.0


def _large(x: float, order: float, sign: float) -> float:
    """The series in 1/x that I (sign -1) and K (sign 1) have in common."""
    term = 1.0 + 0.0 * x
    total = term
    for k in range(1, 40):
        odd = 2.0 * k - 1.0
        term = term * sign * (4.0 * order * order - odd * odd) / (8.0 * k * x)
        total = total + term
        if abs(term) < EPSILON:
            break
    return total


def _raised(scaled: float, x: float) -> float:
    """e^x times a scaled function, in two steps, of which neither overflows too soon."""
    half = exp(0.5 * x)
    return scaled * half * half


def bessel_i0(x: float) -> float:
    """I0, the modified Bessel function of order 0.

    >>> bessel_i0(0.0)
    1.0
    """
    x = abs(wide(x))
    return _raised(_scaled_i(x, 0.0), x) if x < INFINITY else x


def scaled_i0(x: float) -> float:
    """e^-|x| I0(x).

    >>> scaled_i0(0.0)
    1.0
    """
    x = abs(wide(x))
    return _scaled_i(x, 0.0) if x != INFINITY else 0.0


def bessel_i1(x: float) -> float:
    """I1, the modified Bessel function of order 1.

    >>> bessel_i1(0.0)
    0.0
    """
    x = wide(x)
    size = abs(x)
    return math.copysign(_raised(_scaled_i(size, 1.0), size), x) if size < INFINITY else x


def scaled_i1(x: float) -> float:
    """e^-|x| I1(x).

    >>> scaled_i1(0.0)
    0.0
    """
    x = wide(x)
    size = abs(x)
    return math.copysign(_scaled_i(size, 1.0), x) if size != INFINITY else 0.0


def scaled_k(x: float, order: float) -> float:
    """e^x K(x) of any order, for x > 0: the integral of e^(x - x cosh t) cosh(order t), AS 9.6.24.

    The trapezoidal rule, whose error here falls as e^(-10 / step) (Trefethen and Weideman, 2014).

    >>> round(scaled_k(1.0, 0.5), 6), round((math.pi / 2) ** 0.5, 6)
    (1.253314, 1.253314)
    """
    if x > HANKEL_FROM:
        return _large(x, order, 1.0) * sqrt(1.5707963267948966 / x)
    step = 0.125
    total = 0.5 + 0.0 * x
    for k in range(1, 6200):
        t = k * step
        rise = math.sinh(0.5 * t)
        fall = 2.0 * x * rise * rise
        if fall > 745.0 or (fall > 50.0 and fall > 40.0 + 2.0 * order * t):
            break
        total = total + exp(-fall) * cosh(order * t)
    return total * step


def scaled_k0(x: float) -> float:
    """e^x K0(x).

    >>> round(scaled_k0(1.0), 6)
    1.144463
    """
    x = wide(x)
    if not x > 0.0:
        return INFINITY if x == 0.0 else NAN
    return scaled_k(x, 0.0) if x < INFINITY else 0.0


def bessel_k0(x: float) -> float:
    """K0, the modified Bessel function that falls; inf at zero, nan below.

    >>> round(bessel_k0(1.0), 6)
    0.421024
    """
    return scaled_k0(x) * exp(-wide(x)) if x < INFINITY else (x if x != x else 0.0)


def scaled_k1(x: float) -> float:
    """e^x K1(x).

    >>> round(scaled_k1(1.0), 6)
    1.636153
    """
    x = wide(x)
    if not x > 0.0:
        return INFINITY if x == 0.0 else NAN
    return scaled_k(x, 1.0) if x < INFINITY else 0.0


def bessel_k1(x: float) -> float:
    """K1, of order 1; inf at zero, nan below.

    >>> round(bessel_k1(1.0), 6)
    0.601907
    """
    return scaled_k1(x) * exp(-wide(x)) if x < INFINITY else (x if x != x else 0.0)
