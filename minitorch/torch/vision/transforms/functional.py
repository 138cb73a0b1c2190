"""torchvision.transforms.functional: what is done to one image, of Pillow's or a tensor (C, H, W).

Idea: Pillow does it to its images; a tensor is sliced, padded, flipped, and resized by two
    products with a matrix: resizing is linear, and separable in rows and columns.
Not here: what is drawn by chance (chance.py).
Read next: fixed.py
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import ceil
from typing import Any, cast

import minitorch.torch as torch
from minitorch.errors import ConfigError, DtypeError, NotSupportedError, ShapeError
from minitorch.torch.vision.images import is_image, pillow, size_of, to_image, to_pixels

__all__ = [
    "InterpolationMode",
    "center_crop",
    "convert_image_dtype",
    "crop",
    "five_crop",
    "get_dimensions",
    "get_image_size",
    "hflip",
    "normalize",
    "pad",
    "pil_to_tensor",
    "resize",
    "resized_crop",
    "rgb_to_grayscale",
    "rotate",
    "to_grayscale",
    "to_pil_image",
    "to_tensor",
    "vflip",
]


class InterpolationMode(Enum):
    """How pixels between pixels are found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


# Pillow's numbers for them.
PILLOW = {
    "nearest": 0,
    "nearest-exact": 0,
    "lanczos": 1,
    "bilinear": 2,
    "bicubic": 3,
    "box": 4,
    "hamming": 5,
}


def _mode(interpolation: Any) -> str:
    if isinstance(interpolation, int):
        return {number: name for name, number in reversed(PILLOW.items())}[interpolation]
    return str(getattr(interpolation, "value", interpolation))


def get_image_size(img: Any) -> list[int]:
    """Width and height."""
    _, height, width = size_of(img)
    return [width, height]


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width."""
    return list(size_of(img))


# Images and tensors.


def pil_to_tensor(pic: Any) -> Any:
    """An image as a tensor (C, H, W) of its bytes.

    Raises:
        DtypeError: no image of Pillow's.
    """
    if not is_image(pic):
        raise DtypeError(f"pic should be PIL Image. Got {type(pic)}")
    return to_pixels(pic)


def to_tensor(pic: Any) -> Any:
    """An image or an array (H, W, C) as a tensor (C, H, W); bytes become floats from 0 to 1.

    Raises:
        DtypeError: neither of them.
    """
    if is_image(pic):
        pixels = to_pixels(pic)
        whole = pic.mode not in ("I", "I;16", "F")
        if pic.mode == "1":
            return pixels.to(torch.get_default_dtype())
        return pixels.to(torch.get_default_dtype()).div(255) if whole else pixels
    if isinstance(pic, torch.Tensor) or not hasattr(pic, "__array__"):
        raise DtypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if pic.ndim not in (2, 3):
        raise ShapeError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    pixels = torch.from_numpy(pic if pic.ndim == 3 else pic[:, :, None])
    pixels = pixels.permute(2, 0, 1).contiguous()
    if pixels.dtype is torch.uint8:
        return pixels.to(torch.get_default_dtype()).div(255)
    return pixels


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (C, H, W) or an array (H, W, C) as an image; floats are from 0 to 1."""
    return to_image(pic, mode)


