"""Asking a trained network: an image file, an example by its number, a sentence, a point.

Idea: the run folder knows what kind of input its network takes; the input is brought into the form
    of the training examples, and the answer is how sure the network is of each class.
Not here: training (loop.py), printing (cli/).
Read next: tasks.py
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minitorch import checkpoint
from minitorch.autodiff import no_grad
from minitorch.checkpoint import Array
from minitorch.data import Vocabulary, normalise_digits, normalise_mnist
from minitorch.errors import DataError
from minitorch.module import Module
from minitorch.random import default_generator
from minitorch.train.config import RunConfig, read_config
from minitorch.train.faces import load_parameters, parameter_arrays
from minitorch.train.loop import PARAMETERS
from minitorch.train.pictures import read_image
from minitorch.train.run_folder import RunFolder
from minitorch.train.tasks import build_face, build_network, load_data

__all__ = ["Prediction", "predict"]

NUMBERED = re.compile(r"(train|test|t10k|dev):(\d+)")
CLASSES = {"points": ("0", "1"), "images": tuple("0123456789"), "text": ("negative", "positive")}


@dataclass(frozen=True)
class Prediction:
    """How sure the network is of each class; `truth` is known for a numbered example."""

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    truth: str | None = None

    @property
    def answer(self) -> str:
        """The likeliest class."""
        return self.ranked()[0][0]

    def ranked(self) -> list[tuple[str, float]]:
        """Return classes and probabilities, the likeliest first.

        >>> Prediction(("no", "yes"), (0.25, 0.75)).ranked()
        [('yes', 0.75), ('no', 0.25)]
        """
        pairs = zip(self.classes, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])


def predict(path: Path | str, given: str, data: str | None = None) -> Prediction:
    """Classify `given` with the newest checkpoint of the run in `path`.

    Args:
        path: a run folder.
        given: `test:17` or `train:17` (for MNIST also `t10k:17`) for an example of the data set;
            else a file with a picture, a sentence, or a point such as `0.2,0.7`.
        data: the folder of the data set, for a numbered example.

    Raises:
        CheckpointError: the folder holds no whole run.
        DataError: the input is not what the network takes.
    """
    folder = RunFolder(path)
    config = read_config(folder.config, {"data": data})
    vocabulary = Vocabulary.from_list(folder.read_vocabulary()) if config.kind == "text" else None
    numbered = NUMBERED.fullmatch(given.strip())
    truth = None
    if numbered:
        row, truth = _example(config, numbered[1], int(numbered[2]))
    else:
        row = _row(config, given, vocabulary)
    network = _trained(folder, config, len(vocabulary) if vocabulary else 0)
    face = build_face(config)
    with no_grad():
        found = face.probabilities(network(*face.inputs(row)))[0]
    classes = CLASSES[config.kind]
    return Prediction(classes, tuple(found.tolist()), None if truth is None else classes[truth])


def _trained(folder: RunFolder, config: RunConfig, words: int) -> Module:
    """Build the network of a run with the parameters of its newest checkpoint, to be asked."""
    saved = folder.checkpoint()
    drawn = default_generator.state()
    network = build_network(config, words)
    default_generator.set_state(drawn)  # what is asked of a network changes nothing else
    parameters = {
        name.removeprefix(PARAMETERS): array
        for name, array in saved.tensors.items()
        if name.startswith(PARAMETERS)
    }
    checkpoint.match(parameter_arrays(network), parameters, saved.path)
    load_parameters(network, parameters)
    network.eval()
    return network


def _example(config: RunConfig, part: str, index: int) -> tuple[Array, int]:
    examples = load_data(config.model_copy(update={"limit": None}))
    chosen = examples.train if part == "train" else examples.test
    if index >= len(chosen):
        raise DataError(
            f"There is no example {part}:{index}: {chosen.name} has {len(chosen):,}; expected a "
            f"number from 0 to {len(chosen) - 1}. Try {part}:{len(chosen) - 1}."
        )
    found = chosen.take(np.array([index]))
    return found.inputs, int(found.targets[0])


def _row(config: RunConfig, given: str, vocabulary: Vocabulary | None) -> Array:
    if vocabulary is not None:
        tokens = vocabulary.tokenise(given)
        if not tokens:
            raise DataError(
                f"The sentence {given!r} has no word; expected some text. "
                "Try: minitorch predict RUN 'a joy to watch'"
            )
        return vocabulary.encode_all([tokens], len(tokens))
    if config.kind == "points":
        return _point(given)
    if config.what == "mnist":
        return normalise_mnist(read_image(Path(given), side=28, ink=20) * 255.0)
    return normalise_digits(read_image(Path(given), side=8, ink=8) * 16.0)


def _point(given: str) -> Array:
    parts = re.split(r"[,;\s]+", given.strip().strip("()"))
    try:
        x, y = (float(part) for part in parts)
    except ValueError as error:
        raise DataError(
            f"{given!r} is not a point; expected two numbers, or the number of an example. "
            "Try 0.2,0.7 or test:3."
        ) from error
    if not (np.isfinite(x) and np.isfinite(y)):
        raise DataError(f"{given!r} is not a point; expected finite numbers. Try 0.2,0.7.")
    return np.array([[x, y]])
