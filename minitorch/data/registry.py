"""Data sets by name.

Idea: a table from a name to the function that loads it.
Not here: the loaders themselves (mnist.py, sst2.py, digits.py).
Read next: mnist.py
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from minitorch.data.dataset import Dataset
from minitorch.data.digits import load_digits
from minitorch.data.mnist import load_mnist
from minitorch.data.sst2 import load_sst2
from minitorch.errors import DataError

__all__ = ["NAMES", "load"]


def _digits(root: Path | None, download: bool) -> tuple[Dataset, Dataset]:
    return load_digits()


def _mnist(root: Path | None, download: bool) -> tuple[Dataset, Dataset]:
    return load_mnist(root, download=download)


def _sst2(root: Path | None, download: bool) -> tuple[Dataset, Dataset]:
    loaded = load_sst2(root, download=download)
    return loaded.train, loaded.dev


LOADERS: dict[str, Callable[[Path | None, bool], tuple[Dataset, Dataset]]] = {
    "digits": _digits,
    "mnist": _mnist,
    "sst2": _sst2,
}
NAMES = tuple(LOADERS)


def load(
    name: str, root: str | Path | None = None, *, download: bool = True
) -> tuple[Dataset, Dataset]:
    """Return the training set and the test set (SST-2: dev) of a data set by its name.

    `load_sst2` also returns the vocabulary of its ids.

    Raises:
        DataError: no data set has this name; or see its loader.

    >>> train, test = load("digits")
    >>> len(train), len(test), train.classes[-1]
    (1438, 359, '9')
    """
    if name not in LOADERS:
        near = difflib.get_close_matches(name.lower(), NAMES, n=1)
        advice = f"Did you mean {near[0]!r}?" if near else "Choose one of them."
        raise DataError(
            f"there is no data set {name!r}; expected one of {', '.join(NAMES)}. {advice}"
        )
    return LOADERS[name](Path(root) if root else None, download)
