"""Orthogonal polynomials of degree n, by their recurrences.

Idea: each is three terms: the next from the last two. Chebyshev's four kinds share theirs and
    differ in where they begin; inside of [-1, 1] they are sines and cosines.
    Abramowitz and Stegun, chapter 22.
Not here: rows (../rows/polynomials.py).
Read next: running.py
"""

from __future__ import annotations

import math

from minitorch.formulas.wide import wide
from minitorch.operators import NAN

__all__ = [
    "chebyshev_t",
    "chebyshev_u",
    "chebyshev_v",
    "chebyshev_w",
    "hermite_h",
    "hermite_he",
    "laguerre",
    "legendre",
    "shifted_chebyshev_t",
    "shifted_chebyshev_u",
    "shifted_chebyshev_v",
    "shifted_chebyshev_w",
]

HIGHEST = 100000.0  # degree that is computed; of higher ones NaN
ANGLES_FROM = 8.0  # degree from which angles are quicker and more precise


def _chebyshev(x: float, first: float, n: float) -> float:
    """The polynomial of degree n that begins with 1 and `first`: p = 2 x p[-1] - p[-2]."""
    if not 0.0 <= n <= HIGHEST:
        return 0.0 if n < 0.0 else NAN
    before, here = 1.0 + 0.0 * first, first
    if n < 1.0:
        return before
    k = 1.0
    while k < n and here == here:
        before, here = here, 2.0 * x * here - before
        k = k + 1.0
    return here


def _uses_angles(x: float, n: float) -> bool:
    return n > ANGLES_FROM and abs(x) < 1.0


def chebyshev_t(x: float, n: float) -> float:
    """Of the first kind: cos(n t) for x = cos t.

    >>> chebyshev_t(0.5, 2.0)
    -0.5
    """
    x = wide(x)
    n = float(int(n)) if abs(n) <= HIGHEST else n
    if _uses_angles(x, n):
        return math.cos(n * math.acos(x)) if n <= HIGHEST else NAN
    return _chebyshev(x, x, n)


def chebyshev_u(x: float, n: float) -> float:
    """Of the second kind: sin((n + 1) t) / sin t.

    >>> chebyshev_u(0.5, 2.0)
    0.0
    """
    x = wide(x)
    n = float(int(n)) if abs(n) <= HIGHEST else n
    if _uses_angles(x, n):
        t = math.acos(x)
        return math.sin((n + 1.0) * t) / math.sin(t) if n <= HIGHEST else NAN
    return _chebyshev(x, 2.0 * x, n)


def chebyshev_v(x: float, n: float) -> float:
    """Of the third kind: cos((n + 1/2) t) / cos(t / 2).

    >>> chebyshev_v(0.5, 1.0)
    0.0
    """
    x = wide(x)
    n = float(int(n)) if abs(n) <= HIGHEST else n
    if _uses_angles(x, n):
        t = math.acos(x)
        return math.cos((n + 0.5) * t) / math.cos(0.5 * t) if n <= HIGHEST else NAN
    return _chebyshev(x, 2.0 * x - 1.0, n)


def chebyshev_w(x: float, n: float) -> float:
    """Of the fourth kind: sin((n + 1/2) t) / sin(t / 2).

    >>> chebyshev_w(0.5, 1.0)
    2.0
    """
    x = wide(x)
    n = float(int(n)) if abs(n) <= HIGHEST else n
    if _uses_angles(x, n):
        t = math.acos(x)
        return math.sin((n + 0.5) * t) / math.sin(0.5 * t) if n <= HIGHEST else NAN
    return _chebyshev(x, 2.0 * x + 1.0, n)


def shifted_chebyshev_t(x: float, n: float) -> float:
    """`chebyshev_t` of 2 x - 1.

    >>> shifted_chebyshev_t(0.75, 2.0)
    -0.5
    """
    return chebyshev_t(2.0 * x - 1.0, n)


def shifted_chebyshev_u(x: float, n: float) -> float:
    """`chebyshev_u` of 2 x - 1.

    >>> shifted_chebyshev_u(0.75, 2.0)
    0.0
    """
    return chebyshev_u(2.0 * x - 1.0, n)


def shifted_chebyshev_v(x: float, n: float) -> float:
    """`chebyshev_v` of 2 x - 1.

    >>> shifted_chebyshev_v(0.75, 1.0)
    0.0
    """
    return chebyshev_v(2.0 * x - 1.0, n)


def shifted_chebyshev_w(x: float, n: float) -> float:
    """`chebyshev_w` of 2 x - 1.

    >>> shifted_chebyshev_w(0.75, 1.0)
    2.0
    """
    return chebyshev_w(2.0 * x - 1.0, n)


def _recurrence(x: float, n: float, kind: int) -> float:
    """The polynomial of degree n of Hermite (0, 1), Laguerre (2) or Legendre (3)."""
    n = float(int(n)) if abs(n) <= HIGHEST else n
    if not 0.0 <= n <= HIGHEST:
        return 0.0 if n < 0.0 else NAN
    before = 1.0 + 0.0 * x
    here = 2.0 * x if kind == 0 else (1.0 - x if kind == 2 else x)
    if n < 1.0:
        return before
    k = 1.0
    while k <= n - 1.0 and here == here:
        if kind == 0:
            after = 2.0 * (x * here - k * before)
        elif kind == 1:
            after = x * here - k * before
        elif kind == 2:
            after = ((2.0 * k + 1.0 - x) * here - k * before) / (k + 1.0)
        else:
            after = ((2.0 * k + 1.0) * x * here - k * before) / (k + 1.0)
        before, here = here, after
        k = k + 1.0
    return here


def hermite_h(x: float, n: float) -> float:
    """Hermite's polynomial H, as in physics: 2 x H[n] - 2 n H[n - 1].

    >>> hermite_h(1.0, 2.0)
    2.0
    """
    return _recurrence(wide(x), n, 0)


def hermite_he(x: float, n: float) -> float:
    """Hermite's polynomial He, as in probability: x He[n] - n He[n - 1].

    >>> hermite_he(2.0, 2.0)
    3.0
    """
    return _recurrence(wide(x), n, 1)


def laguerre(x: float, n: float) -> float:
    """Laguerre's polynomial.

    >>> laguerre(2.0, 1.0)
    -1.0
    """
    return _recurrence(wide(x), n, 2)


def legendre(x: float, n: float) -> float:
    """Legendre's polynomial.

    >>> legendre(0.0, 2.0)
    -0.5
    """
    return _recurrence(wide(x), n, 3)
