"""Rows of orthogonal polynomials and of Airy's function, which PyTorch does not differentiate.

Idea: values only; the face refuses a gradient.
Not here: the formulas (../formulas/polynomials.py, ../formulas/airy.py).
Read next: ../torch/special.py
"""

from __future__ import annotations

from minitorch.formulas import airy
from minitorch.formulas import polynomials as home
from minitorch.rules import Rule

__all__ = ["POLYNOMIALS", "airy_ai"]

POLYNOMIALS = {name: Rule(name, result="float", home=home) for name in home.__all__}
airy_ai = Rule("airy_ai", result="float", home=airy)
