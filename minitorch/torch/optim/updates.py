"""Updating: for each parameter with a gradient, rows of the op table lifted over both.

Idea: an optimizer says what state a parameter begins with and how its next value is made of rows:
    `lifted(rule, p, g, ..., lr)`. State and parameter are written in place, as expressions that
    are still pending, so that one kernel computes them all at the end of the step.
    Rates and the like are parameters of the kernel: another rate compiles nothing.
Not here: the formulas (../../operators.py), groups and checkpoints (optimizer.py).
Read next: sgd.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from minitorch import rules
from minitorch.autodiff import enable_grad, no_grad
from minitorch.errors import ConfigError, NotSupportedError
from minitorch.rules import Rule
from minitorch.tensor_data import HALVES, Cell, Number
from minitorch.torch.creation import filled, tensor
from minitorch.torch.dtypes import dtype
from minitorch.torch.face import converted
from minitorch.torch.optim.optimizer import COUNTED, Optimizer, count_dtype
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import overwrite, write

__all__ = ["UpdateOptimizer", "check", "check_rate", "counted", "lifted"]

FLOAT32 = dtype.named["float32"]
ACCELERATORS = ["cuda", "xpu", "hpu", "privateuseone", "xla"]  # where PyTorch captures graphs
State = dict[str, Any]


def check(what: str, value: Any, least: float = 0.0, below: float = float("inf")) -> None:
    """Refuse a setting outside least <= value < below; also a NaN.

    Raises:
        ConfigError: it is outside.

    >>> check("epsilon value", 1e-8)
    """
    if not least <= value < below:
        raise ConfigError(f"Invalid {what}: {value}")


def check_rate(lr: Any) -> None:
    """Refuse a learning rate below zero, or a tensor of several.

    Raises:
        ConfigError: it is one of these.
    """
    check_size(lr)
    check("learning rate", lr)


def check_size(lr: Any) -> None:
    """Refuse a rate that is a tensor of several numbers.

    Raises:
        ConfigError: it is one.
    """
    if isinstance(lr, Tensor) and lr._tensor.size != 1:
        raise ConfigError("Tensor lr must be 1-element")


def check_betas(betas: Any) -> None:
    """Refuse decays of averages outside [0, 1).

    Raises:
        ConfigError: one is outside.
    """
    for k, beta in enumerate(betas[:2]):
        check(f"beta parameter at index {k}", beta, 0.0, 1.0)


def check_fused(fused: Any, foreach: Any, differentiable: bool) -> None:
    """Refuse options that exclude each other.

    Raises:
        RuntimeError: `fused` beside `foreach` or `differentiable`.
    """
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def lifted(rule: Rule, first: Any, *rest: Any) -> Any:
    """A row of the op table over tensors, then numbers; nothing is recorded.

    >>> import minitorch.torch as torch
    >>> from minitorch import rules
    >>> lifted(rules.sgd_step, torch.tensor([1.0]), torch.tensor([2.0]), 0.25)
    tensor([0.5000])
    """
    return first.backend.rule(rule)(first, *rest)


def counted(group: dict[str, Any], value: float = 0.0) -> Tensor:
    """A count of the state as PyTorch keeps it: a float tensor without dims.

    >>> counted({})
    tensor(0.)
    """
    return tensor(value, dtype=count_dtype(group))


def number_in(state: State, name: str) -> float:
    """The number that a state keeps as a tensor without dims."""
    held: Any = state[name]
    node = held._tensor.cell.node
    return node.value if node.__class__ is Number else float(held)


def put_number(state: State, name: str, value: float) -> None:
    """Write a number into the tensor of a state."""
    held: Tensor = state[name]
    cell = held._tensor.cell
    if cell.node.__class__ is Number and not cell.exposed:  # as every count was left
        cell.take(Cell.later(Number(value, cell.dtype), cell.dtype))
    else:
        write(held, held._ensure_tensor(value))


def put(held: Tensor, value: Tensor) -> None:
    """Write a result that nobody else holds into a tensor: `write`, quicker in the usual case."""
    data, new = held._tensor, value._tensor
    cell = data.cell
    array = cell.computed
    if (
        array is not None
        and array.size == data.size
        and data.shape == new.shape
        and data.strides == new.strides
        and data.dtype is new.dtype
        and not cell.exposed
        and held._base is None
        and not held._uncounted
    ):
        cell.take(new.cell)
        new.cell = cell
    else:
        write(held, value)


def next_count(state: State, name: str = "step") -> float:
    """Count one more, in the tensor of a state; the new number."""
    value = number_in(state, name) + 1.0
    put_number(state, name, value)
    return value


class UpdateOptimizer(Optimizer):
    """Updates each parameter by itself; a subclass writes `start` and `update`."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: computes the loss and its gradients first; its result is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            updated: list[Tensor] = []
            for group in self.param_groups:
                self._check_group(group)
                settings = {key: _plain(value) for key, value in group.items()}
                for p in group["params"]:
                    if p.grad is not None:
                        self._step_one(p, settings)
                        updated.append(p)
            for p in updated:  # now, with the gradient if that is pending
                for it in (p, *self.state.get(p, {}).values()):
                    if isinstance(it, Tensor) and it._tensor.shape:
                        _ = it._tensor.cell.array
        return loss

    def _check_group(self, group: dict[str, Any]) -> None:
        if group.get("capturable"):
            raise AssertionError(
                "If capturable=True, params and state_steps must be on supported devices: "
                f"{ACCELERATORS}."
            )
        if group.get("differentiable"):
            raise NotSupportedError(
                f"{type(self).__name__}(differentiable=True) is not supported: no gradient flows "
                "through a step. Write the update with tensor operations to differentiate it."
            )

    def _step_one(self, p: Tensor, group: dict[str, Any]) -> None:
        state: State = self.state.get(p) or self.start(p, group)
        x: Any = p
        g: Any = p.grad
        half = x._tensor.dtype in HALVES
        if half:  # stored, not computed with
            x, g = converted(x, FLOAT32), converted(g, FLOAT32)
        if group.get("maximize"):
            g = -g
        x = self.update(x, g, state, group)
        if half:
            overwrite(p, x)
            _halve(state, p)
        else:
            put(p, x)
        if state:
            self.state[p] = state

    def start(self, p: Tensor, group: dict[str, Any]) -> State:
        """What the state of a parameter begins with."""
        raise NotImplementedError  # each optimizer has its own

    def update(self, x: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        """The next value of a parameter; writes its state."""
        raise NotImplementedError  # each optimizer has its own


def _halve(state: State, p: Tensor) -> None:
    """What began in float32 with this step, in the dtype of the parameter."""
    for name, value in state.items():
        if isinstance(value, Tensor) and name not in COUNTED:
            state[name] = converted(value, p.dtype)


def keep(state: State, name: str, value: Any) -> Any:
    """Write a new value into a tensor of the state, in place; returns the value to go on with."""
    held: Tensor = state[name]
    if held._tensor.dtype is not value._tensor.dtype:
        overwrite(held, value)
        return value
    put(held, value)
    return held


def kept(state: State, name: str) -> Any:
    """A tensor of the state, to compute with."""
    held: Tensor = state[name]
    return converted(held, FLOAT32) if held._tensor.dtype in HALVES else held


def _plain(value: Any) -> Any:
    """An option as a number, where it is a tensor of one."""
    if isinstance(value, Tensor):
        return float(value)
    if isinstance(value, tuple):
        return tuple([_plain(it) for it in cast("tuple[Any, ...]", value)])
    return value


def zeros_for(p: Tensor) -> Tensor:
    """Zeros of a parameter's shape and dtype, for a state to begin with.

    >>> import minitorch.torch as torch
    >>> zeros_for(torch.tensor([1.0, 2.0]))
    tensor([0., 0.])
    """
    return full_for(p, 0.0)


def full_for(p: Tensor, value: float) -> Tensor:
    """One value in the shape and dtype of a parameter."""
    return filled(p.shape, value, p.dtype)


# What several optimizers do.


def decayed(x: Any, g: Any, group: dict[str, Any]) -> tuple[Any, Any]:
    """x and g with weight decay: taken from x where it is decoupled, else added to g."""
    decay = group["weight_decay"]
    if not decay:
        return x, g
    if group.get("decoupled_weight_decay"):
        return lifted(rules.sgd_step, x, x, group["lr"] * decay), g
    return x, lifted(rules.momentum_step, x, g, decay)  # decay * x + g


def averaged(state: State, g: Any, beta1: float, beta2: float) -> tuple[Any, Any]:
    """The next averages of g and g^2 of an Adam, written into the state."""
    mean = lifted(rules.moving_mean, kept(state, "exp_avg"), g, beta1, 1.0 - beta1)
    square = lifted(rules.moving_square, kept(state, "exp_avg_sq"), g, beta2, 1.0 - beta2)
    return keep(state, "exp_avg", mean), keep(state, "exp_avg_sq", square)
