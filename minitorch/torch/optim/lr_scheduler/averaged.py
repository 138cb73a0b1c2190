"""SWALR: the rate for averaging weights, which goes to a constant and stays there.

Idea: rate = alpha * swa_lr + (1 - alpha) * first rate, alpha going from 0 to 1 in anneal_epochs
    steps along a line or half a cosine; computed from the rate before, so that it can be chained.
Not here: the averages (../swa_utils.py).
Read next: ../swa_utils.py
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.optim.lr_scheduler.base import NOT_VERBOSE, LRScheduler, settings
from minitorch.torch.optim.optimizer import Optimizer

__all__ = ["SWALR"]


class SWALR(LRScheduler):
    """The rate goes to swa_lr in anneal_epochs steps, and stays there.

    Args:
        optimizer: whose groups' rates are set.
        swa_lr: the last rate, or one per group.
        anneal_epochs: how many steps it takes; 0 is at once.
        anneal_strategy: "cos" or "linear".
        last_epoch: where a resumed run goes on; -1 begins one.

    Raises:
        ValueError: an unknown strategy; a negative or broken number of steps.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0)
    >>> schedule = SWALR(optimizer, swa_lr=0.5, anneal_epochs=1)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = settings("swa_lr", optimizer, swa_lr)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ConfigError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ConfigError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch, NOT_VERBOSE)

    @property
    def anneal_func(self) -> Callable[[float], float]:
        """How far the rate has gone after a part of the steps."""
        return _half_cosine if self._anneal_strategy == "cos" else _line

    def _alpha(self, step: float) -> float:
        return self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))

    def get_lr(self) -> list[Any]:
        """The rates from those of the step before."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._alpha(step - 1), self._alpha(step)
        rates: list[Any] = []
        for group in self.optimizer.param_groups:
            last: Any = group["swa_lr"]
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates


def _line(part: float) -> float:
    return part


def _half_cosine(part: float) -> float:
    return (1 - math.cos(math.pi * part)) / 2
