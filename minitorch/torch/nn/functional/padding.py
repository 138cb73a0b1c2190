"""Padding: cells put around the last dims, or cut off them.

Idea: zeros are the adjoint of a slice; another constant is zeros plus the constant around; the
    edge repeated, mirrored or taken from the other end are a gather by an index.
Not here: the padding of convolutions and pooling, which is theirs.
Read next: interpolation.py
"""

from __future__ import annotations

from typing import Any

from minitorch.rules import where
from minitorch.selection import Gather
from minitorch.tensor_functions import Pad, Slice, row_function
from minitorch.torch.creation import tensor
from minitorch.torch.face import op
from minitorch.torch.nn.functional.parts import SizeError
from minitorch.torch.tensor import Tensor

__all__ = ["chosen", "pad"]

Where = row_function(where)


@op(function=False, method=False)
def pad(input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """Cells put before and after the last dims, the last dim first: pad = (before, after, ..).

    Args:
        input: of any shape.
        pad: negative numbers cut cells off.
        mode: "constant", "reflect", "replicate" or "circular".
        value: of the cells, by default 0; only for "constant".

    Raises:
        SizeError: too many numbers, or more cells than the mode has.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.pad(torch.tensor([1.0, 2.0]), (1, 0))
    tensor([0., 1., 2.])
    """
    given = [int(n) for n in pad]
    if len(given) % 2:
        raise SizeError("Padding length must be divisible by 2")
    if len(given) // 2 > input.dims:
        raise SizeError(
            f"Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(given)} and input of dimension {input.dims}"
        )
    sides = [(given[k], given[k + 1]) for k in range(0, len(given), 2)]
    if mode == "constant":
        return _constant(input, sides, 0 if value is None else value)
    if value not in (None, 0):
        raise SizeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _PLACES:
        raise _ModeError(f"Unrecognised padding mode {mode}")
    if len(sides) not in (1, 2, 3) or input.dims not in (len(sides) + 1, len(sides) + 2):
        raise _ModeError(
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now"
        )
    for k, (before, after) in enumerate(sides):
        dim = input.dims - 1 - k
        places = _PLACES[mode](input.shape[dim], before, after, dim, input)
        input = chosen(input, dim, places)
    return input


@op(method=False)
def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """`pad` with a constant."""
    given = [int(n) for n in pad]
    return _constant(input, [(given[k], given[k + 1]) for k in range(0, len(given), 2)], value)


class _ModeError(SizeError, NotImplementedError):
    """A mode that does not exist, or not for so many dims."""


def _constant(x: Any, sides: list[tuple[int, int]], value: Any) -> Any:
    out = x
    for k, (before, after) in enumerate(sides):
        dim = x.dims - 1 - k
        size = out.shape[dim]
        if size + before + after < 0:
            raise SizeError(
                f"The input size {size}, plus negative padding {before} and {after}, resulted in a "
                f"negative output size, which is invalid. Check dimension {dim} of your input."
            )
        if before < 0 or after < 0:
            start = max(-before, 0)
            out = Slice.apply(out, dim, start, max(size - max(-after, 0), start))
            size = out.shape[dim]
        before, after = max(before, 0), max(after, 0)
        if before or after:
            out = Pad.apply(out, dim, before, before + size + after)
    if value == 0 or out is x:
        return out
    mask = _constant(tensor(True).expand(x.shape), sides, 0)
    filling = tensor(value.item() if isinstance(value, Tensor) else value).to(x.dtype)
    return Where.apply(mask, out, filling)


def _inside(places: Any, size: int) -> list[int]:
    return [min(max(i, 0), size - 1) for i in places]


def _replicate(size: int, before: int, after: int, dim: int, x: Any) -> list[int]:
    return _inside(range(-before, size + after), size)


def _reflect(size: int, before: int, after: int, dim: int, x: Any) -> list[int]:
    if before >= size or after >= size:
        raise SizeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({before}, {after}) at dimension {dim} of input {list(x.shape)}"
        )
    last = size - 1
    return [last - abs(last - abs(i)) for i in range(-before, size + after)]


def _circular(size: int, before: int, after: int, dim: int, x: Any) -> list[int]:
    if before > size or after > size:
        raise SizeError("Padding value causes wrapping around more than once.")
    if size + before + after < 0:
        raise SizeError("Negative padding value is resulting in an empty dimension")
    left = range(max(-before, 0), size - max(-after, 0))
    return [left[i % len(left)] for i in range(-max(before, 0), len(left) + max(after, 0))]


_PLACES = {"replicate": _replicate, "reflect": _reflect, "circular": _circular}


def chosen(x: Any, dim: int, places: list[int]) -> Any:
    """x with the cells at these places of a dim."""
    shape = (*x.shape[:dim], len(places), *x.shape[dim + 1 :])
    index = tensor(places).reshape(-1, *[1] * (x.dims - dim - 1)).expand(shape)
    return Gather.apply(x, dim, index)
