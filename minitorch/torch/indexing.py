"""The indexing language: x[...] read, and x[...] = value.

Idea: a key is read from left to right into a layout (ints, slices, None, Ellipsis: a view) and a
    list of the dims that index tensors follow. Without any the result is the view; with some, the
    view is read or written through them, which only touches the cells that they name.
Not here: ops that take an index by name (selecting.py), the copying itself (../indexing.py).
Read next: selecting.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from minitorch.errors import IndexingError, MinitorchError
from minitorch.indexing import Put, Select, put_at, selected_shape
from minitorch.launches import launched
from minitorch.ordering import nonzero_indices
from minitorch.strided import AsStrided, Layout
from minitorch.tensor_data import TensorData, fill
from minitorch.tensor_functions import as_dtype
from minitorch.torch import creation, interop
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import kind_of, stored_dtype
from minitorch.torch.face import FUNCTIONS, converted, op
from minitorch.torch.tensor import Tensor, recording
from minitorch.torch.views import as_view, check_leaf, look, overwrite, patch

__all__ = ["getitem", "index_put", "read_at", "setitem", "write_at"]

INT = stored_dtype(Dtype.named["int64"])
ALL = slice(None)


class KeyError_(MinitorchError, IndexError):
    """A key that the indexing language does not know."""


class ValueTypeError(MinitorchError, TypeError):
    """A value that cannot be written into a tensor."""


class StepError(MinitorchError, ValueError):
    """A slice with a step below 1."""


class PutError(MinitorchError, RuntimeError):
    """A value whose shape or dtype does not fit what is written to."""


# Reading a key.


def _parts(key: Any) -> Sequence[Any]:
    """The key as a sequence of parts; a list that holds more than numbers is one, too."""
    if isinstance(key, tuple):
        return cast("Sequence[Any]", key)
    if isinstance(key, list) and any(
        it is None
        or it is Ellipsis
        or isinstance(it, slice | Tensor | list | tuple)
        or interop.is_array(it)
        for it in cast("list[Any]", key)
    ):
        return cast("Sequence[Any]", key)
    return (key,)


def _as_index(part: Any) -> Any:
    """A part of a key as an int, or as a tensor of indices or bools.

    Raises:
        KeyError_: it is neither.
    """
    found: Any
    if isinstance(part, Tensor):
        found = part
    elif isinstance(part, list | tuple | range) or (interop.is_array(part) and part.ndim):
        found = creation.tensor(list(part) if isinstance(part, range) else part)
        if not isinstance(part, Tensor) and not found._tensor.size and not interop.is_array(part):
            found = as_dtype(found, INT)
    elif hasattr(part, "__index__"):
        return part.__index__()
    else:
        raise KeyError_(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {type(part).__name__})"
        )
    name = found._tensor.dtype.name
    if name in ("bool", "uint8"):
        return found
    if name not in ("int64", "int32"):
        raise KeyError_("tensors used as indices must be long, int, byte or bool tensors")
    if not found._tensor.shape:
        return int(found.item())
    return as_dtype(found.detach(), INT)


class _Reader:
    """What a key says of a tensor: the layout of the view, and which of its dims are followed."""

    def __init__(self, x: Tensor, key: Any) -> None:
        data = x._tensor
        self.whole = data
        self.shape: list[int] = []
        self.strides: list[int] = []
        self.offset = data.offset
        self.dims: list[int] = []
        self.indices: list[Tensor] = []
        self.at = 0  # the next dim of x
        parts = [
            it if it is None or it is Ellipsis or isinstance(it, slice | int) else _as_index(it)
            for it in _parts(key)
        ]
        used = sum(map(_used, parts))
        if used > data.dims:
            if not data.dims and used == 1 and isinstance(parts[0], int):
                raise KeyError_(
                    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                    "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
                )
            raise KeyError_(f"too many indices for tensor of dimension {data.dims}")
        missing = data.dims - used
        for it in parts:
            if it is Ellipsis:
                self._keep(missing)
                missing = 0
            else:
                self._read(it)
        self._keep(data.dims - self.at)

    def _keep(self, count: int) -> None:
        data, at = self.whole, self.at
        self.shape.extend(data.shape[at : at + count])  # a Size would turn `+=` into a new Size
        self.strides.extend(data.strides[at : at + count])
        self.at += count

    def _read(self, part: Any) -> None:
        if part is None:
            self._put_in(1)
        elif isinstance(part, bool):
            self._put_in(1)
            self._follow(creation.tensor([0] if part else [], dtype=Dtype.named["int64"]))
        elif isinstance(part, slice):
            self._slice(part)
        elif isinstance(part, int):
            self._pick(part)
        elif part._tensor.dtype == INT:
            self._keep(1)
            self._follow(part)
        elif not part._tensor.shape:
            self._read(bool(part.item()))
        else:
            self._mask(part)

    def _put_in(self, size: int) -> None:
        self.shape.append(size)
        self.strides.append(0 if size == 1 else 1)

    def _follow(self, index: Tensor) -> None:
        self.dims.append(len(self.shape) - 1)
        self.indices.append(index)

    def _pick(self, index: int) -> None:
        size = self.whole.shape[self.at]
        if not -size <= index < size:
            raise IndexingError(
                f"index {index} is out of bounds for dimension {self.at} with size {size}"
            )
        self.offset += (index + size if index < 0 else index) * self.whole.strides[self.at]
        self.at += 1

    def _slice(self, part: slice) -> None:
        if part == ALL:
            self._keep(1)
            return
        size, stride = self.whole.shape[self.at], self.whole.strides[self.at]
        step = 1 if part.step is None else part.step.__index__()
        if step < 1:
            raise StepError("step must be greater than zero")
        try:
            start, stop, _ = slice(part.start, part.stop).indices(size)
        except TypeError:
            raise ValueTypeError(
                "slice indices must be integers or None or have an __index__ method"
            ) from None
        count = max(0, -((start - stop) // step))
        self.shape.append(count)
        self.strides.append(stride * step)
        self.offset += start * stride if count else 0
        self.at += 1

    def _mask(self, mask: Tensor) -> None:
        sizes, own = mask._tensor.shape, self.whole.shape
        for k, n in enumerate(sizes):
            if own[self.at + k] != n:
                raise KeyError_(
                    f"The shape of the mask {list(sizes)} at index {k} does not match the shape of "
                    f"the indexed tensor {list(own)} at index {self.at + k}"
                )
        for index in nonzero_indices(mask):
            self._keep(1)
            self._follow(index)

    @property
    def layout(self) -> Layout:
        """Of the view."""
        return Layout(tuple(self.shape), tuple(self.strides), self.offset)

    def is_whole(self) -> bool:
        """True where the view is the tensor as it is."""
        data = self.whole
        return (
            tuple(self.shape) == data.shape
            and tuple(self.strides) == data.strides
            and self.offset == data.offset
        )


def _used(part: Any) -> int:
    """How many dims of the tensor a part of a key stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, Tensor) and part._tensor.dtype.name in ("bool", "uint8"):
        return part.dims
    return 1


