"""Parts of a tensor as views, and copies with such a part written over.

Idea: a part is a layout over the storage: one slice, a run, windows that overlap, a diagonal, or
    any strides. `NAME_scatter` is the tensor with that part written over.
Not here: the indexing language (indexing.py).
Read next: indexing.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import IndexingError, MinitorchError, ShapeError
from minitorch.strided import IntoStrided, Layout, WriteStrided, layout_of
from minitorch.tensor_data import contiguous_strides
from minitorch.torch.dtypes import size_of
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import look

__all__ = [
    "as_strided",
    "as_strided_scatter",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "diagonal_scatter",
    "narrow",
    "select",
    "select_scatter",
    "slice_scatter",
    "trace",
    "unfold",
]


class PartError(ShapeError, RuntimeError):
    """A part that a tensor does not have: a RuntimeError, as PyTorch raises it."""


class SelectError(MinitorchError, IndexError):
    """A slice that a tensor does not have."""


def _selected(x: Tensor, dim: int, index: int) -> Layout:
    data = x._tensor
    if not data.shape:
        raise SelectError("select() cannot be applied to a 0-dim tensor.")
    at, index = check_dim(dim, data.dims), int(index)
    size = data.shape[at]
    if not -size <= index < size:
        raise SelectError(
            f"select(): index {index} out of range for tensor of size {list(data.shape)} at "
            f"dimension {at}"
        )
    start = data.offset + index % size * data.strides[at]
    return Layout(
        data.shape[:at] + data.shape[at + 1 :], data.strides[:at] + data.strides[at + 1 :], start
    )


@op()
def select(input: Any, dim: int, index: int) -> Any:
    """The slice at one index of a dim, without that dim; shares the storage.

    Raises:
        IndexError: there is no such slice.
    """
    return look(input, _selected(input, dim, index))


def _run(x: Tensor, dim: int, start: int, stop: int, step: int) -> Layout:
    data = x._tensor
    count = max(0, -((start - stop) // step))
    return Layout(
        (*data.shape[:dim], count, *data.shape[dim + 1 :]),
        (*data.strides[:dim], data.strides[dim] * step, *data.strides[dim + 1 :]),
        data.offset + (start * data.strides[dim] if count else 0),
    )


@op()
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices of a dim from `start` on; shares the storage.

    Raises:
        RuntimeError: they lie outside.
    """
    if not input._tensor.shape:
        raise PartError("narrow() cannot be applied to a 0-dim tensor.")
    at = check_dim(dim, input.dims)
    size, start, length = input._tensor.shape[at], int(start), int(length)
    if length < 0:
        raise PartError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexingError(
            f"Dimension out of range (expected to be in range of [{-size}, {size}], but got "
            f"{start})"
        )
    start += size if start < 0 else 0
    if start + length > size:
        raise PartError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return look(input, _run(input, at, start, start + length, 1))


@op()
def narrow_copy(input: Any, dim: int, start: Any, length: int) -> Any:
    """A copy of what `narrow` shows."""
    return narrow(input, dim, start, length).clone()


@op(function=False)
def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of a dim, `step` apart, as a new last dim; shares the storage.

    Raises:
        RuntimeError: a window larger than the dim, or a step below 1.
    """
    data = input._tensor
    at = check_dim(dimension, data.dims)
    whole, stride = (data.shape[at], data.strides[at]) if data.shape else (1, 1)
    if size > whole:
        raise PartError(f"maximum size for tensor at dimension {at} is {whole} but size is {size}")
    if step <= 0:
        raise PartError(f"step is {step} but must be > 0")
    shape, strides = list(data.shape), list(data.strides)
    if shape:
        shape[at], strides[at] = (whole - size) // step + 1, stride * step
    return look(input, Layout((*shape, size), (*strides, stride), data.offset))


def _diagonal(x: Tensor, offset: int, dim1: int, dim2: int) -> Layout:
    data = x._tensor
    a, b = check_dim(dim1, data.dims), check_dim(dim2, data.dims)
    if a == b:
        raise PartError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    down, right = max(-offset, 0), max(offset, 0)
    count = max(min(data.shape[a] - down, data.shape[b] - right), 0)
    rest = [k for k in range(data.dims) if k not in (a, b)]
    start = data.offset
    if count:
        start += down * data.strides[a] + right * data.strides[b]
    return Layout(
        (*[data.shape[k] for k in rest], count),
        (*[data.strides[k] for k in rest], data.strides[a] + data.strides[b]),
        start,
    )


@op()
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal of two dims as a new last dim; shares the storage."""
    return look(input, _diagonal(input, offset, dim1, dim2))


