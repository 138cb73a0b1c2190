"""The constructors of old: torch.Tensor(2, 3), torch.FloatTensor([1, 2]), x.new(...), x.type(...).

Idea: sizes make room, anything else is copied; the name says the dtype.
Not here: `torch.tensor` (creation.py).
Read next: creation.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import DtypeError
from minitorch.torch import interop
from minitorch.torch.creation import filled, tensor
from minitorch.torch.dtypes import (
    Size,
    check_device,
    get_default_dtype,
    kind_of,
    set_default_dtype,
)
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import FUNCTIONS, converted, op
from minitorch.torch.tensor import Tensor

__all__ = ["TYPES", "set_default_tensor_type", "type_"]


def made(args: tuple[Any, ...], kwargs: dict[str, Any], dtype: Any) -> Tensor:
    """What a constructor of old makes: room for sizes, or a copy of data.

    Raises:
        DtypeError: a float among the sizes.
    """
    if kwargs.get("device") is not None:
        check_device(kwargs["device"])
    if not args and "data" in kwargs:
        args = (kwargs["data"],)
    if "size" in kwargs:
        args = tuple(kwargs["size"])
    if len(args) == 1 and isinstance(args[0], Size):
        return filled(args[0], 0, dtype)
    if len(args) == 1 and isinstance(args[0], Tensor):
        return _same(args[0], dtype)
    if len(args) == 1 and not hasattr(args[0], "__index__"):
        if isinstance(args[0], float):
            raise DtypeError("new(): data must be a sequence (got float)")
        data = args[0] if interop.is_array(args[0]) else list(args[0])
        return tensor(data, dtype=dtype)
    if any(isinstance(it, float) for it in args):
        raise DtypeError("new(): sizes must be ints (got float)")
    return filled([it.__index__() for it in args] if args else (0,), 0, dtype)


def _same(x: Tensor, dtype: Any) -> Tensor:
    if x.dtype is not dtype:
        raise DtypeError(
            f"expected {kind_of(dtype)} (got {kind_of(x.dtype)}): convert it with .to(...)"
        )
    return x.detach()


class tensortype(type):
    """The kind of `torch.FloatTensor` and the like: tensors of its dtype are instances."""

    dtype: Any
    is_cuda: bool

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype and not cls.is_cuda

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.is_cuda:
            check_device("cuda")
        return made(args, kwargs, cls.dtype)

    def __repr__(cls) -> str:
        return f"<class '{cls.__module__}.{cls.__name__}'>"


def _kind(dtype: Any, cuda: bool = False) -> Any:
    members = {"dtype": dtype, "is_cuda": cuda, "__module__": "torch.cuda" if cuda else "torch"}
    return tensortype(f"{kind_of(dtype)}Tensor", (), members)


_STORED = [it for it in Dtype.named.values() if it.stored is not None]
TYPES: dict[str, Any] = {f"{kind_of(it)}Tensor": _kind(it) for it in _STORED}
CUDA_TYPES: dict[str, Any] = {f"{kind_of(it)}Tensor": _kind(it, True) for it in _STORED}


def _dtype_of(wanted: Any) -> Any:
    """The dtype that a type of old, its name, or a dtype stands for.

    Raises:
        ValueError: there is no such type.
    """
    if isinstance(wanted, Dtype):
        return wanted
    if isinstance(wanted, str):
        home, _, title = wanted.rpartition(".")
        if title == "Tensor":
            return get_default_dtype()
        known = CUDA_TYPES if home == "torch.cuda" else TYPES
        wanted = known.get(title, wanted)
    if wanted is Tensor:
        return get_default_dtype()
    if not isinstance(wanted, tensortype):
        raise _TypeNameError(f"invalid type: '{wanted}'")
    if wanted.is_cuda:
        check_device("cuda")
    return wanted.dtype


class _TypeNameError(DtypeError, ValueError):
    """What PyTorch raises as a ValueError."""


@op(name="type", function=False)
def type_(input: Any, dtype: Any = None, non_blocking: bool = False, **_: Any) -> Any:
    """The name of the tensor's type, such as torch.FloatTensor; with a dtype, converted to it."""
    if dtype is None:
        return f"torch.{kind_of(input.dtype)}Tensor"
    return converted(input, _dtype_of(dtype))


@op(function=False)
def new(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What the constructor of this tensor's type makes."""
    return made(args, kwargs, input.dtype)


@op(method=False)
def set_default_tensor_type(t: Any) -> Any:
    """Make the dtype of a float type of old the default."""
    set_default_dtype(_dtype_of(t))


@op(method=False)
def is_tensor(obj: Any) -> Any:
    """True for a tensor."""
    return isinstance(obj, Tensor)


def _default(*args: Any, **kwargs: Any) -> Tensor:
    return made(args, kwargs, get_default_dtype())


def _attach() -> None:
    known: Any = Tensor
    known._legacy = staticmethod(_default)
    FUNCTIONS.update(TYPES)


_attach()
