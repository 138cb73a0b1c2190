"""Fetching: from what a sampler says to a batch, in this process or in a worker.

Idea: of a map-style dataset the samples of the indices, of an iterable one the next ones; then the
    collate function makes a batch of them.
Not here: who asks (../dataloader.py, worker.py).
Read next: worker.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from minitorch.torch.creation import tensor
from minitorch.torch.utils.data._utils.collate import default_collate
from minitorch.torch.utils.data.dataset import IterableDataset, Subset, TensorDataset, items_of

__all__ = ["Fetcher", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """How a batch is made: sent to each worker.

    >>> Recipe([5, 6, 7], list).fetcher().fetch([2, 0])
    [7, 5]
    """

    dataset: Any
    collate_fn: Callable[[Any], Any]
    batches: bool = True  # else one sample at a time
    drop_last: bool = False

    def fetcher(self) -> Fetcher:
        """What fetches, from the start of the dataset."""
        return Fetcher(self)


class Fetcher:
    """Fetches batches; of an iterable dataset until it ends with a StopIteration."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.samples = None
        if isinstance(recipe.dataset, IterableDataset):
            self.samples = iter(recipe.dataset)
        self.ended = False

    def fetch(self, index: Any) -> Any:
        """The batch of these indices, or the sample of this index.

        Raises:
            StopIteration: an iterable dataset has no more.
        """
        recipe = self.recipe
        if self.samples is not None:
            return recipe.collate_fn(self._next(index))
        if not recipe.batches:
            return recipe.collate_fn(recipe.dataset[index])
        if recipe.collate_fn is default_collate:
            rows = _rows(recipe.dataset, index)
            if rows is not None:
                return rows
        return recipe.collate_fn(items_of(recipe.dataset, index))

    def _next(self, index: Any) -> Any:
        assert self.samples is not None
        if self.ended:
            raise StopIteration
        if not self.recipe.batches:
            return next(self.samples)
        found = list(islice(self.samples, len(index)))
        self.ended = len(found) < len(index)
        if not found or (self.ended and self.recipe.drop_last):
            raise StopIteration
        return found


def _rows(dataset: Any, index: Any) -> list[Any] | None:
    """The batch of rows of tensors, each picked at once; None for another kind of dataset."""
    while type(dataset) is Subset:
        index, dataset = [dataset.indices[k] for k in index], dataset.dataset
    if type(dataset) is not TensorDataset or not all(type(k) is int for k in index):
        return None
    chosen = tensor(index)
    return [rows[chosen] for rows in dataset.tensors]
