"""Averages of weights: AveragedModel, and the statistics of its batch norms.

Idea: a copy of a model whose parameters are an average of those that training went through: all
    alike (Izmailov and others 2018), or falling exponentially.
Not here: the rate that goes with it (lr_scheduler/averaged.py).
Read next: lr_scheduler/averaged.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from minitorch import rules
from minitorch.autodiff import no_grad
from minitorch.errors import ConfigError
from minitorch.torch.creation import tensor
from minitorch.torch.dtypes import dtype
from minitorch.torch.nn import Module
from minitorch.torch.nn.modules.batchnorm import _BatchNorm
from minitorch.torch.optim.lr_scheduler.averaged import SWALR
from minitorch.torch.optim.updates import lifted
from minitorch.torch.views import overwrite

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Any, Any, Any], Any]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The function decay * average + (1 - decay) * parameter, for `avg_fn`.

    Raises:
        ValueError: a decay outside [0, 1].

    >>> import minitorch.torch as torch
    >>> get_ema_avg_fn(0.5)(torch.tensor([1.0]), torch.tensor([3.0]), 7)
    tensor([2.])
    """
    if decay < 0.0 or decay > 1.0:
        raise ConfigError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )

    def average(before: Any, now: Any, num_averaged: Any) -> Any:
        if not before.is_floating_point():
            return before * decay + now * (1.0 - decay)
        return lifted(rules.moving_mean, before, now, decay, 1.0 - decay)

    return average


def get_swa_avg_fn() -> Average:
    """The function average + (parameter - average) / (num_averaged + 1), for `avg_fn`.

    >>> import minitorch.torch as torch
    >>> get_swa_avg_fn()(torch.tensor([1.0]), torch.tensor([5.0]), 1)
    tensor([3.])
    """

    def average(before: Any, now: Any, num_averaged: Any) -> Any:
        part = 1.0 / (int(num_averaged) + 1)
        if not before.is_floating_point():
            return before + (now - before) * part
        return lifted(rules.moving_mean, before, now, 1.0 - part, part)

    return average


def _of_lists(average: Average) -> Callable[[Any, Any, Any], None]:
    """The average of each of a list of tensors, written in place."""

    def update(before: Iterable[Any], now: Iterable[Any], num_averaged: Any) -> None:
        with no_grad():
            for mine, other in zip(before, now, strict=True):
                overwrite(mine, average(mine, other, num_averaged))

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """`get_ema_avg_fn` for lists of tensors, which it updates in place, for `multi_avg_fn`.

    Raises:
        ValueError: a decay outside [0, 1].

    >>> import minitorch.torch as torch
    >>> average = [torch.tensor([1.0])]
    >>> get_ema_multi_avg_fn(0.5)(average, [torch.tensor([3.0])], 7)
    >>> average
    [tensor([2.])]
    """
    return _of_lists(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """`get_swa_avg_fn` for lists of tensors, which it updates in place, for `multi_avg_fn`.

    >>> import minitorch.torch as torch
    >>> average = [torch.tensor([1.0])]
    >>> get_swa_multi_avg_fn()(average, [torch.tensor([5.0])], 1)
    >>> average
    [tensor([3.])]
    """
    return _of_lists(get_swa_avg_fn())


class AveragedModel(Module):
    """A copy of a model with the average of its parameters.

    Args:
        model: what is copied.
        device: where the copy lives.
        avg_fn: (average, parameter, number averaged) -> the next average; by default equal parts.
        multi_avg_fn: the same for lists, in place.
        use_buffers: average the buffers too; else they are copied.

    Raises:
        AssertionError: both functions are given.

    >>> import minitorch.torch as torch
    >>> model = torch.nn.Linear(1, 1)
    >>> average = AveragedModel(model)
    >>> average.update_parameters(model)
    >>> average.n_averaged
    tensor(1)
    """

    n_averaged: Any

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        copy: Any = deepcopy(model)
        self.module: Any = copy if device is None else copy.to(device)
        count = tensor(0, dtype=dtype.named["int64"], device=device)
        self.register_buffer("n_averaged", count)
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Any) -> None:
        """Take the present parameters of the model into the average."""
        with no_grad():
            mine, other = self._parts(self.module), self._parts(model)
            if int(self.n_averaged) == 0:
                for average, p in zip(mine, other, strict=True):
                    overwrite(average, p)
            elif self.multi_avg_fn is not None:
                self.multi_avg_fn(mine, other, self.n_averaged)
            else:
                _of_lists(self.avg_fn or get_swa_avg_fn())(mine, other, self.n_averaged)
            if not self.use_buffers:
                pairs = zip(self.module.buffers(), model.buffers(), strict=True)
                for buffer, source in pairs:
                    overwrite(buffer, source)
            self.n_averaged.add_(1)

    def _parts(self, model: Any) -> list[Any]:
        """What is averaged."""
        buffers = model.buffers() if self.use_buffers else ()
        return [it.detach() for it in chain(model.parameters(), buffers)]


def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the running statistics of a model's batch norms anew, from all batches alike.

    Args:
        loader: batches; of a tuple or list the first item is the input.
        model: whose batch norms are meant.
        device: where the batches are moved first.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    momenta: list[Any] = [norm.momentum for norm in norms]
    was_training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a cumulative average
    with no_grad():
        for batch in loader:
            given: Any = batch[0] if isinstance(batch, list | tuple) else batch
            model(given if device is None else given.to(device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(was_training)
