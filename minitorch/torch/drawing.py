"""Random tensors: rand, randn, randint, and tensors filled from a distribution in place.

Idea: the engine draws uniform, normal and whole numbers; each other distribution is a composition
    of pointwise ops on those.
Not here: seeds and states (random.py), numbers drawn by probabilities (sampling.py).
Read next: sampling.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from minitorch import random
from minitorch.errors import DtypeError, MissingKernelError, ShapeError
from minitorch.tensor import drawn_data
from minitorch.tensor_data import dtype_of
from minitorch.tensor_functions import as_dtype
from minitorch.torch import interop
from minitorch.torch.creation import SizeError, finished
from minitorch.torch.dtypes import check_device, get_default_dtype, size_of, stored_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import converted, op
from minitorch.torch.ranges import number_of
from minitorch.torch.tensor import BACKEND, Tensor, recording, wrap
from minitorch.torch.views import overwrite, write

__all__ = ["normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like"]

FLOAT32, FLOAT64 = dtype_of("float32"), dtype_of("float64")


class DrawError(ShapeError, RuntimeError):
    """Parameters that no distribution has: a RuntimeError, as PyTorch raises it."""


def _check_shape(shape: tuple[int, ...]) -> None:
    if min(shape, default=0) < 0:
        raise SizeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}"
        )


def _float_for(dtype: Any) -> Any:
    """The stored dtype to draw in, for a float dtype.

    Raises:
        DrawError: it is no float.
    """
    stored = stored_dtype(dtype)
    if not dtype.is_floating_point:
        raise MissingKernelError(f"\"uniform_distribution\" not implemented for '{dtype}'")
    return FLOAT64 if stored == FLOAT64 else FLOAT32


def drawing_of(generator: Any) -> random.Generator:
    """The engine's generator of one of this face, or the default one."""
    return random.default_generator if generator is None else generator._drawing


def uniform(shape: Any, dtype: Any, generator: Any = None) -> Any:
    """Numbers from [0, 1), in a float dtype."""
    stored = _float_for(dtype)
    fn = random.uniform if stored == FLOAT64 else random.uniform_single
    _check_shape(shape)
    data = drawn_data(fn, tuple(shape), BACKEND, stored, drawing_of(generator))
    return converted(wrap(data), dtype)


def standard_normal(shape: Any, dtype: Any, generator: Any = None) -> Any:
    """Numbers from the standard normal distribution, in a float dtype."""
    stored = _float_for(dtype)
    _check_shape(shape)
    data = drawn_data(random.normal, tuple(shape), BACKEND, stored, drawing_of(generator))
    return converted(wrap(data), dtype)


def whole(shape: Any, low: int, high: int, dtype: Any, generator: Any = None) -> Any:
    """Whole numbers from low to high - 1, in any dtype."""
    _check_shape(shape)
    count = prod(shape)
    drawing = drawing_of(generator)
    first = drawing.reserve(count)
    counters = interop.counted(first, 1, count, dtype_of("int64"))
    draw = BACKEND.launch(random.whole, 1, 3)
    span = high - low
    made = draw(counters, drawing.seed, low, 0 if span >= 2**63 else span)
    return as_dtype(made, stored_dtype(dtype)).view(shape)


def _sized(size: tuple[Any, ...], given: dict[str, Any]) -> tuple[int, ...]:
    found = given.pop("size", size)
    if given:
        raise DtypeError(f"got an unexpected keyword argument '{next(iter(given))}'")
    return size_of((found,) if isinstance(found, int) else found)


@op(method=False)
def rand(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
    **given: Any,
) -> Any:
    """Numbers drawn uniformly from [0, 1)."""
    if device is not None:
        check_device(device)
    out = uniform(_sized(size, given), dtype or get_default_dtype(), generator)
    return finished(out, requires_grad)


@op(method=False)
def randn(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
    **given: Any,
) -> Any:
    """Numbers drawn from the standard normal distribution."""
    if device is not None:
        check_device(device)
    out = standard_normal(_sized(size, given), dtype or get_default_dtype(), generator)
    return finished(out, requires_grad)


def _limits(low: Any, high: Any) -> tuple[int, int]:
    low, high = int(number_of(low)), int(number_of(high))
    if low >= high:
        raise DrawError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    return low, high


@op(method=False)
def randint(
    *limits: Any,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **given: Any,
) -> Any:
    """Whole numbers from low, by default 0, to high - 1: randint(low, high, size).

    Raises:
        RuntimeError: low is not below high.
    """
    if device is not None:
        check_device(device)
    rest = list(limits)
    size = given["size"] if "size" in given else rest.pop()
    high = given["high"] if "high" in given else rest.pop()
    low = given["low"] if "low" in given else rest.pop() if rest else 0
    low, high = _limits(low, high)
    made = whole(size_of((size,)), low, high, dtype or Dtype.named["int64"], generator)
    return finished(made, requires_grad)


@op(method=False)
def rand_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Numbers drawn uniformly from [0, 1), in the input's shape and dtype."""
    return finished(uniform(input._tensor.shape, dtype or input.dtype, generator), requires_grad)


@op(method=False)
def randn_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Numbers drawn from the standard normal distribution, in the input's shape and dtype."""
    out = standard_normal(input._tensor.shape, dtype or input.dtype, generator)
    return finished(out, requires_grad)


@op(method=False)
def randint_like(
    input: Any,
    *limits: Any,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    **given: Any,
) -> Any:
    """Whole numbers from low, by default 0, to high - 1, in the input's shape and dtype."""
    rest = list(limits)
    high = given["high"] if "high" in given else rest.pop()
    low = given["low"] if "low" in given else rest.pop() if rest else 0
    low, high = _limits(low, high)
    made = whole(input._tensor.shape, low, high, dtype or input.dtype, generator)
    return finished(made, requires_grad)


@op(method=False)
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Numbers drawn from normal distributions of these means and standard deviations.

    Raises:
        RuntimeError: a standard deviation below 0.
    """
    if not isinstance(std, Tensor) and std < 0:
        raise DrawError(f"normal expects std >= 0.0, but found std {std}")
    tensors = [it for it in (mean, std) if isinstance(it, Tensor)]
    if tensors:
        shape = (mean + std)._tensor.shape
        drawn = standard_normal(shape, tensors[0].dtype, generator)
        return (
            mean.detach() + drawn * _plain(std)
            if isinstance(mean, Tensor)
            else (mean + drawn * _plain(std))
        )
    drawn = standard_normal(size_of((size,)), dtype or get_default_dtype(), generator)
    return finished(drawn * std + mean, requires_grad)


def _plain(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value


def drawn_into(x: Tensor, drawn: Tensor) -> Tensor:
    """Write drawn numbers into x, whose old ones are forgotten."""
    if recording(x) or drawn._tensor.dtype != x._tensor.dtype:
        return overwrite(x, drawn)
    return write(x, drawn)
