"""Movement: other shapes and orders of the same cells, most of them views.

Idea: a view is a layout over the base's storage (../strided.py); the base knows its views, so that
    what is written to either is seen by the graph of the other. Sizes may be negative once, dims
    count from the end.
Not here: broadcasting (broadcasting.py), the indexing language (indexing.py), cat and split
    (joining.py), copies in another order (arranging.py).
Read next: broadcasting.py
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from minitorch.errors import GradientError, ShapeError, ViewError
from minitorch.strided import Layout, Relayout
from minitorch.tensor_data import contiguous_strides
from minitorch.tensor_functions import Copy, Permute, View
from minitorch.torch import interop
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import size_of, sizes_in
from minitorch.torch.face import FUNCTIONS, check_dim, op
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import look, shown

__all__ = [
    "contiguous",
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
    if min(sizes, default=0) >= 0 and prod(sizes) == count:
        return sizes
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
        layout = sizes, contiguous_strides(sizes), data.offset
        return shown(x, layout, View, *sizes)
    strides = _view_strides(data.shape, data.strides, sizes)
    return None if strides is None else look(x, Layout(sizes, strides, data.offset))


@op(function=False)
def view(input: Any, *shape: Any, **given: Any) -> Any:
    """The same cells in other sizes, one of which may be -1; shares the storage.

    With a dtype instead of sizes, the same memory read as that dtype.

    Raises:
        ViewError: the strides do not allow it.
        SizeError: the sizes do not multiply to the number of cells.
    """
    if not shape:
        shape = (given.get("dtype", given.get("size", ())),)
    if isinstance(shape[0], Dtype):
        return interop.reread(input, shape[0])
    sizes = _complete(size_of(shape), input._tensor.size)
    out = _viewed(input, sizes)
    if out is None:
        raise ViewError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return out


@op()
def reshape(input: Any, *shape: Any, **given: Any) -> Any:
    """The same numbers in other sizes: a view where the strides allow one, else a copy."""
    sizes = _complete(sizes_in(shape, given, "shape"), input._tensor.size)
    out = _viewed(input, sizes)
    return View.apply(Copy.apply(input), *sizes) if out is None else out


@op()
def permute(input: Any, *dims: Any, **given: Any) -> Any:
    """The dims in another order; shares the storage."""
    given_dims = sizes_in(dims, given, "dims")
    if len(given_dims) == input.dims:
        order = [check_dim(k, input.dims) for k in given_dims]
        if len(set(order)) != len(order):
            raise GradientError("permute(): duplicate dims are not allowed.")
    else:
        raise GradientError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {input.dims} is not "
            f"equal to len(dims) = {len(given_dims)}"
        )
    return _permuted(input, order)


def _permuted(x: Tensor, order: Sequence[int]) -> Tensor:
    data = x._tensor
    shape, strides = data.shape, data.strides
    layout = tuple([shape[k] for k in order]), tuple([strides[k] for k in order]), data.offset
    return shown(x, layout, Permute, *order)


@op(inplace="view", also=("swapaxes", "swapdims"))
def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dims swapped; shares the storage."""
    dims = len(input._tensor.shape)
    a, b = check_dim(dim0, dims), check_dim(dim1, dims)
    order = list(range(dims))
    if order:
        order[a], order[b] = b, a
    return _permuted(input, order)


@op(inplace="view")
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
    return _relaid(input, layout)


def _relaid(x: Tensor, layout: Layout) -> Tensor:
    """The view of a layout with the same cells in the same order."""
    if x.history is not None and x._tensor.is_contiguous():
        return shown(x, layout, View, *layout.shape)
    return look(x, layout)


@op(inplace="view")
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
    return _relaid(input, layout)


@op(function=False)
def view_as(input: Any, other: Any) -> Any:
    """`view` in the sizes of another tensor."""
    return view(input, *other._tensor.shape)


@op(function=False)
def reshape_as(input: Any, other: Any) -> Any:
    """`reshape` in the sizes of another tensor."""
    return reshape(input, *other._tensor.shape)


@op()
def ravel(input: Any) -> Any:
    """All cells in one dim."""
    return reshape(input, -1)


