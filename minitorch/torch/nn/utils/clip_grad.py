"""Keeping gradients small: by their norm together, or each number by itself.

Idea: all gradients are scaled by min(1, max_norm / norm of them all).
Not here: optimisers (torch/optim/).
Read next: convert_parameters.py
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from typing import Any

from minitorch.errors import NonFiniteNormError
from minitorch.modes import no_grad
from minitorch.torch.creation import tensor
from minitorch.torch.joining import stack
from minitorch.torch.tensor import Tensor

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]

Tensors = Tensor | Iterable[Tensor]


def _listed(given: Tensors) -> list[Any]:
    return [given] if isinstance(given, Tensor) else list(given)


def _gradients(parameters: Tensors) -> list[Any]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """The p-norm of all numbers of several tensors, as a tensor without dims.

    Raises:
        NonFiniteNormError: it is not finite, and that is asked to be an error.

    >>> import minitorch.torch as torch
    >>> get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])
    tensor(5.)
    """
    with no_grad():
        given = _listed(tensors)
        if not given:
            return tensor(0.0)
        norm_type = float(norm_type)
        norms = [t.norm(norm_type) for t in given]
        total = stack(norms).norm(norm_type)
        if error_if_nonfinite and not total.isfinite():
            raise NonFiniteNormError(
                f"The total norm of order {norm_type} for gradients from `parameters` is "
                "non-finite, so it cannot be clipped. To disable this error and scale the "
                "gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
            )
        return total


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Any, foreach: bool | None = None
) -> None:
    """Scale the gradients by min(1, max_norm / total_norm), in place."""
    with no_grad():
        scale = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for gradient in _gradients(parameters):
            gradient.mul_(scale)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale the gradients, in place, so that their norm together is at most `max_norm`.

    Returns the norm that they had.

    Raises:
        NonFiniteNormError: it is not finite, and that is asked to be an error.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = torch.tensor([3.0, 4.0])
    >>> clip_grad_norm_(x, 1.0), x.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    given = _listed(parameters)
    if isinstance(parameters, Generator) and not given:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2
        )
    total = get_total_norm(_gradients(given), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """`clip_grad_norm_`, under its older name."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
        "`torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Keep every number of the gradients between -clip_value and clip_value, in place.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = torch.tensor([3.0, -0.5])
    >>> clip_grad_value_(x, 1.0)
    >>> x.grad
    tensor([ 1.0000, -0.5000])
    """
    with no_grad():
        for gradient in _gradients(parameters):
            gradient.clamp_(-float(clip_value), float(clip_value))
