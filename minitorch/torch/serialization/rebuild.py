"""The functions by which a checkpoint makes tensors of storages, and a few plain things.

Idea: a file may call these and no others, so each of them believes nothing that it is given: a view
    must lie inside its storage, and nothing may be larger than what was read.
Not here: reading storages (loading.py).
Read next: policies.py
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from math import prod
from typing import Any, cast

from minitorch.errors import NotSupportedError, UnpicklingError
from minitorch.tensor_data import MAX_DIMS, Cell, TensorData
from minitorch.torch.dtypes import Size, device, dtype, stored_dtype
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.pickling import OWN
from minitorch.torch.storage import TypedStorage, UntypedStorage
from minitorch.torch.tensor import Tensor, wrap

__all__ = [
    "FUNCTIONS",
    "MAKERS",
    "from_type",
    "parameter",
    "parameter_with_state",
    "tensor_v2",
]

LARGEST = 2**63 - 1


def _ints(what: str, given: Any, most: int) -> tuple[int, ...]:
    numbers = cast("tuple[Any, ...]", tuple(given)) if isinstance(given, tuple | list) else None
    if numbers is None or len(numbers) > most:
        raise UnpicklingError(f"{what} of a tensor: expected at most {most} whole numbers.")
    for n in numbers:
        if type(n) is not int or not 0 <= n <= LARGEST:
            raise UnpicklingError(f"{what} of a tensor: expected whole numbers from 0 on.")
    return cast("tuple[int, ...]", numbers)


def tensor(storage: Any, storage_offset: Any, size: Any, stride: Any) -> Tensor:
    """A view of a storage.

    Raises:
        UnpicklingError: it does not lie inside the storage.
    """
    if not isinstance(storage, TypedStorage | UntypedStorage):
        raise UnpicklingError(f"a tensor is made of a storage, not of a {type(storage).__name__}.")
    shape, strides = _ints("size", size, MAX_DIMS), _ints("stride", stride, MAX_DIMS)
    (offset,) = _ints("offset", (storage_offset,), 1)
    if len(shape) != len(strides) or prod(shape) > LARGEST:
        raise UnpicklingError(f"size and stride of a tensor do not fit: {len(shape)} dims.")
    cell = storage._cell
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if 0 not in shape and last >= cell.size:
        raise UnpicklingError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset} "
            f"require {last + 1} numbers, and are out of bounds for storage of size {cell.size}."
        )
    if 0 in shape:
        offset = min(offset, cell.size)
    return wrap(TensorData(cell, shape, strides, offset))


def tensor_v2(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any = False,
    backward_hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """A view of a storage that may track gradients.

    Raises:
        UnpicklingError: it does not lie inside the storage.
        NotSupportedError: it is the conjugate or the negative of its storage.
    """
    if metadata:
        raise NotSupportedError(
            "the file holds a conjugate or negative view; resolve it before it is saved."
        )
    made = tensor(storage, storage_offset, size, stride)
    return made.requires_grad_() if requires_grad is True else made


def tensor_v3(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    kind: Any,
    metadata: Any = None,
) -> Tensor:
    """A view of bytes as numbers of a dtype."""
    if not isinstance(kind, dtype) or not isinstance(storage, TypedStorage | UntypedStorage):
        raise UnpicklingError("a tensor is made of a storage and a dtype.")
    array = storage._cell.array
    if array.itemsize * array.size % kind.itemsize:
        raise UnpicklingError(f"{array.size} bytes are no whole number of {kind}.")
    cell = Cell(array.view(stored_dtype(kind)))
    typed = TypedStorage(wrap_storage=UntypedStorage(cell), dtype=kind)
    return tensor_v2(typed, storage_offset, size, stride, requires_grad, backward_hooks, metadata)


def parameter(data: Any, requires_grad: Any, backward_hooks: Any = None) -> Parameter:
    """A parameter of a tensor's numbers."""
    if not isinstance(data, Tensor):
        raise UnpicklingError(f"a parameter is made of a tensor, not of a {type(data).__name__}.")
    return Parameter(data, requires_grad is True)


def parameter_with_state(
    data: Any, requires_grad: Any, backward_hooks: Any, state: Any
) -> Parameter:
    """A parameter, and what a program had set on it."""
    return set_attributes(parameter(data, requires_grad), state)


