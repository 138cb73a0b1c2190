"""SGD and Adam: update rules that are operators, lifted to whatever a parameter holds.

Idea: an update is a row of the op table, x' = f(x, g, state; lr ...): for a Scalar it is called on
    numbers, for a Tensor lifted by its backend, one pass over memory per row.
Not here: the update formulas (operators.py), schedules (a loop sets `optimizer.lr`).
Read next: train/loop.py
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from minitorch import rules
from minitorch.errors import CheckpointError, ConfigError
from minitorch.launches import live
from minitorch.module import Parameter
from minitorch.rules import Rule
from minitorch.scalar import Scalar
from minitorch.tensor import Tensor
from minitorch.tensor_data import TensorData

__all__ = ["SGD", "Adam", "Optimizer"]


def _apply(rule: Rule, first: Any, *rest: Any) -> Any:
    """The rule on numbers, or lifted by the backend of the first tensor; never recorded."""
    if isinstance(first, Tensor):
        return first.backend.rule(rule)(first, *rest)
    return rule(first, *rest)


def _plain(value: Any) -> Any:
    """The value without its graph: a float for a Scalar, a constant for a Tensor."""
    if isinstance(value, Tensor):
        return value.detach()
    return float(value)


def _zero(value: Any) -> Any:
    return 0.0 if isinstance(value, float) else value.zeros()


class Optimizer:
    """What all optimisers share: the parameters, their gradients, and a state per parameter.

    Args:
        parameters: of a module, or Parameters of one's own; their values are Scalars or Tensors.

    Raises:
        ConfigError: the same Parameter is given twice, or the learning rate is negative or NaN.

    >>> SGD([Parameter(None)], lr=0.1).state_dict()
    {'lr': 0.1, 'steps': 0}
    """

    buffers: tuple[str, ...] = ()  # names of the state that each parameter has

    def __init__(self, parameters: Iterable[Parameter], lr: float) -> None:
        self.parameters = list(parameters)
        if len(set(map(id, self.parameters))) != len(self.parameters):
            raise ConfigError("A Parameter is given twice to the optimizer; it would step twice.")
        if not lr >= 0.0:
            raise ConfigError(f"lr={lr}: expected a learning rate of 0 or more.")
        self.lr = lr
        self.steps = 0
        self.state: list[dict[str, Any]] = [{} for _ in self.parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            if parameter.value is not None and hasattr(parameter.value, "zero_grad_"):
                parameter.value.zero_grad_()

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        live(self._count)
        for parameter, state in zip(self.parameters, self.state, strict=True):
            value = parameter.value
            if value is None or getattr(value, "derivative", None) is None:
                continue
            updated = self.update(_plain(value), _plain(value.derivative), state)
            parameter.update(Scalar(updated) if isinstance(value, Scalar) else updated)
            del value, updated  # else the numbers of old could not give way to the new ones
        for parameter in self.parameters:
            if isinstance(parameter.value, Tensor):
                _ = parameter.value._tensor.cell.array  # now, with the gradient if that is pending

    def _count(self) -> None:
        self.steps += 1

    def _rate(self) -> float:
        return self.lr

    def update(self, x: Any, g: Any, state: dict[str, Any]) -> Any:
        """The next value of a parameter; a subclass writes it."""
        raise NotImplementedError  # SGD and Adam below have theirs

    def _buffer(self, state: dict[str, Any], name: str, x: Any) -> Any:
        if name not in state:
            state[name] = _zero(x)
        return state[name]

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed run needs: lr, steps, and arrays `<buffer>.<parameter number>`."""
        out: dict[str, Any] = {"lr": self.lr, "steps": self.steps}
        for k, state in enumerate(self.state):
            for name, value in state.items():
                array = value.to_numpy() if isinstance(value, Tensor) else np.float64(value)
                out[f"{name}.{k}"] = np.array(array)
        return out

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Raises:
            CheckpointError: it belongs to another kind of optimizer or to other parameters.
        """
        for key, array in saved.items():
            if key in ("lr", "steps"):
                continue
            name, _, number = key.rpartition(".")
            if name not in self.buffers or not number.isdigit() or int(number) >= len(self.state):
                raise CheckpointError(
                    f"{type(self).__name__} has no state {key!r}: it belongs to another "
                    f"optimizer, or to one of other than {len(self.state)} parameters."
                )
            value = self.parameters[int(number)].value
            if isinstance(value, Tensor):
                if array.shape != value.shape:
                    raise CheckpointError(
                        f"State {key!r} has shape {array.shape}, the parameter {value.shape}."
                    )
                data = TensorData.of(np.array(array, dtype=value.dtype))
                self.state[int(number)][name] = Tensor(data, backend=value.backend)
            else:
                self.state[int(number)][name] = float(array)
        self.lr, self.steps = float(saved["lr"]), int(saved["steps"])


class SGD(Optimizer):
    """Stochastic gradient descent: v' = momentum * v + g, x' = x - lr * v'.

    >>> from minitorch import Scalar
    >>> p = Parameter(Scalar(1.0))
    >>> optimizer = SGD([p], lr=0.5)
    >>> (p.value * p.value).backward()
    >>> optimizer.step()
    >>> p.value.data
    0.0
    """

    buffers = ("velocity",)

    def __init__(
        self, parameters: Iterable[Parameter], lr: float = 1.0, momentum: float = 0.0
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum

    def update(self, x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step down the gradient, or down its velocity."""
        if self.momentum:
            velocity = self._buffer(state, "velocity", x)
            g = state["velocity"] = _apply(rules.momentum_step, velocity, g, self.momentum)
        return _apply(rules.sgd_step, x, g, live(self._rate))


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): steps scaled by moving averages of the gradient and its square.

    Args:
        parameters: Parameters holding Scalars or Tensors.
        lr: learning rate.
        betas: decay of the two averages.
        eps: added to the square root.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * x.

    >>> from minitorch import Scalar
    >>> p = Parameter(Scalar(1.0))
    >>> optimizer = Adam([p], lr=0.5)
    >>> (p.value * p.value).backward()
    >>> optimizer.step()
    >>> round(p.value.data, 6)
    0.5
    """

    buffers = ("mean", "square")

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not all(0.0 <= beta < 1.0 for beta in betas):
            raise ConfigError(f"betas={betas}: expected two numbers from 0 to below 1.")
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay

    def update(self, x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of Adam, with the averages corrected for their start at zero."""
        if self.weight_decay:
            g = _apply(rules.momentum_step, x, g, self.weight_decay)  # weight_decay * x + g
        beta1, beta2 = self.betas
        mean = self._buffer(state, "mean", x)
        mean = _apply(rules.moving_mean, mean, g, beta1, 1.0 - beta1)
        square = self._buffer(state, "square", x)
        square = _apply(rules.moving_square, square, g, beta2, 1.0 - beta2)
        state["mean"], state["square"] = mean, square
        corrections = live(self._correction, beta1), live(self._correction, beta2)
        return _apply(rules.adam_step, x, mean, square, live(self._rate), *corrections, self.eps)

    def _correction(self, beta: float) -> float:
        return 1.0 - beta**self.steps
