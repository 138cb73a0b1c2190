"""Numbers to draw, and how two of them are compared.

Idea: `any_floats` are all there are; `moderate` stay where nothing overflows; `smooth` also stay
    off the kinks and jumps of MathTest's functions, so that a central difference means something.
Not here: tensors to draw (tensors.py).
Read next: test_module0_operators.py
"""

from __future__ import annotations

import math

from hypothesis import strategies as st

any_floats = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(allow_nan=False, allow_infinity=False)
moderate = st.floats(min_value=-100, max_value=100, allow_nan=False)
# (k + 0.3) / 64 is none of the places where relu, lt or a denominator of MathTest turns.
smooth = st.integers(-6400, 6400).map(lambda k: (k + 0.3) / 64)
lists = st.lists(moderate, max_size=8)


def same(x: float, y: float) -> bool:
    """Equal, or both NaN."""
    return x == y or (math.isnan(x) and math.isnan(y))


def close(x: float, y: float, rel: float = 1e-9, abs: float = 1e-12) -> bool:
    """Equal up to rounding, NaN to NaN, infinity to the same infinity."""
    return same(x, y) or math.isclose(x, y, rel_tol=rel, abs_tol=abs)
