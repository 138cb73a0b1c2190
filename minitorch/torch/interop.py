"""Numbers in and out: NumPy arrays, Python lists, and the memory of other libraries.

Idea: the one file of the face that sees NumPy; an array and a tensor share memory where both can.
Not here: files (serialization/).
Read next: creation.py
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

import numpy as np

from minitorch.errors import DtypeError, GradientError, MinitorchError
from minitorch.launches import launched, note
from minitorch.tensor_data import DTYPES, Cell, TensorData, dtype_of
from minitorch.torch.dtypes import kind_of, stored_dtype, to_dtype
from minitorch.torch.face import FUNCTIONS, converted, op
from minitorch.torch.tensor import Tensor, wrap

__all__ = [
    "ExportError",
    "ForeignError",
    "as_tensor",
    "asarray",
    "cell_over",
    "copied",
    "counted",
    "from_bytes",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "is_array",
    "mapped",
    "numpy",
    "of_list",
    "over",
    "reread",
    "to_dlpack",
    "tolist",
]


def is_array(value: Any) -> bool:
    """True for NumPy's arrays and numbers."""
    return isinstance(value, np.ndarray | np.generic)


def copied(array: Any) -> Tensor:
    """A tensor with a copy of the array's numbers."""
    return wrap(TensorData.of(np.array(array, dtype=stored_of(array), order="C")))


def of_list(flat: Sequence[Any], shape: tuple[int, ...], stored: Any) -> Tensor:
    """A tensor of a shape from numbers in order."""
    with np.errstate(all="ignore"):
        array = np.array(flat, dtype=stored) if stored.kind != "V" else np.array(flat, np.float64)
    return wrap(TensorData.of(array.astype(stored).reshape(shape)))


def counted(start: Any, step: Any, count: int, stored: Any) -> Tensor:
    """start, start + step, ...: so many."""
    data = TensorData.empty((count,), stored)
    launched(_count)(data.cell.array, start, step)
    return wrap(data)


def _count(out: Any, start: Any, step: Any) -> None:
    numbers = np.arange(len(out))
    out[:] = numbers if (start, step) == (0, 1) else numbers * step + start


class ForeignError(DtypeError, ValueError):
    """Memory of others' that cannot be shared: what PyTorch raises as a ValueError."""


class ExportError(MinitorchError, BufferError):
    """A tensor that cannot be handed to others."""


def stored_of(array: Any) -> Any:
    """The engine's dtype for that of an array.

    Raises:
        DtypeError: it is not stored here.
        ForeignError: the bytes of its numbers are the other way round.
    """
    if not array.dtype.isnative:
        raise ForeignError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported."
        )
    try:
        return dtype_of(array.dtype)
    except DtypeError:
        known = [it.name for it in reversed(DTYPES) if it.kind != "V"]
        raise DtypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only "
            f"supported types are: {', '.join(known[:-1])}, and {known[-1]}."
        ) from None


