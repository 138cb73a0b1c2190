"""torchvision.utils: many images as one, and image files.

Idea: a grid is a large image of zeros into which the images are written, row by row.
Not here: transforms (transforms/).
Read next: images.py
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, cast

import minitorch.torch as torch
from minitorch.errors import ConfigError, DtypeError
from minitorch.torch.missing import getattr_of
from minitorch.torch.vision.images import pillow

__all__ = ["make_grid", "save_image"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Any:
    """Images (B, C, H, W), or a list of them, in one of `nrow` columns, with three channels.

    With `normalize` the numbers are brought to 0 .. 1, from `value_range` or from their own, with
    `scale_each` for each image by itself.

    Raises:
        DtypeError: no tensors.
        ConfigError: a value_range that is no pair.

    >>> import minitorch.torch as torch
    >>> make_grid(torch.zeros(5, 1, 4, 4), nrow=3).shape
    torch.Size([3, 14, 20])
    """
    images = _images(tensor)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise ConfigError("value_range has to be a tuple (min, max) if specified.")
        images = images.clone()
        for part in images if scale_each else [images]:
            _scale(part, value_range)
    if images.shape[0] == 1:
        return images.squeeze(0)
    count, channels, height, width = images.shape
    columns = min(nrow, count)
    rows = ceil(count / columns)
    high, wide = height + padding, width + padding
    shape = (channels, high * rows + padding, wide * columns + padding)
    grid = images.new_full(shape, pad_value)
    for k in range(count):
        top, left = k // columns * high + padding, k % columns * wide + padding
        grid[:, top : top + height, left : left + width] = images[k]
    return grid


def _images(tensor: Any) -> Any:
    """Images as (B, 3, H, W)."""
    if isinstance(tensor, list | tuple):
        parts = cast("Sequence[Any]", tensor)
        if not all(isinstance(it, torch.Tensor) for it in parts):
            raise DtypeError("tensor or list of tensors expected, got a list of other things")
        tensor = torch.stack(list(parts), 0)
    if not isinstance(tensor, torch.Tensor):
        raise DtypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    images: Any = tensor.detach()
    if images.ndim == 2:
        images = images.unsqueeze(0)
    if images.ndim == 3:
        images = images.unsqueeze(0)
    return torch.cat([images] * 3, 1) if images.shape[1] == 1 else images


def _scale(part: Any, limits: tuple[float, float] | None) -> None:
    low, high = limits or (float(part.min()), float(part.max()))
    part.clamp_(min=low, max=high).sub_(low).div_(max(high - low, 1e-5))


def save_image(tensor: Any, fp: Any, format: str | None = None, **kwargs: Any) -> None:
    """Write images to a file, as `make_grid` arranges them; numbers are from 0 to 1."""
    grid = make_grid(tensor, **kwargs)
    pixels = grid.mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to(torch.uint8)
    pillow().fromarray(pixels.contiguous().numpy()).save(fp, format=format)


__getattr__ = getattr_of(__name__)
