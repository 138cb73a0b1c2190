"""Movement: other shapes and orders of the same cells, most of them views.

Idea: a view is a layout over the base's storage (../strided.py); the base knows its views, so that
    what is written to either is seen by the graph of the other. Sizes may be negative once, dims
    count from the end.
Not here: the indexing language (indexing.py), cat and split (joining.py).
Read next: indexing.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from minitorch.errors import GradientError, ShapeError, ViewError
from minitorch.strided import AsStrided, Layout
from minitorch.tensor_data import contiguous_strides
from minitorch.tensor_functions import Copy, Expand, Permute, View
from minitorch.torch.dtypes import size_of
from minitorch.torch.face import check_dim, op
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import as_view

__all__ = [
    "contiguous",
    "expand",
    "permute",
    "reshape",
    "squeeze",
    "transpose",
    "unsqueeze",
    "view",
]


class SizeError(ShapeError, RuntimeError):
    """A size that does not fit: a RuntimeError, as PyTorch raises it."""


def _complete(sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The sizes with -1 replaced by what is left.

    Raises:
        SizeError: they do not multiply to the count.
    """
    shown = list(sizes)
    if sizes.count(-1) > 1:
        raise SizeError("only one dimension can be inferred")
    if -1 in sizes:
        rest = -prod(sizes)
        if rest == 0:
            raise SizeError(
                f"cannot reshape tensor of {count} elements into shape {shown} because the "
                "unspecified dimension size -1 can be any value and is ambiguous"
            )
        sizes = tuple([count // rest if n == -1 else n for n in sizes])
    if min(sizes, default=0) < 0:
        raise SizeError(f"invalid shape dimension {min(sizes)}")
    if prod(sizes) != count:
        raise SizeError(f"shape '{shown}' is invalid for input of size {count}")
    return sizes


def _view_strides(shape: Any, strides: Any, sizes: Any) -> tuple[int, ...] | None:
    """The strides of a view in other sizes, or None where only a copy has them."""
    if prod(sizes) == 0:
        return contiguous_strides(tuple(sizes))
    runs: list[tuple[int, int]] = []  # (cells, stride of the last) of dims that lie in a row
    for n, step in zip(shape, strides, strict=True):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * step:
            runs[-1] = (runs[-1][0] * n, step)
        else:
            runs.append((n, step))
    out: list[int] = []
    left, step = 1, 1
    for n in reversed(sizes):
        if n != 1 and left == 1:
            if not runs:
                return None
            left, step = runs.pop()
        if left % n:
            return None
        out.append(step)
        step *= n
        left //= n
    return tuple(reversed(out)) if not runs and left == 1 else None


def _viewed(x: Tensor, sizes: tuple[int, ...]) -> Tensor | None:
    data = x._tensor
    if data.is_contiguous():
        return as_view(x, View.apply(x, *sizes))
    strides = _view_strides(data.shape, data.strides, sizes)
    if strides is None:
        return None
    return as_view(x, AsStrided.apply(x, Layout(sizes, strides, data.offset)))


@op(function=False)
def view(input: Any, *shape: Any) -> Any:
    """The same cells in other sizes, one of which may be -1; shares the storage.

    Raises:
        ViewError: the strides do not allow it.
        SizeError: the sizes do not multiply to the number of cells.
    """
    sizes = _complete(size_of(shape), input._tensor.size)
    out = _viewed(input, sizes)
    if out is None:
        raise ViewError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return out


@op()
def reshape(input: Any, *shape: Any) -> Any:
    """The same numbers in other sizes: a view where the strides allow one, else a copy."""
    sizes = _complete(size_of(shape), input._tensor.size)
    out = _viewed(input, sizes)
    return View.apply(Copy.apply(input), *sizes) if out is None else out


@op()
def permute(input: Any, *dims: Any) -> Any:
    """The dims in another order; shares the storage."""
    order = [check_dim(k, input.dims) for k in size_of(dims)]
    if sorted(order) != list(range(input.dims)):
        raise GradientError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {input.dims} is not "
            f"equal to len(dims) = {len(order)}"
        )
    return as_view(input, Permute.apply(input, *order))


@op(also=("swapaxes", "swapdims"))
def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dims swapped; shares the storage."""
    a, b = check_dim(dim0, input.dims), check_dim(dim1, input.dims)
    order = list(range(input.dims))
    if order:
        order[a], order[b] = b, a
    return as_view(input, Permute.apply(input, *order))


@op(function=False)
def expand(input: Any, *sizes: Any, implicit: bool = False) -> Any:
    """Broadcast to sizes, -1 for one that stays; shares the storage."""
    wanted, shape = size_of(sizes), input._tensor.shape
    missing = len(wanted) - len(shape)
    if missing < 0:
        raise SizeError(
            f"expand({input.dtype}{list(shape)}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({len(shape)})"
        )
    full: list[int] = []
    for k, n in enumerate(wanted):
        own = shape[k - missing] if k >= missing else 1
        if n != -1 and own not in (1, n):
            raise SizeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at "
                f"non-singleton dimension {k}.  Target sizes: {list(wanted)}.  Tensor sizes: "
                f"{list(shape)}"
            )
        full.append(own if n == -1 else n)
    return as_view(input, Expand.apply(input, tuple(full)))


@op()
def unsqueeze(input: Any, dim: int) -> Any:
    """A dim of size 1 put in before `dim`; shares the storage."""
    at = check_dim(dim, input.dims + 1)
    data = input._tensor
    step = data.shape[at] * data.strides[at] if at < data.dims else 1
    layout = Layout(
        (*data.shape[:at], 1, *data.shape[at:]),
        (*data.strides[:at], step, *data.strides[at:]),
        data.offset,
    )
    return as_view(input, _relaid(input, layout))


def _relaid(x: Tensor, layout: Layout) -> Tensor:
    """The view of a layout with the same cells in the same order."""
    if x._tensor.is_contiguous():
        return View.apply(x, *layout.shape)
    return AsStrided.apply(x, layout)


@op()
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without the dims of size 1, or those of them that are named; shares the storage."""
    data = input._tensor
    named: Any = range(data.dims) if dim is None else dim
    named = (named,) if isinstance(named, int) else named
    chosen = {check_dim(k, data.dims) for k in named}
    keep = [k for k in range(data.dims) if data.shape[k] != 1 or k not in chosen]
    layout = Layout(
        tuple([data.shape[k] for k in keep]), tuple([data.strides[k] for k in keep]), data.offset
    )
    return as_view(input, _relaid(input, layout))


@op(function=False)
def contiguous(input: Any, memory_format: Any = None) -> Any:
    """Itself where the cells lie in order, else a copy in which they do."""
    return input if input._tensor.is_contiguous() else Copy.apply(input)
