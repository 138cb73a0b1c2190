"""SGD: down the gradient, or down its velocity.

Idea: v' = momentum * v + (1 - dampening) * g, x' = x - lr * v'; Nesterov's looks one step ahead.
Not here: the formulas (../../operators.py).
Read next: adam.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check,
    check_fused,
    check_rate,
    keep,
    kept,
    lifted,
)
from minitorch.torch.tensor import Tensor

__all__ = ["SGD"]


class SGD(UpdateOptimizer):
    """Stochastic gradient descent, with momentum and weight decay.

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        momentum: how much of the velocity is kept.
        dampening: by how much the gradient's part in the velocity is lessened.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        nesterov: step down the gradient at where the velocity leads.
        maximize: go up instead.
        foreach: accepted; the updates of a step are one kernel per parameter anyway.
        differentiable: not supported.
        fused: accepted.

    Raises:
        ValueError: a negative setting; Nesterov without momentum or with dampening.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([x], lr=0.25)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check("momentum value", momentum)
        check("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ConfigError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Nothing: the first gradient is the first velocity."""
        return {}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step down the gradient, or down its velocity."""
        momentum, decay = group["momentum"], group["weight_decay"]
        if decay:
            g = lifted(rules.momentum_step, x, g, decay)  # decay * x + g
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = velocity = g.clone()
            else:
                weight = 1.0 - group["dampening"]
                velocity = kept(state, "momentum_buffer")
                velocity = lifted(rules.moving_mean, velocity, g, momentum, weight)
                velocity = keep(state, "momentum_buffer", velocity)
            nesterov = group["nesterov"]
            g = lifted(rules.momentum_step, velocity, g, momentum) if nesterov else velocity
        return lifted(rules.sgd_step, x, g, group["lr"])
