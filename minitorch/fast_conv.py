"""Convolution: the course's anchored form, and the general one of which it is a case.

Idea: input, weight and result enter a convolution alike, so the three Functions, for the result
    and for the adjoints in input and weight, are each other's derivatives. A bias and a relu are
    folded in: they are applied while a sum is still in the cache.
Not here: the fast loops (conv_kernels.py), pooling (nn.py), the matrix product (fast_ops.py).
Read next: nn.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from numba import njit, prange

from minitorch import rules
from minitorch.autodiff import Context, is_grad_enabled
from minitorch.config import config
from minitorch.conv_kernels import convolve, convolve_adjoint, correlate, sides
from minitorch.conv_plans import Geometry, Pair
from minitorch.errors import ShapeError
from minitorch.kernels import Kernel
from minitorch.launches import launched
from minitorch.tensor import Tensor
from minitorch.tensor_data import Ints, Shape, Storage, Strides, TensorData, promote
from minitorch.tensor_functions import Function, Sum, row_function

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


def _products(args: tuple[Any, ...]) -> int:
    """The products that the course's kernels add up: for each cell, a window of all channels."""
    return args[3] * prod(args[9][1:].tolist())


_conv1d_kernel = Kernel(_tensor_conv1d, steps=_products)
_conv2d_kernel = Kernel(_tensor_conv2d, steps=_products)


def _swap(a: Tensor) -> Tensor:
    """The first two dims exchanged."""
    return a.permute(1, 0, *range(2, len(a.shape)))


def _by_course(out_shape: Ints, a: Tensor, b: Tensor, reverse: bool = False) -> Tensor:
    """The course's kernel at work, without BLAS."""
    dtype = promote(a._tensor.dtype, b._tensor.dtype)
    out = TensorData.empty(out_shape, dtype)
    kernel = (_conv2d_kernel if len(a.shape) == 4 else _conv1d_kernel)(dtype, out.size)
    triples = (*a._tensor.tuple(), *b._tensor.tuple())
    launched(kernel)(*out.tuple(), out.size, *triples, reverse)
    return a._new(out)


def _is_course(geometry: Geometry, kernel: Pair) -> bool:
    """True where the course's own kernels are to be used."""
    return not config.shortcuts and geometry == Geometry.anchored(kernel)