@op()
def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal.

    Raises:
        RuntimeError: no matrix.
    """
    if input.dims != 2:
        raise PartError("trace: expected a matrix, but got tensor with dim " + str(input.dims))
    return diagonal(input).sum()


@op(function=False)
def fill_diagonal_(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write one value into the main diagonal; with wrap, a tall matrix has it again and again.

    Raises:
        RuntimeError: fewer than two dims, or more dims of different sizes.
    """
    data = input._tensor
    if data.dims < 2:
        raise PartError("dimensions must larger than 1")
    if data.dims > 2 and len(set(data.shape)) > 1:
        raise PartError("all dimensions of input must be of equal length")
    step = sum(data.strides)
    rows, columns = data.shape[0], data.shape[-1]
    count = min(data.shape)
    if wrap and data.dims == 2 and rows > columns + 1:
        for row in range(rows):  # a row is left out between one diagonal and the next
            if row % (columns + 1) < columns:
                input[row, row % (columns + 1)] = fill_value
        return input
    look(input, Layout((count,), (step,), data.offset)).fill_(fill_value)
    return input


@op()
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices of zeros with the numbers of the last dim on a diagonal.

    Raises:
        RuntimeError: the two dims are one.
    """
    shape = input._tensor.shape
    size = shape[-1] + abs(offset)
    a, b = check_dim(dim1, len(shape) + 1), check_dim(dim2, len(shape) + 1)
    if a == b:
        raise PartError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rest = iter(shape[:-1])
    whole = tuple([size if k in (a, b) else next(rest) for k in range(len(shape) + 1)])
    room = Layout(whole, contiguous_strides(whole))
    start = (max(-offset, 0) * room.strides[a] + max(offset, 0) * room.strides[b]) if size else 0
    kept = [k for k in range(len(whole)) if k not in (a, b)]
    part = Layout(
        shape, (*[room.strides[k] for k in kept], room.strides[a] + room.strides[b]), start
    )
    return IntoStrided.apply(input, room, part)


@op()
def diag(input: Any, diagonal: int = 0) -> Any:
    """A matrix with this diagonal, or the diagonal of a matrix.

    Raises:
        RuntimeError: neither a vector nor a matrix.
    """
    if input.dims not in (1, 2):
        raise PartError(f"diag(): Supports 1D or 2D tensors. Got {input.dims}D")
    if input.dims == 1:
        return diag_embed(input, diagonal)
    return look(input, _diagonal(input, diagonal, 0, 1)).clone()


@op()
def diagflat(input: Any, offset: int = 0) -> Any:
    """A matrix with all numbers on a diagonal."""
    return diag_embed(input.reshape(-1), offset)


@op(inplace="view")
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The view of the storage with these sizes and strides.

    Raises:
        RuntimeError: it leads outside, or backwards.
    """
    return look(input, _any_layout(input, size, stride, storage_offset))


def _any_layout(x: Tensor, size: Any, stride: Any, storage_offset: int | None) -> Layout:
    sizes, strides = size_of((size,)), size_of((stride,))
    if len(sizes) != len(strides):
        raise PartError("mismatch in length of strides and shape")
    if min(strides, default=0) < 0:
        raise PartError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(strides)}"
        )
    offset = x._tensor.offset if storage_offset is None else int(storage_offset)
    found = Layout(sizes, strides, offset)
    room = x._tensor.cell.size
    if found.span and offset + found.span > room:
        width = x.dtype.itemsize
        raise PartError(
            f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {offset}, "
            f"and itemsize {width} requiring a storage size of {(offset + found.span) * width} are "
            f"out of bounds for storage of size {room * width}"
        )
    return found


# Copies with a part written over.


def _written(x: Tensor, source: Tensor, part: Layout) -> Any:
    if source._tensor.shape != part.shape:
        raise PartError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(source._tensor.shape)}, slice size = {list(part.shape)}"
        )
    return WriteStrided.apply(x, converted(source, x.dtype), layout_of(x._tensor), part)


@op()
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of input with src for the slice at one index of a dim."""
    return _written(input, src, _selected(input, dim, index))


@op()
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """A copy of input with src for the slices start, start + step ... of a dim."""
    at = check_dim(dim, input.dims)
    first, last, _ = slice(start, end).indices(input._tensor.shape[at])
    return _written(input, src, _run(input, at, first, last, step))


@op()
def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of input with src for a diagonal."""
    return _written(input, src, _diagonal(input, offset, dim1, dim2))


@op()
def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """A copy of input with src for the view with these sizes and strides."""
    return _written(input, src, _any_layout(input, size, stride, storage_offset))
