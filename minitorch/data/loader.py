"""Batches: an order cut into pieces.

Idea: a batch is an array of indices; `dataset.take(batch)` or `inputs[batch]` moves the
    rows in one go.
Not here: who decides the order (train/); the arrays (dataset.py).
Read next: mnist.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.errors import DataError

__all__ = ["batches", "trim_padding"]


def batches(
    count: int,
    batch_size: int,
    order: npt.NDArray[np.integer[Any]] | None = None,
    start: int = 0,
) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the indices of each batch, (batch_size,) int64; the last one may be shorter.

    Args:
        count: the number of examples.
        batch_size: at least 1.
        order: the examples' order, each of 0 .. count - 1 once; None is 0, 1, 2 ...
        start: how many batches to leave out, to go on in the middle of an epoch.

    Raises:
        DataError: at the call: a size below 1, a negative start, or an order that is no
            permutation.

    >>> [batch.tolist() for batch in batches(5, 2, np.array([4, 3, 2, 1, 0]), start=1)]
    [[2, 1], [0]]
    """
    if batch_size < 1 or start < 0:
        raise DataError(
            f"got batches of {batch_size} examples, from number {start}; expected a size of at "
            "least 1 and a number of at least 0. Choose another --batch."
        )
    if order is None:
        order = np.arange(count, dtype=np.int64)
    elif not _is_permutation(order, count):
        raise DataError(
            f"got an order of shape {order.shape} and dtype {order.dtype} for {count} examples; "
            f"expected each of 0 .. {count - 1} once. Use np.argsort of {count} random keys."
        )
    rows = order.astype(np.int64, copy=False)
    # a generator expression, so that the checks above run at the call, not at the first batch
    return (rows[at : at + batch_size] for at in range(start * batch_size, count, batch_size))


def _is_permutation(order: npt.NDArray[np.integer[Any]], count: int) -> bool:
    if order.shape != (count,) or order.dtype.kind not in "iu":
        return False
    if count == 0:
        return True
    return bool(
        order.min() >= 0
        and order.max() < count
        and np.bincount(order.astype(np.int64), minlength=count).max() == 1
    )


def trim_padding(ids: npt.NDArray[np.int64], shortest: int = 1) -> npt.NDArray[np.int64]:
    """Drop the columns at the end that are padding in every row of a batch.

    A batch of short sentences then costs what its longest one costs. `shortest` columns stay in
    any case (a convolution needs as many as its kernel is wide). The result is a view, (B, at most
    length).

    >>> trim_padding(np.array([[5, 2, 0, 0], [7, 0, 0, 0]]), shortest=1)
    array([[5, 2],
           [7, 0]])
    """
    used = np.flatnonzero(ids.any(axis=0))
    return ids[:, : max(shortest, int(used[-1]) + 1 if used.size else 0)]
