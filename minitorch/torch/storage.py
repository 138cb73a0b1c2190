"""Storages: the row of numbers that tensors are views of, as programs see it.

Idea: an `UntypedStorage` is the engine's storage cell counted in bytes, a `TypedStorage` the same
    counted in numbers of a dtype. Two tensors share a storage where their cells are one.
Not here: files (serialization/); shape and strides (../tensor_data.py).
Read next: serialization/loading.py
"""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.errors import DeviceError, NotSupportedError
from minitorch.launches import note
from minitorch.tensor_data import Cell, TensorData
from minitorch.torch.dtypes import device, stored_dtype, to_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.missing import getattr_of
from minitorch.torch.tensor import Tensor

__all__ = ["STORAGES", "TypedStorage", "UntypedStorage", "bytes_of", "storage_of"]


def bytes_of(cell: Cell) -> memoryview[Any]:
    """The memory of a storage cell, byte by byte; to be written to only before others see it."""
    array: Any = cell.array
    return memoryview(array.view("uint8"))


class UntypedStorage:
    """Memory counted in bytes.

    >>> import minitorch.torch as torch
    >>> torch.zeros(3).untyped_storage().nbytes()
    12
    """

    def __init__(self, size: Any = 0, *, device: Any = None) -> None:
        given = size._cell if isinstance(size, UntypedStorage) else size
        self._cell = given if isinstance(given, Cell) else _room(int(given), "uint8")

    @property
    def device(self) -> device:
        """Where the memory is."""
        return device("cpu")

    is_cuda: ClassVar[bool] = False

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._cell.size * self._cell.dtype.itemsize

    size = __len__ = nbytes

    def element_size(self) -> int:
        """Always 1."""
        return 1

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._cell.expose().ctypes.data)

    def tolist(self) -> list[int]:
        """The bytes."""
        note("the numbers of a tensor were read")
        return list(bytes_of(self._cell))

    def __getitem__(self, index: int) -> int:
        note("the numbers of a tensor were read")
        return bytes_of(self._cell)[index]

    def clone(self) -> UntypedStorage:
        """A copy of the memory."""
        data = TensorData(self._cell, (self._cell.size,))
        copy = TensorData.empty(data.shape, data.dtype)
        bytes_of(copy.cell)[:] = bytes_of(self._cell)
        return UntypedStorage(copy.cell)

    def cpu(self) -> UntypedStorage:
        """Itself."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> UntypedStorage:
        """Refused: there is no such device here.

        Raises:
            DeviceError: always.
        """
        raise DeviceError("Torch not compiled with CUDA enabled")

    def to(self, *, device: Any = None, non_blocking: bool = False) -> UntypedStorage:
        """Itself, for the device it is on."""
        kind = getattr(device, "type", device) or "cpu"
        return self if str(kind).startswith("cpu") else self.cuda(device)

    def resize_(self, size: int) -> UntypedStorage:
        """Refused: a storage keeps its size here.

        Raises:
            NotSupportedError: the size is another.
        """
        if size != self.nbytes():
            raise NotSupportedError(
                "UntypedStorage.resize_: a storage keeps its size here; make a new tensor."
            )
        return self

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{self.tolist()}\n[torch.storage.{name}(device=cpu) of size {self.nbytes()}]"


class TypedStorage:
    """Memory counted in numbers of a dtype.

    >>> import minitorch.torch as torch
    >>> torch.ones(2).storage().tolist()
    [1.0, 1.0]
    """

    dtype: Dtype = Dtype.named["float32"]
    is_cuda: ClassVar[bool] = False

    def __init__(
        self,
        *size: Any,
        wrap_storage: UntypedStorage | None = None,
        dtype: Dtype | None = None,
        _internal: bool = False,
    ) -> None:
        self.dtype = dtype or type(self).dtype
        if wrap_storage is not None:
            self._untyped_storage = wrap_storage
            return
        given = size[0] if size else 0
        values = [] if isinstance(given, int) else list(given)
        cell = _room(given if isinstance(given, int) else len(values), stored_dtype(self.dtype))
        for k, value in enumerate(values):
            cell.array[k] = value
        self._untyped_storage = UntypedStorage(cell)

    @property
    def _cell(self) -> Cell:
        return self._untyped_storage._cell

    @property
    def device(self) -> device:
        """Where the memory is."""
        return self._untyped_storage.device

    def untyped(self) -> UntypedStorage:
        """The memory, counted in bytes."""
        return self._untyped_storage

    def size(self) -> int:
        """How many numbers there are."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped_storage.nbytes()

    def element_size(self) -> int:
        """The bytes of one number."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._untyped_storage.data_ptr()

    def tolist(self) -> list[Any]:
        """The numbers."""
        note("the numbers of a tensor were read")
        return self._cell.array.view(stored_dtype(self.dtype)).tolist()

    def __getitem__(self, index: int) -> Any:
        return self.tolist()[index]

    def cpu(self) -> TypedStorage:
        """Itself."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> TypedStorage:
        """Refused: there is no such device here.

        Raises:
            DeviceError: always.
        """
        raise DeviceError("Torch not compiled with CUDA enabled")

    def __repr__(self) -> str:
        numbers = "\n ".join(map(str, self.tolist()))
        kind = f"torch.storage.TypedStorage(dtype={self.dtype}, device=cpu)"
        return f" {numbers}\n[{kind} of size {self.size()}]"


# The names under which storages stand in checkpoints, and as classes in `torch`.
_KINDS = {
    "BoolStorage": "bool",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
STORAGES: dict[str, type[TypedStorage]] = {
    name: type(name, (TypedStorage,), {"dtype": Dtype.named[kind], "__module__": "torch"})
    for name, kind in _KINDS.items()
}


def _room(count: int, kind: Any) -> Cell:
    stored = stored_dtype(Dtype.named[kind]) if isinstance(kind, str) else kind
    return TensorData.empty((count,), stored).cell


def storage_of(tensor: Tensor) -> TypedStorage:
    """The storage of a tensor, counted in its numbers."""
    untyped = UntypedStorage(tensor._tensor.cell)
    return TypedStorage(wrap_storage=untyped, dtype=to_dtype(tensor._tensor.dtype))


def _untyped(self: Tensor) -> UntypedStorage:
    """The storage that this tensor and its views share."""
    return UntypedStorage(self._tensor.cell)


def _data_ptr(self: Tensor) -> int:
    """The address of the first number."""
    data = self._tensor
    return UntypedStorage(data.cell).data_ptr() + data.offset * data.dtype.itemsize


_tensor_class: Any = Tensor
_tensor_class.untyped_storage = _untyped
_tensor_class.storage = _tensor_class._typed_storage = storage_of
_tensor_class.data_ptr = _data_ptr

__getattr__ = getattr_of(__name__)
