"""Convolution: the course's anchored form, and the general one of which it is a case.

Idea: unfold copies each window of the input into a column; convolution is then one matrix product,
    its adjoints another product, and fold, which adds the columns back. Input, weight and result
    enter alike, so the three Functions are each other's derivatives.
Not here: pooling (nn.py), the matrix product (fast_ops.py).
Read next: nn.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from numba import njit, prange

from minitorch.autodiff import Context
from minitorch.config import config
from minitorch.errors import ShapeError
from minitorch.fast_ops import FastOps
from minitorch.kernels import Kernel
from minitorch.tensor import Tensor
from minitorch.tensor_data import Ints, Shape, Storage, Strides, TensorData, promote
from minitorch.tensor_functions import Function

__all__ = [
    "Conv1dFun",
    "Conv2dFun",
    "Convolution",
    "ConvolutionInput",
    "ConvolutionWeight",
    "Geometry",
    "conv1d",
    "conv2d",
    "convolution",
    "tensor_conv1d",
    "tensor_conv2d",
]

Pair: TypeAlias = tuple[int, ...]  # (height, width)


def _tensor_conv1d(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    out_size: int,
    input: Storage,
    input_shape: Shape,
    input_strides: Strides,
    weight: Storage,
    weight_shape: Shape,
    weight_strides: Strides,
    reverse: bool,
) -> None:
    """out[b, o, i] = sum over c, k of input[b, c, i + k] * weight[o, c, k], zero past the end.

    With `reverse` the kernel is anchored right: i - k, zero before the start.
    """
    direction = -1 if reverse else 1
    width = input_shape[2]
    for r in prange(out_shape[0] * out_shape[1]):
        b, o = r // out_shape[1], r % out_shape[1]
        for i in range(out_shape[2]):
            total = out.dtype.type(0)
            for c in range(weight_shape[1]):
                for k in range(weight_shape[2]):
                    x = i + direction * k
                    if 0 <= x < width:
                        total += (
                            input[
                                b * input_strides[0] + c * input_strides[1] + x * input_strides[2]
                            ]
                            * weight[
                                o * weight_strides[0]
                                + c * weight_strides[1]
                                + k * weight_strides[2]
                            ]
                        )
            out[b * out_strides[0] + o * out_strides[1] + i * out_strides[2]] = total


def _tensor_conv2d(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    out_size: int,
    input: Storage,
    input_shape: Shape,
    input_strides: Strides,
    weight: Storage,
    weight_shape: Shape,
    weight_strides: Strides,
    reverse: bool,
) -> None:
    """out[b, o, y, x] = sum over c, i, j of input[b, c, y + i, x + j] * weight[o, c, i, j].

    Zero past the lower and right edge. With `reverse` the kernel is anchored bottom right:
    y - i, x - j, zero before the upper and left edge.
    """
    direction = -1 if reverse else 1
    height, width = input_shape[2], input_shape[3]
    for r in prange(out_shape[0] * out_shape[1]):
        b, o = r // out_shape[1], r % out_shape[1]
        for y in range(out_shape[2]):
            for x in range(out_shape[3]):
                total = out.dtype.type(0)
                for c in range(weight_shape[1]):
                    plane = b * input_strides[0] + c * input_strides[1]
                    window = o * weight_strides[0] + c * weight_strides[1]
                    for i in range(weight_shape[2]):
                        row = y + direction * i
                        if row < 0 or row >= height:
                            continue
                        for j in range(weight_shape[3]):
                            column = x + direction * j
                            if 0 <= column < width:
                                total += (
                                    input[
                                        plane + row * input_strides[2] + column * input_strides[3]
                                    ]
                                    * weight[window + i * weight_strides[2] + j * weight_strides[3]]
                                )
                position = b * out_strides[0] + o * out_strides[1]
                out[position + y * out_strides[2] + x * out_strides[3]] = total


tensor_conv1d = njit(parallel=True, error_model="numpy")(_tensor_conv1d)
tensor_conv2d = njit(parallel=True, error_model="numpy")(_tensor_conv2d)


@njit
def inside(shift: int, stride: int, width: int, count: int) -> tuple[int, int]:
    """The x from first to below last, of count, for which x * stride + shift lies in the image."""
    first = min(count, max(0, (-shift + stride - 1) // stride))
    return first, max(first, min(count, (width - shift + stride - 1) // stride))


def _unfold(
    columns: Storage,
    image: Storage,
    batch: int,
    channels: int,
    size: Pair,
    kernel: Pair,
    out: Pair,
    stride: Pair,
    before: Pair,
    dilation: Pair,
    strides: Ints,
) -> None:
    """columns[b, c, i, j, y, x] = image[b, c, y*s + i*d - p, x*s + j*d - p], zero outside."""
    height, width = size
    area = out[0] * out[1]
    step = stride[1] * strides[3]
    for r in prange(batch * channels):
        source = (r // channels) * strides[0] + (r % channels) * strides[1]
        target = r * kernel[0] * kernel[1] * area
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                shift = j * dilation[1] - before[1]
                first, last = inside(shift, stride[1], width, out[1])
                for y in range(out[0]):
                    line = y * stride[0] + i * dilation[0] - before[0]
                    if line < 0 or line >= height:
                        columns[target : target + out[1]] = 0
                    else:
                        start = source + line * strides[2] + shift * strides[3]
                        columns[target : target + first] = 0
                        if step == 1:
                            row = columns[target + first : target + last]
                            cells = image[start + first : start + last]
                            for x in range(len(row)):
                                row[x] = cells[x]
                        else:
                            for x in range(first, last):
                                columns[target + x] = image[start + x * step]
                        columns[target + last : target + out[1]] = 0
                    target += out[1]


def _fold(
    image: Storage,
    columns: Storage,
    batch: int,
    channels: int,
    size: Pair,
    kernel: Pair,
    out: Pair,
    stride: Pair,
    before: Pair,
    dilation: Pair,
) -> None:
    """Adjoint of _unfold: image[b, c, y*s + i*d - p, ..] += columns[b, c, i, j, y, x]."""
    height, width = size
    area = out[0] * out[1]
    for r in prange(batch * channels):
        target = r * height * width
        source = r * kernel[0] * kernel[1] * area
        image[target : target + height * width] = 0
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                shift = j * dilation[1] - before[1]
                first, last = inside(shift, stride[1], width, out[1])
                for y in range(out[0]):
                    line = y * stride[0] + i * dilation[0] - before[0]
                    if 0 <= line < height:
                        start = target + line * width + shift
                        row = columns[source + first : source + last]
                        if stride[1] == 1:
                            cells = image[start + first : start + last]
                            for x in range(len(row)):
                                cells[x] += row[x]
                        else:
                            for x in range(len(row)):
                                image[start + (first + x) * stride[1]] += row[x]
                    source += out[1]


_unfold_kernel, _fold_kernel = Kernel(_unfold), Kernel(_fold)
_conv1d_kernel, _conv2d_kernel = Kernel(_tensor_conv1d), Kernel(_tensor_conv2d)


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


def _size(a: Tensor) -> Pair:
    """Height and width of (.., H, W); of (.., L) it is one cell high."""
    return a.shape[2:] if a.dims == 4 else (1, a.shape[2])


def _image(a: Tensor) -> Tensor:
    """(B, C, L) as (B, C, 1, L), and (B, C, H, W) as it is."""
    return a if a.dims == 4 else a.contiguous().view(*a.shape[:2], 1, a.shape[2])


def _swap(a: Tensor) -> Tensor:
    """The first two dims exchanged."""
    return a.permute(1, 0, *range(2, a.dims))


def _columns(a: Tensor, kernel: Pair, geometry: Geometry) -> Tensor:
    """All windows of an image as columns: (B, G, C/G * kh * kw, out_h * out_w)."""
    image = _image(a)
    batch, channels, height, width = image.shape
    out = geometry.out_size((height, width), kernel)
    rows = channels // geometry.groups * kernel[0] * kernel[1]
    data = TensorData.empty((batch, geometry.groups, rows, out[0] * out[1]), image.dtype)
    _unfold_kernel(image.dtype, data.size)(
        data.cell.array, image.tuple()[0], batch, channels, (height, width), kernel, out,
        geometry.stride, geometry.before, geometry.dilation, image._tensor.strides,
    )  # fmt: skip
    return image._new(data)


def _fold_columns(
    columns: Tensor, shape: Ints, size: Pair, kernel: Pair, geometry: Geometry
) -> Tensor:
    """Columns added back to an image of this shape."""
    columns = columns.contiguous()
    image = TensorData.empty(shape, columns.dtype)
    _fold_kernel(columns.dtype, columns.size)(
        image.cell.array, columns.tuple()[0], shape[0], shape[1], size, kernel,
        geometry.out_size(size, kernel), geometry.stride, geometry.before, geometry.dilation,
    )  # fmt: skip
    return columns._new(image)


def _grouped(a: Tensor, groups: int) -> Tensor:
    """(B, O, ..) as (B, G, O/G, all the rest)."""
    area = a.size // (a.shape[0] * a.shape[1]) if a.size else 0
    return a.contiguous().view(a.shape[0], groups, a.shape[1] // groups, area)


def _weight_matrix(weight: Tensor, groups: int) -> Tensor:
    """(O, C/G, ..) as (1, G, O/G, all the rest)."""
    count = weight.shape[0]
    return weight.contiguous().view(1, groups, count // groups, weight.size // count)


def _by_course(out_shape: Ints, a: Tensor, b: Tensor, reverse: bool) -> Tensor:
    """The course's kernel at work, without BLAS."""
    dtype = promote(a.dtype, b.dtype)
    out = TensorData.empty(out_shape, dtype)
    kernel = (_conv2d_kernel if a.dims == 4 else _conv1d_kernel)(dtype, out.size)
    kernel(*out.tuple(), out.size, *a.tuple(), *b.tuple(), reverse)
    return a._new(out)


