"""What stands between the brackets of x[...], read into a layout and index tensors.

Idea: from left to right each part takes a dim of x (an int drops it, a slice keeps some of it),
    several (a mask), or none (None, True); Ellipsis stands for those that are left.
Not here: reading and writing (indexing.py).
Read next: indexing.py
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, cast

from minitorch.errors import IndexingError, MinitorchError
from minitorch.ordering import nonzero_indices
from minitorch.strided import AsStrided, Layout
from minitorch.tensor_data import TensorData, contiguous_strides
from minitorch.tensor_functions import View, as_dtype
from minitorch.torch import creation, interop
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import stored_dtype
from minitorch.torch.tensor import Tensor, recording

__all__ = ["Key", "KeyMistake", "ValueTypeError", "basic_layout", "check_mask"]

INT = stored_dtype(Dtype.named["int64"])
ALL = slice(None)


class KeyMistake(MinitorchError, IndexError):
    """A key that the indexing language does not know."""


class ValueTypeError(MinitorchError, TypeError):
    """A value that cannot be written into a tensor."""


class StepError(MinitorchError, ValueError):
    """A slice with a step below 1."""


def check_mask(mask: Tensor, own: Sequence[int], at: int) -> None:
    """Raise for a mask that has another shape than the dims from `at` on.

    Raises:
        KeyMistake: as said.
    """
    sizes = mask._tensor.shape
    if at + len(sizes) > len(own):
        raise KeyMistake(f"too many indices for tensor of dimension {len(own)}")
    for k, n in enumerate(sizes):
        if own[at + k] != n:
            raise KeyMistake(
                f"The shape of the mask {list(sizes)} at index {k} does not match the shape of "
                f"the indexed tensor {list(own)} at index {at + k}"
            )


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
        KeyMistake: it is neither.
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
        raise KeyMistake(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {type(part).__name__})"
        )
    name = found._tensor.dtype.name
    if name in ("bool", "uint8"):
        return found
    if name not in ("int64", "int32"):
        raise KeyMistake("tensors used as indices must be long, int, byte or bool tensors")
    if not found._tensor.shape:
        return int(found.item())
    return as_dtype(found.detach(), INT)


def basic_layout(data: TensorData, key: Any) -> Layout | None:
    """The layout that a key of ints and slices says; None for other keys, and for mistakes."""
    parts = cast("tuple[Any, ...]", key if key.__class__ is tuple else (key,))
    shape, strides, offset = data.shape, data.strides, data.offset
    if len(parts) > len(shape):
        return None
    sizes: list[int] = []
    steps: list[int] = []
    for part, size, stride in zip(parts, shape, strides, strict=False):
        if part.__class__ is int:
            if not -size <= part < size:
                return None
            offset += (part + size if part < 0 else part) * stride
        elif part.__class__ is slice:
            try:
                start, stop, step = part.indices(size)
            except (TypeError, ValueError):
                return None
            if step < 1:
                return None
            count = -((start - stop) // step)
            sizes.append(count if count > 0 else 0)
            steps.append(stride * step)
            if count > 0:
                offset += start * stride
        else:
            return None
    rest = len(parts)
    return Layout((*sizes, *shape[rest:]), (*steps, *strides[rest:]), offset)


class Key:
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
                raise KeyMistake(
                    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                    "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
                )
            raise KeyMistake(f"too many indices for tensor of dimension {data.dims}")
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
            self._put_in()
        elif isinstance(part, bool):
            self._put_in()
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

    def _put_in(self) -> None:
        """A dim of size 1, with the stride that `unsqueeze` gives it."""
        data, at = self.whole, self.at
        self.shape.append(1)
        self.strides.append(data.shape[at] * data.strides[at] if at < data.dims else 1)

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
        check_mask(mask, own, self.at)
        if len(sizes) > 1 and self._merges(len(sizes)):
            inner = self.at + len(sizes) - 1
            self.shape.append(prod(sizes))
            self.strides.append(self.whole.strides[inner])
            self.at = inner + 1
            self._follow(nonzero_indices(mask.reshape(-1))[0])
            return
        for index in nonzero_indices(mask):
            self._keep(1)
            self._follow(index)

    def _merges(self, count: int) -> bool:
        """True where the next dims lie in a row, so that one position counts through all."""
        data, first = self.whole, self.at
        return all(
            data.strides[k] == data.strides[k + 1] * data.shape[k + 1]
            for k in range(first, first + count - 1)
        )

    @property
    def layout(self) -> Layout:
        """Of the view."""
        return Layout(tuple(self.shape), tuple(self.strides), self.offset)

    def seen(self, x: Tensor) -> Tensor:
        """The view, outside of x's list of views: what is read through is soon let go."""
        if self.is_whole():
            return x
        data, layout = x._tensor, self.layout
        if not recording(x):
            return x._new(data._viewed(*layout))
        whole = prod(layout.shape) == data.size and layout.offset == data.offset
        if whole and data.is_contiguous() and layout.strides == contiguous_strides(layout.shape):
            return View.apply(x, *layout.shape)
        return AsStrided.apply(x, layout)

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
