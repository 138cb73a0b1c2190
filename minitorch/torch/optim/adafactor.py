"""Adafactor: Adam's average of squares kept as one row and one column.

Idea: the average of squares of a matrix is taken to be the product of the averages over its rows
    and its columns, so that the state is small; steps are relative to the size of the parameter.
Not here: Adam (adam.py).
Read next: muon.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError
from minitorch.torch.dtypes import finfo
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check_size,
    counted,
    keep,
    kept,
    lifted,
    next_count,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["Adafactor"]


class Adafactor(UpdateOptimizer):
    """Adafactor (Shazeer and Stern 2018).

    Args:
        params: tensors, named ones, or groups.
        lr: the largest relative step.
        beta2_decay: the averages forget at the rate step ** beta2_decay.
        eps: what keeps squares (None stands for that of the dtype) and the parameter's size from
            zero.
        d: steps whose root mean square is larger are clipped to it.
        weight_decay: decoupled, as AdamW's.
        foreach: accepted.
        maximize: go up instead.

    Raises:
        ValueError: a setting outside its range.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Adafactor([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_size(lr)
        for text, holds in (
            (f"Learning rate should be >= 0 but is: {lr}", lr >= 0.0),
            (f"beta2_decay should be <= 0 but is: {beta2_decay}", beta2_decay <= 0.0),
            (f"epsilon1 should be >= 0 but is: {eps[0]}", eps[0] is None or eps[0] >= 0.0),
            (f"epsilon2 should be >= 0 but is: {eps[1]}", eps[1] >= 0.0),
            (f"Clipping threshold d should be >= 1 but is: {d}", d >= 1.0),
            (f"weight_decay should be >= 0 but is: {weight_decay}", weight_decay >= 0.0),
        ):
            if not holds:
                raise ConfigError(text)
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """Averages of zero: of a matrix over rows and columns."""
        if len(p.shape) < 2:
            return {"step": counted(group), "variance": zeros_for(p)}
        zeros: Any = zeros_for(p)
        row, column = zeros[..., :1].clone(), zeros[..., :1, :].clone()
        return {"step": counted(group), "row_var": row, "col_var": column}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step of a size relative to that of the parameter."""
        step = next_count(state)
        lr, (eps1, eps2) = group["lr"], group["eps"]
        least = finfo(x.dtype).eps if eps1 is None else eps1
        forget = step ** group["beta2_decay"]
        size = max(eps2, _root_mean_square(x)) * min(lr, 1.0 / step**0.5)
        if group["weight_decay"]:
            x = lifted(rules.sgd_step, x, x, lr * group["weight_decay"])
        if len(g.shape) > 1:
            rows = _averaged(state, "row_var", (g * g).mean(-1, keepdim=True), forget)
            columns = _averaged(state, "col_var", (g * g).mean(-2, keepdim=True), forget)
            variance = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=least)
        else:
            variance = _averaged(state, "variance", g * g, forget)
        change = g * variance.clamp(min=least * least).rsqrt()
        clipped = max(1.0, _root_mean_square(change) / group["d"])
        return lifted(rules.sgd_step, x, change, size / clipped)


def _averaged(state: dict[str, Any], name: str, square: Any, forget: float) -> Any:
    """The next moving average, written into the state."""
    average = lifted(rules.moving_mean, kept(state, name), square, 1.0 - forget, forget)
    return keep(state, name, average)


def _root_mean_square(x: Any) -> float:
    return float((x * x).mean()) ** 0.5
