"""Adagrad: steps scaled by the sum of all squared gradients.

Idea: s' = s + g^2, x' = x - lr / (1 + (step - 1) * lr_decay) * g / (sqrt(s') + eps).
Not here: the formulas (../../operators.py).
Read next: adadelta.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check,
    check_fused,
    check_rate,
    counted,
    decayed,
    full_for,
    keep,
    kept,
    lifted,
    next_count,
)
from minitorch.torch.tensor import Tensor

__all__ = ["Adagrad"]


class Adagrad(UpdateOptimizer):
    """Adagrad (Duchi and others 2011).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        lr_decay: by how much the rate falls with each step.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        initial_accumulator_value: what the sums begin with.
        eps: added to the square root.
        foreach: accepted.
        maximize: go up instead.
        differentiable: not supported.
        fused: accepted.

    Raises:
        ValueError: a negative setting.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adagrad([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check("lr_decay value", lr_decay)
        check("weight_decay value", weight_decay)
        check("initial_accumulator_value value", initial_accumulator_value)
        check("epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:  # it is there before the first step, as PyTorch's
            for p in group["params"]:
                self.state[p].update(self.start(p, group))

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Sums of the initial value."""
        first = self.defaults["initial_accumulator_value"]
        return {"step": counted(group), "sum": full_for(p, first)}

    def share_memory(self) -> None:
        """Nothing to do: a process that is forked has its own copy, as of any tensor here."""

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step down the scaled gradient."""
        step = next_count(state)
        x, g = decayed(x, g, group)
        total = lifted(rules.moving_square, kept(state, "sum"), g, 1.0, 1.0)
        total = keep(state, "sum", total)
        rate = group["lr"] / (1.0 + (step - 1.0) * group["lr_decay"])
        return lifted(rules.adam_step, x, g, total, rate, 1.0, 1.0, group["eps"])
