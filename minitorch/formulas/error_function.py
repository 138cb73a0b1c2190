"""The error function's family: the normal distribution, its tails and their inverses.

Idea: erf and erfc are primitives. Where they underflow the scaled erfcx(x) = e^(x^2) erfc(x) goes
    on; the inverses are a first guess, then Newton's steps on the function itself.
Not here: erf (../operators.py).
Read next: gamma.py
"""

from __future__ import annotations

import math

from minitorch.formulas.powers import log1p
from minitorch.formulas.wide import wide
from minitorch.operators import INFINITY, NAN, exp, ln, sqrt

__all__ = ["entr", "erfc", "erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]

SQRT_2 = 1.4142135623730951
SQRT_PI = 1.772453850905516
HALF_SQRT_PI = 0.886226925452758


def erfc(x: float) -> float:
    """1 - erf(x), precise where erf is nearly 1.

    >>> erfc(0.0)
    1.0
    """
    return math.erfc(x)


def erfcx(x: float) -> float:
    """e^(x^2) erfc(x): erfc without what makes it underflow.

    From 10 on the asymptotic series, Abramowitz and Stegun 7.1.23.

    >>> erfcx(0.0), round(erfcx(100.0), 8)
    (1.0, 0.00564161)
    """
    x = wide(x)
    if x < 10.0:
        return exp(x * x) * math.erfc(x)
    step = 0.5 / (x * x)
    term, total = 1.0, 1.0
    for k in range(1, 14):
        term = -term * (2.0 * k - 1.0) * step
        total = total + term
    return total / (x * SQRT_PI)


def _guess(q: float) -> float:
    """Nearly the x with erfc(x) = q, for 0 < q <= 1.

    M. Giles, "Approximating the erfinv function", 2010, in the middle; in the tail erfc(x) is
    about e^(-x^2) / (x sqrt(pi)).
    """
    w = -ln(q * (2.0 - q))
    if w < 5.0:
        w = w - 2.5
        p = -3.5233877e-06 + w * (3.43273939e-07 + w * 2.81022636e-08)
        p = -0.00125372503 + w * (0.00021858087 + w * (-4.39150654e-06 + w * p))
        p = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * p))
        return p * (1.0 - q)
    w = -ln(q)
    return sqrt(w - 0.5 * ln(3.141592653589793 * w))


def _upper(q: float) -> float:
    """The x with erfc(x) = q, for 0 < q <= 1, by Newton's method on the logarithm of erfc."""
    x = _guess(q)
    log_q = ln(q)
    for _ in range(4):
        scaled = erfcx(x)
        step = (ln(scaled) - x * x - log_q) * HALF_SQRT_PI * scaled
        x = x + step
    return x


def _middle(y: float) -> float:
    """The x with erf(x) = y, for |y| <= 1/2, by Newton's method."""
    x = y * HALF_SQRT_PI * (1.0 + y * y * 0.2617993877991494)
    for _ in range(5):
        x = x - (math.erf(x) - y) * HALF_SQRT_PI * exp(x * x)
    return x


def erfinv(x: float) -> float:
    """The number whose error function is x; inf at 1.

    >>> erfinv(0.0), erfinv(1.0), round(erfinv(0.5), 6)
    (0.0, inf, 0.476936)
    """
    x = wide(x)
    size = abs(x)
    if size <= 0.5:
        return _middle(x)
    if size < 1.0:
        return math.copysign(_upper(1.0 - size), x)
    return math.copysign(INFINITY, x) if size == 1.0 else NAN


def ndtr(x: float) -> float:
    """The probability that a standard normal number is below x.

    >>> ndtr(0.0)
    0.5
    """
    return 0.5 * math.erfc(-wide(x) / SQRT_2)


def log_ndtr(x: float) -> float:
    """ln(ndtr(x)), finite far down.

    >>> round(log_ndtr(-100.0), 2)
    -5005.52
    """
    x = wide(x)
    if x < -1.0:
        return ln(0.5 * erfcx(-x / SQRT_2)) - 0.5 * x * x
    return log1p(-0.5 * math.erfc(x / SQRT_2))


def ndtri(x: float) -> float:
    """The number below which a standard normal number is with probability x.

    >>> ndtri(0.5), ndtri(0.0)
    (0.0, -inf)
    """
    x = wide(x)
    if x <= 0.0 or x >= 1.0:
        return -INFINITY if x == 0.0 else (INFINITY if x == 1.0 else NAN)
    if x < 0.25:
        return -SQRT_2 * _upper(2.0 * x)
    if x > 0.75:
        return SQRT_2 * _upper(2.0 * (1.0 - x))
    return SQRT_2 * _middle(2.0 * x - 1.0) if x == x else NAN


def entr(x: float) -> float:
    """-x ln(x); 0.0 at zero, -inf below.

    >>> entr(0.0), entr(1.0)
    (0.0, -0.0)
    """
    if x > 0.0:
        return -x * ln(x)
    return 0.0 if x == 0.0 else (-INFINITY if x < 0.0 else NAN)
