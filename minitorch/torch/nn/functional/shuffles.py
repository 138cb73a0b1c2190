"""Channels into space and back, and channels among each other: the same cells in another order.

Idea: a view with more dims, a permutation, a view with fewer.
Not here: other sizes (interpolation.py).
Read next: folding.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.face import op
from minitorch.torch.nn.functional.parts import SizeError

__all__ = ["channel_shuffle", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


@op(method=False)
def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(.., C r^2, H, W) to (.., C, H r, W r) (Shi and others 2016).

    Raises:
        SizeError: less than three dims, or channels that r^2 does not divide.
    """
    r = upscale_factor
    if input.dims < 3:
        raise SizeError(
            "pixel_shuffle expects input to have at least 3 dimensions, but got input with "
            f"{input.dims} dimension(s)"
        )
    if r <= 0:
        raise SizeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *batch, channels, height, width = input.shape
    if channels % (r * r):
        raise SizeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}"
        )
    outs, n = channels // (r * r), len(batch)
    split = input.reshape(*batch, outs, r, r, height, width)
    moved = split.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return moved.reshape(*batch, outs, height * r, width * r)


@op(method=False)
def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """(.., C, H r, W r) to (.., C r^2, H, W): undoes `pixel_shuffle`.

    Raises:
        SizeError: less than three dims, or sizes that r does not divide.
    """
    r = downscale_factor
    if input.dims < 3:
        raise SizeError(
            "pixel_unshuffle expects input to have at least 3 dimensions, but got input with "
            f"{input.dims} dimension(s)"
        )
    if r <= 0:
        raise SizeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *batch, channels, height, width = input.shape
    for title, size in (("height", height), ("width", width)):
        if size % r:
            raise SizeError(
                f"pixel_unshuffle expects {title} to be divisible by downscale_factor, but "
                f"input.size={size} is not divisible by {r}"
            )
    n = len(batch)
    split = input.reshape(*batch, channels, height // r, r, width // r, r)
    moved = split.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return moved.reshape(*batch, channels * r * r, height // r, width // r)


@op(method=False)
def channel_shuffle(input: Any, groups: int) -> Any:
    """(N, C, ..) with channel k of group g at k * groups + g (Zhang and others 2018).

    Raises:
        SizeError: less than three dims, or channels that the groups do not divide.
    """
    if input.dims < 3:
        raise SizeError(
            "channel_shuffle expects input with > 2 dims, but got input with sizes "
            f"{list(input.shape)}"
        )
    if groups <= 0:
        raise SizeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    batch, channels, *rest = input.shape
    if channels % groups:
        raise SizeError(
            "Number of channels must be divisible by groups. Got "
            f"{channels} channels and {groups} groups."
        )
    split = input.reshape(batch, groups, channels // groups, *rest)
    return split.transpose(1, 2).reshape(input.shape)


native_channel_shuffle = channel_shuffle
