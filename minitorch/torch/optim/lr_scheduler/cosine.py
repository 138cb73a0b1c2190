"""Schedules along a cosine: one descent, and descents with restarts.

Idea: eta_min + (first rate - eta_min) * (1 + cos(pi * t / T)) / 2, with t the epochs since the
    last start; CosineAnnealingLR computes it from the rate before, so that it can be chained.
Not here: one rise and one fall (cycles.py).
Read next: cycles.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch.torch.optim.lr_scheduler.base import NOT_VERBOSE, LRScheduler
from minitorch.torch.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(LRScheduler):
    """The rate goes down to eta_min in T_max epochs along half a cosine, and up again.

    Loshchilov and Hutter, "SGDR", 2017, without the restarts.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        verbose: Any = NOT_VERBOSE,
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch, verbose)

    def get_lr(self) -> list[Any]:
        """The rates from those of the epoch before."""
        rates = self._rates()
        if self._is_initial:
            return rates
        low, epoch, period = self.eta_min, self.last_epoch, self.T_max
        if self._step_count == 1 and epoch > 0:
            height = 1 + math.cos(epoch * math.pi / period)
            return [low + (base - low) * height / 2 for base in self.base_lrs]
        if (epoch - 1 - period) % (2 * period) == 0:  # at the bottom, whence no factor leads up
            rise = 1 - math.cos(math.pi / period)
            pairs = zip(rates, self.base_lrs, strict=True)
            return [rate + (base - low) * rise / 2 for rate, base in pairs]
        now = 1 + math.cos(math.pi * epoch / period)
        before = 1 + math.cos(math.pi * (epoch - 1) / period)
        return [now / before * (rate - low) + low for rate in rates]

    def _get_closed_form_lr(self) -> list[Any]:
        return _along(self.base_lrs, self.eta_min, self.last_epoch, self.T_max)


def _along(rates: list[Any], low: float, passed: float, period: float) -> list[Any]:
    """Each rate as it is after `passed` of a period."""
    height = 1 + math.cos(math.pi * passed / period)
    return [low + (rate - low) * height / 2 for rate in rates]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the first rate to eta_min in T_0 epochs; then again, T_mult times as long.

    Loshchilov and Hutter, "SGDR", 2017. `step` may be called after each batch with the epoch as a
    fraction: `step(epoch + batch / batches)`.

    Raises:
        ValueError: T_0 or T_mult is no positive integer; a negative epoch.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0)
    >>> schedule = CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> schedule.step(0.5)
    >>> round(schedule.get_last_lr()[0], 4)
    0.8536
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        verbose: Any = NOT_VERBOSE,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch, verbose)

    def get_lr(self) -> list[Any]:
        """The rates `T_cur` epochs after the last restart."""
        self._warn_outside_step()
        return _along(self.base_lrs, self.eta_min, self.T_cur, self.T_i)

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to the one given, which may be a fraction."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        with self._setting_rates():
            values = self.get_lr()
        self._set_rates(values)

    def _go_to(self, epoch: float) -> None:
        if epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            ratio = self.T_mult
            restarts = int(math.log(epoch / self.T_0 * (ratio - 1) + 1, ratio))
            self.T_cur = epoch - self.T_0 * (ratio**restarts - 1) / (ratio - 1)
            self.T_i = self.T_0 * ratio**restarts
