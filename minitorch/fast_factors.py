"""The loops of factor_loops.py, compiled.

Idea: LAPACK is compiled already; only the loops of our own are here.
Not here: the loops themselves (factor_loops.py).
Read next: factorisations.py
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.factor_loops import FactorOps, eliminate, eliminate_symmetric, run_pivoted
from minitorch.kernels import Kernel
from minitorch.tensor_data import TensorData

__all__ = ["FastFactorOps"]


def _row_updates(args: tuple[Any, ...]) -> int:
    """What elimination costs: each of n steps changes what is left of the matrix."""
    return args[0].size * args[0].shape[-1]


_eliminate: Any = Kernel(eliminate, steps=_row_updates)
_eliminate_symmetric: Any = Kernel(eliminate_symmetric, steps=_row_updates)
FLOAT64 = np.dtype("float64")


class FastFactorOps(FactorOps):
    """The operations of a backend that take matrices apart, with compiled loops."""

    @staticmethod
    def pivoted(a: TensorData, symmetric: bool) -> list[TensorData]:
        """The packed factors of elimination, and the pivots, int32, counted from 1."""
        return run_pivoted((_eliminate_symmetric if symmetric else _eliminate)(FLOAT64, 1), a)
