"""Writing along one dim by an index that has all dims, as Gather reads.

Idea: out[.., index[.., i, ..], ..] op= source[.., i, ..], where op writes over, adds, multiplies,
    or keeps the larger or smaller number. What reaches a cell shares or gets its gradient as in
    the reduction of the same name.
Not here: reading (selection.py), one index for each dim (indexing.py), the loops (index_loops.py).
Read next: selection.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from minitorch import operators, rules
from minitorch.autodiff import Context
from minitorch.errors import IndexingError
from minitorch.index_loops import IndexOps
from minitorch.indexing import scatter_by
from minitorch.launches import launched
from minitorch.rows import ordering
from minitorch.rules import Rule
from minitorch.selection import Gather, widened
from minitorch.tensor_data import Ints, TensorData, copied
from minitorch.tensor_functions import Function, Inv, Mul, Slice, row_function, zeros_like
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "Scatter",
    "ScatterFold",
    "check_range",
    "fold_along",
    "put_along",
    "scatter_into",
]

INT = np.dtype("int64")
Array = npt.NDArray[Any]
Same = row_function(ordering.is_same)
Where = row_function(rules.where)


def _along(out: TensorData, shape: Ints, dim: int) -> TensorData:
    """The part of `out` that an index of this shape can reach."""
    sizes = [n if k == dim else m for k, (n, m) in enumerate(zip(out.shape, shape, strict=True))]
    return out._viewed(sizes, out.strides, out.offset)


def _put_along(out: Array, source: Array, index: Array, dim: int) -> None:
    key: list[Any] = []
    for k, n in enumerate(index.shape):
        steps = [1] * index.ndim
        steps[k] = n
        key.append(np.arange(n, dtype=INT).reshape(steps))
    key[dim] = index
    out[tuple(key)] = source


def put_along(out: TensorData, source: TensorData, dim: int, index: Any) -> None:
    """out[.., index[.., i, ..], ..] = source[.., i, ..], which broadcasts to the index.

    Raises:
        IndexingError: an index is out of range.
    """
    chosen = index._tensor
    check_range(index, out.shape[dim], dim)
    if chosen.size:
        numbers = _reached(source, chosen.shape).array()
        launched(_put_along)(_along(out, chosen.shape, dim).array(), numbers, chosen.array(), dim)


def check_range(index: Any, size: int, dim: int) -> None:
    """Raise for an index out of range; here a negative one is.

    Raises:
        IndexingError: as said.
    """
    data = index._tensor
    outside = getattr(index.backend.ops, "outside", IndexOps.outside)
    bad = outside(data, size)
    if bad >= 0:
        value = data.array().reshape(-1)[bad]
        raise IndexingError(f"index {value} is out of bounds for dimension {dim} with size {size}")


def fold_along(fn: Any, out: TensorData, source: Any, dim: int, index: Any) -> None:
    """out[.., index[.., i, ..], ..] = fn(that, source[.., i, ..]); the source broadcasts.

    Raises:
        IndexingError: an index is out of range.
    """
    chosen = index._tensor
    check_range(index, out.shape[dim], dim)
    if chosen.size:
        part = _along(out, chosen.shape, dim)
        source = new_like(source, _reached(source._tensor, chosen.shape))
        scatter_by(source.backend.ops, fn)(part, source, dim, chosen)


def _reached(source: TensorData, shape: Ints) -> TensorData:
    """The part of the source that an index of this shape reads; without dims, it broadcasts."""
    return (
        source._viewed(shape, source.strides, source.offset)
        if source.dims
        else source.expand(shape)
    )


class Scatter(Function):
    """a with source[.., i, ..] written over out[.., index[.., i, ..], ..] along a dim, or added.

    The index may be smaller than a in the other dims, and than the source in any.
    """

    @staticmethod
    def forward(
        ctx: Context, a: Tensor, source: Tensor, adds: bool, dim: int, index: Tensor
    ) -> Tensor:
        """A copy of a, written to; see `written` for what has been written already."""
        ctx.save_for_backward(source._tensor.shape, adds, dim, index)
        out = TensorData.of(copied(a._tensor.array()))
        scatter_into(out, source, adds, dim, index)
        return new_like(a, out)

    @classmethod
    def written(cls, result: Any, a: Any, source: Any, *how: Any) -> Any:
        """Record the write of the source into a, which has been done, as the result's history."""
        ctx = Context()
        ctx.save_for_backward(source._tensor.shape, *how)
        return cls.record(ctx, (a, source, *how), result)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """The gradient, without the cells written over; and that of the cells named."""
        shape, adds, dim, index = ctx.saved_tensors
        needs_a, needs_source = ctx.needs_input_grad[:2]
        rest, inner = grad_output, None
        if needs_a and not adds:
            rest = Scatter.apply(grad_output, zeros_like(grad_output, ()), False, dim, index)
        if needs_source:
            inner = Gather.apply(grad_output, dim, index)
            if shape:
                inner = widened(inner, shape)
        return rest, inner, None, None, None


