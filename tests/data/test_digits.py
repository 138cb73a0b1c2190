"""The digits of scikit-learn, and data sets by name."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from minitorch.data import NAMES, Dataset, load, load_digits, normalise_digits
from minitorch.errors import DataError, MissingPartError


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Dataset]:
    pytest.importorskip("sklearn", reason="the digits ship inside scikit-learn")
    return load_digits()


def test_shapes_and_classes(digits: tuple[Dataset, Dataset]) -> None:
    train, test = digits
    assert train.inputs.shape == (1438, 1, 8, 8)
    assert test.inputs.shape == (359, 1, 8, 8)
    assert train.inputs.dtype == np.float32
    assert train.targets.dtype == np.int64
    assert train.classes == tuple("0123456789")
    assert np.bincount(test.targets).min() > 20, "a class is hardly tested"


def test_parts_are_the_whole_set(digits: tuple[Dataset, Dataset]) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    pixels, targets = datasets.load_digits(return_X_y=True)
    inputs = np.concatenate([part.inputs for part in digits]).reshape(-1, 64)
    labels = np.concatenate([part.targets for part in digits])
    found = np.column_stack([np.rint((inputs * 0.3761 + 0.3053) * 16), labels])
    expected = np.column_stack([pixels, targets])
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))


def test_normalised(digits: tuple[Dataset, Dataset]) -> None:
    inputs = np.concatenate([part.inputs for part in digits])
    assert inputs.mean() == pytest.approx(0, abs=1e-3)
    assert inputs.std() == pytest.approx(1, abs=1e-3)


def test_same_cut_every_time(digits: tuple[Dataset, Dataset]) -> None:
    for before, again in zip(digits, load_digits(), strict=True):
        np.testing.assert_array_equal(before.inputs, again.inputs)
    assert digits[1].targets[:10].tolist() == [4, 5, 9, 0, 2, 6, 6, 7, 9, 8]


def test_image_of_another_size() -> None:
    with pytest.raises(DataError) as caught:
        normalise_digits(np.zeros((28, 28)))
    assert str(caught.value) == (
        "got an image array of shape (28, 28); expected (..., 8, 8). "
        "Resize the image to 8 x 8 grey levels of 0 .. 16 first."
    )


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingPartError) as caught:
        load_digits()
    assert isinstance(caught.value, ImportError)
    assert str(caught.value) == (
        "the data set 'digits' ships inside scikit-learn, which is not installed; expected it as "
        "an optional part. Try: pip install 'minitorch[digits]'"
    )


def test_load_by_name(digits: tuple[Dataset, Dataset], real_data: Path) -> None:
    assert [part.name for part in load("digits")] == ["digits", "digits"]
    assert [len(part) for part in load("mnist", real_data)] == [60_000, 10_000]
    assert [len(part) for part in load("sst2", str(real_data))] == [67_349, 872]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mnits", "Did you mean 'mnist'?"),
        ("MNIST", "Did you mean 'mnist'?"),
        ("sst-2", "Did you mean 'sst2'?"),
        ("digit", "Did you mean 'digits'?"),
        ("imagenet", "Choose one of them."),
        ("", "Choose one of them."),
    ],
)
def test_unknown_name(name: str, advice: str) -> None:
    with pytest.raises(DataError) as caught:
        load(name)
    assert str(caught.value) == (
        f"there is no data set {name!r}; expected one of digits, mnist, sst2. {advice}"
    )
    assert NAMES == ("digits", "mnist", "sst2")
