"""MNIST: 60,000 + 10,000 handwritten digits, 28 x 28 grey pixels (LeCun, Cortes, Burges 1998).

Idea: four IDX files, two of images and two of labels; pixels become float32 with mean 0 and
    standard deviation 1 over the training set: (pixel / 255 - 0.1307) / 0.3081.
Not here: the file format (idx.py); where the files are found (locate.py).
Read next: sst2.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.data.dataset import Dataset
from minitorch.data.download import RemoteFile
from minitorch.data.idx import read_idx
from minitorch.data.locate import Source, find_files
from minitorch.errors import DataError

__all__ = ["load_mnist", "normalise_mnist"]

MEAN = np.float32(0.1307)
DEVIATION = np.float32(0.3081)
SIDE = 28
CLASSES = tuple("0123456789")


def _remote(name: str, sha256: str, size: int) -> RemoteFile:
    hosts = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    return RemoteFile(name, sha256, size, tuple(f"{host}/{name}" for host in hosts))


SOURCE = Source(
    name="mnist",
    folders=("mnist", "MNIST/raw", "raw", ""),
    files=(
        _remote(
            "train-images-idx3-ubyte.gz",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            47_040_016,
        ),
        _remote(
            "train-labels-idx1-ubyte.gz",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            60_008,
        ),
        _remote(
            "t10k-images-idx3-ubyte.gz",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            7_840_016,
        ),
        _remote(
            "t10k-labels-idx1-ubyte.gz",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            10_008,
        ),
    ),
)


def load_mnist(root: str | Path | None = None, *, download: bool = True) -> tuple[Dataset, Dataset]:
    """Return the training set and the test set of MNIST.

    Inputs are (N, 1, 28, 28) float32, normalised; targets (N,) int64. Looks in `root` (the folder
    of the files or the one above), then MINITORCH_DATA, then the user cache; then downloads.

    Raises:
        DataError: files that are missing, damaged, or not what their names say.

    >>> train, test = load_mnist()  # doctest: +SKIP
    >>> train.inputs.shape, test.inputs.shape  # doctest: +SKIP
    ((60000, 1, 28, 28), (10000, 1, 28, 28))
    """
    paths = find_files(SOURCE, Path(root) if root else None, download_missing=download)
    return _read_pair("mnist-train", paths[0], paths[1]), _read_pair("mnist-test", *paths[2:])


def normalise_mnist(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return images as the network sees them: (..., 28, 28) of 0 .. 255 to (N, 1, 28, 28) float32.

    One image, (28, 28), gives N = 1. Ink is 255 and paper is 0.

    Raises:
        DataError: the last two dims are not 28 x 28.

    >>> normalise_mnist(np.zeros((28, 28), dtype=np.uint8))[0, 0, 0, :2]
    array([-0.42421296, -0.42421296], dtype=float32)
    """
    if pixels.shape[-2:] != (SIDE, SIDE):
        raise DataError(
            f"got an image array of shape {pixels.shape}; expected (..., {SIDE}, {SIDE}). "
            f"Resize the image to {SIDE} x {SIDE} grey pixels first."
        )
    values = pixels.reshape(-1, 1, SIDE, SIDE).astype(np.float32)
    values /= np.float32(255)
    values -= MEAN
    values /= DEVIATION
    return values


def _read_pair(name: str, images: Path, labels: Path) -> Dataset:
    pixels = _read(images, "images", (SIDE, SIDE), "unsigned bytes of shape (N, 28, 28)")
    size = f"{len(pixels):,} unsigned bytes; {8 + len(pixels):,} bytes in all"
    targets = _read(labels, "labels", (), size)
    if len(pixels) != len(targets):
        raise DataError(
            f"{images} holds {len(pixels):,} images, but {labels} holds {len(targets):,} labels; "
            "expected one label per image. One of them belongs to another set: get both again."
        )
    if targets.size == 0 or targets.max() >= len(CLASSES):
        raise DataError(
            f"{labels}: expected labels from 0 to {len(CLASSES) - 1}, found "
            f"{f'labels up to {targets.max()}' if targets.size else 'none'}. "
            "Is it the file of another data set?"
        )
    return Dataset(name, normalise_mnist(pixels), targets.astype(np.int64), CLASSES)


def _read(path: Path, kind: str, element: tuple[int, ...], size: str) -> npt.NDArray[np.uint8]:
    """Read N elements of shape `element`, and see that the file is what its name says."""
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim == 0 or array.shape[1:] != element:
        found = {1: "labels", 3: "images"}.get(array.ndim, "an array")
        raise DataError(
            f"{path}: expected {kind} (IDX magic 0x0000080{1 + len(element)}, {size}), found "
            f"{found} of shape {array.shape} and dtype {array.dtype} "
            f"({4 + 4 * array.ndim + array.nbytes:,} bytes in all). The file has the wrong name "
            "or comes from another data set: get it again."
        )
    return array