def scatter_into(out: TensorData, source: Any, adds: bool, dim: int, index: Any) -> None:
    """Write the source, or add it, where `Scatter` says.

    Raises:
        IndexingError: an index is out of range.
    """
    if adds:
        fold_along(operators.add, out, source, dim, index)
    else:
        put_along(out, source._tensor, dim, index)


class ScatterFold(Function):
    """a with each source multiplied into its cell, or the larger or smaller of both kept.

    The row is `mul`, `maximum` or `minimum`. Ties share a gradient evenly.
    """

    @staticmethod
    def forward(
        ctx: Context, a: Tensor, source: Tensor, rule: Rule, dim: int, index: Tensor
    ) -> Tensor:
        """A copy of a, folded into."""
        out = new_like(a, TensorData.of(copied(a._tensor.array())))
        fold_along(rule.fn, out._tensor, source, dim, index)
        ctx.save_for_backward(a, source, out, rule, dim, index)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """To each cell and source its share."""
        a, source, out, rule, dim, index = ctx.saved_tensors
        shape = source._tensor.shape
        source = _narrowed(source, index._tensor.shape)
        back = _factors if rule is rules.mul else _winners
        first, second = back(grad_output, a, source, out, dim, index)
        return first, widened(second, shape), None, None, None


def _winners(g: Any, a: Any, source: Any, out: Any, dim: int, index: Any) -> tuple[Any, Any]:
    """The gradient of an extreme goes to all that reach it, in equal parts."""
    reached = Gather.apply(out.detach(), dim, index)
    kept, won = Same.apply(a.detach(), out.detach()), Same.apply(source.detach(), reached)
    count = Scatter.apply(kept, won, True, dim, index)
    share = Mul.apply(g, Inv.apply(count))
    return Mul.apply(kept, share), Mul.apply(won, Gather.apply(share, dim, index))


def _factors(g: Any, a: Any, source: Any, out: Any, dim: int, index: Any) -> tuple[Any, Any]:
    """The gradient of a product goes to each factor times the product of the others.

    A zero is put aside: the product of the others is that of all, with 1 in its place.
    """
    one = zeros_like(a, ())
    one._tensor.cell.array[...] = 1
    zero = zeros_like(a, ())
    none = Same.apply(a.detach(), zero)
    nonzero = Where.apply(none, one, a)
    others = ScatterFold.apply(nonzero, source, rules.mul, dim, index)
    first = Mul.apply(g, Mul.apply(others, Inv.apply(nonzero)))
    empty = Same.apply(source.detach(), zero)
    zeros = Gather.apply(Scatter.apply(zeros_like(a), empty, True, dim, index), dim, index)
    single = Mul.apply(empty, Same.apply(zeros, one))  # the only zero of its cell
    kept = Where.apply(single, one, source)
    without = ScatterFold.apply(a, kept, rules.mul, dim, index)
    plain = Where.apply(empty, one, source)
    other = Mul.apply(Gather.apply(Mul.apply(g, out), dim, index), Inv.apply(plain))
    alone = Gather.apply(Mul.apply(g, without), dim, index)
    return first, Where.apply(single, alone, other)


def _narrowed(source: Any, shape: Ints) -> Any:
    """The part of the source that an index of this shape reads."""
    for k, n in enumerate(shape):
        if source._tensor.shape[k] != n:
            source = Slice.apply(source, k, 0, n)
    return source
