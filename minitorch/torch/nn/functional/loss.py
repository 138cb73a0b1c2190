"""Losses of single cells: how far a prediction is from a number, or a probability from an event.

Idea: a row of the op table, or a short formula, gives the loss of each cell; `reduced` their mean.
Not here: losses of classes (classification.py), of margins (margins.py), of sequences (ctc.py).
Read next: classification.py
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from minitorch.errors import ConfigError
from minitorch.rows import activation as rows
from minitorch.rows import ordering, powers
from minitorch.rules import where
from minitorch.tensor_functions import row_function
from minitorch.torch.face import apply_row, op
from minitorch.torch.nn.functional.parts import SizeError, floats_only, same_kind
from minitorch.torch.nn.functional.reduction import (
    broadcast_target,
    reduced,
    reduction_of,
    same_float,
)
from minitorch.torch.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]

SquaredDifference = row_function(rows.squared_difference)
Huber = row_function(rows.huber)
SmoothL1 = row_function(rows.smooth_l1)
BinaryEntropy = row_function(rows.binary_entropy)
BinaryEntropyOfLogit = row_function(rows.binary_entropy_of_logit)
Absolute = row_function(ordering.absolute)
XLogY = row_function(powers.xlogy)
Where = row_function(where)
LogSigmoid = row_function(rows.log_sigmoid)


def _weighted(loss: Any, input: Any, weight: Any, reduction: str, share: bool) -> Any:
    """Losses times weights, reduced; their mean is a share of all weights, or of the cells."""
    if weight.shape != input.shape:
        raise ConfigError("Weights and input must have the same size.")
    loss = loss * weight
    if reduction == "mean" and share:
        return loss.sum() / weight.sum()
    return reduced(loss, reduction)


@op(function=False, method=False)
def mse_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The mean of (input - target)^2.

    Raises:
        ConfigError: an unknown reduction.
        SizeError: the sizes do not broadcast.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    broadcast_target(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    loss = apply_row(SquaredDifference, input, target)
    if weight is not None:
        return _weighted(loss, input, weight, reduction, True)
    return reduced(loss, reduction)


@op(function=False, method=False)
def l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The mean of |input - target|."""
    broadcast_target(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    loss = Absolute.apply(input - target)
    if weight is not None:
        return _weighted(loss, input, weight, reduction, True)
    return reduced(loss, reduction)


@op(function=False, method=False)
def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """The mean of a loss that is squared below beta and linear above it.

    Raises:
        SizeError: beta is negative.
    """
    broadcast_target(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    if beta < 0:
        raise SizeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced(Absolute.apply(input - target), reduction)
    input, target = same_float(input, target)
    return reduced(SmoothL1.apply(input, target, float(beta)), reduction)


@op(function=False, method=False)
def huber_loss(
    input: Any,
    target: Any,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Any = None,
) -> Any:
    """The mean of a loss that is squared below delta and linear above it.

    Raises:
        SizeError: delta is not positive.
    """
    broadcast_target(input, target)
    reduction = reduction_of(None, None, reduction)
    if delta <= 0:
        raise SizeError("huber_loss does not support non-positive values for delta.")
    input, target = same_float(input, target)
    loss = Huber.apply(input, target, float(delta))
    if weight is not None:
        return _weighted(loss, input, weight, reduction, False)
    return reduced(loss, reduction)


@op(function=False, method=False)
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The mean of target * (ln target - input), the input being a logarithm already.

    With "batchmean" the sum is divided by the size of the first dim: the divergence of Kullback and
    Leibler. With log_target the target is a logarithm as well.
    """
    batch = reduction == "batchmean"
    if size_average is not None or reduce is not None:
        batch, reduction = False, reduction_of(size_average, reduce, reduction)
    elif reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
            "release.",
            stacklevel=3,
        )
    reduction = "sum" if batch else reduction_of(None, None, reduction)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        loss = XLogY.apply(target, target) - target * input
    loss = reduced(loss, reduction)
    return loss / input.shape[0] if batch and input.dims else loss


@op(function=False, method=False)
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of e^input - target * input; of input - target * ln(input + eps) without log_input.

    With `full` Stirling's approximation of ln(target!) is added where the target is above 1.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + Where.apply(target <= 1, 0, stirling)
    return reduced(loss, reduction)


@op(function=False, method=False)
def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """The mean of (ln var + (input - target)^2 / var) / 2, var being at least eps.

    Args:
        input: the expected numbers.
        target: the numbers met.
        var: a variance for each cell, or for each row, or one for all.
        full: add ln(2 pi) / 2.
        eps: the least variance; no gradient is changed by it.
        reduction: "none", "mean" or "sum".

    Raises:
        ConfigError: a negative variance, or variances of a wrong size.
    """
    if isinstance(var, int | float):
        if var < 0:
            raise ConfigError("var has negative entry/entries")
        var = input.detach() * 0 + float(var)
    elif bool((var < 0).any()):
        raise ConfigError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif input.dims != var.dims or _differences(input, var) != 1:
            raise ConfigError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ConfigError(reduction + " is not valid")
    var = var + (var.detach().clamp(min=eps) - var.detach())
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)


def _differences(input: Tensor, var: Tensor) -> int:
    """The sizes of var in the dims where it differs from input, added."""
    return sum(m for n, m in zip(input.shape, var.shape, strict=True) if n != m)


@op(function=False, method=False)
def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of -(target ln(input) + (1 - target) ln(1 - input)), logarithms at least -100.

    Raises:
        ConfigError: the sizes of input and target differ.
        SizeError: an input is not between 0 and 1.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ConfigError(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}) is deprecated. Please ensure they have the same size."
        )
    floats_only("binary_cross_entropy", input)
    same_kind(input, target)
    seen = input.detach()
    if bool(((seen < 0) | (seen > 1)).any()):
        raise SizeError("all elements of input should be between 0 and 1")
    loss = BinaryEntropy.apply(input, target)
    if weight is not None:
        loss = loss * weight
    return reduced(loss, reduction)


@op(function=False, method=False)
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """`binary_cross_entropy` of sigmoid(input), without overflow.

    Args:
        input: logits.
        target: as many numbers, between 0 and 1.
        weight: of the losses; broadcasts.
        size_average: see reduction.
        reduce: see reduction.
        reduction: "none", "mean" or "sum".
        pos_weight: how much more a positive target counts; broadcasts.

    Raises:
        ConfigError: the sizes of input and target differ.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ConfigError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )
    input, target = same_float(input, target)
    if pos_weight is None:
        loss = BinaryEntropyOfLogit.apply(input, target)
    else:
        heavier = (pos_weight - 1) * target + 1
        softplus = -LogSigmoid.apply(input)
        loss = (1 - target) * input + heavier * softplus
    if weight is not None:
        loss = loss * weight
    return reduced(loss, reduction)
