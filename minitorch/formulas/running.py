"""What running folds do at each cell: state = fn(state, a, b).

Idea: sums and products are both the linear recurrence, with one of a and b constant.
Not here: the loop (../tensor_ops.py), the Functions (../scans.py).
Read next: ../scans.py
"""

from __future__ import annotations

from minitorch.formulas.ordering import maximum, minimum
from minitorch.formulas.powers import logaddexp

__all__ = ["linear", "running_logaddexp", "running_maximum", "running_minimum"]


def linear(state: float, a: float, b: float) -> float:
    """a * state + b.

    >>> linear(2.0, 3.0, 1.0)
    7.0
    """
    return a * state + b


def running_maximum(state: float, a: float, b: float) -> float:
    """The larger of the state and a; b does not matter.

    >>> running_maximum(2.0, 3.0, 0.0)
    3.0
    """
    return maximum(state, a)


def running_minimum(state: float, a: float, b: float) -> float:
    """The smaller of the state and a; b does not matter.

    >>> running_minimum(2.0, 3.0, 0.0)
    2.0
    """
    return minimum(state, a)


def running_logaddexp(state: float, a: float, b: float) -> float:
    """ln(e^state + e^a); b does not matter.

    >>> running_logaddexp(0.0, 0.0, 0.0) == logaddexp(0.0, 0.0)
    True
    """
    return logaddexp(state, float(a))  # a may be narrower than the state
