"""Tensors made from nothing, from numbers, or like another one.

Idea: a shape, a dtype and a value; float32 unless asked for otherwise. `tensor` copies what it is
    given, however nested, and takes its dtype from the numbers in it.
Not here: arrays of NumPy (interop.py), random numbers (random.py).
Read next: pointwise.py
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, cast

from minitorch.errors import DtypeError, ShapeError
from minitorch.launches import launched
from minitorch.tensor_data import TensorData, fill
from minitorch.tensor_functions import Copy
from minitorch.tensor_functions import zeros_like as _zeros_like
from minitorch.torch import interop
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import get_default_dtype, size_of, stored_dtype
from minitorch.torch.face import converted, op
from minitorch.torch.tensor import Tensor, wrap

__all__ = ["arange", "clone", "empty", "full", "ones", "tensor", "to", "zeros"]


def finished(x: Tensor, requires_grad: bool = False) -> Tensor:
    """The tensor, tracking gradients if asked for."""
    return x.requires_grad_() if requires_grad else x


def filled(shape: Sequence[int], value: Any, dtype: Any) -> Tensor:
    """One value in every cell of a shape."""
    data = TensorData.empty(tuple(shape), stored_dtype(dtype or get_default_dtype()))
    launched(fill)(data.cell.array, value)
    return wrap(data)


@op(method=False)
def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A number, numbers in nested lists, or an array, as a tensor of its own.

    The dtype is that of an array; of numbers, bool, int64, or the default for floats.

    Raises:
        ShapeError: the lists of a level differ in length.
        DtypeError: something in it is no number.

    >>> import minitorch.torch as torch
    >>> torch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        made = data.detach().clone()
    elif interop.is_array(data):
        made = interop.copied(data)
    else:
        made = _of_numbers(data, dtype)
    made = made if dtype is None else converted(made, dtype)
    return finished(made, requires_grad)


def _of_numbers(data: Any, dtype: Any) -> Tensor:
    flat: list[Any] = []
    shape = _flatten(data, flat)
    if dtype is None:
        if any(isinstance(it, float) for it in flat) or not flat:
            dtype = get_default_dtype()
        else:
            dtype = Dtype.named["bool" if all(isinstance(it, bool) for it in flat) else "int64"]
    return interop.of_list(flat, shape, stored_dtype(dtype))


def _flatten(data: Any, into: list[Any]) -> tuple[int, ...]:
    if isinstance(data, bool | int | float):
        into.append(data)
        return ()
    if isinstance(data, Tensor) or interop.is_array(data):
        given: Any = data
        values = given.tolist()
        return _flatten(values, into)
    if isinstance(data, str | bytes) or not hasattr(data, "__len__"):
        kind = type(data).__name__
        if isinstance(data, str):
            raise DtypeError(f"new(): invalid data type '{kind}'")
        raise _CannotInfer(f"Could not infer dtype of {kind}")
    parts = cast("Sequence[Any]", data)
    shapes: list[tuple[int, ...]] = [_flatten(part, into) for part in parts]
    for k, it in enumerate(shapes):
        if it != shapes[0]:
            raise ShapeError(
                f"expected sequence of length {shapes[0][0] if shapes[0] else 0} at dim "
                f"{1} (got {it[0] if it else 0}, at {k})"
            )
    return (len(parts), *(shapes[0] if shapes else ()))


class _CannotInfer(DtypeError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


@op(method=False)
def zeros(
    *size: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Any = None,
    **given: Any,
) -> Any:
    """Zeros of a shape."""
    return finished(filled(size_of(given.get("size", size)), 0, dtype), requires_grad)


@op(method=False)
def ones(
    *size: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Any = None,
    **given: Any,
) -> Any:
    """Ones of a shape."""
    return finished(filled(size_of(given.get("size", size)), 1, dtype), requires_grad)


@op(method=False)
def empty(
    *size: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
    **given: Any,
) -> Any:
    """Room for numbers, of a shape; what is in it is undefined (here: zeros)."""
    return finished(filled(size_of(given.get("size", size)), 0, dtype), requires_grad)


@op(method=False)
def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """One value in every cell of a shape; the dtype is the value's."""
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    if dtype is None and not isinstance(fill_value, float):
        dtype = Dtype.named["bool" if isinstance(fill_value, bool) else "int64"]
    return finished(filled(size_of((size,)), fill_value, dtype), requires_grad)


@op(method=False)
def arange(
    *limits: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    **given: Any,
) -> Any:
    """start, start + step, ... below end; int64 for whole numbers, else the default dtype.

    Raises:
        ShapeError: a step of 0, or one that leads away from the end.
    """
    values = [it.item() if isinstance(it, Tensor) else it for it in limits]
    if len(values) == 1:
        values = [0, values[0]]
    start = given.get("start", values[0] if values else 0)
    end = given.get("end", values[1] if len(values) > 1 else None)
    step = given.get("step", values[2] if len(values) > 2 else 1)
    if end is None:
        raise DtypeError("arange() needs an end")
    if step == 0:
        raise _RangeError("step must be nonzero")
    if (end - start) * step < 0:
        raise _RangeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        whole = all(isinstance(it, int) for it in (start, end, step))
        dtype = Dtype.named["int64"] if whole else get_default_dtype()
    count = ceil((end - start) / step)
    return finished(interop.counted(start, step, count, stored_dtype(dtype)), requires_grad)


class _RangeError(ShapeError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


@op()
def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy with storage of its own; gradients flow through it."""
    return input.backend.id_map(input) if input.history is None else _Clone.apply(input)


class _Clone(Copy):
    """The same numbers in storage of their own."""

    @staticmethod
    def forward(ctx: Any, a: Any) -> Any:
        """A copy."""
        return a.backend.id_map(a)


@op(function=False)
def to(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The tensor as another dtype, on another device, or as another tensor is.

    Raises:
        DtypeError: complex numbers.
    """
    wanted = kwargs.get("dtype")
    other = kwargs.get("other")
    copy = bool(kwargs.get("copy", False))
    for it in args:
        if isinstance(it, Dtype):
            wanted = it
        elif isinstance(it, Tensor):
            other = it
    if wanted is None and other is not None:
        wanted = other.dtype
    out = input if wanted is None else converted(input, wanted)
    return out.clone() if copy and out is input else out


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
    ):
        setattr(known, title, _caster(Dtype.named[name]))


def _caster(wanted: Any) -> Any:
    def cast_to(self: Any, memory_format: Any = None) -> Any:
        return converted(self, wanted)

    return cast_to


_attach()
zeros_of = _zeros_like
