"""Copies in another arrangement: tensors joined, cut apart, reversed, with a band of a matrix kept.

Idea: Cat and Split are each other's adjoint, as are Stack and Unbind (one dim more, or less);
    Flip and Band are their own.
Not here: views by strides (strided.py), copies by an index (indexing.py).
Read next: strided.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from minitorch.autodiff import Context
from minitorch.launches import launched
from minitorch.several import SeveralFunction
from minitorch.tensor_data import Ints, TensorData, copied
from minitorch.tensor_functions import Function
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["Band", "Cat", "Flip", "Split"]

Array = npt.NDArray[Any]


def _join(out: Array, dim: int, stacked: bool, *parts: Array) -> None:
    if stacked:
        parts = tuple([np.expand_dims(part, dim) for part in parts])
    np.concatenate(parts, dim, out=out)


class Cat(Function):
    """Tensors of one dtype one after the other along a dim; stacked, along a new one.

    >>> from minitorch import tensor
    >>> Cat.apply(0, False, tensor([1.0]), tensor([2.0, 3.0]))
    tensor([1.00 2.00 3.00])
    """

    @staticmethod
    def forward(ctx: Context, dim: int, stacked: bool, *parts: Tensor) -> Tensor:
        """A copy of all parts."""
        first = parts[0]._tensor
        shape = first.shape
        sizes = [1 if stacked else it._tensor.shape[dim] for it in parts]
        ctx.save_for_backward(dim, stacked, sizes)
        out = TensorData.empty(
            (*shape[:dim], sum(sizes), *shape[dim if stacked else dim + 1 :]), first.dtype
        )
        launched(_join)(out.array(), dim, stacked, *[it._tensor.array() for it in parts])
        return new_like(parts[0], out)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """To each part its piece of the gradient."""
        dim, stacked, sizes = ctx.saved_tensors
        return (None, None, *Split.apply(grad_output, dim, stacked, *sizes))


class Split(SeveralFunction):
    """The pieces of these sizes along a dim, as views; dropped, without that dim, of size 1 each.

    >>> from minitorch import tensor
    >>> Split.apply(tensor([1.0, 2.0, 3.0]), 0, False, 1, 2)
    (tensor([1.00]), tensor([2.00 3.00]))
    """

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: int, dropped: bool, *sizes: int) -> tuple[Any, ...]:
        """The views."""
        ctx.save_for_backward(dim, dropped, len(sizes))
        return tuple(pieces(a, dim, dropped, *sizes))

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Any, ...]:
        """The gradients joined."""
        dim, dropped, count = ctx.saved_tensors
        return (Cat.apply(dim, dropped, *grads), None, None, *[None] * count)


def pieces(a: Any, dim: int, dropped: bool, *sizes: int) -> list[Any]:
    """The views of `Split`, outside of any graph."""
    data = a._tensor
    shape, strides, offset, step = data.shape, data.strides, data.offset, data.strides[dim]
    found: list[Any] = []
    for size in sizes:
        if dropped:
            view = data._viewed(
                shape[:dim] + shape[dim + 1 :], strides[:dim] + strides[dim + 1 :], offset
            )
        else:
            view = data._viewed((*shape[:dim], size, *shape[dim + 1 :]), strides, offset)
        offset += size * step
        found.append(new_like(a, view))
    return found


class Flip(Function):
    """The cells of some dims in reversed order."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dims: Ints) -> Tensor:
        """A copy."""
        ctx.save_for_backward(dims)
        array = a._tensor.array()
        key = tuple([slice(None, None, -1 if k in dims else 1) for k in range(array.ndim)])
        return new_like(a, TensorData.of(copied(array[key])))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient, reversed."""
        (dims,) = ctx.saved_tensors
        return Flip.apply(grad_output, dims), None


def _band(out: Array, a: Array, low: int | None, high: int | None) -> None:
    columns = a.shape[-1]
    for row in range(a.shape[-2]):
        first = 0 if low is None else min(max(row + low, 0), columns)
        last = columns if high is None else min(max(row + high + 1, 0), columns)
        out[..., row, :first] = 0
        out[..., row, first:last] = a[..., row, first:last]
        out[..., row, max(first, last) :] = 0


class Band(Function):
    """Matrices with zeros outside of low <= column - row <= high; None sets no bound."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, low: int | None, high: int | None) -> Tensor:
        """A copy."""
        ctx.save_for_backward(low, high)
        out = TensorData.empty(a._tensor.shape, a._tensor.dtype)
        launched(_band)(out.array(), a._tensor.array(), low, high)
        return new_like(a, out)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient inside of the band."""
        low, high = ctx.saved_tensors
        return Band.apply(grad_output, low, high), None, None
