"""Pillow's images, and tensors of them.

Idea: an image is rows of pixels, each of one or more bytes; a tensor of it has the channels
    first. All that is asked of Pillow is asked here, or of the image itself.
Not here: what is done to images (transforms/functional.py).
Read next: transforms/functional.py
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import minitorch.torch as torch
from minitorch.errors import DtypeError, MissingPartError, ShapeError
from minitorch.torch import interop

__all__ = ["is_image", "pillow", "size_of", "to_image", "to_pixels"]

# What a pixel of each mode of Pillow is stored as, where it is not bytes.
WIDE = {"I": "int32", "I;16": "int16", "F": "float32", "1": "bool"}


def pillow() -> ModuleType:
    """The module PIL.Image.

    Raises:
        MissingPartError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPartError(
            "images need Pillow, which is not installed: pip install 'minitorch[images]'"
        ) from error
    return Image


def is_image(thing: Any) -> bool:
    """True for an image of Pillow's."""
    return type(thing).__module__.startswith("PIL.") and hasattr(thing, "getbands")


def size_of(image: Any) -> tuple[int, int, int]:
    """Channels, height and width of an image or a tensor.

    Raises:
        DtypeError: neither of them.
    """
    if is_image(image):
        return len(image.getbands()), image.height, image.width
    if isinstance(image, torch.Tensor) and image.ndim >= 2:
        channels = image.shape[-3] if image.ndim > 2 else 1
        return channels, image.shape[-2], image.shape[-1]
    raise DtypeError(f"Unexpected type {type(image)}: expected an image of Pillow's or a tensor.")


def to_pixels(image: Any) -> Any:
    """An image as a tensor (C, H, W) of its pixels, with its dtype."""
    channels, height, width = size_of(image)
    pixels = interop.from_bytes(image.tobytes("raw") if image.mode != "1" else _bits(image),
                                WIDE.get(image.mode, "uint8"))  # fmt: skip
    return pixels.view(height, width, channels).permute(2, 0, 1).contiguous()


def _bits(image: Any) -> bytes:
    """One byte for each pixel of black and white, 0 or 1."""
    return bytes(image.convert("L").point(bool).tobytes())


def to_image(pixels: Any, mode: str | None = None) -> Any:
    """A tensor (C, H, W), (H, W), or an array (H, W, C), as an image.

    Floats are from 0 to 1.

    Raises:
        DtypeError: neither tensor nor array.
        ShapeError: dims or channels that no image has.
    """
    if isinstance(pixels, torch.Tensor):
        tensor: Any = pixels.detach()
        if tensor.ndim not in (2, 3):
            raise ShapeError(f"pic should be 2/3 dimensional. Got {tensor.ndim} dimensions.")
        tensor = tensor.unsqueeze(0) if tensor.ndim == 2 else tensor
        if tensor.shape[0] > 4:
            raise ShapeError(f"pic should not have > 4 channels. Got {tensor.shape[0]} channels.")
        if tensor.is_floating_point() and mode != "F":
            tensor = tensor.mul(255).to(torch.uint8)
        array = tensor.permute(1, 2, 0).contiguous().numpy()
    elif interop.is_array(pixels):
        array = pixels if pixels.ndim == 3 else pixels[:, :, None]
    else:
        raise DtypeError(f"pic should be Tensor or ndarray. Got {type(pixels)}.")
    channels = array.shape[2]
    if channels == 1:
        array = array[:, :, 0]
    image = pillow().fromarray(array)
    named = mode or {2: "LA", 4: "RGBA"}.get(channels)
    return image if named is None or named == image.mode else _renamed(image, named)


def _renamed(image: Any, mode: str) -> Any:
    """The same bytes under another mode, such as HSV for RGB."""
    if len(pillow().new(mode, (1, 1)).getbands()) != len(image.getbands()):
        raise ShapeError(f"Incorrect mode ({mode}) supplied for an image of {image.mode}.")
    return pillow().frombytes(mode, image.size, image.tobytes())
