"""The 8 x 8 digits that ship inside scikit-learn: real data without a download.

Idea: 1,797 images of 0 .. 16 grey levels (Alpaydin, Kaynak 1998), cut once and for all, by a
    fixed seed, into 1,438 to train on and 359 to test on.
Not here: MNIST (mnist.py); the cut itself (dataset.py).
Read next: dataset.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.data.dataset import Dataset
from minitorch.errors import DataError, MissingPartError

__all__ = ["load_digits", "normalise_digits"]

MEAN = np.float32(0.3053)  # of pixel / 16 over the whole set
DEVIATION = np.float32(0.3761)
SIDE = 8
SPLIT_SEED = 0


def load_digits() -> tuple[Dataset, Dataset]:
    """Return the training set (1,438) and the test set (359) of the 8 x 8 digits.

    Inputs are (N, 1, 8, 8) float32, normalised to mean 0 and standard deviation 1.

    Raises:
        MissingPartError: scikit-learn is not installed.

    >>> train, test = load_digits()
    >>> train.inputs.shape, test.inputs.shape
    ((1438, 1, 8, 8), (359, 1, 8, 8))
    """
    try:
        from sklearn import datasets  # an optional part, and 0.6 s to import
    except ImportError as error:
        raise MissingPartError(
            "the data set 'digits' ships inside scikit-learn, which is not installed; expected "
            "it as an optional part. Try: pip install 'minitorch[digits]'"
        ) from error
    pixels, targets = datasets.load_digits(return_X_y=True)
    inputs = normalise_digits(pixels.reshape(-1, SIDE, SIDE))
    whole = Dataset("digits", inputs, targets.astype(np.int64), tuple("0123456789"))
    return whole.split(0.8, SPLIT_SEED)


def normalise_digits(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return images as the network sees them: (..., 8, 8) of 0 .. 16 to (N, 1, 8, 8) float32.

    Raises:
        DataError: the last two dims are not 8 x 8.

    >>> normalise_digits(np.full((8, 8), 16)).shape
    (1, 1, 8, 8)
    """
    if pixels.shape[-2:] != (SIDE, SIDE):
        raise DataError(
            f"got an image array of shape {pixels.shape}; expected (..., {SIDE}, {SIDE}). "
            f"Resize the image to {SIDE} x {SIDE} grey levels of 0 .. 16 first."
        )
    values = pixels.reshape(-1, 1, SIDE, SIDE).astype(np.float32)
    return (values / np.float32(16) - MEAN) / DEVIATION