@op()
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dims from start_dim to end_dim as one.

    Raises:
        SizeError: they come in the other order.
    """
    data = input._tensor
    start, end = check_dim(start_dim, data.dims), check_dim(end_dim, data.dims)
    if start > end:
        raise SizeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not data.dims:
        return reshape(input, 1)
    if start == end:
        return input
    joined = prod(data.shape[start : end + 1])
    return reshape(input, *data.shape[:start], joined, *data.shape[end + 1 :])


@op()
def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dim as several, of these sizes; one of them may be -1.

    Raises:
        SizeError: there are none, or they do not multiply to the size of the dim.
    """
    shape = input._tensor.shape
    at = check_dim(dim, len(shape))
    wanted = size_of((sizes,))
    if not wanted:
        raise SizeError("unflatten: sizes must be non-empty")
    if wanted.count(-1) == 1:
        rest = -prod(wanted)
        wanted = tuple([shape[at] // rest if n == -1 and rest else n for n in wanted])
    if prod(wanted) != shape[at] or wanted.count(-1):
        raise SizeError(
            f"unflatten: Provided sizes {list(size_of((sizes,)))} don't multiply up to the size of "
            f"dim {at} ({shape[at]}) in the input tensor"
        )
    return view(input, *shape[:at], *wanted, *shape[at + 1 :])


@op(inplace="view")
def t(input: Any) -> Any:
    """A matrix with its dims swapped; a vector as it is.

    Raises:
        SizeError: more than two dims.
    """
    if input.dims > 2:
        raise SizeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.dims}D")
    return transpose(input, 0, 1) if input.dims == 2 else _permuted(input, range(input.dims))


@op(also=("moveaxis",))
def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dims moved to other places; the others keep their order.

    Raises:
        SizeError: dims given twice, or not as many places as dims.
    """
    pair = [it if isinstance(it, tuple | list) else (it,) for it in (source, destination)]
    if len(pair[0]) != len(pair[1]):
        raise SizeError(
            f"movedim: Invalid source or destination dims: source ({list(pair[0])} dims) should "
            f"contain the same number of dims as destination ({list(pair[1])} dims)"
        )
    moved, places = [[check_dim(k, input.dims) for k in it] for it in pair]
    for what, dims, given in (("source", moved, pair[0]), ("destination", places, pair[1])):
        if len(set(dims)) != len(dims):
            raise SizeError(f"movedim: repeated dim in `{what}` ({list(given)})")
    rest = iter([k for k in range(input.dims) if k not in moved])
    order = [moved[places.index(k)] if k in places else next(rest) for k in range(input.dims)]
    return permute(input, *order)


def _matrix_dims(x: Tensor, name: str) -> None:
    if x.dims == 1:
        raise SizeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        )


@op(function=False)
def adjoint(input: Any) -> Any:
    """The last two dims swapped."""
    _matrix_dims(input, "mT")
    return transpose(input, -2, -1) if input.dims else _permuted(input, ())


def _reversed(x: Tensor) -> Any:
    """All dims in reversed order."""
    return permute(x, *reversed(range(x.dims)))


def _matrix(x: Tensor) -> Any:
    """A matrix with its dims swapped.

    Raises:
        SizeError: no matrix.
    """
    if x.dims not in (0, 2):
        raise SizeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {x.dims}-D tensor. For "
            "batches of matrices, consider using tensor.mH"
        )
    return adjoint(x)


def _attach() -> None:
    known: Any = Tensor
    known.T = property(_reversed)
    known.mT = known.mH = property(adjoint)
    known.H = property(_matrix)
    FUNCTIONS["adjoint"] = adjoint


@op(function=False)
def contiguous(input: Any, memory_format: Any = None) -> Any:
    """Itself where the cells lie in order, else a copy in which they do."""
    wanted = format_strides(input._tensor.shape, memory_format)
    if wanted is None:
        return input if input._tensor.is_contiguous() else Copy.apply(input)
    if input._tensor.strides == wanted:
        return input
    return Relayout.apply(input, Layout(input._tensor.shape, wanted))


def format_strides(shape: Sequence[int], memory_format: Any) -> tuple[int, ...] | None:
    """The strides that a memory format asks for, of channels last formats; None for the others."""
    if getattr(memory_format, "name", "") not in ("channels_last", "channels_last_3d"):
        return None
    order = [0, *range(2, len(shape)), 1]  # the channels vary fastest
    inner = contiguous_strides(tuple([shape[k] for k in order]))
    return tuple([inner[order.index(k)] for k in range(len(shape))])


_attach()
