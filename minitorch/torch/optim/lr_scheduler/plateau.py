"""ReduceLROnPlateau: a rate that falls when a loss no longer does.

Idea: `step(loss)` after each epoch; after more than `patience` epochs without a new best, the rate
    is multiplied by a factor, and nothing is counted for `cooldown` epochs.
Not here: schedules of the epoch alone (factors.py, cosine.py, cycles.py).
Read next: combined.py
"""

from __future__ import annotations

from math import inf
from typing import Any

from minitorch.torch.optim.lr_scheduler.base import (
    NOT_VERBOSE,
    LRScheduler,
    check_optimizer,
    set_key,
    values_of,
    warn_of_epoch,
    warn_of_verbose,
)
from minitorch.torch.optim.optimizer import Optimizer

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """The rate times a factor when what is measured has not improved for `patience` epochs.

    Args:
        optimizer: whose groups' rates are set.
        mode: "min" where less is better, or "max".
        factor: by which the rate is multiplied.
        patience: so many epochs without improvement are let pass.
        threshold: by how much better counts as better.
        threshold_mode: "rel", a fraction of the best, or "abs".
        cooldown: epochs after a reduction in which nothing is counted.
        min_lr: no rate goes below it; one for all, or one per group.
        eps: a smaller change of the rate is not made.
        verbose: does nothing, with a warning.

    Raises:
        ValueError: a factor of 1 or more; an unknown mode; a list of another length than there are
            groups.
        TypeError: no optimizer.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 3.0, 3.0):
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0,
        eps: float = 1e-8,
        verbose: Any = NOT_VERBOSE,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        self.factor = factor
        check_optimizer(optimizer)
        warn_of_verbose(verbose)
        self.optimizer = optimizer
        count = len(optimizer.param_groups)
        listed = isinstance(min_lr, list | tuple)
        if listed and len(min_lr) != count:
            raise ValueError(f"expected {count} min_lrs, got {len(min_lr)}")
        self.default_min_lr = None if listed else min_lr
        self.min_lrs: list[Any] = list(min_lr) if listed else [min_lr] * count
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = values_of(optimizer, "lr")
        self._init_is_better(mode, threshold, threshold_mode)
        self._reset()

    def _init_is_better(self, mode: str, threshold: float, threshold_mode: str) -> None:
        if mode not in ("min", "max"):
            raise ValueError("mode " + mode + " is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError("threshold mode " + threshold_mode + " is unknown!")
        self.mode_worse = inf if mode == "min" else -inf
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode

    def _reset(self) -> None:
        """Forget what was counted."""
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]  # as PyTorch's: it takes a loss
        """Count an epoch that ended with this loss, and lower the rates if it is time."""
        current = float(metrics)
        if epoch is None:
            epoch = self.last_epoch + 1
        else:
            warn_of_epoch()
        self.last_epoch = epoch
        if self._is_better(current, self.best):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = values_of(self.optimizer, "lr")

    def _reduce_lr(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({len(groups)}) differs from "
                    f"when `ReduceLROnPlateau` was initialized ({len(self.min_lrs)}), usually due "
                    "to a new param group being added to the optimizer. Please modify the "
                    "`min_lrs` field to match the length of the `optimizer` param groups."
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            before = float(group["lr"])
            after = max(before * self.factor, least)
            if before - after > self.eps:
                set_key(group, "lr", after)

    @property
    def in_cooldown(self) -> bool:
        """True while nothing is counted."""
        return self.cooldown_counter > 0

    def _is_better(self, a: float, best: float) -> bool:
        least = self.mode == "min"
        if self.threshold_mode == "rel":
            margin = 1.0 - self.threshold if least else self.threshold + 1.0
            return a < best * margin if least else a > best * margin
        return a < best - self.threshold if least else a > best + self.threshold

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.__dict__.update(state_dict)
        self._init_is_better(self.mode, self.threshold, self.threshold_mode)
