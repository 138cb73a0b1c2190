"""Where a kernel is laid over an image, and a convolution as shifts along lines: tables of ints.

Idea: the rows of a padded image, laid end to end, are a line; the kernel's cell (i, j) is a shift
    by i * width + j along it. A stride s splits image and kernel into s * s phases, which are
    convolutions without a stride. The adjoint in the input shifts the other way.
Not here: the loops along the lines (conv_kernels.py).
Read next: conv_kernels.py
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numba import njit

from minitorch.errors import ShapeError
from minitorch.tensor_data import Ints, Storage

__all__ = ["Geometry", "Pair", "Plan", "Table", "adjoint_plans", "convolve_plan", "tile_of"]

Pair: TypeAlias = Ints  # (height, width)
Table: TypeAlias = Storage  # a matrix of ints

STEP = 32  # the loops take so many cells at a time; lengths are multiples, so that none remain
LANES = 36 * STEP  # float32 cells of a line in work: what is added up stays in the first cache
PLACES = 1 << 17  # cells of all the lines in work: they stay in the second cache


@dataclass(frozen=True)
class Geometry:
    """Where a kernel is laid over an image, per dim (height, width); groups split the channels.

    >>> Geometry.anchored((3, 3)).out_size((28, 28), (3, 3))
    (28, 28)
    """

    stride: Pair = (1, 1)
    before: Pair = (0, 0)
    after: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    @staticmethod
    def anchored(kernel: Pair) -> Geometry:
        """The course's: the kernel lies right of and below its cell, the result keeps the size."""
        return Geometry(after=(kernel[0] - 1, kernel[1] - 1))

    def out_size(self, size: Pair, kernel: Pair) -> Pair:
        """Height and width of the result.

        Raises:
            ShapeError: the kernel does not fit into the padded image, or a number makes no sense.
        """
        if min(self.stride) < 1 or min(self.dilation) < 1 or min(*self.before, *self.after) < 0:
            raise ShapeError(f"{self}: stride and dilation start at 1, padding at 0.")
        sizes = [
            (n + b + a - d * (k - 1) - 1) // s + 1
            for n, k, s, b, a, d in zip(
                size, kernel, self.stride, self.before, self.after, self.dilation, strict=True
            )
        ]
        if min(sizes) < 1 or min(kernel) < 1:
            raise ShapeError(
                f"A kernel of {kernel} with dilation {self.dilation} does not fit into an image of "
                f"{size} with padding {self.before} and {self.after}."
            )
        return (sizes[0], sizes[1])


# Tables: which shifts make a convolution, and its adjoint.


@dataclass(frozen=True, eq=False)
class Plan:
    """A convolution, or a part of one, as shifts along lines.

    Cell (y, x) of the result is the sum over the taps of weight[i, j] times cell
    (row + (y + shift) * step, ..) of the image, `row` the first row of the tap's line.

    Attributes:
        taps: rows of (line, shift down, shift right, i, j).
        lines: rows of (first row, first column) in the image, which may lie outside.
        step: from one row, and column, of a line to the next, in the image.
        size: height and width of the result.
        first: where the result's cell (0, 0) is stored.
        spread: from one row, and column, of the result to the next, where it is stored.
    """

    taps: Table
    lines: Table
    step: Pair
    size: Pair
    first: Pair = (0, 0)
    spread: Pair = (1, 1)
    reach: Pair = (0, 0)  # the largest shifts


def _table(rows: list[Ints], columns: int) -> Table:
    return np.array(rows, np.intp).reshape(-1, columns)


