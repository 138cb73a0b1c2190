"""The polynomials of minitorch/fast_math.py: coefficients in float32, and the error of each fit.

Idea: Lawson's algorithm: least squares with weights that grow where the error is large tend to
    the smallest largest error. Then one coefficient after the other, the lowest power first, is
    rounded to float32, and those that are left are fitted again: they make up for its rounding.
Not here: the rounding of the arithmetic, which is most of the error (fast_math.py states it).
Read next: minitorch/fast_math.py

    python tools/minimax.py      # a minute
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

POINTS = 1500
Function = Callable[[Any], Any]

# name: (what is left of the function when the leading terms are taken away, the function whose
# relative error counts, powers of x, interval)
HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.001")
FITS: dict[str, tuple[Function, Function, list[int], tuple[Any, Any]]] = {
    "e^r - 1 = r + ..": (
        lambda r: mp.expm1(r) - r,
        mp.expm1,
        [2, 3, 4, 5, 6],
        (-HALF_LN2, HALF_LN2),
    ),
    "ln(1 + f) = f - f^2 / 2 + ..": (
        lambda f: mp.log1p(f) - f + f * f / 2,
        mp.log1p,
        [3, 4, 5, 6, 7, 8, 9, 10],
        (mp.sqrt(0.5) - 1 - mp.mpf("1e-4"), mp.sqrt(2) - 1 + mp.mpf("1e-4")),
    ),
    "-log2(1 - erf a)": (  # an error here is one of erf times erf / erfc
        lambda a: -mp.log(mp.erfc(a), 2),
        lambda a: mp.erf(a) / mp.erfc(a) / mp.log(2),
        [1, 2, 3, 4, 5, 6, 7, 8],
        (mp.mpf("1e-3"), mp.mpf("3.93")),
    ),
    "2^f - 1": (
        lambda f: mp.powm1(2, f),
        lambda f: mp.powm1(2, f),
        [1, 2, 3, 4, 5, 6],
        (mp.mpf("-0.5005"), mp.mpf("0.5005")),
    ),
    "sin(f pi / 2) = f + ..": (
        lambda f: mp.sin(f * mp.pi / 2) - f,
        lambda f: mp.sin(f * mp.pi / 2),
        [1, 3, 5, 7],
        (mp.mpf("1e-3"), mp.mpf("0.5005")),
    ),
    "cos(f pi / 2) = 1 + ..": (
        lambda f: mp.cos(f * mp.pi / 2) - 1,
        lambda f: mp.cos(f * mp.pi / 2),
        [2, 4, 6, 8],
        (mp.mpf("1e-3"), mp.mpf("0.5005")),
    ),
}


def lawson(columns: Any, target: Any, rounds: int) -> Any:
    """Coefficients whose largest error over the points is nearly the smallest there is."""
    weights = np.ones(len(target)) / len(target)
    best, least = np.zeros(columns.shape[1]), np.inf
    for _ in range(rounds):
        root = np.sqrt(weights)
        found = np.linalg.lstsq(columns * root[:, None], target * root, rcond=None)[0]
        errors = abs(target - columns @ found)
        if errors.max() < least:
            best, least = found, errors.max()
        weights = weights * (errors / errors.max() + 1e-3)
        weights /= weights.sum()
    return best


def fit(
    function: Function, scale: Function, powers: list[int], interval: tuple[Any, Any]
) -> tuple[list[float], float]:
    """The coefficients in float32, and the largest relative error with them."""
    low, high = interval
    angles = [mp.pi * (k + mp.mpf("0.5")) / POINTS for k in range(POINTS)]
    x = [float((low + high) / 2 - (high - low) / 2 * mp.cos(angle)) for angle in angles]
    x = [p for p in x if abs(p) > 1e-4]
    factor = np.array([float(1 / abs(scale(mp.mpf(p)))) for p in x])
    target = np.array([float(function(mp.mpf(p))) for p in x]) * factor
    columns = np.stack([factor * np.array(x) ** power for power in powers], 1)
    size = abs(columns).max(0)
    coefficients: list[float] = []
    for done in range(len(powers)):
        rest = lawson(columns[:, done:] / size[done:], target, 150 if done else 400) / size[done:]
        coefficients.append(float(np.float32(rest[0])))
        target = target - columns[:, done] * coefficients[-1]
    return coefficients, abs(target).max()


if __name__ == "__main__":
    mp.mp.dps = 40
    for name, arguments in FITS.items():
        found, error = fit(*arguments)
        print(f"{name}: relative error {error:.2g}")
        print("   ", *found)
