"""The loops of index_loops.py and order_loops.py, compiled.

Idea: two places of an index may be one cell, so a loop over it is serial.
Not here: the loops themselves (index_loops.py), gather (fast_ops.py).
Read next: fast_ops.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch import index_loops, order_loops
from minitorch.index_loops import IndexOps, NumberFunction
from minitorch.kernels import Kernel
from minitorch.launches import NOTHING, launched
from minitorch.tensor_data import TensorData

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["FastIndexOps"]

INT = np.dtype("int64")
_positions: Any = Kernel(index_loops.tensor_positions)
_outside: Any = Kernel(index_loops.tensor_outside)
_ordered: dict[str, Any] = {
    name: Kernel(getattr(order_loops, name)) for name in order_loops.__all__
}


class FastIndexOps(IndexOps):
    """The operations that follow an index, compiled for one core.

    >>> FastIndexOps.scatter(max).__name__
    'apply'
    """

    @staticmethod
    def positions(out: TensorData, index: TensorData, size: int, step: int) -> int:
        """Add step * index to the positions in `out`; the first bad ordinal, or -1."""
        return launched(_positions(INT, 1))(*out.tuple(), *index.tuple(), size, step)

    @staticmethod
    def outside(index: TensorData, size: int) -> int:
        """The ordinal of the first index that is not in 0..size - 1, or -1."""
        return launched(_outside(INT, 1), NOTHING)(*index.tuple(), size)

    @staticmethod
    def scatter(fn: NumberFunction) -> Callable[..., int]:
        """Lift fn(old, new) to (out, source, dim, index), which writes into `out`."""
        kernel = Kernel(index_loops.tensor_scatter, fn)

        def apply(out: TensorData, source: Tensor, dim: int, index: TensorData) -> int:
            run = launched(kernel(out.dtype, 1))
            return run(*out.tuple(), *source._tensor.tuple(), *index.tuple(), dim)

        return apply

    @staticmethod
    def ordered(name: str, out: TensorData, a: TensorData, *how: Any) -> None:
        """Run a loop of order_loops.py over the rows of a matrix of numbers."""
        launched(_ordered[name](a.dtype, 1))(out.array(), a.array(), *how)
