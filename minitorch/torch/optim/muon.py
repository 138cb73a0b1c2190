"""Muon: momentum whose direction is made orthogonal, for matrices.

Idea: five Newton-Schulz iterations take all singular values of the velocity near 1, in bfloat16;
    the step then moves every direction of the matrix alike.
Not here: what to do with vectors and embeddings; give those to AdamW (adam.py).
Read next: lbfgs.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError
from minitorch.torch.optim.updates import (
    UpdateOptimizer,
    check_size,
    keep,
    kept,
    lifted,
    zeros_for,
)
from minitorch.torch.tensor import Tensor

__all__ = ["Muon"]

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the polynomial that is iterated


class Muon(UpdateOptimizer):
    """Muon (Jordan and others 2024), for parameters of two dims.

    Args:
        params: matrices, named ones, or groups.
        lr: learning rate.
        weight_decay: decoupled, as AdamW's.
        momentum: decay of the average of gradients.
        nesterov: step along a mixture of the gradient and its average.
        ns_coefficients: of the polynomial that is iterated.
        eps: the least norm by which is divided.
        ns_steps: how many iterations.
        adjust_lr_fn: "original" or "match_rms_adamw": how the rate follows from the shape.

    Raises:
        ValueError: a negative setting; a parameter that is no matrix; an unknown adjust_lr_fn.

    >>> import minitorch.torch as torch
    >>> x = torch.eye(2).requires_grad_()
    >>> optimizer = Muon([x], lr=0.1, weight_decay=0.0)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> bool((x.detach().diagonal() < 1.0).all())
    True
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_size(lr)
        for text, holds in (
            (f"Learning rate should be >= 0 but is: {lr}", lr >= 0.0),
            (f"momentum should be >= 0 but is: {momentum}", momentum >= 0.0),
            (f"weight decay should be >= 0 but is: {weight_decay}", weight_decay >= 0.0),
            (
                f"Adjust learning rate function {adjust_lr_fn} is not supported",
                adjust_lr_fn in (None, "original", "match_rms_adamw"),
            ),
        ):
            if not holds:
                raise ConfigError(text)
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if len(p.shape) != 2:
                    raise ConfigError(
                        "Muon only supports 2D parameters whereas we found a parameter with size: "
                        f"{p.shape}"
                    )

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """An average of zero."""
        return {"momentum_buffer": zeros_for(p)}

    def update(self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step along the orthogonal direction nearest to the average of gradients."""
        lr, momentum = group["lr"], group["momentum"]
        mean = kept(state, "momentum_buffer")
        mean = lifted(rules.moving_mean, mean, g, momentum, 1.0 - momentum)
        mean = keep(state, "momentum_buffer", mean)
        if group["nesterov"]:
            mean = lifted(rules.moving_mean, mean, g, momentum, 1.0 - momentum)
        direction = orthogonal(mean, group["ns_coefficients"], group["ns_steps"], group["eps"])
        x = lifted(rules.sgd_step, x, x, lr * group["weight_decay"])
        rate = lr * _ratio(group["adjust_lr_fn"], *x.shape)
        return lifted(rules.sgd_step, x, direction.to(x.dtype), rate)


def orthogonal(matrix: Any, coefficients: Any, steps: int, eps: float) -> Any:
    """A matrix with the singular vectors of another, and singular values near 1; in bfloat16.

    Raises:
        ValueError: a hundred steps or more; not three coefficients.

    >>> import minitorch.torch as torch
    >>> orthogonal(torch.eye(2) * 5.0, COEFFICIENTS, 5, 1e-7).dtype
    torch.bfloat16
    """
    if steps >= 100:
        raise ConfigError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ConfigError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    out = matrix.bfloat16()
    out = out.T if tall else out
    out = out / out.norm().clamp(min=eps)
    for _ in range(steps):
        square = out @ out.T
        out = out * a + (square * b + (square @ square) * c) @ out
    return out.T if tall else out


def _ratio(kind: str | None, rows: int, columns: int) -> float:
    """By how much the rate is larger for this shape."""
    if kind == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))
