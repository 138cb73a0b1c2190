"""Examples and their classes, as two arrays.

Idea: `inputs[i]` belongs to `targets[i]`; a batch is `take(indices)`, one copy of rows and
    no Python per element. Everything is frozen: a part of a data set is another data set.
Not here: the order of an epoch (train/ draws it from the counter-based generator).
Read next: loader.py
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.errors import DataError, IndexingError

__all__ = ["Dataset", "shuffled"]


def shuffled(count: int, seed: int) -> npt.NDArray[np.int64]:
    """Return 0 .. count - 1 in an order that depends on nothing but the seed.

    The raw stream of PCG64 is fixed for good; `Generator.permutation` may change between
    releases of NumPy (NEP 19), and with it which examples are held out.

    >>> sorted(shuffled(5, seed=0).tolist())
    [0, 1, 2, 3, 4]
    """
    keys = np.random.PCG64(seed).random_raw(count)
    return np.argsort(keys, kind="stable").astype(np.int64)


@dataclass(frozen=True, eq=False)
class Dataset:
    """N examples with the class of each.

    Args:
        name: what to call it in messages and run folders.
        inputs: (N, ...), any dtype.
        targets: (N,) int64, each in 0 .. len(classes) - 1.
        classes: the name of each class.

    Raises:
        DataError: the arrays do not fit each other, or a target is not one of the classes.

    >>> data = Dataset("xor", np.eye(4, dtype=np.float32), np.array([0, 1, 1, 0]), ("0", "1"))
    >>> len(data), data.take(np.array([2, 0])).targets.tolist()
    (4, [1, 0])
    """

    name: str
    inputs: npt.NDArray[Any]
    targets: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        inputs, targets = self.inputs, self.targets
        if targets.ndim != 1 or targets.dtype != np.int64 or inputs.shape[:1] != targets.shape:
            raise DataError(
                f"data set {self.name!r}: got inputs of shape {inputs.shape} and targets of shape "
                f"{targets.shape} and dtype {targets.dtype}; expected (N, ...) and (N,) int64. "
                "Give one integer target per input."
            )
        if targets.size and not 0 <= targets.min() <= targets.max() < len(self.classes):
            raise DataError(
                f"data set {self.name!r}: found targets from {targets.min()} to {targets.max()}; "
                f"expected 0 to {len(self.classes) - 1}, one number per class. "
                "Name every class, or renumber the targets."
            )

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, indices: npt.NDArray[np.int64]) -> Dataset:
        """Return the examples at `indices`, in that order, as a new data set.

        Raises:
            IndexingError: an index is not an integer in 0 .. N - 1.

        >>> data = Dataset("four", np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0]), ("n", "y"))
        >>> data.take(np.array([3, 1])).inputs
        array([[6., 7.],
               [2., 3.]])
        """
        if indices.size and (
            indices.dtype.kind not in "iu" or indices.min() < 0 or indices.max() >= len(self)
        ):
            raise IndexingError(
                f"data set {self.name!r}: cannot take indices of dtype {indices.dtype} from "
                f"{indices.min()} to {indices.max()}; expected integers in 0 .. {len(self) - 1}. "
                "Use np.flatnonzero for a mask."
            )
        rows = indices.astype(np.int64, copy=False)
        return replace(
            self,
            inputs=np.take(self.inputs, rows, axis=0),
            targets=np.take(self.targets, rows),
        )

    def split(self, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
        """Cut at random into a first part of `fraction` of the examples, and the rest.

        Both parts keep the order of the whole; the same seed cuts alike everywhere.

        Raises:
            DataError: one of the parts would be empty.

        >>> data = Dataset("ten", np.arange(10.0), np.zeros(10, dtype=np.int64), ("only",))
        >>> first, rest = data.split(0.8, seed=1)
        >>> len(first), len(rest), sorted([*first.inputs.tolist(), *rest.inputs.tolist()])[:3]
        (8, 2, [0.0, 1.0, 2.0])
        """
        count = round(fraction * len(self)) if 0 < fraction < 1 else 0
        if not 0 < count < len(self):
            raise DataError(
                f"data set {self.name!r}: a fraction of {fraction} of {len(self)} examples leaves "
                "one part empty; expected two parts with examples in both. "
                "Use a fraction between 0 and 1, and more examples if there are few."
            )
        order = shuffled(len(self), seed)
        return self.take(np.sort(order[:count])), self.take(np.sort(order[count:]))
