"""Broadcasting: a dim of size 1 shown as often as needed, without a copy.

Idea: such a dim has stride 0; the gradient is summed over it.
Not here: other views (shaping.py), copies (arranging.py).
Read next: arranging.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from minitorch.errors import IndexingError, ShapeError
from minitorch.strided import layout_of
from minitorch.tensor_data import TensorData
from minitorch.tensor_functions import Expand
from minitorch.torch.dtypes import Size, size_of, sizes_in
from minitorch.torch.face import op
from minitorch.torch.shaping import SizeError
from minitorch.torch.views import shown

__all__ = ["broadcast_shapes", "broadcast_tensors", "broadcast_to", "expand", "expand_as"]


@op(function=False)
def expand(input: Any, *sizes: Any, implicit: bool = False, **given: Any) -> Any:
    """Broadcast to sizes, -1 for one that stays; shares the storage."""
    wanted, shape = sizes_in(sizes, given, "size"), input._tensor.shape
    missing = len(wanted) - len(shape)
    if missing < 0:
        raise SizeError(
            f"expand({input.type()}{{{list(shape)}}}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({len(shape)})"
        )
    full: list[int] = []
    for k, n in enumerate(wanted):
        if n == -1 and k < missing:
            raise SizeError(
                f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing "
                f"dimension {k}"
            )
        own = shape[k - missing] if k >= missing else 1
        if n != -1 and own not in (1, n):
            raise SizeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at "
                f"non-singleton dimension {k}.  Target sizes: {list(wanted)}.  Tensor sizes: "
                f"{list(shape)}"
            )
        full.append(own if n == -1 else n)
    data = input._tensor.expand(full)
    return shown(input, layout_of(data), Expand, data.shape)


@op(function=False)
def expand_as(input: Any, other: Any) -> Any:
    """`expand` to the sizes of another tensor."""
    return expand(input, *other._tensor.shape)


@op()
def broadcast_to(input: Any, size: Any) -> Any:
    """`expand` to sizes."""
    return expand(input, *size_of((size,)))


@op(method=False)
def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that all of these broadcast to.

    Raises:
        SizeError: they do not.

    >>> broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    whole: list[int] = []
    for k, it in enumerate(shapes):
        shape = [it] if isinstance(it, int) else [int(n) for n in it]
        if min(shape, default=0) < 0:
            raise ShapeError("Attempting to broadcast a dimension with negative length!")
        whole = [1] * (len(shape) - len(whole)) + whole
        for place in range(-1, -len(shape) - 1, -1):
            if shape[place] in (1, whole[place]):
                continue
            if whole[place] != 1:
                raise SizeError(
                    f"Attempting to broadcast a dimension of length {shape[place]} at {place}! "
                    f"Mismatching argument at index {k} had {tuple(shape)}; but expected shape "
                    f"should be broadcastable to {whole}"
                )
            whole[place] = shape[place]
    return Size(whole)


@op(method=False)
def broadcast_tensors(*tensors: Any) -> Any:
    """All tensors expanded to the shape that they broadcast to."""
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(cast("Any", tensors[0]))
    whole: tuple[int, ...] = ()
    for it in tensors:
        try:
            whole = TensorData.shape_broadcast(whole, it._tensor.shape)
        except IndexingError:
            raise SizeError(_mismatch(whole, it._tensor.shape)) from None
    return tuple([expand(it, *whole) for it in tensors])


def _mismatch(a: Sequence[int], b: Sequence[int]) -> str:
    dims = max(len(a), len(b))
    left, right = [(1,) * (dims - len(it)) + tuple(it) for it in (a, b)]
    place = max(k for k in range(dims) if left[k] != right[k] and 1 not in (left[k], right[k]))
    return (
        f"The size of tensor a ({left[place]}) must match the size of tensor b ({right[place]}) at "
        f"non-singleton dimension {place}"
    )
