"""Views by strides: any view of a tensor is a shape, strides and an offset over its storage.

Idea: out[i] = storage[offset + sum of i * strides]. The adjoint writes a gradient into zeros laid
    out like the operand, where the view looked; where it looked twice, it adds.
Not here: views that need no storage, Permute and Expand (tensor_functions.py).
Read next: tensor.py
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minitorch.autodiff import Context
from minitorch.launches import launched
from minitorch.selection import ScatterAdd
from minitorch.tensor_data import Ints, TensorData, copied, fill
from minitorch.tensor_functions import Function, Inv, Mul, zeros_like
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "AsStrided",
    "IntoStrided",
    "Layout",
    "Relayout",
    "WriteStrided",
    "layout_of",
    "overlaps",
]


class Layout(NamedTuple):
    """Where the cells of a tensor are in a storage."""

    shape: Ints
    strides: Ints
    offset: int = 0

    @property
    def span(self) -> int:
        """How many cells of storage lie between the first and the last, both included."""
        if 0 in self.shape:
            return 0
        return 1 + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))


def layout_of(data: TensorData) -> Layout:
    """The layout of the data.

    >>> layout_of(TensorData([1.0, 2.0], (2,)))
    Layout(shape=(2,), strides=(1,), offset=0)
    """
    return Layout(data.shape, data.strides, data.offset)


def overlaps(layout: Layout) -> bool:
    """True where two indices may lead to one cell.

    >>> overlaps(Layout((2, 3), (3, 1))), overlaps(Layout((2, 3), (1, 1)))
    (False, True)
    """
    reach = 0
    for stride, size in sorted(zip(layout.strides, layout.shape, strict=True)):
        if size != 1:
            if stride <= reach:
                return True
            reach += (size - 1) * stride
    return False


def _laid_out(a: Tensor, layout: Layout) -> Tensor:
    """The tensor itself where it has the strides of the layout, else a copy that has them."""
    return a if a._tensor.strides == layout.strides else Relayout.apply(a, layout)


class Relayout(Function):
    """The same numbers with other strides."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, layout: Layout) -> Tensor:
        """A copy."""
        out = _room(a, layout, 0)
        a.backend.id_map(a, out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient, however it lies."""
        return grad_output, None


def _room(a: Tensor, layout: Layout, value: float) -> Tensor:
    data = TensorData.empty((layout.span,), a._tensor.dtype)
    launched(fill)(data.cell.array, value)
    return new_like(a, data._viewed(layout.shape, layout.strides, 0))


class AsStrided(Function):
    """The cells of a's storage that a layout names; shares the storage."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, layout: Layout) -> Tensor:
        """The view."""
        ctx.save_for_backward(layout_of(a._tensor), layout)
        return new_like(a, a._tensor._viewed(*layout))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Zeros, and the gradient where the view looked."""
        whole, part = ctx.saved_tensors
        grad = IntoStrided.apply(grad_output, whole, part)
        return Mul.apply(grad, _shares(grad, whole)) if overlaps(whole) else grad, None


def _shares(a: Tensor, layout: Layout) -> Tensor:
    """For each index 1 / the number of indices that lead to its cell: they share a gradient."""
    ones = new_like(a, TensorData.empty((prod(layout.shape),), a._tensor.dtype))
    launched(fill)(ones._tensor.cell.array, 1)
    where = _positions(a, layout._replace(offset=0), 0)
    counts = ScatterAdd.apply(ones, 0, where, max(layout.span, 1))
    seen = counts._tensor._viewed(layout.shape, layout.strides, 0)
    return Inv.apply(new_like(a, seen))


class IntoStrided(Function):
    """Zeros in the layout `whole`, with the operand added where the layout `part` looks."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, whole: Layout, part: Layout) -> Tensor:
        """The sum."""
        ctx.save_for_backward(whole, part)
        room = whole._replace(offset=0)
        shift = part.offset - whole.offset
        if overlaps(part):
            total = ScatterAdd.apply(_flat(a), 0, _positions(a, part, shift), max(room.span, 1))
            return new_like(a, total._tensor._viewed(*room))
        out = _room(a, room, 0)
        if prod(part.shape):
            a.backend.id_map(a, new_like(a, out._tensor._viewed(part.shape, part.strides, shift)))
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient where the operand went; where indices share a cell, the sum of theirs."""
        whole, part = ctx.saved_tensors
        if overlaps(whole):
            line = Layout((max(whole.span, 1),), (1,))
            grad_output = IntoStrided.apply(grad_output, line, whole._replace(offset=0))
            part = part._replace(offset=part.offset - whole.offset)
            whole = line
        return _look(grad_output, whole, part), None, None


def _look(a: Tensor, whole: Layout, part: Layout) -> Tensor:
    """The view of a, whatever its strides, that `part` is of something laid out like `whole`."""
    a = _laid_out(a, whole)
    return AsStrided.apply(a, part._replace(offset=part.offset - whole.offset + a._tensor.offset))


def _flat(a: Tensor) -> Tensor:
    data = a._tensor.contiguous()
    return new_like(a, data.view(data.size))


def _positions(a: Tensor, part: Layout, shift: int) -> Tensor:
    """Where in storage each cell of the layout is, as int64 in one dim."""
    counted = TensorData.of(np.arange(part.span + shift))
    cells = copied(counted._viewed(part.shape, part.strides, shift).array())
    return new_like(a, TensorData.of(cells.reshape(-1)))


class WriteStrided(Function):
    """The first operand, laid out as `whole`, with the second where the layout `part` looks."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor, whole: Layout, part: Layout) -> Tensor:
        """A copy of a, written to; see `written` for what has been written already."""
        ctx.save_for_backward(whole, part)
        out = Relayout.forward(ctx, a, whole)
        seen = out._tensor._viewed(part.shape, part.strides, part.offset - whole.offset)
        b.backend.id_map(b, new_like(a, seen))
        return out

    @classmethod
    def written(cls, a: Tensor, b: Tensor, whole: Layout, part: Layout, result: Any) -> Any:
        """Record the write of b into a's storage, which has been done, as the result's history."""
        ctx = Context()
        ctx.save_for_backward(whole, part)
        return cls.record(ctx, (a, b, whole, part), result)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient without the part written over, and that part."""
        whole, part = ctx.saved_tensors
        needs_a, needs_b, _, _ = ctx.needs_input_grad
        inner = _look(grad_output, whole, part)
        rest = None
        if needs_a:
            rest = WriteStrided.apply(grad_output, zeros_like(inner), whole, part)
        return rest, inner if needs_b else None, None, None
