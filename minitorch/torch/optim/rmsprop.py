"""RMSprop: steps scaled by a moving average of the squared gradient.

Idea: s' = alpha * s + (1 - alpha) * g^2, x' = x - lr * g / (sqrt(s') + eps); centered, s' is the
    variance of the gradient; with momentum, the velocity is made of scaled gradients.
Not here: the formulas (../../operators.py).
Read next: adagrad.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check,
    check_rate,
    counted,
    decayed,
    keep,
    kept,
    lifted,
    next_count,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["RMSprop"]


class RMSprop(UpdateOptimizer):
    """RMSprop (Hinton 2012).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        alpha: decay of the average.
        eps: added to the square root.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        momentum: how much of the velocity is kept.
        centered: scale by the variance instead of the mean square.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        foreach: accepted.
        maximize: go up instead.
        differentiable: not supported.

    Raises:
        ValueError: a negative setting.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RMSprop([x], lr=0.05, alpha=0.99)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps)
        check("momentum value", momentum)
        check("weight_decay value", weight_decay)
        check("alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages and a velocity of zero."""
        state = {"step": counted(group), "square_avg": zeros_for(p)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_for(p)
        if group["centered"]:
            state["grad_avg"] = zeros_for(p)
        return state

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step down the scaled gradient, or down its velocity."""
        next_count(state)
        alpha, eps, momentum = group["alpha"], group["eps"], group["momentum"]
        x, g = decayed(x, g, group)
        square = lifted(rules.moving_square, kept(state, "square_avg"), g, alpha, 1.0 - alpha)
        square = keep(state, "square_avg", square)
        if group["centered"]:
            mean = lifted(rules.moving_mean, kept(state, "grad_avg"), g, alpha, 1.0 - alpha)
            mean = keep(state, "grad_avg", mean)
            square = lifted(rules.moving_square, square, mean, 1.0, -1.0)  # square - mean^2
        if not momentum > 0:
            return lifted(rules.adam_step, x, g, square, group["lr"], 1.0, 1.0, eps)
        velocity = kept(state, "momentum_buffer") * momentum
        velocity = lifted(rules.adam_step, velocity, g, square, -1.0, 1.0, 1.0, eps)
        return lifted(rules.sgd_step, x, keep(state, "momentum_buffer", velocity), group["lr"])
