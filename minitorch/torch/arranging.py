"""Copies in another order or more often: repeat, flip, roll, rotations, triangles.

Idea: each is a composition of views and copies of the engine.
Not here: views (shaping.py), tensors joined (joining.py).
Read next: joining.py
"""

from __future__ import annotations

from typing import Any

from minitorch.arranging import Band, Flip
from minitorch.errors import GradientError, ShapeError
from minitorch.indexing import Select
from minitorch.ordering import repeated
from minitorch.torch.dtypes import size_of, sizes_in
from minitorch.torch.face import check_dim, op
from minitorch.torch.joining import cat
from minitorch.torch.tensor import Tensor

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "repeat",
    "repeat_interleave",
    "roll",
    "rot90",
    "tile",
    "tril",
    "triu",
]


class OrderError(ShapeError, RuntimeError):
    """Dims or counts that do not fit: a RuntimeError, as PyTorch raises it."""


@op(function=False)
def repeat(input: Any, *repeats: Any, **given: Any) -> Any:
    """The tensor so many times along each dim; dims are put in front for more counts.

    Raises:
        RuntimeError: fewer counts than dims, or one below 0.
    """
    counts = sizes_in(repeats, given, "repeats")
    missing = len(counts) - input.dims
    if missing < 0:
        raise OrderError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            "tensor"
        )
    shape = (*[1] * missing, *input._tensor.shape)
    wanted = [n * m for n, m in zip(shape, counts, strict=True)]
    if min(counts, default=0) < 0:
        raise OrderError(f"Trying to create tensor with negative dimension {min(wanted)}: {wanted}")
    apart = input.reshape([n for size in shape for n in (1, size)])
    shown = apart.expand([n for pair in zip(counts, shape, strict=True) for n in pair])
    out = shown.reshape(wanted)
    return out.clone() if out._tensor.cell is input._tensor.cell else out


@op()
def tile(input: Any, *dims: Any, **given: Any) -> Any:
    """`repeat`, where fewer counts than dims are those of the last dims."""
    counts = sizes_in(dims, given, "dims")
    return repeat(input, *[1] * (input.dims - len(counts)), *counts)


@op()
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each slice of a dim so many times in a row; with counts alone, their positions so often.

    Raises:
        RuntimeError: counts below 0, or not one for each slice.
    """
    if repeats is None:
        return repeated(_counts(input))
    if dim is None:
        input, dim = input.reshape(-1), 0
    if not input._tensor.shape:
        input = input.reshape(1)
    at = check_dim(dim, input.dims)
    size = input._tensor.shape[at]
    if isinstance(repeats, Tensor) and repeats._tensor.size != 1:
        if repeats.dims != 1 or repeats._tensor.size != size:
            raise OrderError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{repeats._tensor.size} and input.size({at}) = {size}"
            )
        return Select.apply(input, (at,), repeated(_counts(repeats)))
    count = int(repeats)
    if count < 0:
        raise OrderError("Repeats must be non-negative")
    shape = input._tensor.shape
    shown = input.unsqueeze(at + 1).expand(*shape[: at + 1], count, *shape[at + 1 :])
    out = shown.reshape(*shape[:at], size * count, *shape[at + 1 :])
    return out.clone() if out._tensor.cell is input._tensor.cell else out


def _counts(repeats: Any) -> Any:
    if repeats.dims != 1:
        raise OrderError("repeat_interleave only accept 1D vector as repeat")
    if repeats.dtype.name not in ("int64", "int32"):
        raise GradientError("repeats has to be Long or Int tensor")
    if bool((repeats < 0).any()):
        raise OrderError("repeats can not be negative")
    return repeats


@op()
def flip(input: Any, *dims: Any, **given: Any) -> Any:
    """The cells of some dims in reversed order, copied.

    Raises:
        RuntimeError: a dim is given twice.
    """
    found = [check_dim(k, input.dims) for k in sizes_in(dims, given, "dims")]
    for k in found:
        if found.count(k) > 1:
            raise OrderError(f"dim {k} appears multiple times in the list of dims")
    return Flip.apply(input, tuple(found) if input.dims else ())


@op()
def fliplr(input: Any) -> Any:
    """Dim 1 reversed."""
    if input.dims < 2:
        raise OrderError("Input must be >= 2-d.")
    return flip(input, 1)


@op()
def flipud(input: Any) -> Any:
    """Dim 0 reversed."""
    if input.dims < 1:
        raise OrderError("Input must be >= 1-d.")
    return flip(input, 0)


@op()
def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """Turned by 90 degrees k times, from the first of two dims towards the second.

    Raises:
        RuntimeError: not two different dims.
    """
    if len(dims) != 2:
        raise OrderError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.dims < 2:
        raise OrderError(f"expected total dims >= 2, but got total dims = {input.dims}")
    if dims[0] == dims[1]:
        raise OrderError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    a, b = check_dim(dims[0], input.dims), check_dim(dims[1], input.dims)
    turns = k % 4
    if turns == 1:
        return flip(input, b).transpose(a, b)
    if turns == 2:
        return flip(input, a, b)
    return flip(input, a).transpose(a, b) if turns == 3 else input.clone()


@op()
def roll(input: Any, shifts: Any, dims: Any = ()) -> Any:
    """The cells moved along dims, those that leave coming in at the other end.

    Raises:
        RuntimeError: not as many shifts as dims.
    """
    moves, along = size_of((shifts,) if isinstance(shifts, tuple | list) else (int(shifts),)), dims
    along = size_of((dims,)) if isinstance(dims, tuple | list) else (int(dims),)
    if not along and len(moves) == 1:
        return roll(input.reshape(-1), moves, (0,)).reshape(input._tensor.shape)
    if len(moves) != len(along) or not moves:
        raise OrderError(
            f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(along)}"
        )
    out = input
    for move, dim in zip(moves, along, strict=True):
        out = _rolled(out, move, check_dim(dim, input.dims))
    return out.clone() if out is input else out


def _rolled(x: Any, move: int, dim: int) -> Any:
    size = x._tensor.shape[dim] if x._tensor.shape else 0
    start = -move % size if size else 0
    if start == 0:
        return x
    return cat([x.narrow(dim, start, size - start), x.narrow(dim, 0, start)], dim)


def _check_matrix(x: Tensor, name: str) -> None:
    if x.dims < 2:
        raise OrderError(f"{name}: input tensor must have at least 2 dimensions")


@op(inplace=True)
def tril(input: Any, diagonal: int = 0) -> Any:
    """Zeros above a diagonal.

    Raises:
        RuntimeError: no matrix.
    """
    _check_matrix(input, "tril")
    return Band.apply(input, None, int(diagonal))


@op(inplace=True)
def triu(input: Any, diagonal: int = 0) -> Any:
    """Zeros below a diagonal.

    Raises:
        RuntimeError: no matrix.
    """
    _check_matrix(input, "triu")
    return Band.apply(input, int(diagonal), None)