def over(array: Any) -> Tensor:
    """A tensor on the memory of an array, whatever its strides.

    Raises:
        DtypeError, ForeignError: its numbers, or its strides, are not stored here.
    """
    stored = stored_of(array)
    width = stored.itemsize
    if any(step < 0 for step in array.strides):
        raise ForeignError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().)"
        )
    if any(step % width for step in array.strides):
        raise ForeignError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy "
            "array to reallocate the memory."
        )
    span = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
    count = span // width + 1 if array.size else 0
    flat = np.lib.stride_tricks.as_strided(array, (count,), (width,)) if array.ndim else array
    cell = Cell(flat.reshape(-1).view(stored))
    cell.exposed = True
    strides = tuple(step // width for step in array.strides)
    return wrap(TensorData(cell, array.shape, strides))


@op(method=False)
def from_numpy(array: Any) -> Any:
    """An array as a tensor of its dtype, on the same memory.

    Raises:
        DtypeError: no array, or one of a dtype that is not stored here.
        ForeignError: negative strides, strides between numbers, bytes the other way round.

    >>> import minitorch.torch as torch
    >>> array = np.zeros(2)
    >>> x = torch.from_numpy(array)
    >>> array[0] = 1.0
    >>> x
    tensor([1., 0.], dtype=torch.float64)
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(f"expected np.ndarray (got {type(array).__name__})")
    if not array.flags.writeable:
        _warn_of_constant()
    return over(cast("Any", array))


def _warn_of_constant() -> None:
    warnings.warn(
        "The given NumPy array is not writable, and tensors are: writing to this one will be an "
        "error. You may want to copy the array to protect its data or make it writable.",
        UserWarning,
        stacklevel=4,
    )


@op(method=False)
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """The data as a tensor: itself, or on the memory of an array, where its dtype is wanted.

    >>> import minitorch.torch as torch
    >>> x = torch.ones(2)
    >>> torch.as_tensor(x) is x
    True
    """
    if isinstance(data, Tensor):
        return data if dtype is None else converted(data, dtype)
    if isinstance(data, np.ndarray) and data.ndim:
        shared = over(cast("Any", data))
        return shared if dtype is None else converted(shared, dtype)
    return FUNCTIONS["tensor"](data, dtype=dtype, device=device)


@op(method=False)
def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Any:
    """The object as a tensor: on its memory unless a copy is asked for or needed.

    Raises:
        ForeignError: `copy=False`, and it has to be copied.
    """
    if isinstance(obj, bytes | bytearray | memoryview):
        made = frombuffer(obj, dtype=dtype or to_dtype(dtype_of("float32")))
    elif hasattr(obj, "__dlpack__") and not isinstance(obj, Tensor | np.ndarray):
        made = as_tensor(from_dlpack(obj), dtype=dtype)
    else:
        made = as_tensor(obj, dtype=dtype)
    shares = made is obj or made._tensor.cell.exposed
    if copy is False and not shares:
        raise ForeignError("can't alias arbitrary sequence into a tensor.")
    if copy and shares:
        made = made.clone()
    return made.detach().requires_grad_() if requires_grad else made


@op(method=False)
def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Any:
    """Bytes that others own as numbers, in one dim, on the same memory.

    Raises:
        ForeignError: the bytes, from the offset on, are not so many numbers.

    >>> import minitorch.torch as torch
    >>> torch.frombuffer(bytearray(b"ab"), dtype=torch.uint8)
    tensor([97, 98], dtype=torch.uint8)
    """
    stored = stored_dtype(dtype)
    size, width = memoryview(buffer).nbytes, stored.itemsize
    if not 0 <= offset < max(size, 1):
        raise ForeignError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % width:
        raise ForeignError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a "
            f"multiple of element size ({width})"
        )
    if count > (size - offset) // width:
        raise ForeignError(
            f"requested buffer length ({count} * {width} bytes) after offset ({offset} bytes) "
            f"must not be greater than actual buffer length ({size} bytes)"
        )
    array = np.frombuffer(buffer, stored, count, offset)
    if not array.flags.writeable:
        _warn_of_constant()
    cell = Cell(array)
    cell.exposed = True
    made = wrap(TensorData(cell, (array.size,)))
    return made.requires_grad_() if requires_grad else made


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
    """The numbers as an array on the same memory; with `force`, or a copy where that cannot be.

    Raises:
        GradientError: the tensor tracks gradients.
        DtypeError: bfloat16, which NumPy does not know.

    >>> import minitorch.torch as torch
    >>> x = torch.zeros(2)
    >>> x.numpy()[0] = 1.0
    >>> x
    tensor([1., 0.])
    """
    if input.history is not None and not force:
        raise GradientError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    data = input._tensor
    if data.dtype.kind == "V":
        raise DtypeError("Got unsupported ScalarType BFloat16")
    data.cell.expose()
    return data.array()


@op(function=False)
def tolist(input: Any) -> Any:
    """The numbers as nested lists; of a tensor without dims, the number."""
    note("the numbers of a tensor were read")
    return input._tensor.array().tolist()


def _array(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """The numbers as an array: on the same memory, unless a copy is asked for or needed."""
    array = numpy(self)
    wanted = array.dtype if dtype is None else np.dtype(dtype)
    if copy is False and wanted != array.dtype:
        raise ForeignError("Unable to avoid copy while creating an array as requested.")
    return array.astype(wanted, copy=bool(copy))


def _wrapped(self: Any, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
    """What a function of NumPy's made of a tensor, as a tensor; truth values as uint8."""
    return over(array.astype("uint8") if array.dtype.kind == "b" else np.asarray(array))


# DLPack.

CPU = (1, 0)  # the CPU, and its number


def _dlpack(
    self: Any,
    *,
    stream: Any = -1,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """The tensor as a capsule that other libraries read, on the same memory.

    Raises:
        ExportError: it tracks gradients, or is of a dtype that NumPy does not know.
    """
    if self.history is not None:
        raise ExportError("Can't export tensors that require gradient, use tensor.detach()")
    if self._tensor.dtype.kind == "V":
        raise ExportError("Can't export bfloat16 tensors, use tensor.float()")
    if stream not in (None, -1):
        raise ExportError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise ExportError(f"Can't export tensors to the device {tuple(dl_device)}")
    array = numpy(self)
    array = array.copy() if copy else array
    return array.__dlpack__(**({} if max_version is None else {"max_version": max_version}))


def _dlpack_device(self: Any) -> tuple[int, int]:
    """The CPU, as DLPack numbers devices."""
    return CPU


class _Capsule:
    """A capsule by itself, as something that hands it out."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **_: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU


class _Writeable:
    """The memory of an array, as memory that may be written to."""

    def __init__(self, array: Any) -> None:
        self.array = array
        place = array.__array_interface__
        self.__array_interface__ = {**place, "data": (place["data"][0], False)}


@op(method=False)
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor of another library, or a capsule of one, on the same memory.

    Raises:
        DtypeError: no such thing, or of a dtype that is not stored here.

    >>> import minitorch.torch as torch
    >>> torch.from_dlpack(np.arange(2))
    tensor([0, 1])
    """
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = _Capsule(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise DtypeError(f"from_dlpack: a {type(ext_tensor).__name__} has no __dlpack__.")
    array = np.from_dlpack(ext_tensor)
    # NumPy marks what it cannot know to be writable; the protocol hands memory over.
    made = over(np.asarray(_Writeable(array)))
    return made.clone() if copy else made


def to_dlpack(tensor: Any) -> Any:
    """The tensor as a capsule."""
    return _dlpack(tensor)


_tensor_class: Any = Tensor
_tensor_class.__array__ = _array
_tensor_class.__array_wrap__ = _wrapped
_tensor_class.__dlpack__ = _dlpack
_tensor_class.__dlpack_device__ = _dlpack_device


# Memory for checkpoints (serialization/) and images (vision/).


def cell_over(memory: Any, stored: Any, count: int, offset: int) -> Cell:
    """A storage cell over bytes that others own, from an offset on."""
    return Cell(np.frombuffer(memory, stored, count, offset))


def mapped(file: BinaryIO) -> Any:
    """The bytes of a file, read when they are looked at; what is written to them stays here."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def from_bytes(data: bytes, name: str) -> Tensor:
    """Bytes as numbers of a dtype, in one dim."""
    return wrap(TensorData.of(np.frombuffer(bytearray(data), dtype_of(name))))
