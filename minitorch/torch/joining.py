"""Tensors joined and cut apart: cat, stack, split, chunk and their relatives.

Idea: joining copies into one tensor; cutting gives views, whose gradients are joined again.
Not here: views of one tensor (shaping.py).
Read next: shaping.py
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

from minitorch.arranging import Cat, Split, pieces
from minitorch.errors import DtypeError, MinitorchError, ShapeError
from minitorch.torch.dtypes import result_dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.tensor import Tensor, recording
from minitorch.torch.views import as_view

__all__ = [
    "cat",
    "chunk",
    "column_stack",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "split",
    "stack",
    "tensor_split",
    "unbind",
    "vsplit",
    "vstack",
]


class JoinError(ShapeError, RuntimeError):
    """Sizes that do not fit together: a RuntimeError, as PyTorch raises it."""


class ScalarDimError(MinitorchError, IndexError):
    """A dim asked of a tensor that has none."""


def _listed(tensors: Any, name: str) -> list[Tensor]:
    """The tensors of a list or tuple.

    Raises:
        DtypeError: it is no list, or holds something else.
    """
    if isinstance(tensors, Tensor) or not isinstance(tensors, list | tuple):
        raise DtypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}"
        )
    found = list(cast("Sequence[Any]", tensors))
    for k, it in enumerate(found):
        if not isinstance(it, Tensor):
            raise DtypeError(
                f"expected Tensor as element {k} in argument 0, but got {type(it).__name__}"
            )
    return found


def _alike(tensors: list[Tensor]) -> list[Tensor]:
    """The tensors in their common dtype."""
    first = tensors[0]._tensor.dtype
    if all(it._tensor.dtype is first for it in tensors):
        return tensors
    wanted = result_dtype(tensors)
    return [converted(it, wanted) for it in tensors]


@op(method=False, also=("concat", "concatenate"))
def cat(tensors: Any, dim: int = 0, axis: int | None = None) -> Any:
    """The tensors one after the other along a dim; empty ones of one dim are left out.

    Raises:
        ShapeError: none, or sizes that differ in another dim.
        DimError: there is no such dim.

    >>> import minitorch.torch as torch
    >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3])])
    tensor([1, 2, 3])
    """
    parts = _listed(tensors, "cat")
    if not parts:
        raise ShapeError("torch.cat(): expected a non-empty list of Tensors")
    for k, it in enumerate(parts):
        if not it._tensor.shape:
            raise JoinError(f"zero-dimensional tensor (at position {k}) cannot be concatenated")
    parts = _alike(parts)
    used = [it for it in parts if it._tensor.shape != (0,)] or parts[:1]
    first = used[0]._tensor.shape
    at = check_dim(dim if axis is None else axis, len(first))
    for k, it in enumerate(parts):
        shape = it._tensor.shape
        if shape == (0,):
            continue
        if len(shape) != len(first):
            raise JoinError(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}"
            )
        for j, (n, m) in enumerate(zip(first, shape, strict=True)):
            if j != at and n != m:
                raise JoinError(
                    f"Sizes of tensors must match except in dimension {at}. Expected size {n} but "
                    f"got size {m} for tensor number {k} in the list."
                )
    return Cat.apply(at, False, *used)


@op(method=False)
def stack(tensors: Any, dim: int = 0) -> Any:
    """The tensors one after the other along a new dim.

    Raises:
        ShapeError: none, or their shapes differ.

    >>> import minitorch.torch as torch
    >>> torch.stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    parts = _listed(tensors, "stack")
    if not parts:
        raise JoinError("stack expects a non-empty TensorList")
    first = parts[0]._tensor.shape
    at = check_dim(dim, len(first) + 1)
    for k, it in enumerate(parts):
        if it._tensor.shape != first:
            raise JoinError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(it._tensor.shape)} at entry {k}"
            )
    return Cat.apply(at, True, *_alike(parts))


