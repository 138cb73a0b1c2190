"""Extremes of pairs and bounds: maximum, minimum, clamp, and what replaces numbers.

Idea: rows in which NaN wins; bounds are operands, so they may be tensors and have gradients.
Not here: extremes over dims (extremes.py).
Read next: bitwise.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import GradientError
from minitorch.rows import ordering
from minitorch.tensor_functions import row_function
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import apply_row, op
from minitorch.torch.pointwise import mul
from minitorch.torch.tensor import Tensor

__all__ = [
    "clamp",
    "clamp_max",
    "clamp_min",
    "copysign",
    "fmax",
    "fmin",
    "heaviside",
    "maximum",
    "minimum",
    "nan_to_num",
]

AtLeast = row_function(ordering.at_least)
AtMost = row_function(ordering.at_most)
Clamp = row_function(ordering.clamp)
CopySign = row_function(ordering.copysign)
FMax = row_function(ordering.fmax)
FMin = row_function(ordering.fmin)
Heaviside = row_function(ordering.heaviside)
Maximum = row_function(ordering.maximum)
Minimum = row_function(ordering.minimum)
NanToNum = row_function(ordering.nan_to_num)


@op()
def maximum(input: Any, other: Any) -> Any:
    """The larger number of each pair; NaN if either is."""
    return apply_row(Maximum, input, other)


@op()
def minimum(input: Any, other: Any) -> Any:
    """The smaller number of each pair; NaN if either is."""
    return apply_row(Minimum, input, other)


@op()
def fmax(input: Any, other: Any) -> Any:
    """The larger number of each pair; the other where one is NaN."""
    return apply_row(FMax, input, other)


@op()
def fmin(input: Any, other: Any) -> Any:
    """The smaller number of each pair; the other where one is NaN."""
    return apply_row(FMin, input, other)


@op(inplace=True, also=("clip",))
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input, but at least min and then at most max; both are numbers or tensors.

    Raises:
        GradientError: neither bound is given.
    """
    if min is None and max is None:
        raise GradientError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if max is None:
        return apply_row(AtLeast, input, min)
    if min is None:
        return apply_row(AtMost, input, max)
    return apply_row(Clamp, input, min, max)


@op(inplace=True)
def clamp_min(input: Any, min: Any) -> Any:
    """input, but at least min."""
    return apply_row(AtLeast, input, min)


@op(inplace=True)
def clamp_max(input: Any, max: Any) -> Any:
    """input, but at most max."""
    return apply_row(AtMost, input, max)


@op(inplace=True)
def copysign(input: Any, other: Any) -> Any:
    """|input| with the sign of other."""
    if isinstance(input, Tensor) and not input.dtype.is_floating_point:
        input = mul(input, 1.0)
    return apply_row(CopySign, input, other)


@op(inplace=True)
def heaviside(input: Any, values: Any) -> Any:
    """0 below zero, 1 above, and the values at zero.

    Raises:
        GradientError: the dtypes differ.
    """
    if input._tensor.dtype != values._tensor.dtype:
        raise GradientError("heaviside is not yet implemented for tensors with different dtypes.")
    return apply_row(Heaviside, input, values)


@op(inplace=True)
def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """input with NaN as nan (0), and infinities as posinf and neginf (the largest numbers)."""
    if not input.dtype.is_floating_point:
        return input.clone()
    limits = finfo(input.dtype)
    return NanToNum.apply(
        input,
        0.0 if nan is None else float(nan),
        limits.max if posinf is None else float(posinf),
        limits.min if neginf is None else float(neginf),
    )
