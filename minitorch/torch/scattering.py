"""scatter: numbers written, added or folded where an index of all dims leads.

Idea: out[.., index[.., i, ..], ..] op= source[.., i, ..] along one dim. Sums and means are made of
    scatter_add; products and extremes are a fold of the engine.
Not here: gather, and an index of one dim (selecting.py).
Read next: selecting.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.rows import ordering
from minitorch.scattering import Scatter, ScatterFold, scatter_into
from minitorch.torch.dtypes import iinfo, kind_of
from minitorch.torch.face import check_dim, op
from minitorch.torch.selecting import SelectionError, as_index, lifted
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import patch

__all__ = ["index_reduce", "scatter", "scatter_add", "scatter_reduce"]


def _prepared(
    x: Tensor, name: str, dim: int, index: Any, source: Any
) -> tuple[Tensor, int, Tensor, Tensor]:
    """x, the dim, the index and the source, with dims.

    Raises:
        SelectionError: sizes or dtypes do not fit.
    """
    index = as_index(index, name)
    at = check_dim(dim, x.dims)
    if not isinstance(source, Tensor):
        source = x._ensure_tensor(source)
    elif source._tensor.dtype != x._tensor.dtype:
        raise SelectionError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, but got "
            f"{kind_of(x.dtype)} and {kind_of(source.dtype)}"
        )
    else:
        source = lifted(source)
    x, index = lifted(x), lifted(index)
    if not index._tensor.size:
        return x, at, index, source
    _check_sizes(x, at, index, source)
    return x, at, index, source


def _check_sizes(x: Tensor, at: int, index: Tensor, source: Tensor) -> None:
    shape, own, given = index._tensor.shape, x._tensor.shape, source._tensor.shape
    if len(shape) != len(own) or (given and len(given) != len(own)):
        raise SelectionError(
            "Index tensor must have the same number of dimensions as "
            + ("self tensor" if len(shape) != len(own) else "src tensor")
        )
    for k, n in enumerate(shape):
        if (k != at and n > own[k]) or (given and n > given[k]):
            raise SelectionError(
                f"Expected index {list(shape)} to be no larger than self {list(own)} apart from "
                f"dimension {at} and to be no larger size than src {list(given)}"
            )


def _scattered(input: Tensor, name: str, dim: int, index: Any, source: Any, adds: bool) -> Any:
    x, at, index, source = _prepared(input, name, dim, index, source)
    if not index._tensor.size:
        return input.clone()
    out = Scatter.apply(x, source, adds, at, index)
    return out if input.dims else out.view(())


def _scatter_into(
    input: Tensor, name: str, dim: int, index: Any, source: Any, adds: bool
) -> Tensor:
    x, at, index, source = _prepared(input, name, dim, index, source)
    if index._tensor.size:
        patch(
            x,
            source,
            lambda data, numbers: scatter_into(data, source._new(numbers), adds, at, index),
            lambda old, holder: Scatter.written(holder, old, source, adds, at, index),
        )
    return input


REDUCTIONS = {"add": "sum", "multiply": "prod"}


def _reduction(reduce: str) -> str:
    if reduce not in REDUCTIONS:
        raise SelectionError("reduce argument must be either add or multiply.")
    return REDUCTIONS[reduce]


def _scatter_(
    input: Any, dim: int, index: Any, src: Any = None, reduce: Any = None, *, value: Any = None
) -> Any:
    """`scatter` in place."""
    source = value if src is None else src
    if reduce is not None and _reduction(reduce) == "prod":
        return input.copy_(scatter(input, dim, index, source, reduce))
    return _scatter_into(input, "scatter", dim, index, source, reduce is not None)


@op(inplace=_scatter_)
def scatter(
    input: Any, dim: int, index: Any, src: Any = None, reduce: Any = None, *, value: Any = None
) -> Any:
    """A copy with src, or one value, written where the index leads; or added, or multiplied in.

    Raises:
        RuntimeError: sizes or dtypes do not fit, or the index leads outside.

    >>> import minitorch.torch as torch
    >>> torch.zeros(3).scatter(0, torch.tensor([2]), 1.5)
    tensor([0.0000, 0.0000, 1.5000])
    """
    source = value if src is None else src
    if reduce is None:
        return _scattered(input, "scatter", dim, index, source, False)
    if _reduction(reduce) == "sum":
        return _scattered(input, "scatter", dim, index, source, True)
    if not isinstance(source, Tensor):
        source = input._ensure_tensor(source).expand(index._tensor.shape)
    return scatter_reduce(input, dim, index, source, "prod")


def _scatter_add_(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`scatter_add` in place."""
    return _scatter_into(input, "scatter", dim, index, src, True)


