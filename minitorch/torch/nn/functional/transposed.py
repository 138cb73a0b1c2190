"""Transposed convolutions: each cell of the input adds a kernel, times its number, to the result.

Idea: the adjoint of a convolution in its input, which is an op of its own. What a padding cuts off
    is cut off a result without padding where the engine cannot say it.
Not here: convolution (conv.py).
Read next: pooling.py
"""

from __future__ import annotations

from typing import Any

from minitorch.fast_conv import ConvolutionInput
from minitorch.tensor_functions import Pad, Slice
from minitorch.torch.face import op
from minitorch.torch.nn.functional.conv import as_images, as_volumes, check, geometry_of
from minitorch.torch.nn.functional.parts import SizeError, tuple_of

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Ints = tuple[int, ...]


def _transposed(
    name: str,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    dims = weight.dims - 2
    unbatched = check(name, dims, input, weight, bias, groups)
    x = input.unsqueeze(0) if unbatched else input
    step, spread = tuple_of(stride, dims, "stride"), tuple_of(dilation, dims, "dilation")
    before = tuple_of(padding, dims, "padding")
    extra = tuple_of(output_padding, dims, "output_padding")
    _check_settings(step, spread, before, extra)
    full = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(x.shape[2:], step, spread, weight.shape[2:], strict=True)
    ]
    sizes = [n - 2 * b + e for n, b, e in zip(full, before, extra, strict=True)]
    if min(sizes) < 1:
        raise SizeError(
            f"Given input size per channel: {list(x.shape[2:])}. Calculated output size per "
            f"channel: {sizes}. Output size is too small"
        )
    if 0 in x.shape or 0 in weight.shape:
        out = (x.sum() * 0 + weight.sum() * 0).expand(x.shape[0], weight.shape[1] * groups, *sizes)
    elif dims == 3:
        out = _volumes(x, weight, step, spread, before, sizes, groups)
    else:
        out = _images(x, weight, step, spread, before, sizes, groups)
    if bias is not None:
        out = out + bias.reshape(-1, *[1] * dims)
    return out.squeeze(0) if unbatched else out


def _check_settings(step: Ints, spread: Ints, before: Ints, extra: Ints) -> None:
    if min(step) < 1:
        raise SizeError("non-positive stride is not supported")
    if min(before) < 0:
        raise SizeError("negative padding is not supported")
    if min(extra) < 0:
        raise SizeError("negative output_padding is not supported")
    if any(e >= max(s, d) for e, s, d in zip(extra, step, spread, strict=True)):
        raise SizeError(
            "output padding must be smaller than either stride or dilation, but got "
            f"output_padding: {list(extra)} stride: {list(step)} dilation: {list(spread)}"
        )


def _images(
    x: Any, weight: Any, step: Ints, spread: Ints, before: Ints, sizes: Any, groups: int
) -> Any:
    """The adjoint for one or two dims."""
    kernel = weight.shape[2:]
    counts = [
        (n + 2 * b - d * (k - 1) - 1) // s + 1
        for n, b, d, k, s in zip(sizes, before, spread, kernel, step, strict=True)
    ]
    missing = 2 - len(step)
    if counts == list(x.shape[2:]):
        geometry = geometry_of(step, before, before, spread, groups)
        return ConvolutionInput.apply(x, weight, geometry, (1,) * missing + tuple(sizes))
    none = (0,) * len(step)
    full = tuple(
        [
            (n - 1) * s + d * (k - 1) + 1
            for n, s, d, k in zip(x.shape[2:], step, spread, kernel, strict=True)
        ]
    )
    out = ConvolutionInput.apply(
        x, weight, geometry_of(step, none, none, spread, groups), (1,) * missing + full
    )
    for k, (b, n) in enumerate(zip(before, sizes, strict=True)):
        out = _cut(out, 2 + k, b, n)
    return out


def _cut(x: Any, dim: int, start: int, size: int) -> Any:
    """`size` cells of a dim from `start` on, zeros past its end."""
    stop = min(start + size, x.shape[dim])
    out = Slice.apply(x, dim, start, stop) if (start, stop) != (0, x.shape[dim]) else x
    return out if stop - start == size else Pad.apply(out, dim, 0, size)


def _volumes(
    x: Any, weight: Any, step: Ints, spread: Ints, before: Ints, sizes: Any, groups: int
) -> Any:
    """The sum, over the kernel's depth, of transposed convolutions of images, spread in depth."""
    depth, reach = weight.shape[2], (x.shape[2] - 1) * step[0]
    full = reach + spread[0] * (depth - 1) + 1
    images = as_images(x)
    total: Any = None
    for k in range(depth):
        kernel = Slice.apply(weight, 2, k, k + 1).squeeze(2)
        part = _images(images, kernel, step[1:], spread[1:], before[1:], sizes[1:], groups)
        part = Pad.apply(as_volumes(part, x.shape[0]), 2, k * spread[0], full, step[0])
        total = part if total is None else total + part
    return _cut(total, 2, before[0], sizes[0])


@op(method=False)
def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """(N, C, L) and (C, O / groups, k) to (N, O, l): the adjoint of `conv1d` in its input."""
    return _transposed(
        "conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op(method=False)
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """(N, C, H, W) and (C, O / groups, kh, kw) to (N, O, h, w): the adjoint of `conv2d`.

    Args:
        input: the images.
        weight: the kernels.
        bias: a number for each of the O channels.
        stride: the distance in the result of two neighbours of the input.
        padding: so many cells are cut off each side of the result.
        output_padding: so many cells are added at the end of each dim of the result.
        groups: into how many groups the channels are split.
        dilation: the distance of the kernel's cells.

    Raises:
        SizeError: ranks, channels or sizes do not fit.

    >>> import minitorch.torch as torch
    >>> torch.conv_transpose2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2), stride=2).shape
    torch.Size([1, 1, 4, 4])
    """
    return _transposed(
        "conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op(method=False)
def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """(N, C, D, H, W) and (C, O / groups, kd, kh, kw) to (N, O, d, h, w)."""
    return _transposed(
        "conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )
