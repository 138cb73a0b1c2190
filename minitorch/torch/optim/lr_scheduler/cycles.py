"""Schedules that go up and down: CyclicLR again and again, OneCycleLR once; with the momentum.

Idea: the rate moves between two ends along lines or cosines, and the momentum the other way round.
    Momentum is an optimizer's "momentum", or the first of its "betas".
Not here: descents with restarts (cosine.py).
Read next: plateau.py
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.torch.optim.lr_scheduler.base import (
    NOT_VERBOSE,
    LRScheduler,
    check_optimizer,
    fill_key,
    settings,
)
from minitorch.torch.optim.optimizer import Optimizer

__all__ = ["CyclicLR", "OneCycleLR"]


class _WithMomentum(LRScheduler):
    """What both share: a momentum that is set beside the rate."""

    cycle_momentum: bool
    use_beta1: bool

    def _find_momentum(self, optimizer: Optimizer) -> None:
        """See under which name the optimizer has a momentum.

        Raises:
            ValueError: it has none.
        """
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        self.use_beta1 = "betas" in optimizer.defaults

    def _start_momentum(self, optimizer: Optimizer, high: list[Any], low: list[Any]) -> None:
        for group, top, bottom in zip(optimizer.param_groups, high, low, strict=True):
            self._set_momentum(group, top)
            group["max_momentum"] = top
            group["base_momentum"] = bottom

    def _set_momentum(self, group: dict[str, Any], value: Any) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """The rate goes from base_lr to max_lr in step_size_up steps, and back, again and again.

    Smith, "Cyclical Learning Rates for Training Neural Networks", 2017. `step` is called after
    each batch.

    Args:
        optimizer: whose groups' rates are set.
        base_lr: the lower end, or one per group.
        max_lr: the upper end, or one per group.
        step_size_up: steps of the rise.
        step_size_down: steps of the fall; by default those of the rise.
        mode: "triangular", "triangular2" (each cycle half as high), "exp_range" (times gamma^step).
        gamma: of "exp_range".
        scale_fn: a scale of one's own in the place of a mode.
        scale_mode: whether scale_fn takes the number of the "cycle" or of "iterations".
        cycle_momentum: move the momentum from max_momentum to base_momentum and back.
        base_momentum: its lower end.
        max_momentum: its upper end.
        last_epoch: where a resumed run goes on; -1 begins one.
        verbose: does nothing, with a warning.

    Raises:
        ValueError: an unknown mode; an optimizer without momentum.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0, momentum=0.9)
    >>> schedule = CyclicLR(optimizer, base_lr=0.25, max_lr=0.5, step_size_up=2)
    >>> optimizer.step()
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.375]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
        verbose: Any = NOT_VERBOSE,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = settings("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            fill_key(optimizer, "lr", base_lrs)
        self.max_lrs = settings("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom: Any = scale_fn
        self.scale_mode = scale_mode
        self._init_scale_fn()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._find_momentum(optimizer)
            self.base_momentums = settings("base_momentum", optimizer, base_momentum)
            self.max_momentums = settings("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                self._start_momentum(optimizer, self.max_momentums, self.base_momentums)
        super().__init__(optimizer, last_epoch, verbose)
        self.base_lrs = base_lrs

    def _init_scale_fn(self) -> None:
        if self._scale_fn_custom is None:
            fn, self.scale_mode = {
                "triangular": (_level, "cycle"),
                "triangular2": (_halving, "cycle"),
                "exp_range": (partial(_power, self.gamma), "iterations"),
            }[self.mode]
            self._scale_fn_ref: Callable[[float], float] = fn

    def scale_fn(self, x: float) -> float:
        """How high a cycle, or a step, goes."""
        custom = self._scale_fn_custom
        return self._scale_fn_ref(x) if custom is None else custom(x)

    def get_lr(self) -> list[Any]:
        """The rates of this step; sets the momentum too."""
        self._warn_outside_step()
        passed = self.last_epoch / self.total_size
        cycle = math.floor(1 + passed)
        x = 1.0 + passed - cycle
        up = x <= self.step_ratio
        height = x / self.step_ratio if up else (x - 1) / (self.step_ratio - 1)
        counted = cycle if self.scale_mode == "cycle" else self.last_epoch
        if self.cycle_momentum:
            ends = zip(self.base_momentums, self.max_momentums, strict=True)
            values = [high - (high - low) * height * self.scale_fn(counted) for low, high in ends]
            for group, value in zip(self.optimizer.param_groups, values, strict=True):
                self._set_momentum(group, value)
        ends = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height * self.scale_fn(counted) for low, high in ends]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows; of scale_fn only what an object of a class holds."""
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        fn = state.pop("_scale_fn_custom")
        plain = fn is None or isinstance(fn, types.FunctionType)
        state["_scale_fn_custom"] = None if plain else fn.__dict__.copy()
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave, with the scale_fn that is here."""
        known = dict(state_dict)
        held = known.pop("_scale_fn_custom")
        super().load_state_dict(known)
        if held is not None:
            self._scale_fn_custom.__dict__.update(held)
        self._init_scale_fn()


def _level(x: float) -> float:
    return 1.0


def _halving(x: float) -> float:
    return 1 / 2.0 ** (x - 1)


def _power(gamma: float, x: float) -> float:
    return gamma**x


class OneCycleLR(_WithMomentum):
    """The rate goes up to max_lr and far down again, once; `step` is called after each batch.

    Smith and Topin, "Super-Convergence", 2018.

    Args:
        optimizer: whose groups' rates are set.
        max_lr: the top, or one per group.
        total_steps: of the whole training; or
        epochs: and
        steps_per_epoch: whose product it is.
        pct_start: the part of the rise.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: move the momentum from max_momentum to base_momentum and back.
        base_momentum: its lower end, or one per group.
        max_momentum: its upper end, or one per group.
        div_factor: the first rate is max_lr / div_factor.
        final_div_factor: the last rate is the first one / final_div_factor.
        three_phase: go down to the first rate as fast as up, and then to the last one.
        last_epoch: where a resumed run goes on; -1 begins one.
        verbose: does nothing, with a warning.

    Raises:
        ValueError: no number of steps; a step after the last; an optimizer without momentum.

    >>> import minitorch.torch as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2)], lr=1.0, momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> round(schedule.get_last_lr()[0], 6)
    0.04
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
        verbose: Any = NOT_VERBOSE,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _steps(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or pct_start < 0 or pct_start > 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._schedule_phases = _phases(float(pct_start * self.total_steps), self, three_phase)
        self._anneal_func_type = anneal_strategy
        tops = settings("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, tops, strict=True):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._find_momentum(optimizer)
            high = settings("max_momentum", optimizer, max_momentum)
            low = settings("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                self._start_momentum(optimizer, high, low)
        super().__init__(optimizer, last_epoch, verbose)

    def get_lr(self) -> list[Any]:
        """The rates of this step; sets the momentum too."""
        self._warn_outside_step()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if step <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        passed = (step - start) / (phase["end_step"] - start)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                ends = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._anneal(*ends, passed))
        return [
            self._anneal(group[phase["start_lr"]], group[phase["end_lr"]], passed)
            for group in self.optimizer.param_groups
        ]

    def _anneal(self, start: Any, end: Any, passed: float) -> Any:
        """Between two ends, along half a cosine or a line."""
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (math.cos(math.pi * passed) + 1)
        return (end - start) * passed + start


def _steps(total: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    """The number of steps, from either way to say it."""
    if total is not None:
        return _positive("total_steps", total)
    if epochs is None or steps_per_epoch is None:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    return _positive("epochs", epochs) * _positive("steps_per_epoch", steps_per_epoch)


def _positive(name: str, value: int) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value


def _phases(rise: float, schedule: OneCycleLR, three: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and between which keys of a group it leads."""
    up = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
    back = ("max_lr", "initial_lr", "base_momentum", "max_momentum")
    last = ("initial_lr", "min_lr", "max_momentum", "max_momentum")
    down = ("max_lr", "min_lr", "base_momentum", "max_momentum")
    end = schedule.total_steps - 1
    legs: list[tuple[float, tuple[str, ...]]] = [(rise - 1, up), (end, down)]
    if three:
        legs = [(rise - 1, up), (2 * rise - 2, back), (end, last)]
    keys = ("start_lr", "end_lr", "start_momentum", "end_momentum")
    return [{"end_step": stop, **dict(zip(keys, leg, strict=True))} for stop, leg in legs]
