"""Special functions against arithmetic of 30 digits: right to nearly the last of a float64.

Idea: a function, its meaning in mpmath, and intervals that cross every seam of its formula.
Not here: derivatives and compiled code (test_rows.py).
Read next: minitorch/formulas/gamma.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from minitorch.formulas import airy, bessel, error_function, gamma

mp: Any = pytest.importorskip("mpmath", reason="has the digits to compare with: make setup").mp

COUNT = 24
Interval = tuple[float, float]


def _erfc_inverse(p: Any) -> Any:
    """The quantile of the normal distribution, from above."""
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


# (function, its meaning, intervals of each operand, relative error, absolute error)
CASES: tuple[tuple[Callable[..., float], Any, tuple[Interval, ...], float, float], ...] = (
    (gamma.digamma, lambda x: mp.digamma(x), ((0.01, 300.0),), 1e-13, 1e-15),
    (gamma.digamma, lambda x: mp.digamma(x), ((-9.95, -0.02),), 1e-12, 1e-13),
    (gamma.zeta, lambda s, q: mp.zeta(s, q), ((1.1, 12.0), (0.05, 40.0)), 1e-13, 0.0),
    (lambda x: gamma.polygamma(x, 1.0), lambda x: mp.polygamma(1, x), ((-4.9, 30.0),), 1e-13, 0.0),
    (lambda x: gamma.polygamma(x, 4.0), lambda x: mp.polygamma(4, x), ((-4.9, 30.0),), 1e-12, 0.0),
    (
        gamma.igamma,
        lambda a, x: mp.gammainc(a, 0, x, regularized=True),
        ((0.05, 60.0), (0.05, 80.0)),
        1e-12,
        0.0,
    ),
    (
        gamma.igammac,
        lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
        ((0.05, 60.0), (0.05, 80.0)),
        1e-12,
        0.0,
    ),
    (error_function.erfcx, lambda x: mp.exp(x * x) * mp.erfc(x), ((-4.0, 40.0),), 2e-14, 0.0),
    (error_function.erfinv, lambda x: mp.erfinv(x), ((-0.999, 0.9999),), 1e-15, 0.0),
    (error_function.ndtri, _erfc_inverse, ((0.001, 0.999),), 1e-14, 1e-15),
    (
        error_function.log_ndtr,
        lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        ((-40.0, 6.0),),
        1e-13,
        0.0,
    ),
    (bessel.bessel_j0, lambda x: mp.besselj(0, x), ((0.01, 60.0),), 0.0, 4e-15),
    (bessel.bessel_j1, lambda x: mp.besselj(1, x), ((0.01, 60.0),), 0.0, 4e-15),
    (bessel.bessel_y0, lambda x: mp.bessely(0, x), ((0.01, 60.0),), 1e-14, 4e-15),
    (bessel.bessel_y1, lambda x: mp.bessely(1, x), ((0.01, 60.0),), 1e-14, 4e-15),
    (bessel.bessel_i0, lambda x: mp.besseli(0, x), ((0.01, 60.0),), 4e-15, 0.0),
    (bessel.bessel_i1, lambda x: mp.besseli(1, x), ((0.01, 60.0),), 4e-15, 0.0),
    (bessel.bessel_k0, lambda x: mp.besselk(0, x), ((0.01, 60.0),), 4e-15, 0.0),
    (bessel.bessel_k1, lambda x: mp.besselk(1, x), ((0.01, 60.0),), 4e-15, 0.0),
    (airy.airy_ai, lambda x: mp.airyai(x), ((-20.0, 3.0),), 0.0, 1e-14),
    (airy.airy_ai, lambda x: mp.airyai(x), ((0.5, 12.0),), 2e-14, 0.0),
)


def points(intervals: tuple[Interval, ...]) -> Iterator[tuple[float, ...]]:
    """Numbers of each interval, denser towards its lower end, never the same pairs."""
    for i in range(COUNT):
        yield tuple(
            low + (high - low) * (((i + 0.37) * (1.0 if k == 0 else 7.0)) % COUNT / COUNT) ** 2
            for k, (low, high) in enumerate(intervals)
        )


@pytest.mark.parametrize("case", range(len(CASES)))
def test_nearly_to_the_last_digit(case: int) -> None:
    function, meaning, intervals, relative, absolute = CASES[case]
    with mp.workdps(30):
        for numbers in points(intervals):
            exact = meaning(*map(mp.mpf, numbers))
            found = mp.mpf(function(*numbers))
            assert abs(found - exact) <= relative * abs(exact) + absolute, numbers
