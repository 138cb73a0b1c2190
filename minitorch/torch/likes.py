"""Tensors made like another one: of its shape, or only of its dtype.

Idea: `zeros_like(x)` takes x's shape and dtype, `x.new_zeros(...)` x's dtype; either may be given
    otherwise.
Not here: random numbers (drawing.py).
Read next: ranges.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import DtypeError
from minitorch.torch.creation import empty_strided, filled, finished, tensor
from minitorch.torch.dtypes import size_of, sizes_in
from minitorch.torch.face import op
from minitorch.torch.ranges import number_of
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import Overwrite

__all__ = [
    "empty_like",
    "fill",
    "fill_",
    "full_like",
    "new_empty",
    "new_full",
    "new_ones",
    "new_tensor",
    "new_zeros",
    "ones_like",
    "zero_",
    "zeros_like",
]


def like(
    x: Tensor, value: Any, dtype: Any, device: Any, requires_grad: bool, memory_format: Any = None
) -> Tensor:
    """One value in x's shape, and in its dtype unless another is given."""
    out = filled(x._tensor.shape, value, dtype or x.dtype, device)
    if memory_format is not None:
        out = out.contiguous(memory_format=memory_format)
    return finished(out, requires_grad)


@op(method=False)
def zeros_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Zeros of the input's shape and dtype."""
    return like(input, 0, dtype, device, requires_grad, memory_format)


@op(method=False)
def ones_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Ones of the input's shape and dtype."""
    return like(input, 1, dtype, device, requires_grad, memory_format)


@op(method=False)
def empty_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Room for numbers, of the input's shape and dtype (here: zeros)."""
    return like(input, 0, dtype, device, requires_grad, memory_format)


@op(method=False)
def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """One value in the input's shape and dtype."""
    return like(input, number_of(fill_value), dtype, device, requires_grad, memory_format)


@op(function=False)
def new_zeros(
    input: Any,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
    **given: Any,
) -> Any:
    """Zeros of a shape, of the input's dtype."""
    shape = sizes_in(size, given, "size")
    return finished(filled(shape, 0, dtype or input.dtype, device), requires_grad)


@op(function=False)
def new_ones(
    input: Any,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
    **given: Any,
) -> Any:
    """Ones of a shape, of the input's dtype."""
    shape = sizes_in(size, given, "size")
    return finished(filled(shape, 1, dtype or input.dtype, device), requires_grad)


@op(function=False)
def new_empty(
    input: Any,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
    **given: Any,
) -> Any:
    """Room for numbers of a shape, of the input's dtype (here: zeros)."""
    shape = sizes_in(size, given, "size")
    return finished(filled(shape, 0, dtype or input.dtype, device), requires_grad)


@op(function=False)
def new_full(
    input: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """One value in a shape, of the input's dtype."""
    value = number_of(fill_value)
    return finished(filled(size_of((size,)), value, dtype or input.dtype, device), requires_grad)


@op(function=False)
def new_empty_strided(
    input: Any,
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """Room for numbers, of a shape and with strides, of the input's dtype."""
    return empty_strided(
        size, stride, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad
    )


@op(function=False)
def new_tensor(
    input: Any,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """A copy of the data, of the input's dtype."""
    return tensor(data, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


# A tensor filled.


def _value_of(x: Tensor, value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        return x._ensure_tensor(value)
    if value.dims:
        raise FillError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.dims} "
            "dimensions."
        )
    return value


class FillError(DtypeError, RuntimeError):
    """A value that cannot fill a tensor: a RuntimeError, as PyTorch raises it."""


def fill_(input: Any, value: Any) -> Any:
    """Write one value, which may be a tensor without dims, into every cell."""
    input[...] = _value_of(input, value)
    return input


@op(inplace=fill_)
def fill(input: Any, value: Any) -> Any:
    """A copy with one value in every cell."""
    return Overwrite.apply(input, _value_of(input, value)).clone()


@op()
def zero_(input: Any) -> Any:
    """Write 0 into every cell."""
    return fill_(input, 0)


@op(function=False)
def copy_(input: Any, other: Any, non_blocking: bool = False) -> Any:
    """Write the numbers of another tensor, which broadcasts and is converted, into this one.

    Raises:
        RuntimeError: it does not broadcast to this one's shape.
    """
    input[...] = other if isinstance(other, Tensor) else tensor(other)
    return input
