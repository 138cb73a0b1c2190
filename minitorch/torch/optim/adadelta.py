"""Adadelta: steps as large as past changes, without a rate of its own.

Idea: the gradient is scaled by the root mean square of past changes over that of past gradients.
Not here: the formulas (../../operators.py).
Read next: adamax.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.rows import updates as rows
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

__all__ = ["Adadelta"]


class Adadelta(UpdateOptimizer):
    """Adadelta (Zeiler 2012).

    Args:
        params: tensors, named ones, or groups.
        lr: a factor of the change.
        rho: decay of the two averages.
        eps: added to both before the roots.
        weight_decay: an L2 penalty, added to the gradient as weight_decay * p.
        foreach: accepted.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        maximize: go up instead.
        differentiable: not supported.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adadelta([x], lr=100.0)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.6838])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if rho != 1.0:  # which is allowed too
            check("rho value", rho, 0.0, 1.0)
        check("epsilon value", eps)
        check("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages of zero."""
        return {"step": counted(group), "square_avg": zeros_for(p), "acc_delta": zeros_for(p)}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of the size of past ones."""
        next_count(state)
        rho = group["rho"]
        x, g = decayed(x, g, group)
        square = lifted(rules.moving_square, kept(state, "square_avg"), g, rho, 1.0 - rho)
        square = keep(state, "square_avg", square)
        changes = kept(state, "acc_delta")
        change = lifted(rows.adadelta_step, changes, square, g, group["eps"])
        changes = lifted(rules.moving_square, changes, change, rho, 1.0 - rho)
        keep(state, "acc_delta", changes)
        return lifted(rules.sgd_step, x, change, group["lr"])
