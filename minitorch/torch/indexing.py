"""The indexing language: x[...] read, and x[...] = value.

Idea: a key says a view (ints, slices, None, Ellipsis), and which of its dims index tensors follow.
    Without any the result is the view; with some, the view is read or written through them,
    which only touches the cells that they name.
Not here: how a key is read (keys.py), ops that take an index by name (selecting.py), the copying
    itself (../indexing.py).
Read next: selecting.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.errors import IndexingError, MinitorchError
from minitorch.indexing import Put, Select, fill_where, put_at, selected_shape
from minitorch.launches import launched
from minitorch.strided import Layout, layout_of
from minitorch.tensor_data import TensorData, fill
from minitorch.torch import interop
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import kind_of, stored_dtype
from minitorch.torch.face import FUNCTIONS, converted, op
from minitorch.torch.keys import Key, KeyMistake, ValueTypeError, basic_layout, check_mask
from minitorch.torch.tensor import Tensor, recording
from minitorch.torch.views import check_leaf, look, overwrite, patch

__all__ = ["getitem", "index_put", "read_at", "setitem", "write_at"]

INT = stored_dtype(Dtype.named["int64"])
ALL = slice(None)


class PutError(MinitorchError, RuntimeError):
    """A value whose shape or dtype does not fit what is written to."""


def read_at(x: Tensor, dims: Sequence[int], indices: Sequence[Tensor]) -> Tensor:
    """The cells of x that index tensors name, one for each of the dims.

    Raises:
        KeyMistake: the indices do not broadcast together.
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
        raise KeyMistake(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shown}"
        ) from None


def getitem(x: Tensor, key: Any) -> Tensor:
    """x[key]: a view where the key holds no index tensors, else a copy.

    Raises:
        IndexError: the key has too many parts, or leads outside.
    """
    layout = basic_layout(x._tensor, key)
    if layout is not None:
        return look(x, layout)
    known = Key(x, key)
    if not known.dims:
        return look(x, known.layout)
    return read_at(known.seen(x), known.dims, known.indices)


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
    check_leaf(x)
    layout = basic_layout(x._tensor, key)
    if layout is not None:
        _write_region(x, layout, value)
        return
    if _is_mask(key) and isinstance(value, bool | int | float):
        _fill_where(x, key, value)
        return
    known = Key(x, key)
    if not known.dims:
        _write_region(x, known.layout, value)
        return
    source = _value_for(x, value)
    seen = x if known.is_whole() else look(x, known.layout)
    write_at(seen, known.dims, known.indices, source)


def _is_mask(key: Any) -> bool:
    return isinstance(key, Tensor) and key._tensor.dtype.kind == "b" and key.dims > 0


def _fill_where(x: Tensor, mask: Tensor, value: Any) -> None:
    """Write one number where a mask of x's first dims is True."""
    check_mask(mask, x._tensor.shape, 0)
    if recording(x):
        rest = x.dims - mask.dims
        x.masked_fill_(mask.reshape(*mask.shape, *[1] * rest) if rest else mask, value)
        return
    patch(x, mask, lambda data, mask: fill_where(data, mask, value), lambda *_: None)


def _write_region(x: Tensor, layout: Layout, value: Any) -> None:
    if isinstance(value, bool | int | float) and x.history is None and not x._uncounted:
        region = x._tensor._viewed(*layout)
        x._tensor.cell.before_write()
        launched(fill)(region.array(), value)
        return
    own = list(layout.shape)
    source = _fitted(_value_for(x, value), len(own))
    shape = source._tensor.shape
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
    whole = layout == layout_of(x._tensor)
    overwrite(x if whole else look(x, layout), source)


def write_at(
    x: Tensor,
    dims: Sequence[int],
    indices: Sequence[Tensor],
    source: Tensor,
    accumulate: bool = False,
) -> Tensor:
    """Write the source into the cells of x that the indices name, or add it to them.

    Raises:
        KeyMistake: the indices do not broadcast together.
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
        KeyMistake: the indices do not broadcast together.
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
    known = Key(x, tuple([ALL if it is None else _as_kept(it) for it in indices]))
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