class Convolution(Function):
    """(B, C, H, W) and (O, C/groups, kh, kw) to (B, O, h, w): cross-correlation, as in PyTorch.

    Input and weight may also have one spatial dim: (B, C, L) and (O, C/groups, k) to (B, O, l).
    A bias of O numbers is added, and `relu` cuts off what is negative.
    """

    @staticmethod
    def forward(
        ctx: Context,
        input: Tensor,
        weight: Tensor,
        geometry: Geometry,
        bias: Tensor | None = None,
        relu: bool = False,
    ) -> Tensor:
        """The sum over c, i, j of input[b, c, ys + id - p, xs + jd - p] * weight[o, c, i, j]."""
        kernel = sides(weight._tensor)
        if _is_course(geometry, kernel) and bias is None and not relu:
            out = _by_course((input.shape[0], weight.shape[0], *input.shape[2:]), input, weight)
        else:
            data = convolve(
                input._tensor, weight._tensor, geometry,
                None if bias is None else bias._tensor, rules.relu if relu else rules.id,
            )  # fmt: skip
            out = input._new(data)
        ctx.save_for_backward(input, weight, geometry, bias, out if relu else None)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions; the bias takes part in every cell of its channel."""
        input, weight, geometry, bias, out = ctx.saved_tensors
        if out is not None:  # is positive exactly where the sum was
            grad_output = row_function(rules.relu_back).apply(out, grad_output)
        of_input, of_weight, of_bias = _needed(ctx)
        grads: list[Any] = [None] * 5
        if of_input:
            size = sides(input._tensor)
            grads[0] = ConvolutionInput.apply(grad_output, weight, geometry, size)
        kernel = sides(weight._tensor)
        if of_bias and of_weight and not is_grad_enabled():  # both from one pass
            data, sums = correlate(input._tensor, grad_output._tensor, geometry, kernel, bias=True)
            grads[1], grads[3] = input._new(data), input._new(sums.view(*bias.shape))
            return tuple(grads[: len(ctx.inputs)])
        if of_weight:
            grads[1] = ConvolutionWeight.apply(input, grad_output, geometry, kernel)
        if of_bias:
            total = grad_output
            for dim in (0, *range(2, len(grad_output.shape))):
                total = Sum.apply(total, dim)
            grads[3] = total.view(*bias.shape)
        return tuple(grads[: len(ctx.inputs)])


def _needed(ctx: Context) -> tuple[bool, bool, bool]:
    """Whether the gradients of input, weight and bias are wanted."""
    needed = ctx.needs_input_grad
    return needed[0], needed[1], len(needed) > 3 and needed[3]


class ConvolutionInput(Function):
    """The adjoint of `Convolution` in its input: (B, O, h, w) and the weight to (B, C, H, W)."""

    @staticmethod
    def forward(
        ctx: Context, grad: Tensor, weight: Tensor, geometry: Geometry, size: Pair
    ) -> Tensor:
        """Each cell's share of the windows it lies in; also known as transposed convolution."""
        ctx.save_for_backward(grad, weight, geometry)
        if _is_course(geometry, sides(weight._tensor)):
            shape = (grad.shape[0], weight.shape[1], *grad.shape[2:])
            return _by_course(shape, grad, _swap(weight), reverse=True)
        return grad._new(convolve_adjoint(grad._tensor, weight._tensor, geometry, size))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions."""
        grad, weight, geometry = ctx.saved_tensors
        of_grad, of_weight, *_ = ctx.needs_input_grad
        kernel = sides(weight._tensor)
        return (
            Convolution.apply(grad_output, weight, geometry) if of_grad else None,
            ConvolutionWeight.apply(grad_output, grad, geometry, kernel) if of_weight else None,
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
        if _is_course(geometry, kernel):
            swapped = (input.shape[1], grad.shape[1], *kernel[4 - len(input.shape) :])
            return _swap(_by_course(swapped, _swap(input), _swap(grad))).contiguous()
        return input._new(correlate(input._tensor, grad._tensor, geometry, kernel)[0])

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The other two Functions."""
        input, grad, geometry = ctx.saved_tensors
        of_input, of_grad, *_ = ctx.needs_input_grad
        size = sides(input._tensor)
        return (
            ConvolutionInput.apply(grad, grad_output, geometry, size) if of_input else None,
            Convolution.apply(input, grad_output, geometry) if of_grad else None,
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
        geometry = Geometry.anchored(sides(weight._tensor))
        return Convolution.forward(ctx, input, weight, geometry)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The adjoints of the anchored convolution."""
        return Convolution.backward(ctx, grad_output)


class Conv2dFun(Function):
    """The course's convolution of (B, C, H, W) with (O, C, kh, kw): anchored top left."""

    @staticmethod
    def forward(ctx: Context, input: Tensor, weight: Tensor) -> Tensor:
        """The sum over the channels and the kernel's cells; zero past the end."""
        _check("conv2d", 4, input, weight)
        geometry = Geometry.anchored(sides(weight._tensor))
        return Convolution.forward(ctx, input, weight, geometry)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The adjoints of the anchored convolution."""
        return Convolution.backward(ctx, grad_output)


def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, relu: bool = False) -> Tensor:
    """(B, C, L) and (O, C, k) to (B, O, L): anchored left, zero past the end.

    A bias of O numbers is added, and `relu` cuts off what is negative, in the same pass.

    Raises:
        ShapeError: ranks or channel counts do not fit.

    >>> from minitorch import tensor
    >>> conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]))
    tensor([[[21.00 32.00 3.00]]])
    """
    weight = input._ensure_tensor(weight)
    if bias is None and not relu:
        return Conv1dFun.apply(input, weight)
    _check("conv1d", 3, input, weight)
    return _folded(input, weight, Geometry.anchored(sides(weight._tensor)), bias, relu)


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, relu: bool = False) -> Tensor:
    """(B, C, H, W) and (O, C, kh, kw) to (B, O, H, W): anchored top left, zero past the edges.

    A bias of O numbers is added, and `relu` cuts off what is negative, in the same pass.

    Raises:
        ShapeError: ranks or channel counts do not fit.

    >>> from minitorch import tensor
    >>> conv2d(tensor([[[[1, 2], [3, 4]]]]), tensor([[[[1, 0], [0, 1]]]]))
    tensor([[[[5.00 2.00]
              [3.00 4.00]]]])
    >>> conv2d(tensor([[[[1, 2]]]]), tensor([[[[1, 0]]]]), bias=tensor([-1.5]), relu=True)
    tensor([[[[0.00 0.50]]]])
    """
    weight = input._ensure_tensor(weight)
    if bias is None and not relu:
        return Conv2dFun.apply(input, weight)
    _check("conv2d", 4, input, weight)
    return _folded(input, weight, Geometry.anchored(sides(weight._tensor)), bias, relu)


def convolution(
    input: Tensor,
    weight: Tensor,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
    bias: Tensor | None = None,
    relu: bool = False,
) -> Tensor:
    """The general two-dimensional cross-correlation, with the meaning of PyTorch's conv2d.

    Args:
        input: (B, C, H, W).
        weight: (O, C / groups, kh, kw).
        stride: step of the kernel, in cells.
        padding: zeros on both sides of the image, in cells.
        dilation: distance of the kernel's cells.
        groups: number of groups that the channels are split into.
        bias: O numbers, of shape (O,), (O, 1) or (O, 1, 1), added to the channels of the result.
        relu: whether what is negative is cut off, in the same pass.

    Raises:
        ShapeError: ranks, channel counts or the kernel's size do not fit.

    >>> from minitorch import zeros
    >>> convolution(zeros((1, 2, 9, 9)), zeros((4, 1, 3, 3)), stride=2, padding=1, groups=2).shape
    (1, 4, 5, 5)
    """
    _check("convolution", 4, input, weight, groups)
    pad = _pair(padding)
    geometry = Geometry(_pair(stride), pad, pad, _pair(dilation), groups)
    return _folded(input, input._ensure_tensor(weight), geometry, bias, relu)


def _folded(
    input: Tensor, weight: Tensor, geometry: Geometry, bias: Tensor | None, relu: bool
) -> Tensor:
    """A convolution with a bias and a relu in the same pass; without shortcuts, one by one."""
    if bias is not None:
        bias = input._ensure_tensor(bias)
        if prod(bias.shape) != weight.shape[0] or bias.shape[0] != weight.shape[0]:
            raise ShapeError(
                f"A convolution's bias of shape {bias.shape} for {weight.shape[0]} out channels: "
                f"expected ({weight.shape[0]},), or dims of size 1 after it."
            )
    if config.shortcuts:
        return Convolution.apply(input, weight, geometry, bias, relu)
    out = Convolution.apply(input, weight, geometry)
    if bias is not None:
        out = out + bias.contiguous().view(weight.shape[0], *[1] * (len(out.shape) - 2))
    return out.relu() if relu else out


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
