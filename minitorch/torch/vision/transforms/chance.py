"""Transforms that draw what they do, each time anew, from the default generator.

Idea: `get_params` draws, and the function of the transform's name does it.
Not here: those functions (functional.py).
Read next: ../datasets.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log, sqrt
from typing import Any

import minitorch.torch as torch
from minitorch.errors import ConfigError
from minitorch.torch.vision.images import size_of
from minitorch.torch.vision.transforms import functional
from minitorch.torch.vision.transforms.fixed import Transform
from minitorch.torch.vision.transforms.functional import InterpolationMode

__all__ = [
    "RandomApply",
    "RandomCrop",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
]


def _chance(p: float) -> bool:
    return bool(torch.rand(1).item() < p)


def _between(low: float, high: float) -> float:
    return float(torch.empty(1).uniform_(float(low), float(high)).item())


def _below(stop: int) -> int:
    return int(torch.randint(0, stop, size=(1,)).item())


class RandomHorizontalFlip(Transform):
    """Left and right exchanged, with probability p."""

    settings = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, or its mirror image."""
        return functional.hflip(img) if _chance(self.p) else img


class RandomVerticalFlip(RandomHorizontalFlip):
    """Above and below exchanged, with probability p."""

    def forward(self, img: Any) -> Any:
        """The image, or its mirror image."""
        return functional.vflip(img) if _chance(self.p) else img


class RandomGrayscale(RandomHorizontalFlip):
    """In grey, with probability p."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def forward(self, img: Any) -> Any:
        """The image, or the grey one."""
        channels = size_of(img)[0]
        return functional.rgb_to_grayscale(img, channels) if _chance(self.p) else img


class RandomApply(Transform):
    """Several transforms, all or none, with probability p."""

    settings = ("transforms", "p")

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, img: Any) -> Any:
        """The image, or what they make of it."""
        if self.p < torch.rand(1).item():
            return img
        for it in self.transforms:
            img = it(img)
        return img


class RandomCrop(Transform):
    """A part of the image of a given size, anywhere; first with a border, if asked for."""

    settings = ("size", "padding")

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size: tuple[int, int] = (size, size) if isinstance(size, int) else tuple(size)
        self.padding, self.pad_if_needed = padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    @staticmethod
    def get_params(img: Any, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a part.

        Raises:
            ConfigError: the image is smaller.
        """
        _, rows, columns = size_of(img)
        height, width = output_size
        if rows < height or columns < width:
            raise ConfigError(
                f"Required crop size {(height, width)} is larger than input image size "
                f"{(rows, columns)}"
            )
        if (rows, columns) == (height, width):
            return 0, 0, rows, columns
        return _below(rows - height + 1), _below(columns - width + 1), height, width

    def forward(self, img: Any) -> Any:
        """The part."""
        if self.padding is not None:
            img = functional.pad(img, self.padding, self.fill, self.padding_mode)
        _, rows, columns = size_of(img)
        height, width = self.size
        if self.pad_if_needed and columns < width:
            img = functional.pad(img, (width - columns, 0), self.fill, self.padding_mode)
        if self.pad_if_needed and rows < height:
            img = functional.pad(img, (0, height - rows), self.fill, self.padding_mode)
        return functional.crop(img, *self.get_params(img, self.size))


class RandomResizedCrop(Transform):
    """A part of the image of any area and form within limits, in a given size."""

    settings = ("size", "scale", "ratio", "interpolation", "antialias")

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.scale, self.ratio = tuple(scale), tuple(ratio)
        self.interpolation, self.antialias = interpolation, antialias

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float]
    ) -> tuple[int, int, int, int]:
        """Top, left, height and width of a part."""
        _, rows, columns = size_of(img)
        for _ in range(10):
            area = rows * columns * _between(scale[0], scale[1])
            form = exp(_between(log(ratio[0]), log(ratio[1])))
            width, height = round(sqrt(area * form)), round(sqrt(area / form))
            if 0 < width <= columns and 0 < height <= rows:
                return _below(rows - height + 1), _below(columns - width + 1), height, width
        height, width = rows, columns  # nothing fitted: the largest part within the limits
        if columns / rows < min(ratio):
            height = round(columns / min(ratio))
        elif columns / rows > max(ratio):
            width = round(rows * max(ratio))
        return (rows - height) // 2, (columns - width) // 2, height, width

    def forward(self, img: Any) -> Any:
        """The part, resized."""
        place = self.get_params(img, self.scale, self.ratio)
        return functional.resized_crop(img, *place, self.size, self.interpolation, self.antialias)


class RandomRotation(Transform):
    """The image turned by an angle within limits, in degrees.

    Raises:
        ConfigError: one negative number.
    """

    settings = ("degrees", "interpolation", "expand", "fill")

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Any = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        if isinstance(degrees, int | float):
            if degrees < 0:
                raise ConfigError("If degrees is a single number, it must be positive.")
            degrees = (-degrees, degrees)
        self.degrees = [float(it) for it in degrees]
        self.interpolation, self.expand = interpolation, expand
        self.center, self.fill = center, fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """An angle."""
        return _between(degrees[0], degrees[1])

    def forward(self, img: Any) -> Any:
        """The turned image."""
        angle = self.get_params(self.degrees)
        return functional.rotate(
            img, angle, self.interpolation, self.expand, self.center, self.fill
        )
