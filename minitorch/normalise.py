"""Normalisation: numbers brought to mean 0 and variance 1 over some dims.

Idea: (x - mean) / sqrt(variance + eps), times a weight, plus a bias. The name of a layer says over
    which dims: the last ones, those of the batch, of a group of channels. `backward` says what the
    chain rule comes to, so that each is one node.
Not here: the layers with parameters and running values (torch/nn/functional/normalisation.py).
Read next: nn.py
"""

from __future__ import annotations

from typing import Any

from minitorch import operators, rules
from minitorch.autodiff import Context
from minitorch.errors import ShapeError
from minitorch.tensor import Tensor
from minitorch.tensor_functions import Function, Inv, Sum, composed, row_function

__all__ = ["LayerNorm", "Standardise", "layernorm"]

Sqrt = row_function(rules.sqrt)


def layernorm(
    x: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) over the last dim, times a weight, plus a bias.

    Ba, Kiros and Hinton, "Layer normalization", 2016. The variance is the mean of the squared
    differences from the mean.

    Args:
        x: (.., D).
        weight: (D,); by default 1.
        bias: (D,); by default 0.
        eps: keeps rows of equal numbers finite.

    Raises:
        ShapeError: x has no dims, or the weight or the bias is not (D,).

    >>> from minitorch import tensor
    >>> layernorm(tensor([[1.0, 3.0]]))
    tensor([[-1.00 1.00]])
    """
    last = x.shape[-1:]
    for name, given in (("weight", weight), ("bias", bias)):
        if not last or (given is not None and given.shape != last):
            shown = "" if given is None else f" with {name} {given.shape}"
            raise ShapeError(f"layernorm of shape {x.shape}{shown}: expected (.., D) and (D,).")
    if weight is None or bias is None:
        out = Standardise.apply(x, eps)
        out = out if weight is None else out * weight
        return out if bias is None else out + bias
    return LayerNorm.apply(x, weight, bias, eps)


LAST = (-1,)


def _mean(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    count = 1
    for dim in reversed(dims):  # the last first: what lies side by side is added first
        count *= x.shape[dim]
        x = Sum.apply(x, dim % len(x.shape))
    return x * operators.inv(float(count))


def _standardise(x: Tensor, eps: float, dims: tuple[int, ...]) -> Tensor:
    centred = x - _mean(x, dims)
    return centred * Inv.apply(Sqrt.apply(_mean(centred * centred, dims) + eps))


def _standardise_back(g: Tensor, x: Tensor, eps: float, dims: tuple[int, ...]) -> Tensor:
    centred = x - _mean(x, dims)
    scale = Inv.apply(Sqrt.apply(_mean(centred * centred, dims) + eps))
    out = centred * scale
    return (g - _mean(g, dims) - out * _mean(g * out, dims)) * scale


def _layernorm(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, dims: tuple[int, ...]
) -> Tensor:
    return _standardise(x, eps, dims) * weight + bias


def _layernorm_back(
    g: Tensor, x: Tensor, weight: Tensor, eps: float, dims: tuple[int, ...]
) -> Tensor:
    return _standardise_back(g * weight, x, eps, dims)


class LayerNorm(Function):
    """`Standardise` times a weight, plus a bias, which broadcast, as one node of the graph."""

    @staticmethod
    def forward(
        ctx: Context,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        eps: float,
        dims: tuple[int, ...] = LAST,
    ) -> Tensor:
        """The rows standardised, weighed and shifted; backward looks at x again."""
        ctx.save_for_backward(x, weight, eps, dims)
        return composed(_layernorm, x, weight, bias, eps=eps, dims=dims)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Of x as in `Standardise`; g times the standardised rows; g."""
        x, weight, eps, dims = ctx.saved_tensors
        of_x, of_weight, of_bias, *rest = ctx.needs_input_grad
        settings = {"eps": eps, "dims": dims}
        return (
            composed(_layernorm_back, grad_output, x, weight, **settings) if of_x else None,
            grad_output * composed(_standardise, x, **settings) if of_weight else None,
            grad_output if of_bias else None,  # summed to the shape of the bias
            *[None] * len(rest),
        )


class Standardise(Function):
    """(x - mean) / sqrt(variance + eps) over dims, by default the last, as one node."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, eps: float, dims: tuple[int, ...] = LAST) -> Tensor:
        """Mean 0 and variance 1 in each row; backward looks at x again."""
        ctx.save_for_backward(x, eps, dims)
        return composed(_standardise, x, eps=eps, dims=dims)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """(g - mean of g - out * mean of g * out) / sqrt(variance + eps)."""
        x, eps, dims = ctx.saved_tensors
        grad = composed(_standardise_back, grad_output, x, eps=eps, dims=dims)
        return (grad,) + (None,) * (len(ctx.inputs) - 1)
