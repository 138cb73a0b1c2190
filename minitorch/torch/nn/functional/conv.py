"""Linear maps: of vectors, of pairs of vectors, and of the windows of signals, images and volumes.

Idea: the engine convolves images; a signal is one too, and a volume is the sum, over the kernel's
    depth, of images convolved.
Not here: the convolution (../../../fast_conv.py), its adjoint (transposed.py).
Read next: transposed.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import GradientError
from minitorch.fast_conv import Convolution, Geometry
from minitorch.tensor_functions import Pad, Permute, Slice
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn.functional.parts import SizeError, tuple_of

__all__ = [
    "bilinear",
    "conv1d",
    "conv2d",
    "conv3d",
    "linear",
]

Ints = tuple[int, ...]
TRANSPOSED = "conv_transpose"


@op(function=False, method=False)
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight^T + bias: (.., in) and (out, in) to (.., out).

    Raises:
        GradientError: the sizes or the dtypes do not fit.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.linear(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]))
    tensor([[3.]])
    """
    out = matmul(input, Permute.apply(weight, 1, 0) if weight.dims == 2 else weight)
    return out if bias is None else out + bias


@op(method=False)
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """sum over i, j of input1[.., i] * weight[o, i, j] * input2[.., j], plus a bias.

    Raises:
        SizeError: the sizes do not fit.
    """
    if input1.dims != input2.dims or input1.shape[:-1] != input2.shape[:-1]:
        raise SizeError(
            f"bilinear(): input batch dimensions do not match: got {list(input1.shape)} and "
            f"{list(input2.shape)}"
        )
    outs, n, m = weight.shape
    for name, it, size in (("input1", input1, n), ("input2", input2, m)):
        if it.shape[-1] != size:
            raise SizeError(
                f"bilinear(): {name} size does not match weight size: got "
                f"{it.shape[-1]} but expected {size}"
            )
    left, right = input1.reshape(-1, n), input2.reshape(-1, m)
    mixed = matmul(left, weight.permute(1, 0, 2).reshape(n, outs * m))
    out = (mixed.reshape(-1, outs, m) * right.unsqueeze(1)).sum(-1)
    out = out.reshape(*input1.shape[:-1], outs)
    return out if bias is None else out + bias


# Convolution.


def check(name: str, dims: int, input: Any, weight: Any, bias: Any, groups: int) -> bool:
    """Raise where ranks, dtypes or channels do not fit; true for an input without a batch."""
    if weight.dims != dims + 2:
        raise SizeError(
            f"Expected {dims + 2}-dimensional weight for {name}, but got weight of size: "
            f"{list(weight.shape)}"
        )
    if input.dims not in (dims + 1, dims + 2):
        raise SizeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got "
            f"input of size: {list(input.shape)}"
        )
    for what, it in (("weight", weight), ("bias", bias)):
        if it is not None and it._tensor.dtype != input._tensor.dtype:
            dense = " or input should be a MKLDNN tensor and weight is a dense tensor"
            raise GradientError(
                f"Input type (torch.{kind_of(input.dtype)}Tensor) and {what} type "
                f"(torch.{kind_of(it.dtype)}Tensor) should be the same"
                + (dense if what == "weight" else "")
            )
    if groups <= 0:
        raise SizeError("non-positive groups is not supported")
    unbatched = input.dims == dims + 1
    channels = input.shape[0 if unbatched else 1]
    shown = (
        f"Given {'transposed=1' if name.startswith(TRANSPOSED) else f'groups={groups}'}, weight of "
        f"size {list(weight.shape)}, expected input"
    )
    size = [1, *input.shape] if unbatched else list(input.shape)
    wanted = weight.shape[0] if name.startswith(TRANSPOSED) else weight.shape[1] * groups
    if channels != wanted:
        raise SizeError(
            f"{shown}{size} to have {wanted} channels, but got {channels} channels instead"
        )
    if weight.shape[0] % groups:
        raise SizeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {list(weight.shape)} instead"
        )
    outs = weight.shape[1] * groups if name.startswith(TRANSPOSED) else weight.shape[0]
    if bias is not None and tuple(bias.shape) != (outs,):
        raise SizeError(
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with "
            f"{outs} elements, but got bias of size {list(bias.shape)} instead"
        )
    return unbatched


