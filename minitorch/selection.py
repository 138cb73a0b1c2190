"""Ops whose index comes from data: gather and scatter, each the other's adjoint.

Idea: gather reads a[index], scatter adds to out[index]; everything that selects (embedding, rows
    of a batch, the label's probability, argmax) is one of the two.
Not here: views by fixed indices (Slice in tensor_functions.py).
Read next: tensor.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.autodiff import Context
from minitorch.errors import DtypeError, IndexingError, ShapeError
from minitorch.tensor_functions import Function, Pad

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["Gather", "ScaleGradient", "ScatterAdd", "argmax_position", "check_index", "widened"]


def _check(a: Tensor, dim: int, index: Tensor) -> None:
    if index._tensor.dtype.kind != "i":
        raise DtypeError(
            f"An index tensor holds int64, not {index._tensor.dtype}. Use index.type('int64')."
        )
    if len(a.shape) != len(index.shape) or not 0 <= dim < len(a.shape):
        raise ShapeError(
            f"gather along dim {dim} of shape {a.shape} by an index of shape {index.shape}: both "
            "need the same number of dims, and the dim must be one of them."
        )
    for k, (size, count) in enumerate(zip(a.shape, index.shape, strict=True)):
        if k != dim and count > size:
            raise IndexingError(
                f"gather along dim {dim} of shape {a.shape}: the index has {count} entries at "
                f"dim {k} of size {size}."
            )


def check_index(index: Tensor, size: int, dim: int) -> None:
    """Raise at once for an index that is not in 0..size - 1, also where the backend would record.

    Raises:
        DtypeError: the index holds no int64.
        IndexingError: one is out of range.

    >>> from minitorch import tensor
    >>> check_index(tensor([0, 1]).type("int64"), 2, 0)
    """
    if index._tensor.dtype.kind != "i":
        raise DtypeError(
            f"An index tensor holds int64, not {index._tensor.dtype}. Use index.type('int64')."
        )
    check = getattr(index.backend.ops, "check_index", None)
    if check is not None:
        check(index, size, dim)


class Gather(Function):
    """out[.., i, ..] = a[.., index[.., i, ..], ..] along one dim, of the shape of the index.

    >>> from minitorch import tensor
    >>> a = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> Gather.apply(a, 1, tensor([[1], [0]]).type("int64"))
    tensor([[2.00]
            [3.00]])
    """

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: int, index: Tensor) -> Tensor:
        """The selected numbers."""
        _check(a, dim, index)
        ctx.save_for_backward(a.shape, dim, index)
        return a.backend.gather(a, dim, index)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Each gradient goes back to the cell it was read from; twice read, twice added."""
        shape, dim, index = ctx.saved_tensors
        grad = ScatterAdd.apply(grad_output, dim, index, shape[dim])
        return widened(grad, shape), None, None


def widened(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Zeros for the cells past the end of a smaller index."""
    for k, size in enumerate(shape):
        if grad.shape[k] != size:
            grad = Pad.apply(grad, k, 0, size)
    return grad


class ScatterAdd(Function):
    """Zeros of `size` along dim, with out[.., index[.., i, ..], ..] += source[.., i, ..].

    >>> from minitorch import tensor
    >>> ScatterAdd.apply(tensor([1.0, 2.0, 3.0]), 0, tensor([0, 2, 0]).type("int64"), 3)
    tensor([4.00 0.00 2.00])
    """

    @staticmethod
    def forward(ctx: Context, source: Tensor, dim: int, index: Tensor, size: int) -> Tensor:
        """The sums."""
        _check(source, dim, index)
        if source.shape != index.shape:
            raise ShapeError(f"scatter of shape {source.shape} by an index of shape {index.shape}.")
        ctx.save_for_backward(dim, index)
        return source.backend.scatter_add(source, dim, index, size)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Each source reads the gradient of the cell it was added to."""
        dim, index = ctx.saved_tensors
        return Gather.apply(grad_output, dim, index), None, None, None


def argmax_position(a: Tensor, dim: int) -> Tensor:
    """The int64 position of the first maximum along dim, which stays with size 1; NaN is skipped.

    >>> from minitorch import tensor
    >>> argmax_position(tensor([[1.0, 3.0, 3.0]]), 1)
    tensor([[1]])
    """
    return a.backend.argmax(a, dim)


class ScaleGradient(Function):
    """x itself, whose gradient is multiplied by a scale that broadcasts to it."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, scale: Tensor) -> Tensor:
        """x."""
        ctx.save_for_backward(scale)
        return x

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g * scale."""
        (scale,) = ctx.saved_tensors
        return grad_output * scale, None
