"""Masks, and where numbers are not zero: masked_fill, masked_select, nonzero.

Idea: a mask is the list of the indices where it is True; filling by one is a choice at every cell.
Not here: the indexing language, which takes masks too (indexing.py).
Read next: indexing.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.indexing import Put
from minitorch.ordering import nonzero_indices
from minitorch.tensor_functions import row_function
from minitorch.torch.broadcasting import broadcast_tensors
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import op
from minitorch.torch.indexing import read_at, write_at
from minitorch.torch.joining import stack
from minitorch.torch.selecting import SelectionError, lifted, single
from minitorch.torch.tensor import Tensor

__all__ = [
    "argwhere",
    "masked_fill",
    "masked_scatter",
    "masked_select",
    "nonzero",
    "nonzero_static",
]

Where = row_function(rules.where)


def _check_mask(mask: Any, name: str) -> None:
    if not isinstance(mask, Tensor) or mask.dtype.name not in ("bool", "uint8"):
        raise SelectionError(f"{name}: expected BoolTensor for mask")


@op(inplace=True)
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy with one value where a mask, which broadcasts, is True.

    Raises:
        RuntimeError: the mask is not of bools, or the value has dims.
    """
    if not isinstance(mask, Tensor) or mask.dtype.name != "bool":
        raise SelectionError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{getattr(mask, 'dtype', type(mask))}"
        )
    if not isinstance(value, Tensor):
        _check_fits(input, value)
    return Where.apply(mask, single(input, value, "masked_fill_"), input)


def _check_fits(x: Tensor, value: Any) -> None:
    if isinstance(value, float) and not x.dtype.is_floating_point and not value.is_integer():
        kind = x.dtype.name
        if value != value or value in (float("inf"), -float("inf")):
            raise SelectionError(f"value cannot be converted to type {kind} without overflow")


@op()
def masked_select(input: Any, mask: Any) -> Any:
    """The numbers where a mask is True, in one dim; both broadcast.

    Raises:
        RuntimeError: the mask is not of bools.
    """
    _check_mask(mask, "masked_select")
    x, where = broadcast_tensors(lifted(input), mask)
    return read_at(x, range(x.dims), nonzero_indices(where))


def _masked_scatter_(input: Any, mask: Any, source: Any) -> Any:
    """`masked_scatter` in place."""
    where, source = _for_masked(input, mask, source, input._tensor.shape)
    if not input.dims:
        return input.copy_(source.reshape(())) if source._tensor.size else input
    write_at(input, range(input.dims), where, source)
    return input


@op(inplace=_masked_scatter_)
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy with the numbers of source, in order, where a mask is True.

    Raises:
        RuntimeError: the source has too few numbers, or another dtype.
    """
    x, _ = broadcast_tensors(lifted(input), mask)
    where, source = _for_masked(x, mask, source, x._tensor.shape)
    out = Put.apply(x, source, False, tuple(range(x.dims)), *where)
    return out if input.dims or mask.dims else out.view(())


def _for_masked(
    x: Tensor, mask: Any, source: Tensor, shape: tuple[int, ...]
) -> tuple[list[Any], Any]:
    if source._tensor.dtype != x._tensor.dtype:
        raise SelectionError(
            "masked_scatter_: expected self and source to have same dtypes but got "
            f"{kind_of(x.dtype)} and {kind_of(source.dtype)}"
        )
    _check_mask(mask, "masked_scatter_")
    where = nonzero_indices(lifted(mask.expand(shape)))
    count = where[0]._tensor.size
    if source._tensor.size < count:
        raise SelectionError(
            "Number of elements of source < number of ones in mask: masked_scatter needs "
            f"{count}, got {source._tensor.size}"
        )
    return where, source.reshape(-1).narrow(0, 0, count)


# Where the numbers are not zero.


@op()
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the cells that are not zero, as rows; or as one index for each dim."""
    if as_tuple:
        return tuple(nonzero_indices(lifted(input)))
    if not input.dims:
        return nonzero(lifted(input)).narrow(1, 0, 0)
    return stack(nonzero_indices(input), 1)


@op()
def argwhere(input: Any) -> Any:
    """The indices of the cells that are not zero, as rows."""
    return nonzero(input)


@op()
def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """The first `size` rows of `nonzero`; those that are missing are filled."""
    found = nonzero(input)
    count = min(size, found._tensor.shape[0])
    out = found.new_full((size, input.dims), fill_value)
    out[:count] = found[:count]
    return out
