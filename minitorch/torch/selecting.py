"""Ops that take an index by name: gather, index_add, index_fill, take, put.

Idea: each is one of the engine's functions of an index, or a composition of them. The methods in
    place write only the cells that the index names.
Not here: the indexing language (indexing.py), masks (masking.py), scatter (scattering.py).
Read next: scattering.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import IndexingError, MinitorchError, ShapeError
from minitorch.indexing import Put, positions
from minitorch.scattering import check_range
from minitorch.selection import Gather
from minitorch.tensor_functions import as_dtype, row_function
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import kind_of, stored_dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.indexing import read_at, write_at
from minitorch.torch.tensor import Tensor, recording
from minitorch.torch.views import overwrite

__all__ = [
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "put",
    "take",
    "take_along_dim",
]

INT = stored_dtype(Dtype.named["int64"])
Where = row_function(rules.where)


class SelectionError(ShapeError, RuntimeError):
    """An index or a mask that does not fit: a RuntimeError, as PyTorch raises it."""


class RangeError(MinitorchError, IndexError):
    """An index that leads outside."""


def as_index(index: Any, name: str) -> Any:
    """An index tensor as int64.

    Raises:
        SelectionError: it holds something else.
    """
    if not isinstance(index, Tensor) or index.dtype.name not in ("int64", "int32"):
        raise SelectionError(f"{name}(): Expected dtype int32/int64 for index")
    return _int(index)


def _int(index: Any) -> Any:
    return as_dtype(index, INT)


def lifted(x: Tensor) -> Tensor:
    """A tensor without dims as one with a dim of size 1."""
    return x if x._tensor.shape else x.view(1)


def _check_gather(x: Tensor, dim: int, index: Tensor) -> None:
    shape, own = index._tensor.shape, x._tensor.shape
    if len(shape) != len(own):
        raise SelectionError("Index tensor must have the same number of dimensions as input tensor")
    for k, (n, m) in enumerate(zip(shape, own, strict=True)):
        if k != dim and n > m:
            raise SelectionError(
                f"Size does not match at dimension {k} expected index {list(shape)} to be no "
                f"larger than self {list(own)} apart from dimension {dim}"
            )


@op()
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[.., i, ..] = input[.., index[.., i, ..], ..] along a dim, of the shape of the index.

    Raises:
        RuntimeError: the index has other dims, larger sizes, another dtype, or leads outside.

    >>> import minitorch.torch as torch
    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[1], [0]]))
    tensor([[2],
            [3]])
    """
    at = check_dim(dim, input.dims)
    shape = index._tensor.shape
    if not index._tensor.size:
        return read_at(lifted(input), (0,), [_int(index.reshape(-1))]).reshape(shape)
    index = as_index(index, "gather")
    x, found = lifted(input), lifted(index)
    _check_gather(x, at, found)
    out = Gather.apply(x, at, found)
    return out if shape else out.view(())


