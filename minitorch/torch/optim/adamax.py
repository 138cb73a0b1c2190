"""Adamax: Adam with the largest gradient of late in the place of the root mean square.

Idea: u' = max(beta2 * u, |g| + eps), x' = x - lr * m / ((1 - beta1^step) * u').
Not here: the formulas (../../operators.py).
Read next: nadam.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.rows import updates as rows
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check,
    check_betas,
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

__all__ = ["Adamax"]


class Adamax(UpdateOptimizer):
    """Adamax (Kingma and Ba 2015, section 7.1).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        betas: decay of the average and of the largest gradient.
        eps: added to the size of a gradient.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        foreach: accepted.
        maximize: go up instead.
        differentiable: not supported.
        capturable: refused at the step, as PyTorch refuses it on a CPU.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adamax([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """An average of zero, and no gradient so far."""
        return {"step": counted(group), "exp_avg": zeros_for(p), "exp_inf": zeros_for(p)}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of Adamax."""
        step = next_count(state)
        beta1, beta2 = group["betas"]
        x, g = decayed(x, g, group)
        mean = lifted(rules.moving_mean, kept(state, "exp_avg"), g, beta1, 1.0 - beta1)
        mean = keep(state, "exp_avg", mean)
        largest = lifted(rows.moving_max, kept(state, "exp_inf"), g, beta2, group["eps"])
        largest = keep(state, "exp_inf", largest)
        return lifted(rows.ratio_step, x, mean, largest, group["lr"] / (1.0 - beta1**step))
