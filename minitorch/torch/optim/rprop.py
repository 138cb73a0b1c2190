"""Rprop: each parameter cell has its own step size, and only the gradient's sign counts.

Idea: the size grows while the sign stays and shrinks when it turns; where it turned, no step is
    taken and the next sign counts as new.
Not here: the formulas (../../operators.py).
Read next: adafactor.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError
from minitorch.rows import updates as rows
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check_rate,
    counted,
    full_for,
    keep,
    kept,
    lifted,
    next_count,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["Rprop"]


class Rprop(UpdateOptimizer):
    """Resilient backpropagation (Riedmiller and Braun 1993), for gradients of whole data sets.

    Args:
        params: tensors, named ones, or groups.
        lr: the first step size.
        etas: the factors with which a size shrinks and grows.
        step_sizes: the smallest and the largest size.
        capturable: refused at the step, as PyTorch refuses it on a CPU.
        foreach: accepted.
        maximize: go up instead.
        differentiable: not supported.

    Raises:
        ValueError: a negative rate; factors not on either side of 1.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Rprop([x], lr=0.25)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.7500])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ConfigError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """No gradient before, and sizes of the learning rate."""
        sizes = full_for(p, group["lr"])
        return {"step": counted(group), "prev": zeros_for(p), "step_size": sizes}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step against the signs of the gradient."""
        next_count(state)
        before, size = kept(state, "prev"), kept(state, "step_size")
        size = lifted(rows.rprop_size, size, g, before, *group["etas"], *group["step_sizes"])
        size = keep(state, "step_size", size)
        g = keep(state, "prev", lifted(rows.rprop_gradient, g, before))
        return lifted(rows.sign_step, x, g, size)
