"""The gamma function's family: its logarithm, the derivatives of that, zeta, incomplete gamma.

Idea: a sum of the first terms, and Euler and Maclaurin's formula for all that follow; or a series
    on one side and a continued fraction on the other.
Not here: derivatives (../rows/gamma.py).
Read next: bessel.py
"""

from __future__ import annotations

import math

from minitorch.formulas.powers import power
from minitorch.formulas.rounding import WHOLE_FROM
from minitorch.formulas.wide import EPSILON, wide
from minitorch.operators import INFINITY, NAN, exp, inv, ln, sqrt

__all__ = ["digamma", "gamma_density", "igamma", "igammac", "lgamma", "polygamma", "zeta"]

PI = math.pi
# B(2k) / (2k)!, B the numbers of Bernoulli, for k = 1, 2, ...
TAIL = (
    0.08333333333333333, -0.001388888888888889, 3.306878306878307e-05, -8.267195767195767e-07,
    2.08767569878681e-08, -5.284190138687493e-10, 1.3382536530684679e-11, -3.389680296322583e-13,
    8.586062056277845e-15, -2.1748686985580619e-16, 5.50900282836023e-18, -1.3954464685812523e-19,
)  # fmt: skip
# B(2k) / (2k)
DIGAMMA_TAIL = (
    0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
    0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.44325980392156863,
)  # fmt: skip
LARGEST = (2.5e305,)  # the logarithm of its gamma function overflows; a tuple stays float64
MOST_TERMS = 10000


def _is_pole(x: float) -> bool:
    """True for 0, -1, -2, ..."""
    return x <= 0.0 and (x <= -WHOLE_FROM or x == float(int(x)))


def lgamma(x: float) -> float:
    """The logarithm of |gamma(x)|; inf at 0, -1, -2, ...

    >>> round(lgamma(5.0), 6), lgamma(0.0)
    (3.178054, inf)
    """
    return INFINITY if x > LARGEST[0] or _is_pole(x) else math.lgamma(x)


def digamma(x: float) -> float:
    """The derivative of lgamma. Abramowitz and Stegun 6.3.7, 6.3.5 and 6.3.18.

    >>> round(digamma(1.0), 6)
    -0.577216
    """
    x = wide(x)
    if x == 0.0:
        return math.copysign(INFINITY, -x)
    if _is_pole(x) or x != x:
        return NAN
    total = x * 0.0 if x < INFINITY else x
    if x < 0.0:  # the reflection; the tangent has the period 1
        total = total - PI / math.tan(PI * (x - float(int(x))))
        x = 1.0 - x
    while x < 10.0:
        total = total - 1.0 / x
        x = x + 1.0
    square = 1.0 / (x * x)
    tail = 0.0
    for k in range(7, -1, -1):
        tail = square * (DIGAMMA_TAIL[k] + tail)
    return total + ln(x) - 0.5 / x - tail


def zeta(x: float, q: float) -> float:
    """The sum of (q + k)^-x for k = 0, 1, 2, ...; the zeta function of Hurwitz, for x > 1.

    Ten terms and more, then Euler and Maclaurin's formula, Abramowitz and Stegun 23.1.30.

    >>> round(zeta(2.0, 1.0), 6)
    1.644934
    """
    x, q = wide(x), wide(q)
    if x == 1.0:
        return INFINITY
    if not x > 1.0 or q != q:
        return NAN
    if q <= 0.0:
        if _is_pole(q):
            return INFINITY
        if x != float(int(x)) if x < WHOLE_FROM else q < -1e6:
            return NAN
    total, a = 0.0, q
    for k in range(MOST_TERMS):
        if k >= 10 and a >= 10.0:
            break
        total = total + power(a, -x)
        a = a + 1.0
    last = power(a, -x)
    if last == 0.0 or total == INFINITY:
        return total
    total = total + last * (a / (x - 1.0) + 0.5)
    factor = last * x / a
    for k in range(12):
        total = total + TAIL[k] * factor
        factor = factor * ((x + 2.0 * k + 1.0) / a) * ((x + 2.0 * k + 2.0) / a)
    return total


