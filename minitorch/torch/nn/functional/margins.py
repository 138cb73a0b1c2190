"""Losses of margins: a right answer must be ahead of a wrong one, or close things be near.

Idea: max(0, margin - what the right one is ahead by), summed over what is compared.
Not here: distances (distance.py), losses of classes (classification.py).
Read next: distance.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.errors import ConfigError, GradientError
from minitorch.rules import where
from minitorch.selection import Gather
from minitorch.tensor_functions import row_function
from minitorch.torch.face import op
from minitorch.torch.nn.functional.activation import logsigmoid
from minitorch.torch.nn.functional.distance import pairwise_distance
from minitorch.torch.nn.functional.parts import SizeError
from minitorch.torch.nn.functional.reduction import reduced, reduction_of
from minitorch.torch.ranges import arange

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]

Where = row_function(where)


@op(method=False)
def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of max(0, margin - target * (input1 - input2)); the target is 1 or -1.

    Raises:
        SizeError: the numbers of dims differ.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input1.dims != input2.dims or input1.dims != target.dims:
        raise SizeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), reduction)


@op(method=False)
def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of the input where the target is 1, of max(0, margin - input) where it is -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    apart = Where.apply(target == 1, 0, (margin - input).clamp_min(0))
    return reduced(apart + Where.apply(target == -1, 0, input), reduction)


@op(function=False, method=False)
def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of ln(1 + e^(-target * input)); the target is 1 or -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise SizeError(
            f"The size of tensor a {list(input.shape)} must match that of tensor b "
            f"{list(target.shape)}"
        )
    return reduced(-logsigmoid(target * input), reduction)


@op(function=False, method=False)
def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """`binary_cross_entropy_with_logits`, averaged over the classes of the last dim."""
    reduction = reduction_of(size_average, reduce, reduction)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(input.dims - 1) / input.shape[-1], reduction)


@op(method=False)
def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of 1 - cosine where the target is 1, of max(0, cosine - margin) where it is -1.

    Raises:
        SizeError: the sizes do not fit.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if target.dims not in (0, 1):
        raise SizeError("0D or 1D target tensor expected, multi-target not supported")
    shown = f"got {list(input1.shape)}, {list(input2.shape)} and {list(target.shape)}"
    if target.dims == 1 and (input1.dims != 2 or input2.dims != 2):
        raise SizeError(f"1D target tensor expects 2D input tensors, but {shown}")
    if target.dims == 0 and (input1.dims != 1 or input2.dims != 1):
        raise SizeError(f"0D target tensor expects 1D input tensors, but {shown}")
    eps = 1e-12
    dim = target.dims
    lengths = ((input1 * input1).sum(dim) + eps) * ((input2 * input2).sum(dim) + eps)
    cosine = (input1 * input2).sum(dim) / lengths.sqrt()
    apart = Where.apply(target == -1, (cosine - margin).clamp_min(0), 0)
    return reduced(apart + Where.apply(target == 1, 1 - cosine, 0), reduction)


@op(function=False, method=False)
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean over classes of max(0, margin - input[target] + input[class])^p.

    Raises:
        ConfigError: p is neither 1 nor 2.
        SizeError: the sizes do not fit.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ConfigError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dims != 1:
        raise ConfigError("weight must be one-dimensional")
    if input.dims > 2 or not input._tensor.size:
        raise SizeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}"
        )
    scores = input.reshape(-1, input.shape[-1] if input.dims else 1)
    classes = target.reshape(-1, 1)
    if classes.shape[0] != scores.shape[0]:
        raise SizeError(f"inconsistent target size, expected {scores.shape[0]}: {target.shape}")
    loss = (margin - Gather.apply(scores, 1, classes) + scores).clamp_min(0)
    if p == 2:
        loss = loss * loss
    if weight is not None:
        loss = loss * Gather.apply(weight, 0, classes.reshape(-1)).unsqueeze(1)
    others = arange(scores.shape[1]) != classes
    loss = Where.apply(others, loss, 0).sum(1) / scores.shape[1]
    loss = loss if input.dims == 2 else loss.reshape(target.shape)
    return reduced(loss, reduction)


@op(function=False, method=False)
def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The sum of max(0, 1 - input[right] + input[wrong]) / classes; right are those before a -1.

    Raises:
        SizeError: the sizes do not fit.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise SizeError(f"inconsistent target size: {list(target.shape)} for {list(input.shape)}")
    count = input.shape[-1] if input.dims else 1
    scores, labels = input.reshape(-1, count), target.reshape(-1, count)
    before_end = (labels < 0).cumsum(1) == 0
    named = (labels.unsqueeze(2) == arange(count)) & before_end.unsqueeze(2)  # (N, place, class)
    wrong = ~named.any(1)
    right = Gather.apply(scores, 1, labels.clamp(min=0))
    gaps = (1 - right.unsqueeze(2) + scores.unsqueeze(1)).clamp_min(0)  # (N, place, class)
    counted = before_end.unsqueeze(2) & wrong.unsqueeze(1)
    loss = Where.apply(counted, gaps, 0).sum((1, 2)) / count
    return reduced(loss if input.dims == 2 else loss.reshape(()), reduction)


def _check_margin(margin: float) -> None:
    if margin <= 0:
        raise ConfigError(f"margin must be greater than 0, got {margin}")


def _check_dims(anchor: Any, positive: Any, negative: Any) -> None:
    if not anchor.dims == positive.dims == negative.dims:
        raise GradientError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.dims}D, positive {positive.dims}D, and negative "
            f"{negative.dims}D inputs"
        )


@op(method=False)
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean of max(0, margin + |anchor - positive| - |anchor - negative|), p-norms.

    Raises:
        ConfigError: the margin is not positive.
        GradientError: the numbers of dims differ.
    """
    reduction = reduction_of(size_average, reduce, reduction)

    def distance(x: Any, y: Any) -> Any:
        return pairwise_distance(x, y, p, eps)

    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


@op(function=False, method=False)
def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with any distance.

    Raises:
        ConfigError: the margin is not positive.
        GradientError: the numbers of dims differ.
    """
    reduction = reduction_of(None, None, reduction)
    distance = distance_function or pairwise_distance
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    anchor: Any,
    positive: Any,
    negative: Any,
    distance: Callable[[Any, Any], Any],
    margin: float,
    swap: bool,
    reduction: str,
) -> Any:
    _check_margin(margin)
    _check_dims(anchor, positive, negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), reduction)
