"""Pooling by the mean of each window.

Idea: the sum of regular windows is a convolution with ones; windows side by side are a view, and
    their mean one over dims. Adaptive windows along a dim are a matrix of shares, one product each.
Not here: the largest number (pooling.py), convolution (../../../fast_conv.py).
Read next: unpooling.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from minitorch.fast_conv import Convolution, Geometry
from minitorch.torch.creation import ones, tensor, zeros
from minitorch.torch.dtypes import dtype
from minitorch.torch.face import converted, op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn.functional.parts import SizeError, floats_only, tuple_of
from minitorch.torch.nn.functional.pooling import output_sizes, planes_of, sized_by
from minitorch.windows import Windows

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
]

Ints = tuple[int, ...]


def _summed(planes: Any, kernel: Ints, step: Ints, pads: Ints, counts: Ints) -> Any:
    """(P, D, H, W) to the sums of windows, by convolutions with ones."""
    after = [
        max((c - 1) * s + k - n - p, 0)
        for c, s, k, n, p in zip(counts, step, kernel, planes.shape[1:], pads, strict=True)
    ]
    count, depth, height, width = planes.shape
    if kernel[0] != 1 or depth != counts[0]:
        flat = planes.reshape(count, 1, depth, height * width)
        geometry = Geometry((step[0], 1), (pads[0], 0), (after[0], 0))
        flat = Convolution.apply(flat, ones(1, 1, kernel[0], 1, dtype=planes.dtype), geometry)
        planes = flat.reshape(count, counts[0], height, width)
    images = planes.reshape(count * counts[0], 1, height, width)
    geometry = Geometry(step[1:], pads[1:], (after[1], after[2]))
    sums = Convolution.apply(images, ones(1, 1, *kernel[1:], dtype=planes.dtype), geometry)
    return sums.reshape(count, *counts)


def _members(n: int, k: int, s: int, p: int, count: int, padding: bool) -> list[int]:
    """How many cells of each window count, with those of the padding or without."""
    found: list[int] = []
    for i in range(count):
        start = i * s - p
        stop = min(start + k, n + p)
        found.append(stop - start if padding else min(stop, n) - max(start, 0))
    return found


def _average(
    dims: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Any,
) -> Any:
    name = f"avg_pool{dims}d"
    kernel = tuple_of(kernel_size, dims, "kernel_size")
    missing = stride is None or (isinstance(stride, tuple | list) and not stride)
    step = kernel if missing else tuple_of(stride, dims, "stride")
    pads = tuple_of(padding, dims, "padding")
    if divisor_override == 0:
        raise SizeError("divisor must be not zero")
    planes = planes_of(name, input, dims)
    counts = output_sizes(input, kernel, step, pads, (1,) * dims, ceil_mode)
    shape = (*input.shape[:-dims], *counts)
    if not input.dtype.is_floating_point:
        planes = converted(planes, dtype.named["float64"])
    sizes = input.shape[-dims:]
    if not planes._tensor.size:
        return input.sum() + zeros(*shape, dtype=input.dtype)
    if kernel == tuple(sizes) and not max(pads):  # one window
        out = planes.sum((1, 2, 3)).reshape(shape)
    else:
        front = 3 - dims
        out = _summed(
            planes,
            (1,) * front + kernel,
            (1,) * front + step,
            (0,) * front + pads,
            (1,) * front + counts,
        ).reshape(shape)
    out = _divided(
        out,
        divisor_override,
        [
            _members(n, k, s, p, c, count_include_pad)
            for n, k, s, p, c in zip(sizes, kernel, step, pads, counts, strict=True)
        ],
    )
    return converted(out, input.dtype)


def _divided(sums: Any, divisor: Any, members: list[list[int]]) -> Any:
    """The sums by the numbers of cells in the windows."""
    if divisor is not None:
        return sums / float(divisor)
    if all(len(set(row)) == 1 for row in members):
        return sums * (1.0 / prod(row[0] for row in members))
    for k, row in enumerate(reversed(members)):
        share = tensor([1.0 / max(n, 1) for n in row], dtype=sums.dtype)
        sums = sums * share.reshape(-1, *[1] * k)
    return sums


@op(method=False)
def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window of (N, C, L) or (C, L); see `avg_pool2d`."""
    return _average(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@op(function=False, method=False)
def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Any:
    """The mean of each window of (N, C, H, W) or (C, H, W).

    Args:
        input: the images.
        kernel_size: of the windows.
        stride: from one window to the next; by default the kernel_size.
        padding: how many zeros are put on each side.
        ceil_mode: count a window that begins inside and ends outside.
        count_include_pad: divide by the number of cells with those of the padding.
        divisor_override: what to divide by instead.

    Raises:
        SizeError: the sizes do not fit.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.avg_pool2d(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2)
    tensor([[[3.]]])
    """
    return _average(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@op(function=False, method=False)
def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Any:
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W); see `avg_pool2d`."""
    return _average(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _power_mean(
    dims: int, input: Any, norm_type: Any, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    kernel = tuple_of(kernel_size, dims, "kernel_size")
    powers = input**norm_type
    out = _average(dims, powers, kernel, stride, 0, ceil_mode, True, None)
    return (out.sign() * out.abs().relu() * prod(kernel)) ** (1.0 / norm_type)


@op(function=False, method=False)
def lp_pool1d(
    input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """(the sum of x^p)^(1/p) of each window of (N, C, L)."""
    return _power_mean(1, input, norm_type, kernel_size, stride, ceil_mode)


@op(function=False, method=False)
def lp_pool2d(
    input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """(the sum of x^p)^(1/p) of each window of (N, C, H, W)."""
    return _power_mean(2, input, norm_type, kernel_size, stride, ceil_mode)


@op(function=False, method=False)
def lp_pool3d(
    input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """(the sum of x^p)^(1/p) of each window of (N, C, D, H, W)."""
    return _power_mean(3, input, norm_type, kernel_size, stride, ceil_mode)


# Adaptive pooling.


def _shares(n: int, count: int, kind: Any) -> Any:
    """(count, n): the share of each cell in the mean of each window."""
    windows = Windows.adaptive(n, count)
    rows = [
        [1.0 / (last - first + 1) if first <= k <= last else 0.0 for k in range(n)]
        for first, last in zip(windows.first, windows.last, strict=True)
    ]
    return tensor(rows, dtype=kind)


def _adaptive(dims: int, input: Any, output_size: Any) -> Any:
    sizes = sized_by(input, output_size, dims)
    planes_of(f"adaptive_avg_pool{dims}d", input, dims)
    floats_only(f"adaptive_avg_pool{dims}d", input)
    given = input.shape[-dims:]
    if not input._tensor.size or 0 in sizes:
        return input.sum() + zeros(*input.shape[:-dims], *sizes, dtype=input.dtype)
    if all(n % count == 0 for n, count in zip(given, sizes, strict=True)):
        kernel = tuple(n // count for n, count in zip(given, sizes, strict=True))
        return _average(dims, input, kernel, None, 0, False, True, None)
    out = input
    for k, (n, count) in enumerate(zip(given, sizes, strict=True)):
        if n != count:
            dim = input.dims - dims + k
            moved = out.transpose(dim, -1)
            out = matmul(moved, _shares(n, count, input.dtype).transpose(0, 1)).transpose(dim, -1)
    return out.contiguous()


@op(method=False)
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """(N, C, L) to (N, C, output_size): means of windows that cover the input evenly."""
    return _adaptive(1, input, output_size)


@op(function=False, method=False)
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """(N, C, H, W) to (N, C, *output_size): means of windows that cover the input evenly.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.adaptive_avg_pool2d(torch.ones(1, 2, 5, 7), (2, 3)).shape
    torch.Size([1, 2, 2, 3])
    """
    return _adaptive(2, input, output_size)


@op(function=False, method=False)
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """(N, C, D, H, W) to (N, C, *output_size): means of windows that cover the input evenly."""
    return _adaptive(3, input, output_size)
