"""Convolution as sums of shifted lines: the compiled loops, and the tables they are given.

Idea: lay the rows of a padded image end to end. Along this line the kernel's cell (i, j) is a
    shift by i * width + j, and out = sum_k weight[k] * line[shift[k] :]: long loops without edges,
    four outputs and four taps at a time. What is computed across the seam of two rows is dropped.
Not here: what calls them, and gradients (fast_conv.py).
Read next: fast_conv.py
"""

from __future__ import annotations

from functools import lru_cache, partial
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numba import get_num_threads, njit, prange

from minitorch import rules
from minitorch.conv_plans import (
    LANES,
    STEP,
    Geometry,
    Pair,
    Plan,
    Table,
    adjoint_plans,
    convolve_plan,
    inside,
    line_shifts,
    products,
    span_of,
    tile_at,
    tile_count,
    tile_of,
    whole_steps,
)
from minitorch.kernels import PARALLEL_FROM, Kernel, has_parallel_layer
from minitorch.launches import launched, tables
from minitorch.rules import Rule
from minitorch.tensor_data import Ints, Storage, TensorData, promote

__all__ = ["convolve", "convolve_adjoint", "correlate", "sides"]

Shifts: TypeAlias = tuple[Table, Table, Pair, Pair, Pair, Ints]  # of a Plan; at last the tile
View: TypeAlias = tuple[Storage, Ints, Ints]  # cells, strides, (batch, height, width)

