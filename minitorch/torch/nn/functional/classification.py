"""Losses of classes: how probable the right class was.

Idea: the engine's `cross_entropy` is one node for the common case, class numbers (N,) that all
    count. The general case chooses each target's log-probability by a gather, weighs and averages.
Not here: the formula of the common case (../../../nn.py), softmax (probability.py).
Read next: margins.py
"""

from __future__ import annotations

from typing import Any

from minitorch import nn
from minitorch.errors import GradientError, IndexingError
from minitorch.rules import where
from minitorch.selection import Gather, check_index
from minitorch.tensor_functions import View, row_function
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import op
from minitorch.torch.nn.functional.parts import INT64, SizeError, floats_only
from minitorch.torch.nn.functional.probability import log_softmax
from minitorch.torch.nn.functional.reduction import reduced, reduction_of

__all__ = ["cross_entropy", "nll_loss"]

Where = row_function(where)


@op(function=False, method=False)
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The mean of -ln(softmax of the input) at the target classes.

    Args:
        input: logits, (C,), (N, C) or (N, C, d1, ..).
        target: class numbers, (), (N,) or (N, d1, ..); or probabilities, of the input's shape.
        weight: of the classes, (C,).
        size_average: see reduction.
        ignore_index: a class number that does not count.
        reduce: see reduction.
        reduction: "none", "mean" or "sum".
        label_smoothing: the share of a target that is spread over all classes.

    Raises:
        SizeError: the sizes do not fit, or label_smoothing is not between 0 and 1.
        TargetError: a class number is out of range: an IndexError.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(1, 2), torch.tensor([1]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise SizeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input.shape == target.shape and target.dtype.is_floating_point:
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    if target.dtype.is_floating_point and input.shape != target.shape:
        raise GradientError(f"expected scalar type Long but found {kind_of(target.dtype)}")
    dim = 0 if input.dims == 1 else 1
    if (
        weight is None
        and reduction == "mean"
        and label_smoothing == 0.0
        and input.dims == 2
        and target.shape == input.shape[:1]
        and input._tensor.size
        and _all_count(target, input.shape[1], ignore_index)
    ):
        floats_only("log_softmax_lastdim_kernel_impl", input)
        return View.apply(nn.CrossEntropy.apply(input, target))
    logarithms = log_softmax(input, dim)
    loss = nll_loss(logarithms, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0.0:
        return loss
    classes = input.shape[dim]
    smooth = _smooth(logarithms, target, weight, ignore_index, reduction, dim)
    return (1.0 - label_smoothing) * loss + smooth * (label_smoothing / classes)


def _all_count(target: Any, classes: int, ignore_index: int) -> bool:
    """True where the class numbers are in range, and none of them is to be ignored."""
    if 0 <= ignore_index < classes or target._tensor.dtype.name != "int64":
        return False
    try:
        check_index(target, classes, 1)
    except IndexingError:
        return False
    return True


def _smooth(
    logarithms: Any, target: Any, weight: Any, ignore_index: int, reduction: str, dim: int
) -> Any:
    """The loss of targets that are spread over all classes."""
    counted = logarithms
    if weight is not None:
        shape = [1] * logarithms.dims
        shape[dim] = weight.shape[0]
        counted = logarithms * weight.view(shape)
    loss = -counted.sum(dim)
    ignored = target == ignore_index
    loss = Where.apply(ignored, loss * 0.0, loss)
    if reduction != "mean":
        return reduced(loss, reduction)
    if weight is None:
        return loss.sum() / (~ignored).sum()
    classes = Where.apply(ignored, target * 0, target)
    return loss.sum() / Where.apply(ignored, 0.0, _weights_of(weight, classes)).sum()


def _weights_of(weight: Any, classes: Any) -> Any:
    """The weight of each class number."""
    flat = classes.reshape(-1)
    return Gather.apply(weight, 0, flat).reshape(classes.shape)


def _of_probabilities(
    input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float
) -> Any:
    dim = 0 if input.dims == 1 else 1
    classes = input.shape[dim]
    if weight is not None and weight.shape != (classes,):
        raise SizeError(
            "cross_entropy: weight tensor should be defined either for all "
            f"{classes} classes or no classes but got weight tensor of shape: {list(weight.shape)}"
        )
    if label_smoothing > 0.0:
        target = target * (1.0 - label_smoothing) + label_smoothing / classes
    parts = log_softmax(input, dim) * target
    if weight is not None:
        shape = [1] * input.dims
        shape[dim] = classes
        parts = parts * weight.view(shape)
    if reduction == "none":
        return -parts.sum(dim)
    total = -parts.sum()
    if reduction == "sum":
        return total
    return (
        total / max(input._tensor.size // max(classes, 1), 1) if input._tensor.size else total / 0
    )


class TargetError(IndexingError):
    """A class number that does not exist: an IndexError."""


@op(function=False, method=False)
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of -input at the target classes, the input being log-probabilities.

    Raises:
        SizeError: the sizes do not fit.
        TargetError: a class number is out of range.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    dim = _check(input, target, weight)
    floats_only("nll_loss_out_frame", input)
    ignored = target == ignore_index
    safe = Where.apply(ignored, 0, target) if target._tensor.size else target
    _check_targets(safe.to(INT64), input.shape[dim])
    safe = safe.to(INT64)
    chosen = Gather.apply(input, dim, safe.unsqueeze(dim)).squeeze(dim)
    if weight is None:
        loss = Where.apply(ignored, 0.0, -chosen)
        if reduction == "mean":
            return loss.sum() / (~ignored).sum()
        return reduced(loss, reduction)
    share = Where.apply(ignored, 0.0, _weights_of(weight, safe))
    loss = Where.apply(ignored, 0.0, -chosen * share)
    if reduction == "mean":
        return loss.sum() / share.sum()
    return reduced(loss, reduction)


def _check_targets(target: Any, classes: int) -> None:
    try:
        check_index(target, classes, 1)
    except IndexingError:
        low, high = int(target.min()), int(target.max())
        bad = low if low < 0 else high
        raise TargetError(f"Target {bad} is out of bounds.") from None


def _check(input: Any, target: Any, weight: Any) -> int:
    """The dim of the classes; raises where the sizes do not fit."""
    if input.dims == 0:
        raise SizeError(f"Expected 1 or more dimensions (got {input.dims})")
    dim = 0 if input.dims == 1 else 1
    if target.dtype.is_floating_point or target._tensor.dtype.kind == "b":
        raise GradientError(f"expected scalar type Long but found {kind_of(target.dtype)}")
    if input.dims != 1 and (target.dims == 0 or input.shape[0] != target.shape[0]):
        count = target.shape[0] if target.dims else 1
        raise BatchError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({count})."
        )
    rest = (*input.shape[:dim], *input.shape[dim + 1 :])
    if tuple(target.shape) != rest:
        raise SizeError(f"Expected target size {list(rest)}, got {list(target.shape)}")
    if weight is not None and tuple(weight.shape) != (input.shape[dim],):
        raise SizeError(
            f"weight tensor should be defined either for all {input.shape[dim]} classes or no "
            f"classes but got weight tensor of shape: {list(weight.shape)}"
        )
    return dim


class BatchError(SizeError):
    """Batches of different sizes: a ValueError, as PyTorch raises it."""