@lru_cache(maxsize=256)
def convolve_plan(geometry: Geometry, kernel: Pair, size: Pair) -> Plan:
    """The plan of a convolution: with a stride s, one line for each remainder of i * dilation by s.

    >>> convolve_plan(Geometry(), (1, 2), (5, 5)).taps.tolist()
    [[0, 0, 0, 0, 0], [0, 0, 1, 0, 1]]
    """
    out = geometry.out_size(size, kernel)  # first: it refuses what makes no sense
    (sy, sx), (dy, dx), before = geometry.stride, geometry.dilation, geometry.before
    phases: dict[Pair, int] = {}
    taps: list[Ints] = []
    for i, j in product(range(kernel[0]), range(kernel[1])):
        line = phases.setdefault((i * dy % sy, j * dx % sx), len(phases))
        taps.append((line, i * dy // sy, j * dx // sx, i, j))
    lines = [(y - before[0], x - before[1]) for y, x in phases]
    return Plan(
        _table(taps, 5),
        _table(lines, 2),
        geometry.stride,
        out,
        reach=((kernel[0] - 1) * dy // sy, (kernel[1] - 1) * dx // sx),
    )


@lru_cache(maxsize=256)
def adjoint_plans(geometry: Geometry, kernel: Pair, size: Pair) -> tuple[Plan, ...]:
    """The plans of a convolution's adjoint in its input: one for each remainder of a row by s.

    Row y is reached by those taps i whose i * dilation has the remainder of y + padding, from the
    result's row (y + padding - i * dilation) / s.

    >>> adjoint_plans(Geometry(), (1, 2), (1, 5))[0].taps.tolist()
    [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]
    """
    plans: list[Plan] = []
    for phase in product(range(geometry.stride[0]), range(geometry.stride[1])):
        # Per dim: first row, rows, where the line begins, the largest shift, pairs (shift, i).
        first, count, start, reach, taps = zip(
            *(_phase(*it) for it in zip(phase, size, kernel, *_per_dim(geometry), strict=True)),
            strict=True,
        )
        if min(count) > 0:
            both = [(0, sy, sx, i, j) for (sy, i), (sx, j) in product(*taps)]
            plans.append(
                Plan(
                    _table(both, 5), _table([start], 2), (1, 1), count, first, geometry.stride,
                    reach,
                )
            )  # fmt: skip
    return tuple(plans)


def _per_dim(geometry: Geometry) -> tuple[Pair, Pair, Pair]:
    return geometry.stride, geometry.dilation, geometry.before


def _phase(
    remainder: int, size: int, kernel: int, stride: int, dilation: int, before: int
) -> tuple[int, int, int, int, list[Pair]]:
    """One dim of an adjoint's plan: for rows y with (y + before) % stride == remainder."""
    lowest = -((remainder - before) // stride)  # the smallest (y + before) // stride with y >= 0
    count = (before + size - 1 - remainder) // stride + 1 - lowest
    taps = [
        (i * dilation // stride, i) for i in range(kernel) if i * dilation % stride == remainder
    ]
    reach = max((shift for shift, _ in taps), default=0)
    mirrored = [(reach - shift, i) for shift, i in taps]
    return lowest * stride + remainder - before, count, lowest - reach, reach, mirrored


@lru_cache(maxsize=256)
def tile_of(size: Pair, reach: Pair, batch: int, lines: int, itemsize: int) -> Ints:
    """How many images, rows and columns of the result are computed at a time.

    As many as fit into LANES cells, and with all their lines into PLACES: whole images if possible,
    else rows, evenly.
    """
    lanes = max(min(LANES * 4 // itemsize, PLACES // max(lines, 1) // STEP * STEP), 4 * STEP)
    height, width = size
    columns = _evenly(width, lanes)
    across = columns + reach[1]
    rows = _evenly(height, (lanes - columns) // across + 1)
    if rows < height:
        return 1, rows, columns
    one = (rows + reach[0]) * across
    images = _evenly(batch, (lanes - (rows - 1) * across - columns) // one + 1)
    return images if columns == width else 1, rows, columns


def _evenly(count: int, most: int) -> int:
    """The size of equal parts, none larger than `most`."""
    parts = max(-(-count // max(most, 1)), 1)
    return max(-(-count // parts), 1)


@njit(error_model="numpy")
def span_of(tile: Ints, reach: Pair) -> tuple[int, int, int]:
    """The length of a line, and the height and width of each image along it."""
    height, width = tile[1] + reach[0], tile[2] + reach[1]
    return tile[0] * height * width, height, width


@njit(error_model="numpy")
def tile_at(number: int, batch: int, size: Pair, tile: Ints) -> tuple[int, int, int, int, int, int]:
    """First image, row and column of a tile, and how many of each it has."""
    images, rows, columns = tile
    across, down = -(-size[1] // columns), -(-size[0] // rows)
    b, y = number // (down * across) * images, number // across % down * rows
    x = number % across * columns
    return b, y, x, min(images, batch - b), min(rows, size[0] - y), min(columns, size[1] - x)


@njit(error_model="numpy")
def tile_count(batch: int, size: Pair, tile: Ints) -> int:
    """The number of tiles."""
    images, rows, columns = tile
    return -(-batch // images) * -(-size[0] // rows) * -(-size[1] // columns)


@njit(error_model="numpy")
def whole_steps(images: int, rows: int, columns: int, height: int, width: int) -> int:
    """The cells of a line from the first to the last that is wanted, up to a multiple of STEP."""
    return -(-(((images - 1) * height + rows - 1) * width + columns) // STEP) * STEP


@njit(error_model="numpy")
def inside(shift: int, stride: int, width: int, count: int) -> tuple[int, int]:
    """The x from first to below last, of count, for which x * stride + shift lies in the image."""
    first = min(count, max(0, (-shift + stride - 1) // stride))
    return first, max(first, min(count, (width - shift + stride - 1) // stride))


@njit(error_model="numpy")
def line_shifts(taps: Table, lines: int, channels: int, span: Ints) -> Storage:
    """Where the lines of all channels begin for each tap: (channels * taps)."""
    shifts = np.empty(channels * len(taps), np.intp)
    for c in range(channels):
        for t in range(len(taps)):
            line = (c * lines + taps[t, 0]) * span[0]
            shifts[c * len(taps) + t] = line + taps[t, 1] * span[2] + taps[t, 2]
    return shifts


def products(args: tuple[Any, ...]) -> int:
    """About how many products a kernel of conv_kernels.py adds up that is launched with this.

    Those of the seams between rows, and of the last steps of a line, are among them.
    """
    (groups, outs, ins), (taps, _, _, reach, size, _), _ = args[-3:]
    batch = (args[3] if len(args) == 9 else args[2])[2][0]
    line = batch * (size[0] + reach[0]) * (size[1] + reach[1])
    return max(line, STEP) * groups * (outs + 3) * ins * len(taps)
