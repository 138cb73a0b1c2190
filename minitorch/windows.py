"""Windows of an image: the largest number of each, and where it stands.

Idea: `window_positions` finds the places, without a graph; what stands there is a `Gather` from
    the plane laid out flat, so that gradients go back to the places alone.
Not here: sums of windows, which are convolutions (fast_conv.py); the loop (window_loops.py).
Read next: tensor.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.tensor_data import Ints, TensorData
from minitorch.tensor_ops import new_like
from minitorch.window_loops import WindowOps

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["Windows", "window_positions"]


@dataclass(frozen=True)
class Windows:
    """The windows along one dim: their first cells, their last cells, and the step within them.

    >>> Windows.regular(5, 2, stride=2, before=1, dilation=1, count=3)
    Windows(first=(0, 1, 3), last=(0, 2, 4), step=1)
    >>> Windows.adaptive(5, 2)
    Windows(first=(0, 2), last=(2, 4), step=1)
    """

    first: Ints
    last: Ints
    step: int = 1

    @staticmethod
    def regular(
        size: int, kernel: int, stride: int, before: int, dilation: int, count: int
    ) -> Windows:
        """`count` windows of `kernel` cells each, as far as they lie within 0..size - 1."""
        first: list[int] = []
        last: list[int] = []
        for i in range(count):
            start = i * stride - before
            inside = [k for k in range(start, start + kernel * dilation, dilation) if 0 <= k < size]
            first.append(inside[0] if inside else 0)
            last.append(inside[-1] if inside else -1)
        return Windows(tuple(first), tuple(last), dilation)

    @staticmethod
    def adaptive(size: int, count: int) -> Windows:
        """`count` windows that cover a dim, as equal in size as can be."""
        return Windows(
            tuple([i * size // count for i in range(count)]),
            tuple([-(-(i + 1) * size // count) - 1 for i in range(count)]),
        )


def window_positions(a: Tensor, *rows: tuple[Windows, Windows, Windows]) -> Tensor:
    """(P, D, H, W) to int64 (P, d, h, w): the ordinal, in its plane, of each window's maximum.

    A row of windows for depth, height and width serves all planes, or there is one for each plane.
    At ties the first of the largest counts; NaN is larger than any number.

    >>> from minitorch import tensor
    >>> one, two = Windows((0,), (0,)), Windows((0, 1), (1, 2))
    >>> window_positions(tensor([[[[1.0, 5.0, 2.0]]]]), (one, one, two))
    tensor([[[[1 1]]]])
    """
    sizes = [len(it.first) for it in rows[0]]
    out = TensorData.empty((a.shape[0], *sizes), np.dtype("int64"))
    first = [k for row in rows for it in row for k in it.first]
    last = [k for row in rows for it in row for k in it.last]
    step = [it.step for it in rows[0]]
    ops: Any = a.backend.ops
    find = getattr(ops, "window_argmax", WindowOps.window_argmax)
    find(a._tensor, out, tuple(first), tuple(last), tuple(step))
    return new_like(a, out)
