"""RAdam: Adam that waits for its average of squares to be worth something.

Idea: while the variance of that average is too large (rho <= 5), steps are those of momentum alone;
    afterwards they are rectified by a factor that comes near 1.
Not here: the formulas of averages and steps (../../operators.py).
Read next: asgd.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    averaged,
    check,
    check_betas,
    check_rate,
    counted,
    decayed,
    lifted,
    next_count,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["RAdam"]


class RAdam(UpdateOptimizer):
    """RAdam (Liu and others 2020).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        betas: decay of the two averages.
        eps: added to the square root.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        decoupled_weight_decay: decay as AdamW does.
        foreach: accepted.
        maximize: go up instead.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        differentiable: not supported.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RAdam([x], lr=0.25)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps)
        check_betas(betas)
        check("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages of zero."""
        return {"step": counted(group), "exp_avg": zeros_for(p), "exp_avg_sq": zeros_for(p)}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of RAdam."""
        step = next_count(state)
        beta1, beta2 = group["betas"]
        x, g = decayed(x, g, group)
        mean, square = averaged(state, g, beta1, beta2)
        correction1, correction2 = 1.0 - beta1**step, 1.0 - beta2**step
        limit = 2.0 / (1.0 - beta2) - 1.0
        rho = limit - 2.0 * step * beta2**step / correction2
        if rho <= 5.0:
            return lifted(rules.sgd_step, x, mean, group["lr"] / correction1)
        part = (rho - 4.0) * (rho - 2.0) * limit
        rectified = (part / ((limit - 4.0) * (limit - 2.0) * rho)) ** 0.5
        rate = group["lr"] * rectified * correction2**0.5
        return lifted(rules.adam_step, x, mean, square, rate, correction1, 1.0, group["eps"])