@op(inplace=_scatter_add_)
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with src added where the index leads; twice named, twice added.

    Raises:
        RuntimeError: sizes or dtypes do not fit, or the index leads outside.
    """
    return _scattered(input, "scatter", dim, index, src, True)


@op(inplace=True)
def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy with sum, prod, mean, amax or amin of src where the index leads.

    The number that is there counts as one of them, unless include_self is False.

    Raises:
        RuntimeError: another reduction, sizes or dtypes that do not fit.
    """
    if reduce not in REDUCED:
        raise SelectionError(
            "reduce argument must be either sum, prod, mean, amax or amin, got " + reduce + "."
        )
    x, at, index, src = _prepared(input, "scatter_reduce", dim, index, src)
    if not index._tensor.size:
        return input.clone()
    if not include_self:
        first = x._ensure_tensor(_neutral(x, reduce))
        x = Scatter.apply(x, first, False, at, index)
    if reduce in ("sum", "mean"):
        out = Scatter.apply(x, src, True, at, index)
        if reduce == "mean":
            out = _divided(out, _counts(x, at, index, include_self))
    else:
        out = ScatterFold.apply(x, src, REDUCED[reduce], at, index)
    return out if input.dims else out.view(())


REDUCED: dict[str, Any] = {
    "sum": rules.add,
    "mean": rules.add,
    "prod": rules.mul,
    "amax": ordering.maximum,
    "amin": ordering.minimum,
}


def _neutral(x: Tensor, reduce: str) -> Any:
    """What a reduction begins with where the number that is there does not count."""
    if reduce in ("sum", "mean", "prod"):
        return int(reduce == "prod")
    kind = x.dtype
    if kind.is_floating_point:
        return float("-inf") if reduce == "amax" else float("inf")
    if kind.name == "bool":
        return reduce == "amin"
    return iinfo(kind).min if reduce == "amax" else iinfo(kind).max


def _counts(x: Tensor, at: int, index: Tensor, include_self: bool) -> Any:
    """How many numbers reach each cell; 1 where none does."""
    one: Any = x._ensure_tensor(1)
    counts = x.detach().new_ones(x._tensor.shape)
    if not include_self:
        counts = Scatter.apply(counts, x._ensure_tensor(0), False, at, index)
    return Scatter.apply(counts, one.expand(index._tensor.shape), True, at, index)


def _divided(total: Any, counts: Any) -> Any:
    if total.dtype.is_floating_point:
        return total / counts
    return total.div(counts, rounding_mode="floor")


@op(inplace=True)
def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy with prod, mean, amax or amin of source's slices where an index of one dim leads.

    Raises:
        RuntimeError: another reduction, sizes or dtypes that do not fit.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise SelectionError(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
            f"{reduce}."
        )
    x, source, index = lifted(input), lifted(source), lifted(index)
    at = check_dim(dim, x.dims)
    shown = index.view([-1 if k == at else 1 for k in range(x.dims)])
    shown = shown.expand(source._tensor.shape)
    out = scatter_reduce(x, at, shown, source, reduce, include_self=include_self)
    return out if input.dims else out.view(())
