"""The largest number of each window of an image: where it stands.

Idea: a window is from..to in steps along each of three dims, so tables of first and last cells say
    all: pooling with padding and dilation, adaptive pooling, and fractional pooling, whose windows
    differ from plane to plane. The number itself is then a gather, whose adjoint is known.
Not here: the tables and the gather (windows.py), the compiled form (fast_windows.py).
Read next: windows.py
"""

from __future__ import annotations

import numpy as np

from minitorch.launches import launched, tables
from minitorch.tensor_data import Ints, Shape, Storage, Strides, TensorData

__all__ = ["WindowOps", "tensor_window_argmax", "window_tables"]


def tensor_window_argmax(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    cells: Storage,
    shape: Shape,
    strides: Strides,
    first: Storage,
    last: Storage,
    step: Storage,
) -> None:
    """out[p, z, y, x]: the ordinal, in plane p of `cells`, of its window's first largest number.

    NaN counts as larger than any number. Plane p of (planes, depth, height, width) has row p, or
    the only row, of the tables, which hold the windows' first and last cells of the depths, then of
    the heights, then of the widths. `out` is contiguous.
    """
    depths, heights, widths = out_shape[1], out_shape[2], out_shape[3]
    height, width = shape[2], shape[3]
    row_length = depths + heights + widths
    rows = len(first) // row_length
    at = 0
    for p in range(out_shape[0]):
        row = (p if rows > 1 else 0) * row_length
        plane = p * strides[0]
        for i in range(row, row + depths):
            for j in range(row + depths, row + depths + heights):
                for k in range(row + depths + heights, row + row_length):
                    best = (first[i] * height + first[j]) * width + first[k]
                    value = cells[
                        plane + first[i] * strides[1] + first[j] * strides[2]
                        + first[k] * strides[3]
                    ]  # fmt: skip
                    for z in range(first[i], last[i] + 1, step[0]):
                        for y in range(first[j], last[j] + 1, step[1]):
                            line = plane + z * strides[1] + y * strides[2]
                            for x in range(first[k], last[k] + 1, step[2]):
                                other = cells[line + x * strides[3]]
                                if other > value or other != other:
                                    best, value = (z * height + y) * width + x, other
                    out[at] = best
                    at += 1


def window_tables(given: tuple[Ints, ...]) -> list[Storage]:
    """The tables as arrays."""
    made = [np.array(table, np.intp) for table in given]
    tables(*made)
    return made


class WindowOps:
    """The operation of a backend that looks into windows."""

    @staticmethod
    def window_argmax(data: TensorData, out: TensorData, *given: Ints) -> None:
        """Write into `out` where the largest number of each window stands."""
        with np.errstate(all="ignore"):
            launched(tensor_window_argmax)(*out.tuple(), *data.tuple(), *window_tables(given))
