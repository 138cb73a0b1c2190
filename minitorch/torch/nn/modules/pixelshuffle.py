"""Channels to pixels and back: PixelShuffle and PixelUnshuffle.

Idea: (C r^2, H, W) and (C, H r, W r) hold the same numbers in another order.
Not here: the functions (nn/functional/).
Read next: channelshuffle.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import settings

__all__ = ["PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """(.., C r^2, H, W) to (.., C, H r, W r).

    Shi et al., "Real-time single image and video super-resolution", 2016.

    >>> import minitorch.torch as torch
    >>> PixelShuffle(3)(torch.zeros(1, 9, 4, 4)).shape
    torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return settings(self, "upscale_factor")


class PixelUnshuffle(Module):
    """(.., C, H r, W r) to (.., C r^2, H, W).

    >>> import minitorch.torch as torch
    >>> PixelUnshuffle(3)(torch.zeros(1, 1, 12, 12)).shape
    torch.Size([1, 9, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return settings(self, "downscale_factor")
