"""The same numbers as another dtype, on another device, or in storage of their own.

Idea: a dtype that is there already gives the tensor itself; between floats gradients flow.
Not here: the conversion (face.converted), legacy names of types (legacy.py).
Read next: legacy.py
"""

from __future__ import annotations

from typing import Any

from minitorch.tensor_functions import Copy
from minitorch.torch.dtypes import check_device, device, memory_format, result_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import FUNCTIONS, converted, op
from minitorch.torch.shaping import format_strides
from minitorch.torch.tensor import Tensor

__all__ = ["clone", "cpu", "cuda", "to", "type_as"]


@op()
def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy with storage of its own; gradients flow through it."""
    if format_strides(input._tensor.shape, memory_format) is not None:
        return input.contiguous(memory_format=memory_format).clone()
    return _Clone.apply(input)


class _Clone(Copy):
    """The same numbers in storage of their own."""

    @staticmethod
    def forward(ctx: Any, a: Any) -> Any:
        """A copy."""
        return Copy.copy_of(a)


@op(function=False)
def to(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The tensor as another dtype, on another device, or as another tensor is.

    Raises:
        DtypeError: complex numbers.
        DeviceError: a device that is not there.
    """
    wanted, place = kwargs.get("dtype"), kwargs.get("device")
    other, copy = kwargs.get("other"), bool(kwargs.get("copy", False))
    flags: list[bool] = []
    for it in args:
        if isinstance(it, Dtype):
            wanted = it
        elif isinstance(it, Tensor):
            other = it
        elif isinstance(it, bool):
            flags.append(it)
        elif isinstance(it, str | int | device):
            place = it
        elif isinstance(it, memory_format):
            kwargs["memory_format"] = it
    copy = copy or (len(flags) > 1 and flags[1])
    if place is not None:
        check_device(place)
    if wanted is None and other is not None:
        wanted = other.dtype
    out = input if wanted is None else converted(input, wanted)
    if format_strides(input._tensor.shape, kwargs.get("memory_format")) is not None:
        out = out.contiguous(memory_format=kwargs["memory_format"])
    return out.clone() if copy and out is input else out


@op(function=False)
def type_as(input: Any, other: Any) -> Any:
    """The numbers as the dtype of another tensor."""
    return converted(input, other.dtype)


@op(function=False)
def cpu(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself: it is there."""
    return input


@op(function=False)
def cuda(
    input: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None
) -> Any:
    """The tensor on a GPU.

    Raises:
        DeviceError: there is none.
    """
    check_device("cuda" if device is None else device)
    return input


@op()
def detach_(input: Any) -> Any:
    """Leave the graph."""
    input.history = None
    return input


@op(method=False)
def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype that an op of both computes in."""
    return result_dtype([tensor1, tensor2])


@op(function=False)
def apply_(input: Any, callable: Any) -> Any:
    """Replace each number by what a function of Python gives for it."""
    return map_(input, input, lambda own, _: callable(own))


@op(function=False)
def map_(input: Any, tensor: Any, callable: Any) -> Any:
    """Replace each number by what a function of Python gives for it and another's."""
    other = tensor.expand(input._tensor.shape).reshape(-1).tolist()
    made = [callable(a, b) for a, b in zip(input.reshape(-1).tolist(), other, strict=True)]
    numbers = FUNCTIONS["tensor"](made, dtype=input.dtype)
    return input.copy_(numbers.reshape(input._tensor.shape))


def _attach() -> None:
    known: Any = Tensor
    for title, name in (
        ("float", "float32"),
        ("double", "float64"),
        ("half", "float16"),
        ("bfloat16", "bfloat16"),
        ("long", "int64"),
        ("int", "int32"),
        ("short", "int16"),
        ("char", "int8"),
        ("byte", "uint8"),
        ("bool", "bool"),
        ("cfloat", "complex64"),
        ("cdouble", "complex128"),
    ):
        setattr(known, title, _caster(Dtype.named[name]))


def _caster(wanted: Any) -> Any:
    def cast_to(self: Any, memory_format: Any = None) -> Any:
        return converted(self, wanted)

    return cast_to


_attach()
