"""Grids and lists of positions: eye, meshgrid, products, combinations, triangles of indices.

Idea: a grid is a vector shown along another dim; a list of combinations, an index that selects.
Not here: numbers in a row (ranges.py).
Read next: ranges.py
"""

from __future__ import annotations

import warnings
from itertools import combinations as _combinations
from itertools import combinations_with_replacement
from typing import Any, cast

from minitorch.errors import ShapeError
from minitorch.torch.creation import filled, finished, tensor
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import size_of
from minitorch.torch.face import op
from minitorch.torch.joining import cat, stack
from minitorch.torch.tensor import Tensor

__all__ = [
    "block_diag",
    "cartesian_prod",
    "combinations",
    "eye",
    "meshgrid",
    "tril_indices",
    "triu_indices",
    "unravel_index",
    "vander",
]

INT = Dtype.named["int64"]


class GridError(ShapeError, RuntimeError):
    """What no grid can be made of: a RuntimeError, as PyTorch raises it."""


@op(method=False)
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A matrix with ones on its diagonal, of n rows and m columns, by default n.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    m = n if m is None else m
    for what, size in (("n", n), ("m", m)):
        if size < 0:
            raise GridError(f"{what} must be greater or equal to 0, got {size}")
    out = filled((n, m), 0, dtype, device)
    out.diagonal().fill_(1)
    return finished(out, requires_grad)


def _tensors(given: tuple[Any, ...]) -> list[Tensor]:
    if len(given) == 1 and isinstance(given[0], list | tuple):
        return list(cast("Any", given[0]))
    return list(given)


@op(method=False)
def meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """Each vector as a grid of all their sizes: constant but along a dim of its own.

    Raises:
        RuntimeError: a tensor with several dims, or another indexing than "ij" and "xy".
    """
    parts = _tensors(tensors)
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
            UserWarning,
            stacklevel=3,
        )
        indexing = "ij"
    if indexing not in ("ij", "xy"):
        raise GridError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    for it in parts:
        if it.dims > 1:
            raise GridError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {it}"
            )
    sizes = [it._tensor.size for it in parts]
    swapped = indexing == "xy" and len(parts) > 1
    order = list(range(len(parts)))
    if swapped:
        order[:2] = 1, 0
    shape = [sizes[k] for k in order]
    found: list[Any] = []
    for k, it in enumerate(parts):
        own = [1] * len(parts)
        own[order.index(k)] = sizes[k]
        found.append(it.reshape(own).expand(shape))
    return tuple(found)


@op(method=False)
def cartesian_prod(*tensors: Any) -> Any:
    """All tuples of one number of each vector, as rows."""
    parts = _tensors(tensors)
    for it in parts:
        if it.dims != 1:
            raise GridError(f"Expect a 1D vector, but got shape {list(it.shape)}")
    if len(parts) == 1:
        return parts[0]
    return stack([it.reshape(-1) for it in meshgrid(parts, indexing="ij")], 1)


@op()
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r numbers of a vector, as rows.

    Raises:
        RuntimeError: no vector, or r below 0.
    """
    if input.dims != 1:
        raise GridError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise GridError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_empty(0)
    chosen = combinations_with_replacement if with_replacement else _combinations
    rows = list(chosen(range(input._tensor.size), r))
    index = tensor(rows, dtype=INT).reshape(len(rows), r)
    return input[index.reshape(-1)].reshape(len(rows), r)


@op(method=False)
def block_diag(*tensors: Any) -> Any:
    """The matrices along the diagonal of one, zeros elsewhere.

    Raises:
        RuntimeError: more than two dims.
    """
    parts: list[Any] = []
    for k, it in enumerate(_tensors(tensors)):
        if it.dims > 2:
            raise GridError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{k} has {it.dims} dimensions"
            )
        parts.append(it.reshape([1] * (2 - it.dims) + list(it.shape)))
    if not parts:
        return filled((1, 0), 0, None)
    width = sum(it.shape[1] for it in parts)
    rows: list[Any] = []
    before = 0
    for it in parts:
        height, own = it.shape
        left = it.new_zeros(height, before)
        right = it.new_zeros(height, width - before - own)
        rows.append(cat([left, it, right], 1))
        before += own
    return cat(rows, 0)


def _triangle(row: int, col: int, offset: int, below: bool) -> list[list[int]]:
    for what, size in (("row", row), ("col", col)):
        if size < 0:
            raise GridError(f"{what} must be non-negative, got{size}")
    pairs = [
        (i, j)
        for i in range(row)
        for j in range(col)
        if (j - i <= offset if below else j - i >= offset)
    ]
    return [[i for i, _ in pairs], [j for _, j in pairs]]


@op(method=False)
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = INT,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """Rows and columns of the cells on and below a diagonal."""
    found = _triangle(row, col, offset, True)
    return tensor(found, dtype=dtype or INT, device=device)


@op(method=False)
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = INT,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """Rows and columns of the cells on and above a diagonal."""
    found = _triangle(row, col, offset, False)
    return tensor(found, dtype=dtype or INT, device=device)


@op(method=False)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of a vector's numbers as columns, the highest first unless increasing."""
    if x.dims != 1:
        raise GridError("x must be a one-dimensional tensor.")
    count = x._tensor.size if N is None else N
    if count < 0:
        raise GridError("N must be non-negative.")
    columns: list[Any] = []
    power = x.new_ones(x._tensor.size)
    for _ in range(count):
        columns.append(power)
        power = power * x
    if not columns:
        return x.new_empty(x._tensor.size, 0)
    return stack(columns if increasing else columns[::-1], 1)


@op(method=False)
def unravel_index(indices: Any, shape: Any) -> Any:
    """For positions counted through a shape, the index of each dim.

    Raises:
        ValueError: a position outside.
    """
    sizes = size_of((shape,))
    if indices.dtype.is_floating_point or indices.dtype.name == "bool":
        raise GridError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    found: list[Any] = []
    rest = indices
    for size in reversed(sizes):
        found.append(rest % size)
        rest = rest // size
    return tuple(reversed(found))
