"""Tensors made from nothing, or from numbers.

Idea: a shape, a dtype and a value; float32 unless asked for otherwise. `tensor` copies what it is
    given, however nested, and takes its dtype from the numbers in it.
Not here: arrays of NumPy (interop.py), like another tensor (likes.py), ranges (ranges.py), random
    numbers (random.py).
Read next: likes.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from minitorch.errors import DtypeError, ShapeError
from minitorch.launches import launched
from minitorch.strided import Layout
from minitorch.tensor_data import TensorData, contiguous_strides, fill
from minitorch.torch import interop
from minitorch.torch.dtypes import check_device, get_default_dtype, size_of, stored_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import converted, op
from minitorch.torch.tensor import Tensor, wrap

__all__ = [
    "as_tensor",
    "asarray",
    "empty",
    "empty_permuted",
    "empty_strided",
    "full",
    "ones",
    "scalar_tensor",
    "tensor",
    "zeros",
]


def finished(x: Tensor, requires_grad: bool = False) -> Tensor:
    """The tensor, tracking gradients if asked for."""
    return x.requires_grad_() if requires_grad else x


def filled(shape: Sequence[int], value: Any, dtype: Any, device: Any = None) -> Tensor:
    """One value in every cell of a shape.

    Raises:
        SizeError: a size below 0.
        DeviceError: a device that is not there.
    """
    if device is not None:
        check_device(device)
    if min(shape, default=0) < 0:
        least = min(shape)
        raise SizeError(f"Trying to create tensor with negative dimension {least}: {list(shape)}")
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
    if device is not None:
        check_device(device)
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
    if isinstance(data, complex):
        raise DtypeError("complex tensors are not supported; use two real tensors.")
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


def _sizes(size: tuple[Any, ...], given: dict[str, Any]) -> tuple[int, ...]:
    """The sizes of a constructor, given one by one, as one sequence, or as `size=`.

    Raises:
        DtypeError: something else is given.
    """
    found = given.pop("size", size)
    if given:
        raise DtypeError(f"got an unexpected keyword argument '{next(iter(given))}'")
    try:
        return size_of((found,) if isinstance(found, int) else found)
    except (TypeError, ValueError):
        raise DtypeError(
            f"(): argument 'size' must be tuple of ints, but found {found!r}"
        ) from None


class SizeError(ShapeError, RuntimeError):
    """A size that no tensor has: a RuntimeError, as PyTorch raises it."""


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
    return finished(filled(_sizes(size, given), 0, dtype, device), requires_grad)


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
    return finished(filled(_sizes(size, given), 1, dtype, device), requires_grad)


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
    return finished(filled(_sizes(size, given), 0, dtype, device), requires_grad)


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
    return finished(filled(size_of((size,)), fill_value, dtype, device), requires_grad)


@op(method=False)
def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A number as a tensor without dims, by default of the default dtype."""
    return finished(filled((), s, dtype, device), requires_grad)


@op(method=False)
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """The data as a tensor, on the same memory where it can be."""
    if device is not None:
        check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else converted(data, dtype)
    if interop.is_array(data) and data.ndim:
        shared = interop.from_numpy(data)
        return shared if dtype is None else converted(shared, dtype)
    return tensor(data, dtype=dtype)


@op(method=False)
def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Any:
    """As `as_tensor`; with copy=True always a copy, with copy=False never one.

    Raises:
        ShapeError: a copy is needed and not allowed.
    """
    if copy:
        made = tensor(obj, dtype=dtype, device=device)
    else:
        made = as_tensor(obj, dtype, device)
        shared = isinstance(obj, Tensor) or (interop.is_array(obj) and obj.ndim)
        if copy is False and not (shared and (dtype is None or obj is made)):
            raise ShapeError("can't alias arbitrary sequence into a tensor, or another dtype.")
    return finished(made, requires_grad)


@op(method=False)
def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Room for numbers, of a shape and with strides."""
    shape, strides = size_of((size,)), size_of((stride,))
    if len(shape) != len(strides):
        raise SizeError("mismatch in length of strides and shape")
    whole = filled((Layout(shape, strides).span,), 0, dtype, device)
    return finished(wrap(whole._tensor._viewed(shape, strides, 0)), requires_grad)


@op(method=False)
def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Room for numbers, of a shape, with the dims in this order in memory."""
    shape, order = size_of((size,)), size_of((physical_layout,))
    if sorted(order) != list(range(len(shape))):
        raise SizeError(f"empty_permuted: order of the dims {list(order)} for sizes {list(shape)}")
    inner = contiguous_strides(tuple([shape[k] for k in order]))
    strides = [inner[order.index(k)] for k in range(len(shape))]
    return empty_strided(shape, strides, dtype=dtype, device=device, requires_grad=requires_grad)
