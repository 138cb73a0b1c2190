"""Numbers in and out: NumPy arrays and Python lists.

Idea: the one file of the face that sees NumPy; an array and a tensor share memory where both can.
Not here: files (serialization.py).
Read next: creation.py
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from math import prod
from typing import Any, BinaryIO

import numpy as np

from minitorch.errors import DtypeError, GradientError
from minitorch.launches import note
from minitorch.tensor_data import Cell, TensorData, dtype_of
from minitorch.torch.dtypes import kind_of, stored_dtype
from minitorch.torch.face import op
from minitorch.torch.tensor import Tensor, wrap

__all__ = [
    "copied",
    "counted",
    "from_numpy",
    "is_array",
    "numpy",
    "of_list",
    "reread",
    "tolist",
]


def is_array(value: Any) -> bool:
    """True for NumPy's arrays and numbers."""
    return isinstance(value, np.ndarray | np.generic)


def copied(array: Any) -> Tensor:
    """A tensor with a copy of the array's numbers."""
    return wrap(TensorData.of(np.array(array, dtype=dtype_of(array.dtype), order="C")))


def of_list(flat: Sequence[Any], shape: tuple[int, ...], stored: Any) -> Tensor:
    """A tensor of a shape from numbers in order."""
    with np.errstate(all="ignore"):
        array = np.array(flat, dtype=stored) if stored.kind != "V" else np.array(flat, np.float64)
    return wrap(TensorData.of(array.astype(stored).reshape(shape)))


def counted(start: Any, step: Any, count: int, stored: Any) -> Tensor:
    """start, start + step, ...: so many."""
    numbers = np.arange(count) * step + start
    return wrap(TensorData.of(numbers.astype(stored)))


@op(method=False)
def from_numpy(array: Any) -> Any:
    """An array as a tensor of its dtype, on the same memory.

    Raises:
        DtypeError: no array, or one of a dtype that is not stored here.
    """
    if not is_array(array):
        raise DtypeError(f"expected np.ndarray (got {type(array).__name__})")
    stored = dtype_of(array.dtype)
    if any(step < 0 for step in array.strides):
        raise _StrideError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().)"
        )
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
    data = TensorData.of(array.view(stored))
    data.cell.exposed = True
    return wrap(data)


class _StrideError(DtypeError, ValueError):
    """What PyTorch raises as a ValueError."""


def reread(x: Tensor, wanted: Any) -> Tensor:
    """The same memory read as another dtype; the last dim shrinks or grows with the width.

    Raises:
        StrideError: the strides or sizes do not allow it.
    """
    data, stored = x._tensor, stored_dtype(wanted)
    if data.dtype == stored:
        return x.detach() if x.history is None else x
    old, new = data.dtype.itemsize, stored.itemsize
    title = f"to view {kind_of(x.dtype)} as {kind_of(wanted)} (different element sizes), but got"
    shape, strides, offset = list(data.shape), list(data.strides), data.offset
    if old != new:
        if not shape:
            raise _RereadError(f"self.dim() cannot be 0 {title} 0")
        if strides[-1] != 1 and shape[-1] > 1:
            raise _RereadError(f"self.stride(-1) must be 1 {title} {strides[-1]}")
        if shape[-1] * old % new:
            raise _RereadError(
                f"self.size(-1) must be divisible by {new // old} {title} {shape[-1]}"
            )
        shape[-1] = shape[-1] * old // new
        strides[:-1] = [n * old // new for n in strides[:-1]]
        strides[-1], offset = 1, offset * old // new
    cell = Cell(data.cell.expose().view(stored))
    cell.exposed = True  # both may be written to
    return wrap(TensorData(cell, tuple(shape), tuple(strides), offset))


class _RereadError(DtypeError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


@op(function=False)
def numpy(input: Any, *, force: bool = False) -> Any:
    """The numbers as an array on the same memory.

    Raises:
        GradientError: the tensor tracks gradients.
    """
    if input.history is not None and not force:
        raise GradientError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    input._tensor.cell.expose()
    return input._tensor.array()


@op(function=False)
def tolist(input: Any) -> Any:
    """The numbers as nested lists; of a tensor without dims, the number."""
    note("the numbers of a tensor were read")
    return input._tensor.array().tolist()


def _array(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    array = numpy(self) if self.history is None else numpy(self.detach())
    return array if dtype is None else array.astype(dtype)


Tensor.__array__ = _array  # type: ignore[attr-defined]  # the protocol by which NumPy asks
SIZE = prod


def cell_over(memory: Any, stored: Any, count: int, offset: int) -> Cell:
    """A storage cell over bytes that others own, from an offset on."""
    return Cell(np.frombuffer(memory, stored, count, offset))


def mapped(file: BinaryIO) -> Any:
    """The bytes of a file, read when they are looked at; what is written to them stays here."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def from_bytes(data: bytes, name: str) -> Tensor:
    """Bytes as numbers of a dtype, in one dim."""
    return wrap(TensorData.of(np.frombuffer(bytearray(data), dtype_of(name))))
