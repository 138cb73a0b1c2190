"""The pictures of a run: curves, decision boundary, confusion matrix, worst mistakes.

Idea: each function takes plain arrays and writes one PNG; matplotlib draws into memory (Agg), needs
    no window, and is imported at the first picture, because importing it takes over a second.
Not here: which pictures a kind of run has, and the numbers in them (report.py).
Read next: report.py
"""

# matplotlib ships types that leave every **kwargs open, which strict pyright reports at each call.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import importlib.util
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.checkpoint import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "available",
    "draw_boundary",
    "draw_confusion",
    "draw_curves",
    "draw_image_mistakes",
    "draw_text_mistakes",
]

# Two hues that stay apart for colour-blind readers (Okabe and Ito).
BLUE, ORANGE = "#0072B2", "#D55E00"


def available() -> bool:
    """Tell whether matplotlib is installed.

    >>> isinstance(available(), bool)
    True
    """
    return importlib.util.find_spec("matplotlib") is not None


def draw_curves(metrics: Sequence[Mapping[str, Any]], title: str, path: Path) -> None:
    """Draw loss and accuracy over the epochs, for training and test examples."""
    figure = _figure(9.0, 3.6)
    epochs = [record["epoch"] for record in metrics]
    for column, (name, label) in enumerate((("loss", "loss"), ("accuracy", "accuracy (%)"))):
        axes = figure.add_subplot(1, 2, column + 1)
        scale = 100.0 if name == "accuracy" else 1.0
        for part, colour in (("train", BLUE), ("test", ORANGE)):
            numbers = [record[f"{part}_{name}"] for record in metrics]
            values = [np.nan if number is None else scale * number for number in numbers]
            marker = "o" if len(values) <= 20 else ""
            axes.plot(epochs, values, color=colour, marker=marker, markersize=4, label=part)
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False)
        _strip(axes)
    figure.suptitle(title)
    _write(figure, path)


def draw_boundary(
    probabilities: Array, points: Array, targets: Array, title: str, path: Path
) -> None:
    """Draw the probability of class 1 over the unit square, and the points on it.

    Args:
        probabilities: (S, S), row i at y = i / (S - 1), column j at x = j / (S - 1).
        points: (N, 2).
        targets: (N,), 0 or 1.
        title: what stands above the picture.
        path: the PNG to write.
    """
    figure = _figure(5.6, 5.0)
    axes = figure.add_subplot()
    shade = axes.imshow(
        probabilities, origin="lower", extent=(0, 1, 0, 1), cmap="RdBu", vmin=0, vmax=1, alpha=0.75,
        interpolation="bilinear",
    )  # fmt: skip
    if probabilities.min() < 0.5 < probabilities.max():
        side = np.linspace(0.0, 1.0, len(probabilities))
        axes.contour(side, side, probabilities, levels=[0.5], colors="black", linewidths=1.0)
    for label, colour, marker in ((0, "#5A1F00", "o"), (1, "#002B45", "x")):
        chosen = points[targets == label]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=16, c=colour, marker=marker, label=f"class {label}"
        )
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.legend(loc="upper right", fontsize=8)
    axes.set_title(title)
    figure.colorbar(shade, ax=axes, label="probability of class 1")
    _write(figure, path)


def draw_confusion(matrix: Array, classes: Sequence[str], title: str, path: Path) -> None:
    """Draw how often each true class (row) was taken for each class (column).

    Args:
        matrix: (C, C) counts.
        classes: C names.
        title: what stands above the picture.
        path: the PNG to write.
    """
    side = max(4.0, 0.55 * len(classes) + 1.5)
    figure = _figure(side + 0.6, side)
    axes = figure.add_subplot()
    totals = np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    share = matrix / totals
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*matrix.shape):
        if matrix[row, column]:
            colour = "white" if share[row, column] > 0.5 else "black"
            text = str(matrix[row, column])
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(classes)), labels=list(classes))
    axes.set_yticks(range(len(classes)), labels=list(classes))
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    axes.set_title(title)
    _write(figure, path)


def draw_image_mistakes(
    images: Sequence[Array], captions: Sequence[str], title: str, path: Path
) -> None:
    """Draw the (H, W) images that the model was most sure of and wrong about.

    With no mistake at all the picture says so.
    """
    columns = 6
    rows = max(1, -(-len(images) // columns))
    figure = _figure(1.5 * columns, 1.75 * rows + 0.5)
    for number, (image, caption) in enumerate(zip(images, captions, strict=True)):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.imshow(image, cmap="gray_r")
        axes.set_title(caption, fontsize=8)
        axes.set_axis_off()
    _say_when_none(figure, len(images))
    figure.suptitle(title)
    _write(figure, path)


def draw_text_mistakes(
    sentences: Sequence[str], captions: Sequence[str], title: str, path: Path
) -> None:
    """Write out the sentences that the model was most sure of and wrong about."""
    blocks = [
        f"{caption}\n" + "\n".join(textwrap.wrap(sentence, 88, max_lines=3, placeholder=" ..."))
        for sentence, caption in zip(sentences, captions, strict=True)
    ]
    figure = _figure(9.0, 0.8 + 0.72 * max(1, len(blocks)))
    axes = figure.add_subplot()
    axes.set_axis_off()
    for number, block in enumerate(blocks):
        height = 1.0 - number / len(blocks)
        # A sentence may hold dollar signs, which would be read as formulas.
        axes.text(0.0, height, block, va="top", fontsize=9, parse_math=False)
    _say_when_none(figure, len(blocks))
    figure.suptitle(title)
    _write(figure, path)


def _say_when_none(figure: Figure, count: int) -> None:
    if count == 0:
        figure.text(0.5, 0.45, "no mistakes", ha="center", va="center", fontsize=14)


def _figure(width: float, height: float) -> Figure:
    # Imported here: an optional part, and slow. A bare Figure draws with Agg and is no window.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def _strip(axes: Axes) -> None:
    axes.spines["top"].set_visible(False)
    axes.spines["right"].set_visible(False)


def _write(figure: Figure, path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")
    figure.savefig(partial, format="png")
    partial.rename(path)
