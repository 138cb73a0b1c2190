"""A number in full precision: what series and continued fractions begin with.

Idea: a kernel has the dtype of its operands, and so have the literals in it. A series in float32
    would lose digits; the constant of a tuple stays float64, and with it all that follows.
Not here: the series (gamma.py, error_function.py, bessel.py).
Read next: error_function.py
"""

from __future__ import annotations

__all__ = ["EPSILON", "wide"]

ONE = (1.0,)  # a literal would be retyped, a tuple is not
EPSILON = 1.1102230246251565e-16  # 2^-53: a term that is smaller adds nothing


def wide(x: float) -> float:
    """x as a float64, in a float32 kernel too.

    >>> wide(2.0)
    2.0
    """
    return float(x) * ONE[0]