def _is_course(geometry: Geometry, kernel: Pair) -> bool:
    """True where the course's own kernels are to be used."""
    return not config.shortcuts and geometry == Geometry.anchored(kernel)


class Convolution(Function):
    """(B, C, H, W) and (O, C/groups, kh, kw) to (B, O, h, w): cross-correlation, as in PyTorch.

    Input and weight may also have one spatial dim: (B, C, L) and (O, C/groups, k) to (B, O, l).
    """

    @staticmethod
    def forward(ctx: Context, input: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
        """The sum over c, i, j of input[b, c, ys + id - p, xs + jd - p] * weight[o, c, i, j]."""
        ctx.save_for_backward(input, weight, geometry)
        kernel = _size(weight)
        size = geometry.out_size(_size(input), kernel)
        shape = (input.shape[0], weight.shape[0], *size[4 - input.dims :])
        if _is_course(geometry, kernel):
            return _by_course(shape, input, weight, False)
        columns = _columns(input, kernel, geometry)
        return FastOps.matrix_multiply(_weight_matrix(weight, geometry.groups), columns).view(
            *shape
        )

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions."""
        input, weight, geometry = ctx.saved_tensors
        return (
            ConvolutionInput.apply(grad_output, weight, geometry, _size(input)),
            ConvolutionWeight.apply(input, grad_output, geometry, _size(weight)),
            None,
        )


class ConvolutionInput(Function):
    """The adjoint of `Convolution` in its input: (B, O, h, w) and the weight to (B, C, H, W)."""

    @staticmethod
    def forward(
        ctx: Context, grad: Tensor, weight: Tensor, geometry: Geometry, size: Pair
    ) -> Tensor:
        """Each cell's share of the windows it lies in; also known as transposed convolution."""
        ctx.save_for_backward(grad, weight, geometry)
        groups, kernel = geometry.groups, _size(weight)
        shape = (grad.shape[0], weight.shape[1] * groups, *size[4 - grad.dims :])
        if _is_course(geometry, kernel):
            return _by_course(shape, grad, _swap(weight), True)
        matrix = _weight_matrix(weight, groups).permute(0, 1, 3, 2)
        columns = FastOps.matrix_multiply(matrix, _grouped(grad, groups))
        return _fold_columns(columns, shape, size, kernel, geometry)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions."""
        grad, weight, geometry = ctx.saved_tensors
        return (
            Convolution.apply(grad_output, weight, geometry),
            ConvolutionWeight.apply(grad_output, grad, geometry, _size(weight)),
            None,
            None,
        )


class ConvolutionWeight(Function):
    """The adjoint of `Convolution` in its weight: of input and (B, O, h, w)."""

    @staticmethod
    def forward(
        ctx: Context, input: Tensor, grad: Tensor, geometry: Geometry, kernel: Pair
    ) -> Tensor:
        """The sum over all windows of input times gradient: (O, C/groups, kh, kw)."""
        ctx.save_for_backward(input, grad, geometry)
        groups, count, channels = geometry.groups, grad.shape[1], input.shape[1]
        sides = kernel[4 - input.dims :]
        if _is_course(geometry, kernel):
            swapped = (channels, count, *sides)
            return _swap(_by_course(swapped, _swap(input), _swap(grad), False)).contiguous()
        columns = _columns(input, kernel, geometry).permute(0, 1, 3, 2)
        products = FastOps.matrix_multiply(_grouped(grad, groups), columns)
        return input.backend.add_reduce(products, 0).view(count, channels // groups, *sides)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions."""
        input, grad, geometry = ctx.saved_tensors
        return (
            ConvolutionInput.apply(grad, grad_output, geometry, _size(input)),
            Convolution.apply(input, grad_output, geometry),
            None,
            None,
        )


def _check(name: str, dims: int, input: Tensor, weight: Tensor, groups: int = 1) -> None:
    if (
        len(input.shape) != dims
        or len(weight.shape) != dims
        or input.shape[1] != weight.shape[1] * groups
        or weight.shape[0] % groups
    ):
        sizes = ("length",) if dims == 3 else ("height", "width")
        image, kernel = ", ".join(sizes), ", ".join(f"kernel {s}" for s in sizes)
        raise ShapeError(
            f"{name} of input {input.shape} and weight {weight.shape}: expected "
            f"(batch, channels, {image}) and (out channels, channels / groups, {kernel}), "
            f"groups={groups} dividing both channel counts."
        )


class Conv1dFun(Function):
    """The course's convolution of (B, C, L) with (O, C, k): anchored left, the length is kept."""

    @staticmethod
    def forward(ctx: Context, input: Tensor, weight: Tensor) -> Tensor:
        """The sum over the channels and the kernel's cells; zero past the end."""
        _check("conv1d", 3, input, weight)
        ctx.save_for_backward(input, weight)
        return Convolution.apply(input, weight, Geometry.anchored(_size(weight)))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        """The adjoints of the anchored convolution."""
        input, weight = ctx.saved_values
        geometry = Geometry.anchored(_size(weight))
        return (
            ConvolutionInput.apply(grad_output, weight, geometry, _size(input)),
            ConvolutionWeight.apply(input, grad_output, geometry, _size(weight)),
        )


class Conv2dFun(Function):
    """The course's convolution of (B, C, H, W) with (O, C, kh, kw): anchored top left."""

    @staticmethod
    def forward(ctx: Context, input: Tensor, weight: Tensor) -> Tensor:
        """The sum over the channels and the kernel's cells; zero past the end."""
        _check("conv2d", 4, input, weight)
        ctx.save_for_backward(input, weight)
        return Convolution.apply(input, weight, Geometry.anchored(_size(weight)))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        """The adjoints of the anchored convolution."""
        input, weight = ctx.saved_values
        geometry = Geometry.anchored(_size(weight))
        return (
            ConvolutionInput.apply(grad_output, weight, geometry, _size(input)),
            ConvolutionWeight.apply(input, grad_output, geometry, _size(weight)),
        )


def conv1d(input: Tensor, weight: Tensor) -> Tensor:
    """(B, C, L) and (O, C, k) to (B, O, L): anchored left, zero past the end.

    Raises:
        ShapeError: ranks or channel counts do not fit.

    >>> from minitorch import tensor
    >>> conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]))
    tensor([[[21.00 32.00 3.00]]])
    """
    return Conv1dFun.apply(input, input._ensure_tensor(weight))


def conv2d(input: Tensor, weight: Tensor) -> Tensor:
    """(B, C, H, W) and (O, C, kh, kw) to (B, O, H, W): anchored top left, zero past the edges.

    Raises:
        ShapeError: ranks or channel counts do not fit.

    >>> from minitorch import tensor
    >>> conv2d(tensor([[[[1, 2], [3, 4]]]]), tensor([[[[1, 0], [0, 1]]]]))
    tensor([[[[5.00 2.00]
              [3.00 4.00]]]])
    """
    return Conv2dFun.apply(input, input._ensure_tensor(weight))


def convolution(
    input: Tensor,
    weight: Tensor,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Tensor:
    """The general two-dimensional cross-correlation, with the meaning of PyTorch's conv2d.

    Args:
        input: (B, C, H, W).
        weight: (O, C / groups, kh, kw).
        stride: step of the kernel, in cells.
        padding: zeros on both sides of the image, in cells.
        dilation: distance of the kernel's cells.
        groups: number of groups that the channels are split into.

    Raises:
        ShapeError: ranks, channel counts or the kernel's size do not fit.

    >>> from minitorch import zeros
    >>> convolution(zeros((1, 2, 9, 9)), zeros((4, 1, 3, 3)), stride=2, padding=1, groups=2).shape
    (1, 4, 5, 5)
    """
    _check("convolution", 4, input, weight, groups)
    pad = _pair(padding)
    geometry = Geometry(_pair(stride), pad, pad, _pair(dilation), groups)
    return Convolution.apply(input, input._ensure_tensor(weight), geometry)


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
