"""Transforms that do the same each time.

Idea: each keeps its settings, and calls the function of its name.
Not here: those functions (functional.py); transforms that draw (chance.py).
Read next: chance.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import minitorch.torch as torch
from minitorch.errors import DtypeError
from minitorch.torch.vision.transforms import functional
from minitorch.torch.vision.transforms.functional import InterpolationMode

__all__ = [
    "CenterCrop",
    "Compose",
    "ConvertImageDtype",
    "FiveCrop",
    "Grayscale",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "Pad",
    "Resize",
    "ToPILImage",
    "ToTensor",
    "Transform",
]


class Transform(torch.nn.Module):
    """What all transforms are: an object that is called with an image."""

    settings: tuple[str, ...] = ()  # what is shown of it

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)}" for name in self.settings)
        return f"{type(self).__name__}({shown})"


class Compose:
    """Several transforms, one after the other.

    >>> Compose([Lambda(lambda x: x + 1), Lambda(lambda x: 2 * x)])(3)
    8
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        """The image after all of them."""
        for it in self.transforms:
            img = it(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {it}" for it in self.transforms)
        return f"{type(self).__name__}({lines}\n)"


class ToTensor(Transform):
    """An image, or an array (H, W, C), as a tensor (C, H, W) of floats from 0 to 1."""

    def forward(self, pic: Any) -> Any:
        """The tensor."""
        return functional.to_tensor(pic)


class PILToTensor(Transform):
    """An image as a tensor (C, H, W) of its bytes."""

    def forward(self, pic: Any) -> Any:
        """The tensor."""
        return functional.pil_to_tensor(pic)


class ToPILImage(Transform):
    """A tensor (C, H, W), or an array (H, W, C), as an image."""

    settings = ("mode",)

    def __init__(self, mode: str | None = None) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, pic: Any) -> Any:
        """The image."""
        return functional.to_pil_image(pic, self.mode)


class ConvertImageDtype(Transform):
    """A tensor of an image in another dtype, with its range."""

    settings = ("dtype",)

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Any) -> Any:
        """The tensor."""
        return functional.convert_image_dtype(image, self.dtype)


class Normalize(Transform):
    """(tensor - mean) / std for each channel."""

    settings = ("mean", "std")

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Any) -> Any:
        """The normalised tensor."""
        return functional.normalize(tensor, self.mean, self.std, self.inplace)


class Resize(Transform):
    """The image in another size: (height, width), or one number for the shorter side."""

    settings = ("size", "interpolation", "max_size", "antialias")

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size, self.interpolation = size, interpolation
        self.max_size, self.antialias = max_size, antialias

    def forward(self, img: Any) -> Any:
        """The image."""
        return functional.resize(img, self.size, self.interpolation, self.max_size, self.antialias)


class CenterCrop(Transform):
    """The middle of the image."""

    settings = ("size",)

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def forward(self, img: Any) -> Any:
        """The part."""
        return functional.center_crop(img, self.size)


class FiveCrop(CenterCrop):
    """The four corners of the image and its middle."""

    def forward(self, img: Any) -> Any:
        """The parts."""
        return functional.five_crop(img, self.size)


class Pad(Transform):
    """The image with a border."""

    settings = ("padding", "fill", "padding_mode")

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        """The larger image."""
        return functional.pad(img, self.padding, self.fill, self.padding_mode)


class Grayscale(Transform):
    """The image in grey, of one channel or three alike."""

    settings = ("num_output_channels",)

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        """The grey image."""
        return functional.rgb_to_grayscale(img, self.num_output_channels)


class Lambda:
    """A function as a transform.

    Raises:
        DtypeError: it cannot be called.
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise DtypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        """What the function makes of the image."""
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