# Reading.


def read_at(x: Tensor, dims: Sequence[int], indices: Sequence[Tensor]) -> Tensor:
    """The cells of x that index tensors name, one for each of the dims.

    Raises:
        KeyError_: the indices do not broadcast together.
        IndexingError: one is out of range.
    """
    _check_together(indices)
    return Select.apply(x, tuple(dims), *indices)


def _check_together(indices: Sequence[Tensor]) -> None:
    shapes = [it._tensor.shape for it in indices]
    try:
        for shape in shapes[1:]:
            TensorData.shape_broadcast(shapes[0], shape)
    except IndexingError:
        shown = ", ".join(str(list(shape)) for shape in shapes)
        raise KeyError_(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shown}"
        ) from None


def getitem(x: Tensor, key: Any) -> Tensor:
    """x[key]: a view where the key holds no index tensors, else a copy.

    Raises:
        IndexError: the key has too many parts, or leads outside.
    """
    if key.__class__ is int and x._tensor.shape:
        return _row(x, key)
    known = _Reader(x, key)
    if not known.dims:
        return as_view(x, AsStrided.apply(x, known.layout))
    seen = x if known.is_whole() else AsStrided.apply(x, known.layout)
    return read_at(seen, known.dims, known.indices)


def _row(x: Tensor, index: int) -> Tensor:
    """x[index]."""
    data = x._tensor
    size = data.shape[0]
    if not -size <= index < size:
        raise IndexingError(f"index {index} is out of bounds for dimension 0 with size {size}")
    start = data.offset + (index + size if index < 0 else index) * data.strides[0]
    return as_view(x, AsStrided.apply(x, Layout(data.shape[1:], data.strides[1:], start)))


# Writing.


