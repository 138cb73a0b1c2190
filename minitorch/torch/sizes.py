"""What describes a tensor: sizes, strides, memory; and tensors that get other ones.

Idea: a tensor is a layout over a storage; these ops read the layout, or replace it.
Not here: attributes (tensor.py), views (shaping.py), storages (storage.py).
Read next: shaping.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import DtypeError, GradientError, ShapeError
from minitorch.strided import Layout
from minitorch.tensor_data import TensorData, contiguous_strides, fill
from minitorch.tensor_functions import sum_to
from minitorch.torch.dtypes import size_of
from minitorch.torch.face import check_dim, op
from minitorch.torch.shaping import format_strides
from minitorch.torch.tensor import Tensor

__all__ = ["dim", "is_contiguous", "numel", "resize_", "set_", "size", "stride"]


class ResizeError(ShapeError, RuntimeError):
    """Sizes that a tensor cannot get: a RuntimeError, as PyTorch raises it."""


@op(function=False)
def size(input: Any, dim: int | None = None) -> Any:
    """The sizes of the dims, or of one of them."""
    if dim is None:
        return input.shape
    if not input.dims:
        raise _NoDims(f"Dimension specified as {dim} but tensor has no dimensions")
    return input._tensor.shape[check_dim(dim, input.dims)]


class _NoDims(DtypeError, IndexError):
    """What PyTorch raises as an IndexError."""


@op(function=False, also=("ndimension",))
def dim(input: Any) -> Any:
    """The number of dims."""
    return len(input._tensor.shape)


@op(also=("nelement",))
def numel(input: Any) -> Any:
    """The number of cells."""
    return input._tensor.size


@op(function=False)
def stride(input: Any, dim: int | None = None) -> Any:
    """The strides of the dims, or of one of them."""
    strides = input._tensor.strides
    return strides if dim is None else strides[check_dim(dim, input.dims)]


@op(function=False)
def storage_offset(input: Any) -> Any:
    """Where in the storage the first cell is."""
    return input._tensor.offset


@op(function=False)
def is_contiguous(input: Any, memory_format: Any = None) -> Any:
    """True where the cells lie in order, without gaps."""
    wanted = format_strides(input._tensor.shape, memory_format)
    return input._tensor.is_contiguous() if wanted is None else input._tensor.strides == wanted


@op(function=False)
def element_size(input: Any) -> Any:
    """The bytes of a number."""
    return input._tensor.dtype.itemsize


@op()
def is_signed(input: Any) -> Any:
    """True where the dtype has numbers below 0."""
    return input.dtype.is_signed


@op(function=False)
def dim_order(input: Any, ambiguity_check: Any = False) -> Any:
    """The dims from the largest stride to the smallest."""
    strides = input._tensor.strides
    return tuple(sorted(range(input.dims), key=lambda k: -strides[k]))


@op()
def is_same_size(input: Any, other: Any) -> Any:
    """True where both have the same sizes."""
    return input._tensor.shape == other._tensor.shape


@op(function=False)
def is_set_to(input: Any, tensor: Any) -> Any:
    """True where both show the same cells."""
    a, b = input._tensor, tensor._tensor
    return a.cell is b.cell and (a.shape, a.strides, a.offset) == (b.shape, b.strides, b.offset)


@op(function=False)
def sum_to_size(input: Any, *size: Any) -> Any:
    """The sum over the dims that broadcasting these sizes would add."""
    wanted = size_of(size)
    shape = input._tensor.shape
    if len(wanted) > len(shape) or any(
        n not in (1, m) for n, m in zip(wanted[::-1], shape[::-1], strict=False)
    ):
        raise ResizeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(shape)}}}.")
    return sum_to(input, wanted) if wanted else input.sum()


# Other sizes in place.


@op()
def resize_(input: Any, *sizes: Any, memory_format: Any = None) -> Any:
    """Give the tensor other sizes: its storage, in order, or where that is too small a larger one.

    Raises:
        RuntimeError: it tracks gradients.
    """
    wanted = size_of(sizes)
    if input.history is not None:
        raise GradientError("cannot resize variables that require grad")
    data = input._tensor
    layout = Layout(wanted, format_strides(wanted, memory_format) or contiguous_strides(wanted))
    room = data.cell.size - data.offset
    if layout.span > room:
        grown = TensorData.empty((data.offset + layout.span,), data.dtype)
        fill(grown.cell.array, 0)
        grown.cell.array[: data.cell.size] = data.cell.array
        input._tensor = grown._viewed(wanted, layout.strides, data.offset)
    else:
        input._tensor = data._viewed(wanted, layout.strides, data.offset)
    return input


@op()
def resize_as_(input: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """`resize_` to the sizes of another tensor."""
    return resize_(input, the_template._tensor.shape, memory_format=memory_format)


@op(function=False)
def set_(
    input: Any,
    source: Any = None,
    storage_offset: int = 0,
    size: Any = None,
    stride: Any = None,
) -> Any:
    """Show the storage of another tensor, or of a storage with these sizes, from now on."""
    if source is None:
        input._tensor = TensorData.empty((0,), input._tensor.dtype)
        return input
    data = source._tensor
    if size is None:
        input._tensor = data._viewed(data.shape, data.strides, data.offset)
        return input
    sizes = size_of((size,))
    strides = contiguous_strides(sizes) if stride is None else size_of((stride,))
    input._tensor = data._viewed(sizes, strides, int(storage_offset))
    return input


def _attach() -> None:
    known: Any = Tensor
    known.nbytes = property(lambda self: self._tensor.size * self._tensor.dtype.itemsize)
    known.itemsize = property(lambda self: self._tensor.dtype.itemsize)


_attach()