def from_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor, and what a program had set on it."""
    allowed = (tensor_v2, tensor_v3, parameter)
    if function not in allowed or kind not in (Tensor, Parameter):
        raise UnpicklingError("only tensors and parameters are made with attributes.")
    if not isinstance(arguments, tuple):
        raise UnpicklingError("arguments of a tensor: expected a tuple.")
    return set_attributes(function(*cast("tuple[Any, ...]", arguments)), state)


def set_attributes(thing: Any, state: Any) -> Any:
    """Set attributes that hide nothing of the class.

    Raises:
        UnpicklingError: one would.
    """
    if isinstance(state, tuple) and len(cast("tuple[Any, ...]", state)) == 2:
        state = cast("tuple[Any, ...]", state)[0]  # the other part is that of slots
    if not isinstance(state, dict | None):
        raise UnpicklingError(f"attributes are a {type(state).__name__}, no dict.")
    for name, value in cast("dict[Any, Any]", state or {}).items():
        if not isinstance(name, str) or name in OWN or hasattr(type(thing), name) or name[0] == "_":
            raise UnpicklingError(f"attribute {str(name)[:40]!r} may not be set by a file.")
        object.__setattr__(thing, name, value)
    return thing


def refused(what: str) -> Callable[..., Any]:
    """A function that says what is not stored here."""

    def refuse(*_: Any) -> Any:
        raise NotSupportedError(f"the file holds {what}, which are not stored here.")

    return refuse


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor_v2,
    "torch._utils._rebuild_tensor_v3": tensor_v3,
    "torch._utils._rebuild_parameter": parameter,
    "torch._utils._rebuild_parameter_with_state": parameter_with_state,
    "torch._tensor._rebuild_from_type_v2": from_type,
    "torch._utils._rebuild_sparse_tensor": refused("sparse tensors"),
    "torch._utils._rebuild_qtensor": refused("quantized tensors"),
    "torch._utils._rebuild_nested_tensor": refused("nested tensors"),
    "torch._utils._rebuild_meta_tensor_no_storage": refused("tensors of the device meta"),
    "torch._utils._rebuild_wrapper_subclass": refused("wrapped tensors"),
}


# Plain classes, each made of what a pickle of theirs gives them and of nothing else.


def _encoded(text: Any = None, encoding: Any = None) -> bytes:
    if isinstance(text, str) and encoding in ("latin1", "latin-1"):
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    raise UnpicklingError("bytes are written as text in latin1.")


def _bytearray(data: Any = b"", encoding: Any = None) -> bytearray:
    if encoding is not None:
        data = _encoded(data, encoding)
    if not isinstance(data, bytes | bytearray):  # a number would ask for so many zeros
        raise UnpicklingError(f"a bytearray is made of bytes, not of a {type(data).__name__}.")
    return bytearray(data)


def _bytes() -> bytes:
    return b""


def _complex(real: Any, imaginary: Any) -> complex:
    if not (isinstance(real, float | int) and isinstance(imaginary, float | int)):
        raise UnpicklingError("a complex number is made of two numbers.")
    return complex(real, imaginary)


def _size(sizes: Any = ()) -> Size:
    return Size(_ints("size", sizes, 1 << 16))


def _device(kind: Any, index: Any = None) -> device:
    if not isinstance(kind, str) or not (index is None or type(index) is int):
        raise UnpicklingError("a device is made of a name and a number.")
    try:
        return device(kind, index)
    except RuntimeError as error:
        raise UnpicklingError(str(error)) from error


def _ordered(items: Any = ()) -> OrderedDict[Any, Any]:
    return OrderedDict(items)


def _set(items: Any = ()) -> set[Any]:
    return set(items)


def _counter(counts: Any = None) -> Counter[Any]:
    if counts is not None and not isinstance(counts, dict):
        raise UnpicklingError(f"a Counter is made of a dict, not of a {type(counts).__name__}.")
    return Counter(cast("dict[Any, int] | None", counts))


MAKERS: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _encoded,
    "builtins.bytearray": _bytearray,
    "builtins.bytes": _bytes,
    "builtins.complex": _complex,
    "builtins.set": _set,
    "collections.Counter": _counter,
    "collections.OrderedDict": _ordered,
    "torch.Size": _size,
    "torch.device": _device,
}
