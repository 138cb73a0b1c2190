"""The rest of the op table: rows of PyTorch's elementwise ops, with their derivatives.

Idea: as in rules.py, a file for each file of ../formulas/. To import this room fills the table.
Not here: the course's rows (../rules.py), the formulas (../formulas/).
Read next: ordering.py
"""

from __future__ import annotations

from minitorch.rows import (
    activation,
    bessel,
    error_function,
    gamma,
    ordering,
    polynomials,
    powers,
    rounding,
    trigonometry,
    updates,
    whole,
)

__all__ = [
    "activation",
    "bessel",
    "error_function",
    "gamma",
    "ordering",
    "polynomials",
    "powers",
    "rounding",
    "trigonometry",
    "updates",
    "whole",
]
