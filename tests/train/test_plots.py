from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minitorch.train import plots
from minitorch.train.report import confusion_matrix, worst_mistakes

RECORDS = [
    {
        "epoch": epoch, "train_loss": 1 / epoch, "test_loss": None if epoch == 2 else 1.0,
        "train_accuracy": 0.5, "test_accuracy": 0.25,
    }
    for epoch in range(1, 31)
]  # fmt: skip


def ink(path: Path) -> int:
    """How many pixels of a picture are not white; the file must be a whole PNG."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return int((np.asarray(picture.convert("L")) < 250).sum())


@pytest.mark.parametrize("count", [1, 2, 30])
def test_curves(count: int, tmp_path: Path) -> None:
    plots.draw_curves(RECORDS[:count], "a run", tmp_path / "curves.png")
    assert ink(tmp_path / "curves.png") > 1000


@pytest.mark.parametrize("certain", [False, True])
def test_a_boundary_exists_only_where_the_answer_changes(certain: bool, tmp_path: Path) -> None:
    grid = np.full((5, 5), 0.9) if certain else np.linspace(0, 1, 25).reshape(5, 5)
    points = np.array([[0.1, 0.2], [0.8, 0.9]])
    plots.draw_boundary(grid, points, np.array([0, 1]), "xor", tmp_path / "boundary.png")
    assert ink(tmp_path / "boundary.png") > 1000


def test_the_boundary_has_its_origin_below(tmp_path: Path) -> None:
    """Class 1 where y is large: the upper half of the picture is the blue one."""
    grid = np.repeat(np.linspace(0, 1, 9)[:, None], 9, axis=1)
    none = np.zeros((0, 2))
    plots.draw_boundary(grid, none, np.zeros(0, int), "y", tmp_path / "boundary.png")
    with Image.open(tmp_path / "boundary.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    height, width, _ = pixels.shape
    red, blue = pixels[..., 0], pixels[..., 2]
    upper = (blue - red)[height // 4, width // 3]
    lower = (blue - red)[3 * height // 4, width // 3]
    assert upper > 0 > lower


def test_a_confusion_matrix(tmp_path: Path) -> None:
    matrix = confusion_matrix(np.array([0, 0, 1, 2]), np.eye(3)[[0, 1, 1, 0]])
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    plots.draw_confusion(matrix, ("a", "b", "c"), "letters", tmp_path / "confusion.png")
    plots.draw_confusion(np.zeros((2, 2), int), ("no", "yes"), "none", tmp_path / "empty.png")
    assert ink(tmp_path / "confusion.png") > ink(tmp_path / "empty.png")


def test_the_surest_mistakes_come_first() -> None:
    sure = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]])
    assert worst_mistakes(np.array([1, 1, 1, 1]), sure, most=9).tolist() == [0, 1, 3]
    assert worst_mistakes(np.array([0, 0, 1, 0]), sure, most=9).tolist() == []


@pytest.mark.parametrize("count", [0, 1, 7])
def test_mistakes(count: int, tmp_path: Path) -> None:
    images = [np.eye(8) for _ in range(count)]
    captions = [f"is {number}, said 0 (99%)" for number in range(count)]
    plots.draw_image_mistakes(images, captions, "the surest", tmp_path / "images.png")
    texts = ["costs $5, not $6 " * 30 for _ in range(count)]
    plots.draw_text_mistakes(texts, captions, "the surest", tmp_path / "texts.png")
    assert ink(tmp_path / "images.png") > 100
    assert ink(tmp_path / "texts.png") > 100


def test_a_module_that_is_missing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plots.available()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert not plots.available()
