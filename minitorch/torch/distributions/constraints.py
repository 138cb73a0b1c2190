"""What the parameters and the values of a distribution must be.

Idea: a constraint says of each cell whether it holds.
Not here: who asks (distribution.py).
Read next: distribution.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "Constraint",
    "boolean",
    "interval",
    "nonnegative",
    "positive",
    "real",
    "real_vector",
    "simplex",
    "unit_interval",
]


class Constraint:
    """A condition on each cell: `check(value)` is a bool tensor."""

    def __init__(self, name: str, check: Callable[[Any], Any]) -> None:
        self.name = name
        self.check = check

    def __repr__(self) -> str:
        return self.name


def _is_simplex(value: Any) -> Any:
    return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


def interval(low: Any, high: Any) -> Constraint:
    """Numbers from low to high."""
    return Constraint(
        f"Interval(lower_bound={low}, upper_bound={high})", lambda x: (x >= low) & (x <= high)
    )


real = Constraint("Real()", lambda x: x == x)
real_vector = Constraint("IndependentConstraint(Real(), 1)", lambda x: (x == x).all(-1))
positive = Constraint("GreaterThan(lower_bound=0.0)", lambda x: x > 0)
nonnegative = Constraint("GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
unit_interval = interval(0.0, 1.0)
boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1))
simplex = Constraint("Simplex()", _is_simplex)
