"""ASGD: gradient descent with a falling rate, and the average of where it has been.

Idea: x' = (1 - lambd * eta) * x - eta * g with eta = lr / (1 + lambd * lr * step)^alpha; the
    average of x, from step t0 on, is kept in the state as "ax".
Not here: the formulas (../../operators.py).
Read next: rprop.py
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
    number_in,
    put_number,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["ASGD"]


class ASGD(UpdateOptimizer):
    """Averaged stochastic gradient descent (Polyak and Juditsky 1992).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        lambd: by how much x shrinks, and the rate falls.
        alpha: the power with which the rate falls.
        t0: the step from which on x is averaged.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        foreach: accepted.
        maximize: go up instead.
        differentiable: not supported.
        capturable: refused at the step, as PyTorch refuses it on a CPU.

    Raises:
        ValueError: a negative setting.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = ASGD([x], lr=0.25, lambd=0.0)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data, optimizer.state[x]["ax"]
    (tensor([0.5000]), tensor([0.5000]))
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The first rate; an average that takes x as it is."""
        return {
            "step": counted(group),
            "eta": counted(group, group["lr"]),
            "mu": counted(group, 1.0),
            "ax": zeros_for(p),
        }

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step, and the average after it."""
        step = next_count(state)
        lr, lambd = group["lr"], group["lambd"]
        eta, mu = number_in(state, "eta"), number_in(state, "mu")
        x, g = decayed(x, g, group)
        x = lifted(rules.moving_mean, x, g, 1.0 - lambd * eta, -eta)
        if mu == 1.0:
            keep(state, "ax", x.clone())
        else:
            keep(state, "ax", lifted(rules.moving_mean, kept(state, "ax"), x, 1.0 - mu, mu))
        put_number(state, "eta", lr / (1.0 + lambd * lr * step) ** group["alpha"])
        put_number(state, "mu", 1.0 / max(1.0, step - group["t0"]))
        return x
