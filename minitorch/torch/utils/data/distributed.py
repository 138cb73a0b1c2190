"""DistributedSampler: the part of a dataset that one process of several visits.

Idea: every process shuffles with the same seed and takes each num_replicas-th index from its own
    rank on; the order is padded, or cut, so that all have the same number.
Not here: the processes themselves.
Read next: sampler.py
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from minitorch.torch.random import Generator
from minitorch.torch.sampling import randperm
from minitorch.torch.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """The indices of one process; call `set_epoch` before each pass, or all have the same order.

    Args:
        dataset: what has the samples; only its length matters.
        num_replicas: how many processes there are.
        rank: which of them this is.
        shuffle: visit them in random order.
        seed: of the order; the same in all processes.
        drop_last: leave out what cannot be divided evenly, instead of repeating some.

    Raises:
        RuntimeError: no num_replicas or rank; there is no process group here to ask.
        ValueError: a rank outside 0 .. num_replicas - 1.

    >>> list(DistributedSampler("abcde", num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError("Requires distributed package to be available")
        if rank >= num_replicas or rank < 0:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        count = len(dataset)
        if drop_last:
            self.num_samples = count // num_replicas
        else:
            self.num_samples = math.ceil(count / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        indices = list(range(count))
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            indices = randperm(count, generator=generator).tolist()
        indices *= math.ceil(self.total_size / count) if count else 1
        return iter(indices[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Shuffle in another order from now on."""
        self.epoch = epoch