def _at_least(x: Tensor, dims: int) -> Tensor:
    """x with dims put in until it has 1, 2 or 3, where atleast_1d .. atleast_3d put them."""
    if dims >= 1 and x.dims == 0:
        x = x.reshape(1)
    if dims >= 2 and x.dims == 1:
        x = x.unsqueeze(0)
    return x.unsqueeze(-1) if dims >= 3 and x.dims == 2 else x


def _each_at_least(tensors: tuple[Any, ...], dims: int) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        return tuple([_at_least(it, dims) for it in cast("Sequence[Tensor]", tensors[0])])
    if len(tensors) == 1:
        return _at_least(tensors[0], dims)
    return tuple([_at_least(it, dims) for it in tensors])


@op(method=False)
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with at least one dim."""
    return _each_at_least(tensors, 1)


@op(method=False)
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with at least two dims."""
    return _each_at_least(tensors, 2)


@op(method=False)
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least three dims."""
    return _each_at_least(tensors, 3)


@op(method=False)
def hstack(tensors: Any) -> Any:
    """Joined side by side: along dim 1, vectors along dim 0."""
    parts = [_at_least(it, 1) for it in _listed(tensors, "hstack")]
    return cat(parts, 0 if parts and parts[0].dims == 1 else 1)


@op(method=False, also=("row_stack",))
def vstack(tensors: Any) -> Any:
    """Joined one below the other, vectors as rows."""
    return cat([_at_least(it, 2) for it in _listed(tensors, "vstack")], 0)


@op(method=False)
def dstack(tensors: Any) -> Any:
    """Joined along dim 2."""
    return cat([_at_least(it, 3) for it in _listed(tensors, "dstack")], 2)


@op(method=False)
def column_stack(tensors: Any) -> Any:
    """Joined along dim 1, vectors as columns."""
    parts = _listed(tensors, "column_stack")
    return cat([it.reshape(-1, 1) if it.dims <= 1 else it for it in parts], 1)


# Cut apart.


def cut(x: Tensor, dim: int, sizes: Sequence[int], dropped: bool = False) -> tuple[Tensor, ...]:
    """The pieces of these sizes along a dim, as views."""
    cutting = Split.apply if recording(x) else pieces
    found = cutting(x, dim, dropped, *sizes)
    return tuple([as_view(x, it) for it in found])


def _parts_of(x: Tensor, dim: int, name: str) -> tuple[int, int]:
    """The dim from 0, and its size.

    Raises:
        JoinError: the tensor has no dims.
    """
    if not x._tensor.shape:
        raise JoinError(f"{name} expects at least a 1-dimensional tensor")
    at = check_dim(dim, x.dims)
    return at, x._tensor.shape[at]


@op(also=("unsafe_split",))
def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, **given: Any) -> Any:
    """The pieces along a dim: of a size each, the last one smaller; or of these sizes.

    Raises:
        ShapeError: a size below 0, or sizes that do not add up.

    >>> import minitorch.torch as torch
    >>> torch.arange(3).split(2)
    (tensor([0, 1]), tensor([2]))
    """
    size = given.get("split_size", split_size_or_sections)
    if isinstance(size, list | tuple):
        return split_with_sizes(tensor, size, dim)
    at, whole = _parts_of(tensor, dim, "split")
    size = size.__index__()
    if size < 0:
        raise JoinError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0:
        if whole:
            raise JoinError(
                "split_size can only be 0 if dimension size is 0, but got dimension size of "
                f"{whole}"
            )
        return cut(tensor, at, [0])
    sizes = [min(size, whole - k) for k in range(0, whole, size)] or [0]
    return cut(tensor, at, sizes)


@op(also=("unsafe_split_with_sizes",))
def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """The pieces of these sizes along a dim.

    Raises:
        ShapeError: a size below 0, or sizes that do not add up.
    """
    at, whole = _parts_of(input, dim, "split_with_sizes")
    sizes = [int(n) for n in split_sizes]
    if min(sizes, default=0) < 0:
        raise JoinError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={sizes}"
        )
    if sum(sizes) != whole:
        raise JoinError(
            f"split_with_sizes expects split_sizes to sum exactly to {whole} (input tensor's size "
            f"at dimension {at}), but got split_sizes={sizes}"
        )
    return cut(input, at, sizes)


@op(also=("unsafe_chunk",))
def chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """At most so many pieces of equal size along a dim, the last one smaller.

    Raises:
        ShapeError: fewer than one.
    """
    at, whole = _parts_of(input, dim, "chunk")
    if chunks <= 0:
        raise JoinError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = -(-whole // chunks)
    return cut(input, at, [0] * chunks) if size == 0 else split(input, size, at)


@op()
def unbind(input: Any, dim: int = 0) -> Any:
    """The slices along a dim, without it.

    Raises:
        IndexError: the tensor has no dims.
    """
    if not input._tensor.shape:
        raise ScalarDimError("Dimension specified as 0 but tensor has no dimensions")
    at = check_dim(dim, input.dims)
    return cut(input, at, [1] * input._tensor.shape[at], dropped=True)


@op()
def tensor_split(input: Any, indices_or_sections: Any = None, dim: int = 0, **given: Any) -> Any:
    """So many pieces of nearly equal size along a dim, or those between indices.

    Raises:
        ShapeError: fewer than one piece.
    """
    where: Any = given.get("indices", given.get("sections", indices_or_sections))
    if isinstance(where, Tensor):
        where = where.tolist()
    if not input._tensor.shape:
        raise JoinError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    at = check_dim(dim, input.dims)
    whole = input._tensor.shape[at]
    if isinstance(where, int):
        if where <= 0:
            raise JoinError(f"number of sections must be larger than 0, got {where}")
        each, more = divmod(whole, where)
        return cut(input, at, [each + (k < more) for k in range(where)])
    edges = [0, *[slice(None, k).indices(whole)[1] for k in where], whole]
    found: list[Any] = []
    for start, stop in pairwise(edges):
        found.append(input.narrow(at, start, max(stop - start, 0)))
    return tuple(found)


def _split_evenly(x: Tensor, name: str, least: int, dim: int, where: Any) -> Any:
    if x.dims < least:
        raise JoinError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor "
            f"with {x.dims} dimensions!"
        )
    size = x._tensor.shape[dim]
    if isinstance(where, int) and (where <= 0 or size % where):
        raise JoinError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{size} is not divisible by the split_size {where}!"
        )
    return tensor_split(x, where, dim)


@op()
def hsplit(input: Any, indices_or_sections: Any = None, **given: Any) -> Any:
    """`tensor_split` along dim 1; of vectors, along dim 0."""
    where = given.get("sections", given.get("indices", indices_or_sections))
    return _split_evenly(
        input, "hsplit", 1, 0 if input.dims == 1 else 1 if input.dims else 0, where
    )


@op()
def vsplit(input: Any, indices_or_sections: Any = None, **given: Any) -> Any:
    """`tensor_split` along dim 0."""
    where = given.get("sections", given.get("indices", indices_or_sections))
    return _split_evenly(input, "vsplit", 2, 0, where)


@op()
def dsplit(input: Any, indices_or_sections: Any = None, **given: Any) -> Any:
    """`tensor_split` along dim 2."""
    where = given.get("sections", given.get("indices", indices_or_sections))
    return _split_evenly(input, "dsplit", 3, 2, where)


def _iterated(self: Tensor) -> Any:
    if not self._tensor.shape:
        raise DtypeError("iteration over a 0-d tensor")
    return iter(unbind(self))


def _contains(self: Any, element: Any) -> bool:
    if not isinstance(element, Tensor | bool | int | float):
        raise JoinError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
            f"{type(element)}."
        )
    return bool((self == element).any())


def _backwards(self: Any) -> Any:
    return self.flip(*range(self.dims)) if self.dims else self


Tensor.__contains__ = _contains  # type: ignore[attr-defined]  # Python's protocols
Tensor.__reversed__ = _backwards  # type: ignore[attr-defined]  # Python's protocols
Tensor.__iter__ = _iterated  # type: ignore[attr-defined]  # Python's protocol