def polygamma(x: float, n: float) -> float:
    """The n-th derivative of digamma: (-1)^(n + 1) n! zeta(n + 1, x).

    >>> round(polygamma(1.0, 1.0), 6)
    1.644934
    """
    if n == 0.0:
        return digamma(x)
    size = exp(lgamma(wide(n) + 1.0)) * zeta(n + 1.0, x)
    return size if n % 2.0 == 1.0 else -size


# The incomplete gamma function.


def _scale(a: float, x: float) -> float:
    """x^a e^-x / gamma(a), for a > 0 and finite x > 0.

    For a large a the large terms are taken out: Stirling's formula, Abramowitz and Stegun 6.1.41.
    """
    if a < 15.0:
        return exp(a * ln(x) - x - math.lgamma(a))
    square = 1.0 / (a * a)
    rest = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / a
    apart = (x - a) / a
    fall = math.log1p(apart) - apart if abs(apart) < 0.5 else ln(x / a) - apart
    return exp(a * fall - rest) * sqrt(a / (2.0 * PI))


def _lower_series(a: float, x: float) -> float:
    """P(a, x) by its power series, Abramowitz and Stegun 6.5.29; for x < a + 1."""
    term = 1.0 / a
    total = term
    for k in range(1, MOST_TERMS):
        term = term * x / (a + k)
        total = total + term
        if term < total * EPSILON:
            break
    return total * _scale(a, x)


def _upper_fraction(a: float, x: float) -> float:
    """1 - P(a, x) by its continued fraction, Abramowitz and Stegun 6.5.31; for x > a + 1.

    Evaluated from the front, as W. Lentz does ("Generating Bessel functions", 1976).
    """
    b = (x - a) + 1.0
    c = x * 1e30 + 1e30
    d = inv(b)
    total = d
    for k in range(1, MOST_TERMS):
        numerator = -k * (k - a)
        b = b + 2.0
        d = inv(numerator * d + b)
        c = b + numerator * inv(c)
        factor = d * c
        total = total * factor
        if abs(factor - 1.0) < EPSILON * 4.0:
            break
    return total * _scale(a, x)


def _edge(a: float, x: float) -> float:
    """P(a, x) where an operand is 0, negative, infinite or NaN; -1.0 where none is."""
    if not a >= 0.0 or not x >= 0.0 or (a == 0.0 and x == 0.0):
        return NAN
    if a == INFINITY:
        return NAN if x == INFINITY else 0.0
    if a == 0.0 or x == INFINITY:
        return 1.0
    return 0.0 if x == 0.0 else -1.0


def igamma(a: float, x: float) -> float:
    """P(a, x): the integral of t^(a - 1) e^-t from 0 to x, divided by gamma(a).

    >>> round(igamma(1.0, 2.0), 6)
    0.864665
    """
    a, x = wide(a), wide(x)
    edge = _edge(a, x)
    if edge != -1.0:
        return edge
    return _lower_series(a, x) if x < a + 1.0 else 1.0 - _upper_fraction(a, x)


def igammac(a: float, x: float) -> float:
    """1 - P(a, x), precise where it is small.

    >>> round(igammac(1.0, 2.0), 6)
    0.135335
    """
    a, x = wide(a), wide(x)
    edge = _edge(a, x)
    if edge != -1.0:
        return 1.0 - edge
    return 1.0 - _lower_series(a, x) if x < a + 1.0 else _upper_fraction(a, x)


def gamma_density(a: float, x: float) -> float:
    """x^(a - 1) e^-x / gamma(a): the derivative of P(a, x) in x.

    >>> round(gamma_density(1.0, 2.0), 6)
    0.135335
    """
    if x == 0.0:
        return 0.0 if a > 1.0 else (1.0 if a == 1.0 else INFINITY)
    a, x = wide(a), wide(x)
    return exp((a - 1.0) * ln(x) - x - lgamma(a))
