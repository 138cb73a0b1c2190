"""MNIST: the real files, and small folders of files that are not what they should be."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from minitorch.data import load_mnist, normalise_mnist, read_idx
from minitorch.data.dataset import Dataset
from minitorch.errors import DataError

from .test_idx import idx_bytes

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def mnist(real_data: Path) -> tuple[Dataset, Dataset]:
    return load_mnist(real_data)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a sound MNIST of 30 + 20 images."""
    folder = tmp_path / "small"
    folder.mkdir()
    for count, images, labels in ((30, TRAIN_IMAGES, TRAIN_LABELS), (20, TEST_IMAGES, TEST_LABELS)):
        pixels = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        (folder / f"{images}.gz").write_bytes(gzip.compress(idx_bytes(pixels)))
        (folder / labels).write_bytes(idx_bytes(np.arange(count, dtype=np.uint8) % 10))
    return folder


def error_of(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_mnist(folder)
    return str(caught.value)


def test_real_files_have_the_published_counts(mnist: tuple[Dataset, Dataset]) -> None:
    train, test = mnist
    assert (train.name, test.name) == ("mnist-train", "mnist-test")
    assert train.inputs.shape == (60_000, 1, 28, 28)
    assert test.inputs.shape == (10_000, 1, 28, 28)
    assert train.inputs.dtype == test.inputs.dtype == np.float32
    assert train.targets.dtype == np.int64
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(train.targets).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(test.targets).tolist() == counts
    assert train.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_real_training_images_are_normalised(mnist: tuple[Dataset, Dataset]) -> None:
    inputs = mnist[0].inputs
    assert inputs.mean(dtype=np.float64) == pytest.approx(0, abs=1e-3)
    assert inputs.std(dtype=np.float64) == pytest.approx(1, abs=1e-3)


def test_one_image_is_normalised_as_the_set_is(
    mnist: tuple[Dataset, Dataset], real_data: Path
) -> None:
    pixels = read_idx(real_data / "mnist" / f"{TEST_IMAGES}.gz")
    np.testing.assert_array_equal(normalise_mnist(pixels[17]), mnist[1].inputs[17:18])


def test_normalisation_is_the_formula() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(49).reshape(16, 28, 28)
    expected = (pixels.astype(np.float64) / 255 - 0.1307) / 0.3081
    values = normalise_mnist(pixels)
    assert values.shape == (16, 1, 28, 28)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_normalisation_leaves_its_argument_alone() -> None:
    pixels = np.full((28, 28), 100.0, dtype=np.float32)
    normalise_mnist(pixels)
    assert (pixels == 100).all()


def test_image_of_another_size() -> None:
    with pytest.raises(DataError) as caught:
        normalise_mnist(np.zeros((32, 28)))
    assert str(caught.value) == (
        "got an image array of shape (32, 28); expected (..., 28, 28). "
        "Resize the image to 28 x 28 grey pixels first."
    )


@pytest.mark.parametrize("above", [False, True])
def test_packed_and_raw_files_in_the_folder_or_below_it(small: Path, above: bool) -> None:
    if above:
        small = small.rename(small.with_name("mnist")).parent
    train, test = load_mnist(str(small))
    assert (len(train), len(test)) == (30, 20)
    assert test.targets.tolist() == list(range(10)) * 2


def test_images_under_the_name_of_labels(small: Path) -> None:
    """As in a public copy of MNIST whose t10k-labels are the test images."""
    (small / TEST_LABELS).write_bytes(gzip.decompress((small / f"{TEST_IMAGES}.gz").read_bytes()))
    assert error_of(small) == (
        f"{small / TEST_LABELS}: expected labels (IDX magic 0x00000801, 20 unsigned bytes; "
        "28 bytes in all), found images of shape (20, 28, 28) and dtype uint8 (15,696 bytes in "
        "all). The file has the wrong name or comes from another data set: get it again."
    )


def test_labels_under_the_name_of_images(small: Path) -> None:
    shutil.copy(small / TRAIN_LABELS, small / f"{TRAIN_IMAGES}.gz")
    assert error_of(small) == (
        f"{small / TRAIN_IMAGES}.gz: expected images (IDX magic 0x00000803, unsigned bytes of "
        "shape (N, 28, 28)), found labels of shape (30,) and dtype uint8 (38 bytes in all). "
        "The file has the wrong name or comes from another data set: get it again."
    )


@pytest.mark.parametrize(
    "array", [np.zeros((30, 32, 32), np.uint8), np.zeros((30, 28, 28), np.int16)]
)
def test_images_of_another_kind(small: Path, array: np.ndarray) -> None:
    (small / f"{TRAIN_IMAGES}.gz").write_bytes(idx_bytes(array))
    assert f"of shape {array.shape} and dtype {array.dtype}" in error_of(small)


def test_labels_of_the_other_set(small: Path) -> None:
    shutil.copy(small / TRAIN_LABELS, small / TEST_LABELS)
    assert error_of(small) == (
        f"{small / TEST_IMAGES}.gz holds 20 images, but {small / TEST_LABELS} holds 30 labels; "
        "expected one label per image. One of them belongs to another set: get both again."
    )


def test_labels_beyond_nine(small: Path) -> None:
    (small / TRAIN_LABELS).write_bytes(idx_bytes(np.arange(30, dtype=np.uint8)))
    assert error_of(small) == (
        f"{small / TRAIN_LABELS}: expected labels from 0 to 9, found labels up to 29. "
        "Is it the file of another data set?"
    )


def test_no_images_at_all(small: Path) -> None:
    (small / f"{TRAIN_IMAGES}.gz").write_bytes(idx_bytes(np.zeros((0, 28, 28), np.uint8)))
    (small / TRAIN_LABELS).write_bytes(idx_bytes(np.zeros(0, np.uint8)))
    assert f"{small / TRAIN_LABELS}: expected labels from 0 to 9, found none. " in error_of(small)


def test_truncated_real_file(real_data: Path, small: Path) -> None:
    whole = (real_data / "mnist" / f"{TRAIN_IMAGES}.gz").read_bytes()
    (small / f"{TRAIN_IMAGES}.gz").write_bytes(whole[: len(whole) // 2])
    text = error_of(small)
    assert text.startswith(f"{small / TRAIN_IMAGES}.gz: this IDX file is truncated: expected ")
    assert "47,040,016 bytes (16 of header and 60000 x 28 x 28 elements of 1 byte), found " in text


def test_missing_file(small: Path) -> None:
    (small / TEST_LABELS).unlink()
    assert f"but not {TEST_LABELS}.gz; expected all files of a data set in one folder" in error_of(
        small
    )


def test_without_download_nothing_is_fetched(cache: Path) -> None:
    with pytest.raises(DataError, match="mnist was not found: no train-images"):
        load_mnist(download=False)
    assert not cache.exists()