unsigned = np.uint64  # an index of this type is not tested for wrap-around: the loop vectorises
GROUP = 4  # outputs, and taps, that one pass over the lines takes together
# What only kernels call has no entry from Python: less to compile.
helper = partial(njit, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
ROOM = LANES + 16  # between partial sums; a power of two would put them all into one cache set
PRODUCTS = 64  # count as a cell for PARALLEL_FROM: several threads pay from 0.1 ms of one
NO_BIAS = np.empty(0, "float32")


# Along lines.


@helper(fastmath={"contract"})
def add_lines(sums: Storage, lines: Storage, shifts: Storage, weights: Storage, count: int) -> None:
    """sums[o, p] += sum over k of weights[k, o] * lines[shifts[k] + p], for GROUP outputs."""
    one = unsigned(ROOM)
    two, three, cells = one + one, one + one + one, unsigned(count)
    for k in range(0, len(shifts) - GROUP + 1, GROUP):
        a, b = lines[shifts[k] :], lines[shifts[k + 1] :]
        c, d = lines[shifts[k + 2] :], lines[shifts[k + 3] :]
        w = weights[k * GROUP : (k + GROUP) * GROUP]
        a0, a1, a2, a3 = w[0], w[1], w[2], w[3]
        b0, b1, b2, b3 = w[4], w[5], w[6], w[7]
        c0, c1, c2, c3 = w[8], w[9], w[10], w[11]
        d0, d1, d2, d3 = w[12], w[13], w[14], w[15]
        for p in range(cells):
            x, y, z, u = a[p], b[p], c[p], d[p]
            sums[p] = sums[p] + a0 * x + b0 * y + c0 * z + d0 * u
            sums[p + one] = sums[p + one] + a1 * x + b1 * y + c1 * z + d1 * u
            sums[p + two] = sums[p + two] + a2 * x + b2 * y + c2 * z + d2 * u
            sums[p + three] = sums[p + three] + a3 * x + b3 * y + c3 * z + d3 * u
    for k in range(len(shifts) // GROUP * GROUP, len(shifts)):
        a, w = lines[shifts[k] :], weights[k * GROUP : (k + 1) * GROUP]
        a0, a1, a2, a3 = w[0], w[1], w[2], w[3]
        for p in range(cells):
            sums[p] += a0 * a[p]
            sums[p + one] += a1 * a[p]
            sums[p + two] += a2 * a[p]
            sums[p + three] += a3 * a[p]


@helper(fastmath={"contract", "reassoc"})
def dot_lines(
    dots: Storage, signals: Storage, length: int, lines: Storage, shifts: Storage, count: int
) -> None:
    """dots[k, o] += sum over p of signals[o, p] * lines[shifts[k] + p], for GROUP signals."""
    e, f = signals, signals[length:]
    g, h, cells = signals[2 * length :], signals[3 * length :], unsigned(count)
    zero = dots.dtype.type(0)
    for k in range(0, len(shifts) - GROUP + 1, GROUP):
        a, b = lines[shifts[k] :], lines[shifts[k + 1] :]
        c, d = lines[shifts[k + 2] :], lines[shifts[k + 3] :]
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = zero
        c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = zero
        for p in range(cells):
            x, y, z, u = a[p], b[p], c[p], d[p]
            q, r, s, t = e[p], f[p], g[p], h[p]
            a0, a1, a2, a3 = a0 + q * x, a1 + r * x, a2 + s * x, a3 + t * x
            b0, b1, b2, b3 = b0 + q * y, b1 + r * y, b2 + s * y, b3 + t * y
            c0, c1, c2, c3 = c0 + q * z, c1 + r * z, c2 + s * z, c3 + t * z
            d0, d1, d2, d3 = d0 + q * u, d1 + r * u, d2 + s * u, d3 + t * u
        to = dots[k * GROUP : (k + GROUP) * GROUP]
        for n, total in enumerate((a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)):
            to[n] += total
    for k in range(len(shifts) // GROUP * GROUP, len(shifts)):
        a = lines[shifts[k] :]
        a0 = a1 = a2 = a3 = zero
        for p in range(cells):
            a0, a1 = a0 + e[p] * a[p], a1 + f[p] * a[p]
            a2, a3 = a2 + g[p] * a[p], a3 + h[p] * a[p]
        to = dots[k * GROUP : (k + 1) * GROUP]
        for n, total in enumerate((a0, a1, a2, a3)):
            to[n] += total


@helper(fastmath={"reassoc"})
def line_sum(line: Storage, count: int) -> float:
    """The sum of the first cells, in several partial sums."""
    total = line.dtype.type(0)
    for p in range(unsigned(count)):
        total += line[p]
    return total


# Between images and lines.


@helper()
def lay(
    store: Storage,
    span: Ints,
    view: View,
    first_channel: int,
    channels: int,
    lines: Table,
    step: Pair,
    corner: Ints,
) -> None:
    """Lay windows of images, height rows of width cells, end to end: a line per channel and phase.

    The cells outside the image are left as they are, which is zero.
    """
    length, height, width = span
    image, strides, size = view
    b, y, x, images = corner
    into, jump = unsigned(width), unsigned(step[1] * strides[3])
    for n in range(len(lines)):
        row, column = lines[n, 0] + y * step[0], lines[n, 1] + x * step[1]
        top, bottom = inside(row, step[0], size[1], height)
        left, right = inside(column, step[1], size[2], width)
        cells, down = unsigned(right - left), unsigned(step[0] * strides[2])
        first = (row + top * step[0]) * strides[2] + (column + left * step[1]) * strides[3]
        for c in range(channels):
            start = first + b * strides[0] + (first_channel + c) * strides[1]
            for k in range(images):
                to = unsigned((c * len(lines) + n) * length + (k * height + top) * width + left)
                at = unsigned(start + k * strides[0])
                for _ in range(bottom - top):
                    if jump == unsigned(1):
                        for p in range(cells):
                            store[to + p] = image[at + p]
                    else:
                        for p in range(cells):
                            store[to + p] = image[at + p * jump]
                    to += into
                    at += down


@helper()
def in_groups(
    weight: Storage, strides: Ints, start: int, outs: int, ins: int, taps: Table, dtype: Any
) -> Storage:
    """The weights in the order in which they are used: (outs / GROUP, ins * taps, GROUP)."""
    inner = ins * len(taps)
    weights = np.zeros(-(-outs // GROUP) * GROUP * inner, dtype)
    for o in range(outs):
        for c in range(ins):
            to = (o // GROUP * inner + c * len(taps)) * GROUP + o % GROUP
            at = start + o * strides[0] + c * strides[1]
            for t in range(len(taps)):
                place = at + taps[t, 3] * strides[2] + taps[t, 4] * strides[3]
                weights[to + t * GROUP] = weight[place]
    return weights


@helper()
def start_sums(sums: Storage, bias: Storage, channel: int, channels: int, count: int) -> None:
    """Begin sums with the bias, or with zero where there is none."""
    for o in range(GROUP):
        start = sums.dtype.type(0)
        if o < channels and len(bias) > 0:
            start = bias[channel + o]
        cells = sums[o * ROOM : o * ROOM + count]
        for p in range(unsigned(count)):
            cells[p] = start


# Tile by tile.


def convolve_tiles(fn: Any) -> Any:
    """The loop of a convolution: out = fn(bias + the sum over the taps)."""

    def _convolve(
        out: Storage,
        out_strides: Ints,
        bias: Storage,
        view: View,
        weight: Storage,
        weight_strides: Ints,
        channels: Ints,
        plan: Shifts,
        parts: int,
    ) -> None:
        groups, outs, ins = channels
        image, image_strides, image_size = view  # a thread is not given tuples of tuples
        taps, lines, step, reach, size, tile = plan
        span, batch = span_of(tile, reach), image_size[0]
        height, width = span[1:]
        shifts = line_shifts(taps, len(lines), ins, span)
        tiles = tile_count(batch, size, tile)
        inner, across = weight_strides[1:], unsigned(out_strides[3])
        for part in prange(parts):
            store = np.zeros(ins * len(lines) * span[0] + STEP, out.dtype)
            sums = np.zeros(GROUP * ROOM, out.dtype)
            for g in range(groups):
                start = g * weight_strides[0]
                weights = in_groups(weight, inner, start, outs, ins, taps, out.dtype)
                for number in range(part * tiles // parts, (part + 1) * tiles // parts):
                    b, y, x, images, rows, columns = tile_at(number, batch, size, tile)
                    count = whole_steps(images, rows, columns, height, width)
                    if tile[1:] != size:  # else the zeros around the images stay where they are
                        store[:] = 0
                    source = (image, image_strides, image_size)
                    lay(store, span, source, g * ins, ins, lines, step, (b, y, x, images))
                    for o in range(outs):
                        if o % GROUP == 0:
                            start_sums(sums, bias, g * outs + o, min(GROUP, outs - o), count)
                            add_lines(sums, store, shifts, weights[o * len(shifts) :], count)
                        first = b * out_strides[0] + (g * outs + o) * out_strides[1]
                        first += y * out_strides[2] + x * out_strides[3]
                        for n in range(images):
                            for r in range(rows):
                                to = unsigned(first + n * out_strides[0] + r * out_strides[2])
                                at = unsigned(o % GROUP * ROOM + (n * height + r) * width)
                                if across == unsigned(1):
                                    for p in range(unsigned(columns)):
                                        out[to + p] = fn(sums[at + p])
                                else:
                                    for p in range(unsigned(columns)):
                                        out[to + p * across] = fn(sums[at + p])

    return _convolve


def _correlate(
    out: Storage, bias: Storage, view: View, signal: View, channels: Ints, plan: Shifts, parts: int
) -> None:
    """out[g, o, c, tap] = the sum, over all cells, of signal o times the tap's line of channel c.

    And `bias`, where it has room, gets the sums of the signals. A signal is zero across the seams;
    only where that met an inf or nan in the image, the rows are taken one by one.
    """
    groups, outs, ins = channels
    image, image_strides, image_size = view  # a thread is not given tuples of tuples
    cells, strides, signal_size = signal
    taps, lines, step, reach, size, tile = plan
    inner = ins * len(taps)
    padded = -(-outs // GROUP) * GROUP
    dots = np.empty((parts, groups * padded * inner), out.dtype)
    totals = np.empty((parts, groups * padded), out.dtype)
    for by_rows in range(2):
        for part in prange(parts):
            correlate_part(
                dots[part], totals[part], (image, image_strides, image_size),
                (cells, strides, signal_size), channels, (taps, lines, step, reach, size, tile),
                part, parts, by_rows == 1,
            )  # fmt: skip
        rest = out.dtype.type(0)
        for o in range(groups * outs):
            row = o // outs * padded + o % outs
            for k in range(inner):
                value = out.dtype.type(0)
                for part in range(parts):
                    at = row // GROUP * GROUP * inner + k * GROUP + row % GROUP
                    value += dots[part, at]
                out[o * inner + k] = value
                rest += value - value
            if len(bias) > 0:
                bias[o] = 0
                for part in range(parts):
                    bias[o] += totals[part, row]
        if rest == 0:
            break


@helper()
def correlate_part(
    dots: Storage,
    totals: Storage,
    view: View,
    signal: View,
    channels: Ints,
    plan: Shifts,
    part: int,
    parts: int,
    by_rows: bool,
) -> None:
    """The tiles of one thread: dots (groups, outs / GROUP, ins * taps, GROUP)."""
    dots[:] = 0
    totals[:] = 0
    groups, outs, ins = channels
    taps, lines, step, reach, size, tile = plan
    span, batch = span_of(tile, reach), view[2][0]
    height, width = span[1:]
    long = span[0] + STEP
    padded = -(-outs // GROUP) * GROUP
    shifts = line_shifts(taps, len(lines), ins, span)
    store = np.zeros(ins * len(lines) * span[0] + STEP, dots.dtype)
    signals, origin = np.zeros(GROUP * long, dots.dtype), np.zeros((1, 2), np.intp)
    tiles = tile_count(batch, size, tile)
    for number in range(part * tiles // parts, (part + 1) * tiles // parts):
        b, y, x, images, rows, columns = tile_at(number, batch, size, tile)
        count = whole_steps(images, rows, columns, height, width)
        if tile[1:] != size:
            store[:] = 0
            signals[:] = 0
        corner = (b, y, x, images)
        window = (signal[0], signal[1], (batch, y + rows, x + columns))
        for g in range(groups):
            lay(store, span, view, g * ins, ins, lines, step, corner)
            for block in range(0, outs, GROUP):
                here, channel = min(GROUP, outs - block), g * outs + block
                lay(signals, (long, height, width), window, channel, here, origin, (1, 1), corner)
                for o in range(here):
                    end = o * long + images * height * width
                    signals[end : end + STEP] = 0
                    totals[g * padded + block + o] += line_sum(signals[o * long :], count)
                to = dots[(g * padded + block) * len(shifts) :]
                for k in range(images * rows if by_rows else 1):
                    at = (k // rows * height + k % rows) * width
                    cells = columns if by_rows else count
                    dot_lines(to, signals[at:], long, store[at:], shifts, cells)


# Calls.

_correlate_kernel = Kernel(_correlate, steps=products)
_convolve_kernel = lru_cache(partial(Kernel, convolve_tiles, steps=products))  # by function


def sides(data: TensorData) -> Pair:
    """Height and width of (.., H, W); (.., L) is one cell high."""
    return data.shape[2:] if data.dims == 4 else (1, data.shape[2])


def _view(data: TensorData) -> View:
    s = data.strides
    strides = s if data.dims == 4 else (*s[:2], 0, s[2])
    return data.tuple()[0], strides, (data.shape[0], *sides(data))


def _launch(
    kernel: Kernel, operands: tuple[Any, ...], plan: Plan, channels: Ints, batch: int, dtype: Any
) -> None:
    """Run a kernel over the tiles of a plan, on all threads where it has enough to do."""
    ins = channels[2]
    tile = tile_of(plan.size, plan.reach, batch, ins * len(plan.lines), dtype.itemsize)
    size = batch * prod(plan.size) * prod(channels) * len(plan.taps) // PRODUCTS
    parts = get_num_threads() if size >= PARALLEL_FROM and has_parallel_layer() else 1
    shifts = (plan.taps, plan.lines, plan.step, plan.reach, plan.size, tile)
    tables(plan.taps, plan.lines)
    launched(kernel(dtype, size), 0, 1)(*operands, channels, shifts, parts)  # 1: sums, or a tuple


def convolve(
    image: TensorData,
    weight: TensorData,
    geometry: Geometry,
    bias: TensorData | None = None,
    rule: Rule = rules.id,
) -> TensorData:
    """A convolution; the bias (O, ..) is added and the row applied while a sum is at hand.

    One way for few channels and for many: in float32, on one core where BLAS reaches 90 to 103
    GFLOP/s for columns of unfolded windows, these loops reach 80 to 100, and no columns are copied.
    """
    plan = convolve_plan(geometry, sides(weight), sides(image))
    count, ins = weight.shape[:2]
    outs = count // geometry.groups
    size = plan.size[4 - image.dims :]
    dtype = promote(image.dtype, weight.dtype, (bias or weight).dtype)
    out = TensorData.empty((image.shape[0], count, *size), dtype)
    cells, strides, _ = _view(out)
    starts = NO_BIAS if bias is None else bias.contiguous().tuple()[0]
    weights, w, _ = _view(weight)
    operands = (cells, strides, starts, _view(image), weights, (w[0] * outs, *w))
    channels = (geometry.groups, outs, ins)
    _launch(_convolve_kernel(rule.fn), operands, plan, channels, image.shape[0], dtype)
    return out


def convolve_adjoint(
    grad: TensorData, weight: TensorData, geometry: Geometry, size: Pair
) -> TensorData:
    """The adjoint of `convolve` in its image, of this height and width."""
    count, ins = weight.shape[:2]
    outs = count // geometry.groups
    shape = (grad.shape[0], ins * geometry.groups, *size[4 - grad.dims :])
    out = TensorData.empty(shape, promote(grad.dtype, weight.dtype))
    cells, (batch, channel, *_), _ = _view(out)
    weights, w, _ = _view(weight)
    for plan in adjoint_plans(geometry, sides(weight), size):
        first = plan.first[0] * size[1] + plan.first[1]
        strides = (batch, channel, plan.spread[0] * size[1], plan.spread[1])
        order = (w[0] * outs, w[1], w[0], w[2], w[3])
        _launch(
            _convolve_kernel(rules.id.fn),
            (cells[first:], strides, NO_BIAS, _view(grad), weights, order),
            plan, (geometry.groups, ins, outs), grad.shape[0], out.dtype,
        )  # fmt: skip
    return out


def correlate(
    image: TensorData, grad: TensorData, geometry: Geometry, kernel: Pair, bias: bool = False
) -> tuple[TensorData, TensorData]:
    """The adjoint of `convolve` in its weight, and, where `bias` asks for it, in its bias (O,)."""
    plan = convolve_plan(geometry, kernel, sides(image))
    groups, count, ins = geometry.groups, grad.shape[1], image.shape[1] // geometry.groups
    dtype = promote(image.dtype, grad.dtype)
    out = TensorData.empty((count, ins, *kernel[4 - image.dims :]), dtype)
    sums = TensorData.empty((count if bias else 0,), dtype)
    _launch(
        _correlate_kernel,
        (out.cell.array, sums.cell.array, _view(image), _view(grad)),
        plan, (groups, count // groups, ins), image.shape[0], dtype,
    )  # fmt: skip
    return out, sums
