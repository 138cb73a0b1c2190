"""Adam and AdamW: steps scaled by moving averages of the gradient and of its square.

Idea: x' = x - lr * m / (sqrt(s) + eps), with averages corrected for their start at zero. AdamW
    takes weight decay from the parameter itself, Adam adds it to the gradient.
Not here: the formulas (../../operators.py); Adamax, NAdam, RAdam (adamax.py, nadam.py, radam.py).
Read next: rmsprop.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError
from minitorch.rows import ordering
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    averaged,
    check,
    check_betas,
    check_fused,
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

__all__ = ["Adam", "AdamW"]


class Adam(UpdateOptimizer):
    """Adam (Kingma and Ba 2015).

    Args:
        params: tensors, named ones, or groups.
        lr: learning rate.
        betas: decay of the two averages.
        eps: added to the square root.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        amsgrad: divide by the largest average of squares so far (Reddi and others 2018).
        foreach: accepted; the updates of a step are one kernel per parameter anyway.
        maximize: go up instead.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        differentiable: not supported.
        fused: accepted.
        decoupled_weight_decay: decay as AdamW does.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps)
        check_betas(betas)
        check("weight_decay value", weight_decay)
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ConfigError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        if {isinstance(beta, Tensor) for beta in betas} == {True, False}:
            raise ConfigError("betas must be either both floats or both Tensors")
        defaults = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages of zero."""
        state = {"step": counted(group), "exp_avg": zeros_for(p), "exp_avg_sq": zeros_for(p)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_for(p)
        return state

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of Adam."""
        step = next_count(state)
        beta1, beta2 = group["betas"]
        x, g = decayed(x, g, group)
        mean, square = averaged(state, g, beta1, beta2)
        if group["amsgrad"]:
            largest = lifted(ordering.maximum, kept(state, "max_exp_avg_sq"), square)
            square = keep(state, "max_exp_avg_sq", largest)
        corrections = 1.0 - beta1**step, 1.0 - beta2**step
        return lifted(rules.adam_step, x, mean, square, group["lr"], *corrections, group["eps"])


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): x shrinks by lr * decay.

    The arguments are those of Adam; weight_decay is 0.01 by default.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdamW([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.4950])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
