"""LRScheduler: what sets the learning rates of an optimizer's groups from epoch to epoch.

Idea: `step` counts an epoch and writes `get_lr()` into each group's "lr". Most schedules are
    chainable: the new rate is computed from the present one, so that several can act on one group;
    the closed form, where there is one, serves `step(epoch)`.
Not here: the schedules (factors.py, cosine.py, cycles.py, plateau.py, combined.py).
Read next: factors.py
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from weakref import ref

from minitorch.torch.optim.optimizer import Optimizer
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import overwrite

__all__ = [
    "LRScheduler",
    "check_optimizer",
    "fill_key",
    "set_key",
    "settings",
    "values_of",
    "warn_of_epoch",
    "warn_of_verbose",
]

NOT_VERBOSE = "deprecated"  # the default of `verbose`, an argument of earlier releases


def copied(value: Any) -> Any:
    """A number as it is; a tensor as one of its own."""
    return value.clone() if isinstance(value, Tensor) else value


def values_of(optimizer: Optimizer, key: str) -> list[Any]:
    """The value under a key of each group.

    >>> import minitorch.torch as torch
    >>> values_of(torch.optim.SGD([torch.ones(2)], lr=0.5), "lr")
    [0.5]
    """
    return [copied(group[key]) for group in optimizer.param_groups]


def set_key(group: dict[str, Any], key: str, value: Any) -> None:
    """Give a group another value; a tensor that holds it is filled.

    >>> group = {"lr": 0.5}
    >>> set_key(group, "lr", 0.25)
    >>> group
    {'lr': 0.25}
    """
    if isinstance(group[key], Tensor):
        held = group[key]
        overwrite(held, value if isinstance(value, Tensor) else held._ensure_tensor(value))
    else:
        group[key] = value


def fill_key(optimizer: Optimizer, key: str, values: list[Any]) -> None:
    """Give each group its value under a key."""
    for group, value in zip(optimizer.param_groups, values, strict=True):
        set_key(group, key, value)


def settings(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value per group, from one for all or a list of them.

    Raises:
        ValueError: a list of another length.

    >>> import minitorch.torch as torch
    >>> settings("max_lr", torch.optim.SGD([torch.ones(2)], lr=0.5), 1.0)
    [1.0]
    """
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [copied(value) for _ in range(count)]
    given: list[Any] = list(value)  # type: ignore[arg-type]  # its items are of any type
    if len(given) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has "
            f"{len(given)} values, param_groups has {count}."
        )
    return [copied(it) for it in given]


def check_optimizer(optimizer: Any) -> None:
    """Refuse what is no optimizer.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def warn_of_epoch() -> None:
    """Say that `step(epoch)` is on its way out."""
    warnings.warn(
        "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated "
        "where possible. Please use `scheduler.step()` to step the scheduler. During the "
        "deprecation, if epoch is different from None, the closed form is used instead of the new "
        "chainable form, where available.",
        UserWarning,
        stacklevel=3,
    )


def warn_of_verbose(verbose: Any) -> None:
    """Say that `verbose` does nothing, to whoever gives it."""
    if verbose != NOT_VERBOSE:
        warnings.warn(
            "The verbose parameter is deprecated. Please use get_last_lr() to access the learning "
            "rate.",
            UserWarning,
            stacklevel=4,
        )


def _watch_steps(optimizer: Any) -> None:
    """Have the optimizer note that it made a step, so that calls in the wrong order are seen."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    owner = ref(optimizer)  # else the optimizer would hold itself
    method = optimizer.step.__func__

    @wraps(method)
    def step(*args: Any, **kwargs: Any) -> Any:
        now: Any = owner()
        now._opt_called = True
        return method(now, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]  # a mark, as PyTorch's
    optimizer.step = step


class LRScheduler:
    """The base of the schedules; a subclass writes `get_lr`, the rates of epoch `last_epoch`.

    Args:
        optimizer: whose groups' rates are set.
        last_epoch: where a resumed run goes on; -1 begins one.
        verbose: does nothing, with a warning.

    Raises:
        TypeError: no optimizer.
        KeyError: resumed, and the groups do not say from which rate they started.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0)
    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         return [rate / 2**self.last_epoch for rate in self.base_lrs]
    >>> schedule = Halving(optimizer)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    _get_lr_called_within_step: bool = False
    _is_initial: bool = False

    def __init__(
        self, optimizer: Optimizer, last_epoch: int = -1, verbose: Any = NOT_VERBOSE
    ) -> None:
        warn_of_verbose(verbose)
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{k}] when resuming "
                    "scheduler with last_epoch >= 0.\nThis typically happens when:\n1. You're "
                    "trying to resume training from a checkpoint but haven't properly loaded the "
                    "optimizer state\n2. You're using last_epoch >= 0 for a fresh training run "
                    "(not recommended)"
                )
        self.base_lrs: list[Any] = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """The step with which a schedule begins."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows, the optimizer apart."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates of the groups as the last step set them."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of the groups for epoch `last_epoch`; a subclass writes it."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch, or to the one given, and set the rates."""
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        if epoch is not None:
            warn_of_epoch()
        self._update_lr(epoch)

    def _check_order(self) -> None:
        optimizer: Any = self.optimizer
        if not hasattr(optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
                "initialization. Please, make sure to call `optimizer.step()` before "
                "`lr_scheduler.step()`.",
                UserWarning,
                stacklevel=3,
            )
        elif not getattr(optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call "
                "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  "
                "Failure to do this will result in skipping the first value of the learning rate "
                "schedule.",
                UserWarning,
                stacklevel=3,
            )

    @contextmanager
    def _setting_rates(self) -> Generator[None]:
        """While it lasts, `get_lr` is called by a step, and not by a user."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._setting_rates():
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            closed: Any = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
            values = self.get_lr() if closed is None else closed()
        self._set_rates(values)

    def _set_rates(self, values: list[Any]) -> None:
        fill_key(self.optimizer, "lr", values)
        self._last_lr: list[Any] = values_of(self.optimizer, "lr")

    def _rates(self) -> list[Any]:
        """The present rates; says that `get_lr` is not for users where one called it."""
        self._warn_outside_step(4)
        return values_of(self.optimizer, "lr")

    def _warn_outside_step(self, stacklevel: int = 3) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                UserWarning,
                stacklevel=stacklevel,
            )
