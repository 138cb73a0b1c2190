"""Reading and writing by index tensors: each follows one dim, and the other dims stay.

Idea: with a's dims 1 and 2 followed, out[i, j..] = a[i, index1[j..], index2[j..]], as NumPy has it;
    the dims of the indices stand where the first followed one stood, or in front where others lie
    between. Select reads, Put writes over, Place adds into zeros: the adjoint of reading.
Not here: the indexing language (torch/indexing.py), the loops (index_loops.py), an index that has
    all dims (selection.py, scattering.py).
Read next: scattering.py
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from minitorch import operators
from minitorch.autodiff import Context
from minitorch.errors import IndexingError
from minitorch.index_loops import IndexOps, counted
from minitorch.launches import launched
from minitorch.strided import Layout
from minitorch.tensor_data import Cell, Ints, TensorData, copied
from minitorch.tensor_functions import Function, zeros_like
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "Place",
    "Put",
    "Select",
    "add_at",
    "fill_where",
    "place_of",
    "positions",
    "put_at",
    "scatter_by",
    "selected_shape",
]

INT = np.dtype("int64")
Array = npt.NDArray[Any]


def place_of(dims: Sequence[int]) -> int:
    """Where in the result the dims of the indices stand.

    >>> place_of((1, 2)), place_of((0, 2))
    (1, 0)
    """
    return dims[0] if dims[-1] - dims[0] == len(dims) - 1 else 0


def _shape_of(shape: Ints, dims: Sequence[int], index_shape: Ints) -> Ints:
    rest = tuple([n for k, n in enumerate(shape) if k not in dims])
    at = place_of(dims)
    return (*rest[:at], *index_shape, *rest[at:])


def _broadcast(indices: Sequence[Any]) -> Ints:
    shape = indices[0]._tensor.shape
    for it in indices[1:]:
        if it._tensor.shape != shape:
            shape = TensorData.shape_broadcast(shape, it._tensor.shape)
    return shape


def _key(dims: Sequence[int], indices: Sequence[Array]) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (dims[-1] + 1)
    for dim, index in zip(dims, indices, strict=True):
        key[dim] = index
    return tuple(key)


@contextmanager
def _told() -> Generator[None]:
    """A context in which an index out of range is told as PyTorch tells it.

    Raises:
        IndexingError: an index is out of range.
    """
    try:
        yield
    except IndexError as problem:
        raise IndexingError(str(problem).replace("for axis", "for dimension")) from None


def _select(out: Array, a: Array, dims: Ints, *indices: Array) -> None:
    out[...] = a[_key(dims, indices)]


def _put(out: Array, source: Array, dims: Ints, *indices: Array) -> None:
    out[_key(dims, indices)] = source


def positions(a: Any, indices: Sequence[Any], sizes: Ints, strides: Ints) -> TensorData:
    """Where the cells are that the indices name: the sum of index * stride, as int64.

    Raises:
        IndexingError: an index is out of range.
    """
    out = TensorData.empty(_broadcast(indices), INT)
    layout = Layout(sizes, strides)
    table = TensorData(Cell(counted(layout.span)), sizes, strides)
    read = getattr(a.backend.ops, "positions", IndexOps.positions)
    with _told():
        read(out, table, [it._tensor for it in indices])
    return out


def _line(out: TensorData, dims: Sequence[int]) -> tuple[TensorData, int]:
    """The followed dims as one of stride 1, which positions count along; and where that is."""
    at = place_of(dims)
    rest = [k for k in range(out.dims) if k not in dims]
    followed = Layout(tuple([out.shape[k] for k in dims]), tuple([out.strides[k] for k in dims]))
    shape, strides = [out.shape[k] for k in rest], [out.strides[k] for k in rest]
    shape.insert(at, followed.span)
    strides.insert(at, 1)
    return out._viewed(shape, strides, out.offset), at


@cache
def scatter_by(ops: Any, fn: Any) -> Any:
    """A backend's scatter by a function of the old number and the new."""
    return getattr(ops, "scatter", IndexOps.scatter)(fn)


