"""What the functions of this folder are made of: checks of dtypes, writing in place, sizes.

Idea: a mistake raises what PyTorch raises, from one place; `applied` gives a row of the op table
    the argument `inplace`.
Not here: the functions themselves.
Read next: activation.py
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from minitorch.errors import GradientError, MinitorchError, ShapeError
from minitorch.tensor_functions import Function
from minitorch.torch.dtypes import dtype, kind_of
from minitorch.torch.face import in_place
from minitorch.torch.tensor import Tensor

__all__ = [
    "INT64",
    "NotForDtypeError",
    "SizeError",
    "applied",
    "floats_only",
    "same_kind",
    "tuple_of",
]

INT64 = dtype.named["int64"]


class NotForDtypeError(MinitorchError, NotImplementedError):
    """A dtype that an op does not take: a NotImplementedError, as PyTorch raises it."""


class SizeError(ShapeError, RuntimeError):
    """Sizes that do not fit: a RuntimeError, as PyTorch raises it."""


def floats_only(label: str, *tensors: Tensor) -> None:
    """Raise where one of the tensors holds no floats.

    Raises:
        NotForDtypeError: it holds whole numbers or bools.
    """
    for it in tensors:
        if it._tensor.dtype.kind in "iub":
            raise NotForDtypeError(f"\"{label}\" not implemented for '{kind_of(it.dtype)}'")


def same_kind(*tensors: Tensor) -> None:
    """Raise where the tensors differ in dtype.

    Raises:
        GradientError: a RuntimeError, as PyTorch raises it.
    """
    for it in tensors:
        if it._tensor.dtype != tensors[0]._tensor.dtype:
            raise GradientError(
                f"expected scalar type {kind_of(tensors[0].dtype)} but found {kind_of(it.dtype)}"
            )


@cache
def _written(function: type[Function]) -> Any:
    return in_place(function.apply, function.__name__)


def applied(function: type[Function], input: Any, *settings: Any, inplace: bool = False) -> Any:
    """The function of the input; written into it, if so asked."""
    if inplace:
        return _written(function)(input, *settings)
    return function.apply(input, *settings)


def tuple_of(value: Any, count: int, name: str = "size") -> tuple[int, ...]:
    """One int for all dims, or one for each.

    Raises:
        SizeError: another number of them.
    """
    if not isinstance(value, tuple | list):
        return (int(value),) * count
    given = [int(it) for it in cast("Sequence[Any]", value)]
    if len(given) == 1:
        given *= count
    if len(given) != count:
        raise SizeError(f"{name} must be one int or {count}, but got {len(given)}: {given}")
    return tuple(given)
