"""NAdam: Adam with Nesterov's momentum.

Idea: the step goes along a mixture of the gradient and its average, whose weights follow a schedule
    of momentum, mu = beta1 * (1 - 0.96^(step * momentum_decay) / 2).
Not here: the formulas of averages and steps (../../operators.py).
Read next: radam.py
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

__all__ = ["NAdam"]


class NAdam(UpdateOptimizer):
    """NAdam (Dozat 2016).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        betas: decay of the two averages.
        eps: added to the square root.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        momentum_decay: how fast the momentum comes near beta1.
        decoupled_weight_decay: decay as AdamW does.
        foreach: accepted.
        maximize: go up instead.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        differentiable: not supported.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = NAdam([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.4718])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages of zero, and a product of no factors."""
        return {
            "step": counted(group),
            "mu_product": counted(group, 1.0),
            "exp_avg": zeros_for(p),
            "exp_avg_sq": zeros_for(p),
        }

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of NAdam."""
        step = next_count(state)
        beta1, beta2 = group["betas"]
        lr, slowness = group["lr"], group["momentum_decay"]
        x, g = decayed(x, g, group)
        now = beta1 * (1.0 - 0.5 * 0.96 ** (step * slowness))
        then = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1.0) * slowness))
        product = float(state["mu_product"].mul_(now))
        mean, square = averaged(state, g, beta1, beta2)
        for_mean = lr * then / (1.0 - product * then)
        for_g = lr * (1.0 - now) / (1.0 - product)
        mixture = lifted(rules.moving_mean, mean, g, for_mean, for_g)
        correction = 1.0 - beta2**step
        return lifted(rules.adam_step, x, mixture, square, 1.0, 1.0, correction, group["eps"])
