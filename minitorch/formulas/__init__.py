"""Numbers to numbers, beyond the course: PyTorch's elementary and special functions.

Idea: as in operators.py: f(x: float) -> float is written once, total and compilable, and lifted by
    others. What is special to PyTorch (NaN that propagates, ties, rounding) is a function here.
Not here: derivatives (../rows/), the course's functions (../operators.py).
Read next: ordering.py
"""

from __future__ import annotations

from minitorch.formulas import (
    airy,
    bessel,
    error_function,
    gamma,
    ordering,
    polynomials,
    powers,
    rounding,
    running,
    trigonometry,
    updates,
    whole,
    wide,
)

__all__ = [
    "airy",
    "bessel",
    "error_function",
    "gamma",
    "ordering",
    "polynomials",
    "powers",
    "rounding",
    "running",
    "trigonometry",
    "updates",
    "whole",
    "wide",
]
