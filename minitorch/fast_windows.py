"""The loop of window_loops.py, compiled.

Idea: the loop is the same; only who runs it differs.
Not here: the loop itself (window_loops.py).
Read next: fast_ops.py
"""

from __future__ import annotations

from typing import Any

from minitorch.kernels import Kernel
from minitorch.launches import launched
from minitorch.tensor_data import Ints, TensorData
from minitorch.window_loops import WindowOps, tensor_window_argmax, window_tables

__all__ = ["FastWindowOps"]

_window_argmax: Any = Kernel(tensor_window_argmax)


class FastWindowOps(WindowOps):
    """The operation that looks into windows, compiled."""

    @staticmethod
    def window_argmax(data: TensorData, out: TensorData, *given: Ints) -> None:
        """Write into `out` where the largest number of each window stands."""
        run = launched(_window_argmax(data.dtype, 1))
        run(*out.tuple(), *data.tuple(), *window_tables(given))
