"""A picture file as one example: grey, light ink on dark, centred, of the size of the data set.

Idea: a picture of the data set's own size is taken as it is. Any other is cut to its ink, scaled,
    and laid so that its centre of mass is in the middle, which is how MNIST was made from scans.
Not here: scaling to mean 0 and deviation 1 (data/mnist.py, data/digits.py).
Read next: predict.py
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minitorch.checkpoint import Array
from minitorch.errors import DataError, MissingPartError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["centre", "read_image"]

# Grey above this share of the darkest pixel counts as ink.
THRESHOLD = 0.2
FAINTEST = 0.05


def read_image(path: Path, side: int, ink: int) -> Array:
    """Return a picture as (side, side) numbers from 0 (paper) to 1 (ink).

    A picture that is mostly light is taken as dark ink on light paper. One of another size is
    scaled so that its ink fits into ink x ink pixels.

    Raises:
        DataError: the file is missing, no picture, or blank.
        MissingPartError: pillow is not installed.
    """
    if not path.is_file():
        raise DataError(
            f"{path} does not exist or is no file; expected a picture, or the number of an "
            "example. Try a PNG file, or test:17."
        )
    pixels = _read_grey(path)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if np.median(border) > 0.5:
        pixels, border = 1.0 - pixels, 1.0 - border
    if pixels.shape == (side, side):
        return pixels
    pixels = np.clip(pixels - np.median(border), 0.0, 1.0)  # paper is seldom quite white
    inked = pixels > max(THRESHOLD * float(pixels.max()), FAINTEST)
    if not inked.any():
        raise DataError(f"{path} is blank; expected a digit on an even ground. Draw one.")
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return centre(_scaled(cut, ink), side)


def centre(ink: Array, side: int) -> Array:
    """Lay (h, w) ink on a blank (side, side) so that its centre of mass is in the middle.

    >>> centre(np.array([[1.0]]), side=3)
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    placed = np.zeros((side, side))
    corner: list[int] = []
    for axis in (0, 1):
        length = int(ink.shape[axis])
        mass = ink.sum(axis=1 - axis)
        middle = float(np.average(np.arange(length), weights=mass))
        corner.append(min(max(round((side - 1) / 2 - middle), 0), side - length))
    placed[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return placed


def _read_grey(path: Path) -> Array:
    try:
        from PIL import Image as images  # imported here: an optional part
        from PIL import ImageOps
    except ImportError as error:
        raise MissingPartError(
            f"{path} cannot be read as a picture: pillow is not installed; expected it as an "
            "optional part. Try: pip install 'minitorch[images]'"
        ) from error
    try:
        with warnings.catch_warnings():
            # A picture of a hundred million pixels is refused, not warned of.
            warnings.simplefilter("error", images.DecompressionBombWarning)
            with images.open(path) as file:
                grey = ImageOps.exif_transpose(_opaque(file)).convert("L")
    except (OSError, ValueError, SyntaxError, Warning, images.DecompressionBombError) as error:
        raise DataError(
            f"{path} cannot be read as a picture ({error}); expected a PNG, JPEG or the like of a "
            "sensible size. Save it again as PNG."
        ) from error
    return np.asarray(grey, dtype=np.float64) / 255.0


def _opaque(picture: Image) -> Image:
    """Lay a picture with transparent parts on white paper."""
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    paper = layer.copy()
    paper.paste("white", (0, 0, *layer.size))
    paper.alpha_composite(layer)
    return paper


def _scaled(ink: Array, longest: int) -> Array:
    """Scale so that the longer side has `longest` pixels."""
    from PIL import Image as images  # imported here: an optional part

    scale = longest / max(ink.shape)
    height, width = (max(1, round(scale * length)) for length in ink.shape)
    way = images.Resampling.BOX if scale < 1 else images.Resampling.BILINEAR
    picture = images.fromarray((ink * 255).astype(np.uint8)).resize((width, height), way)
    return np.asarray(picture, dtype=np.float64) / 255.0
