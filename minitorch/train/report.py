"""Which pictures a run gets, and the numbers in them.

Idea: points get a decision boundary; images and sentences a confusion matrix and the mistakes the
    network was most sure of; every run gets its curves. Without matplotlib there are none.
Not here: the drawing (plots.py).
Read next: plots.py
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minitorch.checkpoint import Array
from minitorch.data import PAD, Dataset, Vocabulary
from minitorch.train import plots
from minitorch.train.loop import Evaluation, Trainer, evaluate

__all__ = ["confusion_matrix", "draw_pictures", "worst_mistakes"]

IMAGES_SHOWN = 18
SENTENCES_SHOWN = 10
# Points along a side of the picture of the boundary; plain Python computes fewer.
SIDE = {"fused": 121, "fast": 121, "simple": 41, "none": 31}

logger = logging.getLogger(__name__)


def draw_pictures(trainer: Trainer, evaluation: Evaluation) -> list[Path]:
    """Draw the pictures of a finished run into its folder; returns their paths."""
    if not plots.available():
        logger.warning(
            "no pictures were drawn: matplotlib is not installed. "
            "Try: pip install 'minitorch[plots]'"
        )
        return []
    config, test, path = trainer.config, trainer.examples.test, trainer.folder.path
    title = f"{config.what}, {config.model}: {evaluation.accuracy:.2%} right on {test.name}"
    curves = path / "curves.png"
    plots.draw_curves(trainer.folder.read_metrics(), title, curves)
    if config.kind == "points":
        return [curves, _draw_boundary(trainer, title)]
    confusion = path / "confusion.png"
    matrix = confusion_matrix(test.targets, evaluation.probabilities)
    plots.draw_confusion(matrix, test.classes, title, confusion)
    return [curves, confusion, _draw_mistakes(trainer, evaluation)]


def confusion_matrix(targets: Array, probabilities: Array) -> Array:
    """Count, for each true class (row), how often each class (column) was the likeliest.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]))
    array([[1, 0],
           [1, 1]])
    """
    classes = probabilities.shape[1]
    pairs = targets * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def worst_mistakes(targets: Array, probabilities: Array, most: int) -> Array:
    """Return the indices of the wrong answers, the surest first.

    >>> sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    >>> worst_mistakes(np.array([0, 0, 1, 0]), sure, most=2)
    array([1, 3])
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != targets)
    sureness = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-sureness, kind="stable")][:most]


def _draw_boundary(trainer: Trainer, title: str) -> Path:
    side = SIDE[trainer.config.backend]
    ticks = np.linspace(0.0, 1.0, side)
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    nothing = np.zeros(len(grid), dtype=np.int64)
    asked = Dataset("grid", grid, nothing, trainer.examples.train.classes)
    found = evaluate(trainer.network, trainer.face, asked).probabilities[:, 1]
    path = trainer.folder.path / "boundary.png"
    train = trainer.examples.train
    plots.draw_boundary(found.reshape(side, side), train.inputs, train.targets, title, path)
    return path


def _draw_mistakes(trainer: Trainer, evaluation: Evaluation) -> Path:
    test, probabilities = trainer.examples.test, evaluation.probabilities
    path = trainer.folder.path / "mistakes.png"
    vocabulary = trainer.examples.vocabulary
    most = SENTENCES_SHOWN if vocabulary else IMAGES_SHOWN
    worst = worst_mistakes(test.targets, probabilities, most)
    captions = [
        f"is {test.classes[test.targets[index]]}, "
        f"said {test.classes[probabilities[index].argmax()]} ({probabilities[index].max():.0%})"
        for index in worst
    ]
    title = f"the surest mistakes on {test.name}"
    if vocabulary:
        sentences = [_sentence(test.inputs[index], vocabulary) for index in worst]
        plots.draw_text_mistakes(sentences, captions, title, path)
    else:
        plots.draw_image_mistakes(list(test.inputs[worst][:, 0]), captions, title, path)
    return path


def _sentence(ids: npt.NDArray[np.int64], vocabulary: Vocabulary) -> str:
    words = [vocabulary.tokens[int(number)] for number in ids]
    return " ".join(word for word in words if word != PAD)
