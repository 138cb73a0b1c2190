"""Numbers in a row: arange, linspace, logspace.

Idea: the numbers are computed in Python's floats and ints, and stored in the dtype.
Not here: grids of two and more dims (grids.py).
Read next: grids.py
"""

from __future__ import annotations

import builtins
import warnings
from math import ceil
from typing import Any

from minitorch.errors import DtypeError, ShapeError
from minitorch.torch import interop
from minitorch.torch.creation import finished
from minitorch.torch.dtypes import check_device, get_default_dtype, stored_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import op
from minitorch.torch.tensor import Tensor

__all__ = ["arange", "linspace", "logspace"]


def number_of(value: Any) -> Any:
    """A number, which may be given as a tensor."""
    return value.item() if isinstance(value, Tensor) else value


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
    if device is not None:
        check_device(device)
    start, end, step = _limits(limits, given)
    if step == 0:
        raise _RangeError("step must be nonzero")
    if (end - start) * step < 0:
        raise _RangeError("upper bound and lower bound inconsistent with step sign")
    whole = isinstance(start, int) and isinstance(end, int) and isinstance(step, int)
    if dtype is None:
        dtype = Dtype.named["int64"] if whole else get_default_dtype()
    count = -((start - end) // step) if whole else ceil((end - start) / step)
    return finished(interop.counted(start, step, count, stored_dtype(dtype)), requires_grad)


def _limits(limits: tuple[Any, ...], given: dict[str, Any]) -> tuple[Any, Any, Any]:
    """(start, end, step), of which some are given by place and some by name.

    Raises:
        DtypeError: there is no end.
    """
    if len(limits) == 1 and not given:
        return 0, number_of(limits[0]), 1
    names = ("end",) if len(limits) == 1 and "end" not in given else ("start", "end", "step")
    known = {**dict(zip(names, limits, strict=False)), **given}
    if "end" not in known:
        raise DtypeError("arange() needs an end")
    return (
        number_of(known.get("start", 0)),
        number_of(known["end"]),
        number_of(known.get("step", 1)),
    )


class _RangeError(ShapeError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


@op(method=False)
def range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """start, start + step ... up to end, which is included; of old, for which `arange` stands."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
        UserWarning,
        stacklevel=3,
    )
    start, end, step = number_of(start), number_of(end), number_of(step)
    if step == 0:
        raise _RangeError("step must be nonzero")
    if (end - start) * step < 0:
        raise _RangeError("upper bound and lower bound inconsistent with step sign")
    count = int((end - start) / step) + 1
    stored = stored_dtype(dtype or get_default_dtype())
    return finished(interop.counted(start, step, count, stored), requires_grad)


def _even(start: Any, end: Any, steps: int) -> list[Any]:
    """So many numbers from start to end, computed from the nearer end."""
    if steps < 0:
        raise _RangeError("number of steps must be non-negative")
    if steps == 1:
        return [start]
    step = (end - start) / max(steps - 1, 1)
    half = steps // 2
    return [
        start + step * k if k < half else end - step * (steps - 1 - k)
        for k in builtins.range(steps)
    ]


@op(method=False)
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """`steps` numbers from start to end, both included, equally far apart.

    Raises:
        RuntimeError: fewer than no steps.

    >>> linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if device is not None:
        check_device(device)
    stored = stored_dtype(dtype or get_default_dtype())
    numbers = _even(_end(start, stored), _end(end, stored), int(steps))
    return finished(interop.of_list(numbers, (len(numbers),), stored), requires_grad)


@op(method=False)
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """`steps` powers of the base, with exponents from start to end equally far apart.

    Raises:
        RuntimeError: fewer than no steps.
    """
    if device is not None:
        check_device(device)
    stored = stored_dtype(dtype or get_default_dtype())
    exponents = _even(_end(start, stored), _end(end, stored), int(steps))
    numbers = [_power(base, it) for it in exponents]
    return finished(interop.of_list(numbers, (len(numbers),), stored), requires_grad)


def _end(value: Any, stored: Any) -> Any:
    """The first or last number of a row; in a row of whole numbers, a whole one."""
    number = number_of(value)
    return int(number) if stored.kind in "iu" else number


def _power(base: float, exponent: float) -> float:
    """base ** exponent as IEEE has it."""
    try:
        found = float(base) ** exponent
    except OverflowError:
        return float("inf")
    except ZeroDivisionError:
        return float("inf")
    return found if isinstance(found, float) else float("nan")