def convert_image_dtype(image: Any, dtype: Any = torch.float32) -> Any:
    """A tensor of an image in another dtype, with its range: floats are from 0 to 1."""
    if image.dtype is dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        top = torch.iinfo(dtype).max
        return image.mul(top + 1.0 - 1e-3).to(dtype)
    top = torch.iinfo(image.dtype).max
    if dtype.is_floating_point:
        return image.to(dtype).div(top)
    shift = torch.iinfo(dtype).max
    factor = (shift + 1) // (top + 1)
    if factor >= 1:
        return image.to(dtype) * factor
    return torch.div(image, (top + 1) // (shift + 1), rounding_mode="floor").to(dtype)


def normalize(
    tensor: Any, mean: Sequence[float], std: Sequence[float], inplace: bool = False
) -> Any:
    """(tensor - mean) / std for each channel.

    Raises:
        DtypeError: no tensor of floats.
        ConfigError: a deviation of 0.
        ShapeError: fewer than three dims.
    """
    if not isinstance(tensor, torch.Tensor):
        raise DtypeError(f"img should be Tensor Image. Got {type(tensor)}")
    it: Any = tensor
    if not it.is_floating_point():
        raise DtypeError(f"Input tensor should be a float tensor. Got {it.dtype}.")
    if it.ndim < 3:
        raise ShapeError(
            f"Expected tensor to be a tensor image of size (..., C, H, W). Got {it.shape}."
        )
    means, deviations = (
        torch.as_tensor(values, dtype=it.dtype).view(-1, 1, 1) for values in (mean, std)
    )
    if (deviations == 0).any():
        raise ConfigError(
            f"std evaluated to zero after conversion to {it.dtype}, leading to division by zero."
        )
    out = it if inplace else it.clone()
    return out.sub_(means).div_(deviations)


# Parts and mirror images.


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The part from (top, left) on; what lies outside of the image is 0."""
    if is_image(img):
        return img.crop((left, top, left + width, top + height))
    _, rows, columns = size_of(img)
    bottom, right = top + height, left + width
    part = img[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if left >= 0 and top >= 0 and right <= columns and bottom <= rows:
        return part
    missing = (
        max(-left, 0), max(-top, 0), max(right - max(columns, left), 0),
        max(bottom - max(rows, top), 0),
    )  # fmt: skip
    return pad(part, missing)


def _pair(size: Any) -> tuple[int, int]:
    """Height and width of one number, or of two."""
    if isinstance(size, int):
        return size, size
    numbers = [int(it) for it in cast("Sequence[Any]", size)]
    return (numbers[0], numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle of the image, which is padded with 0 where it is smaller."""
    height, width = _pair(output_size)
    _, rows, columns = size_of(img)
    if width > columns or height > rows:
        across, down = max(width - columns, 0), max(height - rows, 0)
        img = pad(img, (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2))
        _, rows, columns = size_of(img)
        if (width, height) == (columns, rows):
            return img
    return crop(img, round((rows - height) / 2.0), round((columns - width) / 2.0), height, width)


def five_crop(img: Any, size: Any) -> tuple[Any, ...]:
    """The four corners and the middle."""
    height, width = _pair(size)
    _, rows, columns = size_of(img)
    if width > columns or height > rows:
        raise ConfigError(f"Requested crop size {size} is bigger than input size {(rows, columns)}")
    corners = [(0, 0), (0, columns - width), (rows - height, 0), (rows - height, columns - width)]
    return (*[crop(img, *corner, height, width) for corner in corners], center_crop(img, size))


def hflip(img: Any) -> Any:
    """Left and right exchanged."""
    return img.transpose(0) if is_image(img) else img.flip(-1)


def vflip(img: Any) -> Any:
    """Above and below exchanged."""
    return img.transpose(1) if is_image(img) else img.flip(-2)


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """The image with a border: one width, (left and right, above and below), or all four.

    Raises:
        ConfigError: other than 1, 2 or 4 numbers, or an unknown mode.
    """
    numbers = [padding] if isinstance(padding, int) else list(padding)
    if len(numbers) not in (1, 2, 4):
        raise ConfigError(
            "Padding must be an int or a 1, 2, or 4 element tuple, not a "
            f"{len(numbers)} element tuple"
        )
    left, top, right, bottom = {1: numbers * 4, 2: numbers * 2, 4: numbers}[len(numbers)]
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ConfigError("Padding mode should be either constant, edge, reflect or symmetric")
    if is_image(img):
        if padding_mode == "constant":
            wide = (img.width + left + right, img.height + top + bottom)
            bands = len(img.getbands())
            plain = isinstance(fill, int | float) and bands > 1
            out = pillow().new(img.mode, wide, (fill,) * bands if plain else fill)
            out.paste(img, (left, top))
            return out
        return to_image(_padded(to_pixels(img), (left, top, right, bottom), padding_mode, fill))
    return _padded(img, (left, top, right, bottom), padding_mode, fill)


def _padded(pixels: Any, border: tuple[int, ...], mode: str, fill: Any) -> Any:
    left, top, right, bottom = border
    _, rows, columns = size_of(pixels)
    if mode == "constant":
        shape = (*pixels.shape[:-2], rows + top + bottom, columns + left + right)
        out = torch.full(shape, fill, dtype=pixels.dtype)
        out[..., top : top + rows, left : left + columns] = pixels
        return out
    down = torch.tensor(_border(rows, top, bottom, mode))
    across = torch.tensor(_border(columns, left, right, mode))
    return pixels.index_select(-2, down).index_select(-1, across)


def _border(size: int, before: int, after: int, mode: str) -> list[int]:
    """Which pixel stands at each place of a padded row."""
    places = range(-before, size + after)
    if mode == "edge":
        return [min(max(k, 0), size - 1) for k in places]
    if mode == "reflect":
        period = max(2 * size - 2, 1)
        return [min(k % period, period - k % period) % max(size, 1) for k in places]
    return [min(k % (2 * size), 2 * size - 1 - k % (2 * size)) for k in places]


# Sizes.


def _wanted_size(size: Any, rows: int, columns: int, max_size: int | None) -> tuple[int, int]:
    numbers = [size] if isinstance(size, int) else list(size)
    if len(numbers) == 2:
        return int(numbers[0]), int(numbers[1])
    short, long = min(rows, columns), max(rows, columns)
    new_short, new_long = int(numbers[0]), int(numbers[0] * long / short)
    if max_size is not None and new_long > max_size:
        new_short, new_long = int(max_size * new_short / new_long), max_size
    return (new_long, new_short) if columns <= rows else (new_short, new_long)


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """The image in another size: (height, width), or one number for the shorter side.

    Raises:
        NotSupportedError: a tensor by another way than bilinear or nearest.
    """
    _, rows, columns = size_of(img)
    height, width = _wanted_size(size, rows, columns, max_size)
    if (height, width) == (rows, columns):
        return img
    mode = _mode(interpolation)
    if is_image(img):
        return img.resize((width, height), PILLOW[mode])
    if mode not in ("bilinear", "nearest", "nearest-exact"):
        raise NotSupportedError(f"resize of a tensor, {mode}: use bilinear, or resize the image.")
    if mode != "bilinear":
        half = 0.5 if mode == "nearest-exact" else 0.0
        down = torch.tensor([int((k + half) * rows / height) for k in range(height)])
        across = torch.tensor([int((k + half) * columns / width) for k in range(width)])
        return img.index_select(-2, down).index_select(-1, across)
    kind = img.dtype if img.is_floating_point() else torch.float32
    down, across = (
        torch.tensor(_weights(n, m, bool(antialias)), dtype=kind)
        for n, m in ((rows, height), (columns, width))
    )
    out = down @ img.to(kind) @ across.t()
    return out if img.is_floating_point() else out.round().clamp(0, 255).to(img.dtype)


def _weights(size: int, wanted: int, antialias: bool) -> list[list[float]]:
    """How much of each pixel of a row stands in each pixel of the resized row."""
    scale = size / wanted
    reach = max(scale, 1.0) if antialias else 1.0
    rows: list[list[float]] = []
    for k in range(wanted):
        center = (k + 0.5) * scale
        if not antialias:
            center = min(max(center, 0.5), size - 0.5)
        row = [0.0] * size
        for j in range(max(int(center - reach - 1), 0), min(ceil(center + reach + 1), size)):
            row[j] = max(0.0, 1.0 - abs((j + 0.5 - center) / reach))
        total = sum(row)
        rows.append([it / total for it in row])
    return rows


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """A part of the image, in another size."""
    part = crop(img, top, left, height, width)
    return resize(part, size, interpolation, antialias=antialias)


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Any = None,
    fill: Any = None,
) -> Any:
    """The image turned by an angle in degrees, against the clock.

    Raises:
        NotSupportedError: a tensor; turn the image before it becomes one.
    """
    if not is_image(img):
        raise NotSupportedError("rotate of a tensor: turn the image before it becomes a tensor.")
    return img.rotate(angle, PILLOW[_mode(interpolation)], expand, center, fillcolor=fill)


# Colours.


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """An image of Pillow's in grey, of one channel or three alike."""
    grey = img.convert("L")
    return grey if num_output_channels == 1 else pillow().merge("RGB", [grey] * 3)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """An image in grey: 0.2989 of red, 0.587 of green and 0.114 of blue."""
    if is_image(img):
        return to_grayscale(img, num_output_channels)
    if size_of(img)[0] == 1:
        grey = img
    else:
        red, green, blue = (img[..., k : k + 1, :, :] for k in range(3))
        grey = (0.2989 * red + 0.587 * green + 0.114 * blue).to(img.dtype)
    return grey if num_output_channels == 1 else torch.cat([grey] * 3, -3)