@op()
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather` with all other dims broadcast; without a dim, of all cells in one."""
    if not isinstance(indices, Tensor) or indices.dtype.name != "int64":
        raise SelectionError(
            "torch.take_along_dim(): dtype of indices should be Long but got "
            f"{kind_of(indices.dtype)}"
        )
    if dim is None:
        return gather(input.reshape(-1), 0, _wrapped(indices.reshape(-1), input._tensor.size))
    if input.dims != indices.dims:
        raise SelectionError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.dims} dimensions for input, and {indices.dims} dimensions for indices"
        )
    at = check_dim(dim, input.dims)
    one, other = list(input._tensor.shape), list(indices._tensor.shape)
    if not one:
        return gather(input, 0, indices)
    whole = [max(n, m) if n and m else 0 for n, m in zip(one, other, strict=True)]
    own, wanted = list(whole), list(whole)
    own[at], wanted[at] = one[at], other[at]
    return gather(input.expand(own), at, _wrapped(indices, own[at]).expand(wanted))


def _wrapped(index: Tensor, size: int) -> Tensor:
    """An index with what is negative counted from the end."""
    return index._new(positions(index, [index], (size,), (1,)))


@op()
def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of a dim that an index of one dim names.

    Raises:
        RuntimeError: the index has more dims, or another dtype.
        IndexError: it leads outside.
    """
    if index.dims > 1:
        raise RangeError("index_select(): Index is supposed to be a vector")
    index = lifted(as_index(index, "index_select"))
    at = check_dim(dim, input.dims)
    x = lifted(input)
    _check_range(index, x._tensor.shape[at], "index out of range in self")
    out = read_at(x, (at,), [index])
    return out if input.dims else out.reshape(())


def _check_range(index: Tensor, size: int, text: str) -> None:
    try:
        check_range(index, size, 0)
    except IndexingError:
        raise RangeError(text) from None


# Slices written, by an index of one dim.


def _slices(x: Tensor, name: str, dim: int, index: Any, source: Any) -> tuple[int, Tensor, Any]:
    """The dim, the index, and the source with as many dims as x.

    Raises:
        SelectionError: the index has several dims, or the source does not fit.
    """
    index = lifted(as_index(index, name))
    if index.dims > 1:
        raise SelectionError(
            f"{name}_(): Index is supposed to be a vector, but got dim: {index.dims}"
        )
    at = check_dim(dim, x.dims)
    if source is not None and source._tensor.dtype != x._tensor.dtype:
        raise SelectionError(
            f"{name}_(): self and source expected to have the same dtype, but got (self) "
            f"{kind_of(x.dtype)} and (source) {kind_of(source.dtype)}"
        )
    source = None if source is None else lifted(source)
    if source is not None:
        own = [n for k, n in enumerate(lifted(x)._tensor.shape) if k != at]
        given = [n for k, n in enumerate(source._tensor.shape) if k != at]
        if own != given or source._tensor.shape[at] != index._tensor.size:
            raise SelectionError(
                f"{name}_(): Number of indices ({index._tensor.size}) should be equal to "
                f"source.size(dim), and the other sizes of source {list(source._tensor.shape)} to "
                f"those of self {list(x._tensor.shape)}"
            )
    size = lifted(x)._tensor.shape[at]
    if source is None:
        return at, _wrapped(index, size), source
    _check_range(index, size, "index out of range in self")
    return at, index, source


def _written(x: Tensor, at: int, index: Tensor, source: Tensor, adds: bool) -> Tensor:
    out = Put.apply(lifted(x), source, adds, (at,), index)
    return out if x.dims else out.view(())


def _write(x: Tensor, at: int, index: Tensor, source: Tensor, adds: bool) -> Tensor:
    write_at(lifted(x), (at,), [index], source, adds)
    return x


def _scaled(source: Tensor, alpha: Any) -> Tensor:
    return source if alpha == 1 else source * alpha


def _index_add_(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """`index_add` in place."""
    at, index, source = _slices(input, "index_add", dim, index, source)
    return _write(input, at, index, _scaled(source, alpha), True)


@op(inplace=_index_add_)
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy with alpha * source's slices added to those that an index names.

    Raises:
        RuntimeError: the source does not fit, or the index leads outside.
    """
    at, index, source = _slices(input, "index_add", dim, index, source)
    return _written(input, at, index, _scaled(source, alpha), True)


def _index_copy_(input: Any, dim: int, index: Any, source: Any) -> Any:
    """`index_copy` in place."""
    at, index, source = _slices(input, "index_copy", dim, index, source)
    return _write(input, at, index, source, False)


@op(inplace=_index_copy_)
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy with source's slices for those that an index names.

    Raises:
        RuntimeError: the source does not fit, or the index leads outside.
    """
    at, index, source = _slices(input, "index_copy", dim, index, source)
    return _written(input, at, index, source, False)


def single(x: Tensor, value: Any, name: str) -> Tensor:
    """A value without dims, in x's dtype.

    Raises:
        SelectionError: it has dims.
    """
    if not isinstance(value, Tensor):
        return x._ensure_tensor(value)
    if value.dims:
        raise SelectionError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with {value.dims} "
            "dimension(s)."
        )
    return converted(value, x.dtype)


def _index_fill_(input: Any, dim: int, index: Any, value: Any) -> Any:
    """`index_fill` in place."""
    number = single(input, value, "index_fill_")
    if recording(number):
        return overwrite(input, index_fill(input.clone(), dim, index, number))
    at, index, _ = _slices(input, "index_fill", dim, index, None)
    return _write(input, at, index, number, False)


@op(inplace=_index_fill_)
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with one value in the slices that an index names.

    Raises:
        RuntimeError: the value has dims, or the index leads outside.
    """
    at, index, _ = _slices(input, "index_fill", dim, index, None)
    number = single(input, value, "index_fill_")
    if not recording(number):
        return _written(input, at, index, number, False)
    size = lifted(input)._tensor.shape[at]  # a slice that is named twice is filled once
    named = index.new_zeros(size, dtype=Dtype.named["bool"])
    named[index] = True
    return Where.apply(named.view([size] + [1] * (input.dims - at - 1)), number, input).view(
        input._tensor.shape
    )


# All cells in one dim.


@op()
def take(input: Any, index: Any) -> Any:
    """The cells at these positions, counted through all of the tensor, of the index's shape.

    Raises:
        RuntimeError: the index holds no int64.
        IndexError: it leads outside.
    """
    if index.dtype.name != "int64":
        raise SelectionError(
            f"take(): Expected a long tensor for index, but got {kind_of(index.dtype)}"
        )
    return read_at(input.reshape(-1), (0,), [index.detach()])


def _put_(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`put` in place."""
    index, source = _for_put(input, index, source)
    if input.is_contiguous():
        write_at(input.view(-1), (0,), [index], source, accumulate)
    else:
        input.copy_(put(input, index, source, accumulate))
    return input


@op(inplace=_put_)
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy with source at these positions, counted through all of the tensor, or added there.

    Raises:
        RuntimeError: source and index differ in size or dtype.
    """
    index, source = _for_put(input, index, source)
    out = Put.apply(input.reshape(-1), source, accumulate, (0,), index)
    return out.view(input._tensor.shape)


def _for_put(x: Tensor, index: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    if index._tensor.size != source._tensor.size:
        raise SelectionError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source._tensor.size}, index.numel() = {index._tensor.size}"
        )
    if source._tensor.dtype != x._tensor.dtype:
        raise SelectionError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{kind_of(x.dtype)} and source.dtype = {kind_of(source.dtype)}"
        )
    return index.detach().reshape(-1), source.reshape(-1)