def _value_for(x: Tensor, value: Any) -> Tensor:
    """What is to be written, as a tensor.

    Raises:
        ValueTypeError: no tensor and no number.
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, bool | int | float):
        return x._ensure_tensor(value)
    if interop.is_array(value) and not value.ndim:
        return x._ensure_tensor(value.item())
    raise ValueTypeError(f"can't assign a {type(value).__name__} to a {x.type()}")


def _fitted(value: Tensor, dims: int) -> Tensor:
    """The value without dims of size 1 in front that the region has no room for."""
    shape = value._tensor.shape
    extra = len(shape) - dims
    if extra > 0 and all(n == 1 for n in shape[:extra]):
        return value.view(shape[extra:]) if value.is_contiguous() else value.reshape(shape[extra:])
    return value


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """x[key] = value: only what the key names is written.

    Raises:
        IndexError: the key has too many parts, or leads outside.
        RuntimeError: the value's shape does not fit, or x is a leaf that tracks gradients.
        TypeError: the value is no tensor and no number.
    """
    known = _Reader(x, key)
    if not known.dims:
        _write_region(x, known, value)
        return
    source = _value_for(x, value)
    seen = x if known.is_whole() else look(x, known.layout)
    write_at(seen, known.dims, known.indices, source)


def _write_region(x: Tensor, known: _Reader, value: Any) -> None:
    if isinstance(value, bool | int | float) and not recording(x) and not x._uncounted:
        check_leaf(x)
        region = x._tensor._viewed(*known.layout)
        x._tensor.cell.before_write()
        launched(fill)(region.array(), value)
        return
    source = _fitted(_value_for(x, value), len(known.shape))
    shape, own = source._tensor.shape, known.shape
    if len(shape) > len(own):
        raise PutError(
            f"expand({source.type()}{{{list(shape)}}}, size={own}): the number of sizes provided "
            f"({len(own)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(shape)})"
        )
    for k, n in enumerate(shape):
        at = k + len(own) - len(shape)
        if n not in (1, own[at]):
            raise PutError(
                f"The expanded size of the tensor ({own[at]}) must match the existing size ({n}) "
                f"at non-singleton dimension {at}.  Target sizes: {own}.  Tensor sizes: "
                f"{list(shape)}"
            )
    seen = x if known.is_whole() else look(x, known.layout)
    overwrite(seen, source)


def write_at(
    x: Tensor,
    dims: Sequence[int],
    indices: Sequence[Tensor],
    source: Tensor,
    accumulate: bool = False,
) -> Tensor:
    """Write the source into the cells of x that the indices name, or add it to them.

    Raises:
        KeyError_: the indices do not broadcast together.
        PutError: the source's shape or dtype does not fit.
    """
    source = _source_for(x, dims, indices, source)
    how = accumulate, tuple(dims)
    return patch(
        x,
        source,
        lambda data, numbers: put_at(data, source._new(numbers), *how, indices),
        lambda old, holder: Put.written(holder, old, source, *how, *indices),
    )


def _source_for(
    x: Tensor, dims: Sequence[int], indices: Sequence[Tensor], source: Tensor
) -> Tensor:
    """What is to be written, in x's dtype and a shape that broadcasts to that of the cells.

    Raises:
        KeyError_: the indices do not broadcast together.
        PutError: it has another dtype, or its shape does not fit.
    """
    _check_together(indices)
    if source._tensor.dtype != x._tensor.dtype:
        if source._tensor.shape:
            raise PutError(
                "Index put requires the source and destination dtypes match, got "
                f"{kind_of(x.dtype)} for the destination and {kind_of(source.dtype)} for the "
                "source."
            )
        source = converted(source, x.dtype)
    shape = selected_shape(x._tensor.shape, dims, indices)
    source = _fitted(source, len(shape))
    own = source._tensor.shape
    if len(own) > len(shape) or any(
        n not in (1, m) for n, m in zip(own[::-1], shape[::-1], strict=False)
    ):
        raise PutError(
            f"shape mismatch: value tensor of shape {list(own)} cannot be broadcast to indexing "
            f"result of shape {list(shape)}"
        )
    return source


@op(inplace=False)
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of input with values written where the indices, or masks, lead; see `index_put_`."""
    dims, found = _named(input, indices)
    source = _source_for(input, dims, found, values)
    return Put.apply(input, source, accumulate, tuple(dims), *found)


def _index_put_(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write values into input where the indices, or masks, lead; accumulate adds them."""
    dims, found = _named(input, indices)
    return write_at(input, dims, found, values, accumulate)


def _named(x: Tensor, indices: Any) -> tuple[list[int], list[Tensor]]:
    """The dims that a tuple of indices follows; None leaves a dim as it is."""
    known = _Reader(x, tuple([ALL if it is None else _as_kept(it) for it in indices]))
    return known.dims, known.indices


def _as_kept(index: Tensor) -> Tensor:
    """An index without dims with one, so that it is followed."""
    return index if index._tensor.shape or index._tensor.dtype.kind == "b" else index.reshape(1)


def _attach() -> None:
    known: Any = Tensor
    known.__getitem__ = getitem
    known.__setitem__ = setitem
    known.index_put_ = _index_put_
    FUNCTIONS["index_put_"] = _index_put_


_attach()