def _paddings(padding: Any, kernel: Ints, stride: Ints, dilation: Ints) -> tuple[Ints, Ints]:
    """Zeros before and after each dim.

    Raises:
        SizeError: an unknown word, or "same" with a stride.
    """
    if not isinstance(padding, str):
        both = tuple_of(padding, len(kernel), "padding")
        if min(both) < 0:
            raise SizeError("negative padding is not supported")
        return both, both
    if padding == "valid":
        return (0,) * len(kernel), (0,) * len(kernel)
    if padding != "same":
        raise SizeError(f"Invalid padding string: '{padding}'")
    if max(stride) > 1:
        raise SizeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple([n // 2 for n in total]), tuple([n - n // 2 for n in total])


def _check_sizes(input: Any, kernel: Ints, dilation: Ints, before: Ints, after: Ints) -> None:
    padded = [n + b + a for n, b, a in zip(input.shape[2:], before, after, strict=True)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if min(dilation) < 1:
        raise SizeError("dilation should be greater than zero")
    if any(n < k for n, k in zip(padded, reach, strict=True)):
        raise SizeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel "
            f"size: ({' x '.join(map(str, reach))}). Kernel size can't be greater than actual "
            "input size"
        )


def _convolved(
    name: str,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    """A convolution over one, two or three dims."""
    dims = weight.dims - 2
    unbatched = check(name, dims, input, weight, bias, groups)
    x = input.unsqueeze(0) if unbatched else input
    kernel = tuple(weight.shape[2:])
    step, spread = tuple_of(stride, dims, "stride"), tuple_of(dilation, dims, "dilation")
    if min(step) < 1:
        raise SizeError("non-positive stride is not supported")
    before, after = _paddings(padding, kernel, step, spread)
    _check_sizes(x, kernel, spread, before, after)
    if 0 in x.shape or 0 in weight.shape:
        out = _nothing(x, weight, bias, before, after, spread, step)
    elif dims == 3:
        out = _convolved3d(x, weight, bias, step, before, after, spread, groups)
    else:
        out = Convolution.apply(x, weight, geometry_of(step, before, after, spread, groups), bias)
    return out.squeeze(0) if unbatched else out


def geometry_of(stride: Ints, before: Ints, after: Ints, dilation: Ints, groups: int) -> Geometry:
    """What the engine is told, for two dims; a signal is an image of height 1."""
    missing = 2 - len(stride)
    return Geometry(
        (1,) * missing + stride,
        (0,) * missing + before,
        (0,) * missing + after,
        (1,) * missing + dilation,
        groups,
    )


def _nothing(
    x: Any, weight: Any, bias: Any, before: Ints, after: Ints, dilation: Ints, stride: Ints
) -> Any:
    """The result where there is nothing to add up: the bias, or zeros."""
    kernel = weight.shape[2:]
    sizes = [
        (n + b + a - d * (k - 1) - 1) // s + 1
        for n, b, a, d, k, s in zip(
            x.shape[2:], before, after, dilation, kernel, stride, strict=True
        )
    ]
    out = x.sum() * 0 + weight.sum() * 0
    out = out.expand(x.shape[0], weight.shape[0], *sizes)
    return out + (0 if bias is None else bias.reshape(-1, *[1] * len(sizes)))


def _convolved3d(
    x: Any,
    weight: Any,
    bias: Any,
    stride: Ints,
    before: Ints,
    after: Ints,
    dilation: Ints,
    groups: int,
) -> Any:
    """The sum, over the kernel's depth, of the convolutions of images."""
    padded = _padded(x, 2, before[0], after[0])
    count = (padded.shape[2] - dilation[0] * (weight.shape[2] - 1) - 1) // stride[0] + 1
    geometry = geometry_of(stride[1:], before[1:], after[1:], dilation[1:], groups)
    total: Any = None
    for k in range(weight.shape[2]):
        start = k * dilation[0]
        stop = start + (count - 1) * stride[0] + 1
        images = as_images(Slice.apply(padded, 2, start, stop, stride[0]))
        kernel = Slice.apply(weight, 2, k, k + 1).squeeze(2)
        part = Convolution.apply(images, kernel, geometry, bias if k == 0 else None)
        total = part if total is None else total + part
    return as_volumes(total, x.shape[0])


def _padded(x: Any, dim: int, before: int, after: int) -> Any:
    """Zeros put around a dim."""
    if before or after:
        return Pad.apply(x, dim, before, before + x.shape[dim] + after)
    return x


def as_images(x: Any) -> Any:
    """(B, C, D, H, W) as (B * D, C, H, W)."""
    batch, channels, depth, height, width = x.shape
    return x.transpose(1, 2).reshape(batch * depth, channels, height, width)


def as_volumes(x: Any, batch: int) -> Any:
    """(B * D, C, H, W) as (B, C, D, H, W)."""
    count, channels, height, width = x.shape
    return x.reshape(batch, count // batch, channels, height, width).transpose(1, 2)


@op(method=False)
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """(N, C, L) and (O, C / groups, k) to (N, O, l); the batch may be missing.

    Raises:
        SizeError: ranks, channels or the kernel's size do not fit.
    """
    return _convolved("conv1d", input, weight, bias, stride, padding, dilation, groups)


@op(method=False)
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """(N, C, H, W) and (O, C / groups, kh, kw) to (N, O, h, w); the batch may be missing.

    Args:
        input: the images.
        weight: the kernels.
        bias: a number for each of the O channels.
        stride: the step of the kernel.
        padding: zeros on both sides, or "valid" for none, or "same" for a result of the same size.
        dilation: the distance of the kernel's cells.
        groups: into how many groups the channels are split.

    Raises:
        SizeError: ranks, channels or the kernel's size do not fit.

    >>> import minitorch.torch as torch
    >>> torch.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2)).shape
    torch.Size([1, 1, 2, 2])
    """
    return _convolved("conv2d", input, weight, bias, stride, padding, dilation, groups)


@op(method=False)
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """(N, C, D, H, W) and (O, C / groups, kd, kh, kw) to (N, O, d, h, w).

    Raises:
        SizeError: ranks, channels or the kernel's size do not fit.
    """
    return _convolved("conv3d", input, weight, bias, stride, padding, dilation, groups)