def add_at(out: TensorData, source: Any, dims: Sequence[int], indices: Sequence[Any]) -> None:
    """Add the source into the cells of `out` that the indices name; twice named, twice added.

    Raises:
        IndexingError: an index is out of range.
    """
    found = positions(
        source,
        indices,
        tuple([out.shape[k] for k in dims]),
        tuple([out.strides[k] for k in dims]),
    )
    line, at = _line(out, dims)
    count = found.size
    rest = (*line.shape[:at], count, *line.shape[at + 1 :])
    data = source._tensor.expand(_shape_of(out.shape, dims, found.shape))
    if found.dims != 1:
        data = data.contiguous().view(*rest)
    steps = [0] * len(rest)
    steps[at] = 1
    index = found._viewed(rest, steps, 0)
    if out.size and data.size:
        scatter_by(source.backend.ops, operators.add)(line, new_like(source, data), at, index)


def put_at(out: TensorData, source: Any, adds: bool, dims: Ints, indices: Sequence[Any]) -> None:
    """Write the source, which broadcasts, into the cells of `out` that the indices name, or add it.

    Raises:
        IndexingError: an index is out of range.
    """
    if adds:
        add_at(out, source, dims, indices)
        return
    arrays = [it._tensor.array() for it in indices]
    with _told():
        launched(_put)(out.array(), source._tensor.array(), tuple(dims), *arrays)


def selected_shape(shape: Ints, dims: Sequence[int], indices: Sequence[Any]) -> Ints:
    """The shape of what the indices name."""
    return _shape_of(shape, dims, _broadcast(indices))


def fill_where(out: TensorData, mask: TensorData, value: Any) -> None:
    """Write one number into the cells where a mask of the first dims is True."""
    launched(_fill_where)(out.array(), mask.array(), value)


def _fill_where(out: Array, mask: Array, value: Any) -> None:
    out[mask] = value


class Select(Function):
    """The cells of a that the indices name, one index for each of `dims`."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dims: Ints, *indices: Tensor) -> Tensor:
        """A copy of those cells."""
        ctx.save_for_backward(a._tensor.shape, dims, *indices)
        data = a._tensor
        out = TensorData.empty(_shape_of(data.shape, dims, _broadcast(indices)), data.dtype)
        arrays = [it._tensor.array() for it in indices]
        with _told():
            launched(_select)(out.array(), data.array(), dims, *arrays)
        return new_like(a, out)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Each gradient goes back to the cell it was read from; twice read, twice added."""
        shape, dims, *indices = ctx.saved_tensors
        grad = Place.apply(grad_output, shape, dims, *indices)
        return (grad, None, *[None] * len(indices))


class Place(Function):
    """Zeros of a shape, with the source added to the cells that the indices name."""

    @staticmethod
    def forward(ctx: Context, source: Tensor, shape: Ints, dims: Ints, *indices: Tensor) -> Tensor:
        """The sums."""
        ctx.save_for_backward(dims, *indices)
        out = zeros_like(source, shape)
        add_at(out._tensor, source, dims, indices)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Each source reads the gradient of the cell it was added to."""
        dims, *indices = ctx.saved_tensors
        grad = Select.apply(grad_output, dims, *indices)
        return (grad, None, None, *[None] * len(indices))


class Put(Function):
    """a with the source written over the cells that the indices name, or added to them."""

    @staticmethod
    def forward(
        ctx: Context, a: Tensor, source: Tensor, adds: bool, dims: Ints, *indices: Tensor
    ) -> Tensor:
        """A copy of a, written to; see `written` for what has been written already."""
        ctx.save_for_backward(adds, dims, *indices)
        out = TensorData.of(copied(a._tensor.array()))
        put_at(out, source, adds, dims, indices)
        return new_like(a, out)

    @classmethod
    def written(cls, result: Any, a: Any, source: Any, *how: Any) -> Any:
        """Record the write of the source into a, which has been done, as the result's history."""
        ctx = Context()
        ctx.save_for_backward(*how)
        return cls.record(ctx, (a, source, *how), result)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient, without the cells written over; and that of the cells named."""
        adds, dims, *indices = ctx.saved_tensors
        needs_a, needs_source = ctx.needs_input_grad[:2]
        rest, inner = grad_output, None
        if needs_a and not adds:
            rest = Put.apply(grad_output, zeros_like(grad_output, ()), False, dims, *indices)
        if needs_source:
            inner = Select.apply(grad_output, dims, *indices)
        return (rest, inner, None, None, *[None] * len(indices))
