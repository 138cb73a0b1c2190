"""What each name after `minitorch train` stands for: data, network, loss.

Idea: a task is a table entry come to life: `load_data` finds the examples, `build_network` draws
    the first parameters, `build_face` says how a batch of arrays meets the network.
Not here: the defaults of each task (config.py), the loop (loop.py).
Read next: faces.py
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minitorch.checkpoint import Array
from minitorch.data import (
    Dataset,
    Vocabulary,
    load_digits,
    load_mnist,
    load_sst2,
)
from minitorch.datasets import Graph, datasets
from minitorch.module import Module
from minitorch.tensor import BACKENDS
from minitorch.tensor_ops import TensorBackend
from minitorch.train.config import RunConfig
from minitorch.train.faces import ClassFace, Face, PointFace, ScalarFace, TextFace
from minitorch.train.layers import Initial
from minitorch.train.models import (
    KimCNN,
    LeNet,
    LeNet5,
    PointNetwork,
    ScalarPointNetwork,
    SmallCNN,
)

__all__ = ["Examples", "backend_of", "build_face", "build_network", "load_data"]


@dataclass(frozen=True)
class Examples:
    """What a run learns from and is tested on; text has a vocabulary."""

    train: Dataset
    test: Dataset
    vocabulary: Vocabulary | None = None

    def words(self) -> list[str] | None:
        """Return the words in the order of their ids; None where there is no vocabulary."""
        return None if self.vocabulary is None else self.vocabulary.to_list()

    def fingerprint(self) -> int:
        """Return a number that another set of examples hardly ever has."""
        parts = (self.train.inputs, self.train.targets, self.test.inputs, self.test.targets)
        value = 0
        for part in parts:
            value = zlib.crc32(np.ascontiguousarray(part).data, value)
        return value


def load_data(config: RunConfig) -> Examples:
    """Return the examples of a run; `limit` keeps the first of each part.

    Raises:
        DataError: the files are missing or damaged.

    >>> from minitorch.train.config import make_config
    >>> len(load_data(make_config("xor", {"limit": 20})).train)
    20
    """
    root = Path(config.data) if config.data else None
    vocabulary = None
    if config.kind == "points":
        train, test = _points(config)
    elif config.what == "digits":
        train, test = load_digits()
    elif config.what == "mnist":
        train, test = load_mnist(root)
    else:
        loaded = load_sst2(root, minimum_count=config.rarest)
        train, test, vocabulary = loaded.train, loaded.dev, loaded.vocabulary
    if config.limit is not None:
        train, test = _first(train, config.limit), _first(test, config.limit)
    return Examples(train, test, vocabulary)


def backend_of(config: RunConfig) -> TensorBackend:
    """Return the backend of a run; a run on Scalars draws its order on the simple one."""
    return BACKENDS["simple" if config.backend == "none" else config.backend]


def build_network(config: RunConfig, words: int = 0) -> Module:
    """Return the network of a run; its parameters are drawn from the default generator.

    `words` is the size of the vocabulary, for text.
    """
    initial = Initial(backend_of(config), config.dtype)
    hidden = config.hidden
    if config.model == "scalar":
        return ScalarPointNetwork(hidden)
    if config.model == "kim":
        return KimCNN(words, config.embedding, hidden, initial)
    networks = {"cnn": SmallCNN, "lenet": LeNet, "lenet5": LeNet5}
    return networks.get(config.model, PointNetwork)(hidden, initial)


def build_face(config: RunConfig) -> Face:
    """Return the way between arrays and the network of a run."""
    if config.model == "scalar":
        return ScalarFace()
    faces = {"points": PointFace, "images": ClassFace, "text": TextFace}
    return faces[config.kind](backend_of(config), config.dtype)


def _points(config: RunConfig) -> tuple[Dataset, Dataset]:
    draw = datasets[config.what.capitalize()]
    count = config.limit or config.points
    # The spiral draws nothing: one point more on each arm moves all the others.
    other = count + 2 if config.what == "spiral" else count
    return (
        _dataset(f"{config.what}-train", draw(count, config.seed)),
        _dataset(f"{config.what}-test", draw(other, config.seed + 1)),
    )


def _dataset(name: str, graph: Graph) -> Dataset:
    points: Array = np.array(graph.X, dtype=np.float64)
    return Dataset(name, points, np.array(graph.y, dtype=np.int64), ("0", "1"))


def _first(data: Dataset, limit: int) -> Dataset:
    return data.take(np.arange(min(limit, len(data))))
