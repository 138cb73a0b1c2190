"""Layers and losses without parameters: compositions that return the face they were given.

Idea: each is a short formula over ops that exist; autodiff needs nothing more. Those that are met
    at every step say in `backward` what the chain rule comes to, so that they are one node.
Not here: convolution (fast_conv.py), layers with parameters (train/layers.py),
    normalisation (normalise.py).
Read next: optim.py
"""

from __future__ import annotations

from typing import Any

from minitorch import operators, rules
from minitorch.autodiff import Context
from minitorch.errors import ConfigError, DtypeError, ShapeError
from minitorch.normalise import layernorm
from minitorch.rows import activation
from minitorch.selection import Gather, ScatterAdd, argmax_position, check_index
from minitorch.tensor import Tensor, arange, rand
from minitorch.tensor_data import promote
from minitorch.tensor_functions import (
    EQ,
    LT,
    Exp,
    Expand,
    Function,
    Inv,
    Max,
    Sum,
    composed,
    row_function,
)

__all__ = [
    "argmax",
    "avgpool2d",
    "cross_entropy",
    "dropout",
    "embedding",
    "gelu",
    "layernorm",
    "logsoftmax",
    "max",
    "max_reduce",
    "maxpool2d",
    "nll_loss",
    "softmax",
    "tile",
]

Gelu = row_function(activation.gelu)
GeluTanh = row_function(activation.gelu_tanh)
Ln = row_function(rules.ln)
Where = row_function(rules.where)


def tile(input: Tensor, kernel: tuple[int, int]) -> tuple[Tensor, int, int]:
    """Cut (B, C, H, W) into tiles: (B, C, H/kh, W/kw, kh * kw), with the new height and width.

    Raises:
        ShapeError: not four dims, or the kernel does not divide height and width.

    >>> from minitorch import zeros
    >>> tile(zeros((1, 1, 4, 6)), (2, 3))[0].shape
    (1, 1, 2, 2, 6)
    """
    fits = input.dims == 4 and min(kernel) >= 1
    if not fits or input.shape[2] % kernel[0] or input.shape[3] % kernel[1]:
        raise ShapeError(
            f"Pooling of shape {input.shape} by {kernel}: expected (batch, channels, height, "
            "width) with height and width multiples of the kernel."
        )
    batch, channels, height, width = input.shape
    new_height, new_width = height // kernel[0], width // kernel[1]
    split = input.contiguous().view(batch, channels, new_height, kernel[0], new_width, kernel[1])
    tiles = split.permute(0, 1, 2, 4, 3, 5).contiguous()
    return (
        tiles.view(batch, channels, new_height, new_width, kernel[0] * kernel[1]),
        new_height,
        new_width,
    )


def avgpool2d(input: Tensor, kernel: tuple[int, int]) -> Tensor:
    """The mean of each tile: (B, C, H, W) to (B, C, H/kh, W/kw).

    >>> from minitorch import tensor
    >>> avgpool2d(tensor([[[[1, 2], [3, 6]]]]), (2, 2))
    tensor([[[[3.00]]]])
    """
    tiles, height, width = tile(input, kernel)
    return tiles.mean(4).view(*input.shape[:2], height, width)


def max_reduce(a: Tensor, dim: int) -> Tensor:
    """The maximum over a dim, kept with size 1, without a graph.

    >>> from minitorch import tensor
    >>> max_reduce(tensor([[1, 3, 2]]), 1)
    tensor([[3.00]])
    """
    return a.backend.max_reduce(a.detach(), dim)


def argmax(input: Tensor, dim: int) -> Tensor:
    """1.0 at the first maximum along a dim, 0.0 elsewhere: one-hot, also at ties.

    >>> from minitorch import tensor
    >>> argmax(tensor([[1, 3, 3]]), 1)
    tensor([[0.00 1.00 0.00]])
    """
    position = argmax_position(input.detach(), dim)
    ones = [1] * input.dims
    ones[dim] = input.shape[dim]
    counts = arange(input.shape[dim], backend=input.backend).view(*ones)
    return EQ.apply(position, counts).type(input.dtype)


def max(input: Tensor, dim: int) -> Tensor:
    """The maximum over a dim, kept with size 1; cells that share it share its gradient equally.

    >>> from minitorch import tensor
    >>> max(tensor([[1, 3, 2]]), 1)
    tensor([[3.00]])
    """
    return Max.apply(input, dim)


def maxpool2d(input: Tensor, kernel: tuple[int, int]) -> Tensor:
    """The maximum of each tile: (B, C, H, W) to (B, C, H/kh, W/kw).

    >>> from minitorch import tensor
    >>> maxpool2d(tensor([[[[1, 2], [3, 6]]]]), (2, 2))
    tensor([[[[6.00]]]])
    """
    tiles, height, width = tile(input, kernel)
    return max(tiles, 4).view(*input.shape[:2], height, width)


def softmax(input: Tensor, dim: int) -> Tensor:
    """e^x / sum of e^x over a dim; shifted by the maximum, so that nothing overflows.

    >>> from minitorch import tensor
    >>> softmax(tensor([1e4, 1e4]), 0)
    tensor([0.50 0.50])
    """
    return Softmax.apply(input, dim)


def _softmax(x: Tensor, dim: int) -> Tensor:
    weights = Exp.apply(x - max_reduce(x, dim))
    return weights * Inv.apply(Sum.apply(weights, dim))


def _softmax_back(g: Tensor, out: Tensor, dim: int) -> Tensor:
    return (g - Sum.apply(g * out, dim)) * out


class Softmax(Function):
    """`softmax` as one node of the graph."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, dim: int) -> Tensor:
        """The weights, which are all that backward needs."""
        out = composed(_softmax, x, dim=dim)
        ctx.save_for_backward(out, dim)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """out * (g - sum of g * out)."""
        out, dim = ctx.saved_tensors
        return composed(_softmax_back, grad_output, out, dim=dim), None


def logsoftmax(input: Tensor, dim: int) -> Tensor:
    """log of softmax: x - m - log(sum of e^(x - m)), m the maximum over the dim.

    >>> from minitorch import tensor
    >>> logsoftmax(tensor([0.0, -1e4]), 0)
    tensor([0.00 -10000.00])
    """
    return LogSoftmax.apply(input, dim)


def _logsoftmax(x: Tensor, dim: int) -> Tensor:
    shifted = x - max_reduce(x, dim)
    return shifted - Ln.apply(Sum.apply(Exp.apply(shifted), dim))


def _logsoftmax_back(g: Tensor, out: Tensor, dim: int) -> Tensor:
    return g - Exp.apply(out) * Sum.apply(g, dim)


class LogSoftmax(Function):
    """`logsoftmax` as one node of the graph."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, dim: int) -> Tensor:
        """The log-probabilities, which are all that backward needs."""
        out = composed(_logsoftmax, x, dim=dim)
        ctx.save_for_backward(out, dim)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """g - e^out * sum of g."""
        out, dim = ctx.saved_tensors
        return composed(_logsoftmax_back, grad_output, out, dim=dim), None


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x times the probability that a standard normal number is below x; "tanh": nearly.

    Hendrycks and Gimpel, "Gaussian error linear units", 2016: x (1 + erf(x / sqrt(2))) / 2, or
    x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

    Raises:
        ConfigError: `approximate` is neither "none" nor "tanh".

    >>> from minitorch import tensor
    >>> gelu(tensor([-1.0, 0.0, 1.0]))
    tensor([-0.16 0.00 0.84])
    """
    if approximate == "none":
        return Gelu.apply(x)
    if approximate == "tanh":
        return GeluTanh.apply(x)
    raise ConfigError(f"gelu with approximate={approximate!r}: expected 'none' or 'tanh'.")


def dropout(input: Tensor, rate: float, ignore: bool = False) -> Tensor:
    """Zero each cell with probability `rate`, and scale the others by 1 / (1 - rate).

    With `ignore`, or a rate of 0, the input itself; a rate of 1 gives zeros.

    Raises:
        ConfigError: the rate is not between 0 and 1.

    >>> from minitorch import tensor
    >>> dropout(tensor([1.0, 2.0]), 0.5, ignore=True)
    tensor([1.00 2.00])
    """
    if not 0.0 <= rate <= 1.0:
        raise ConfigError(f"dropout rate {rate}: expected a number from 0 to 1.")
    if ignore or rate == 0.0:
        return input
    if rate == 1.0:
        return Where.apply(input.zeros(), input, 0.0)  # also of inf and nan
    dtype = promote(input.dtype, input.default_dtype) if input.dtype.kind != "f" else input.dtype
    keep = LT.apply(rand(input.shape, backend=input.backend, dtype=dtype) + rate, 1.0)
    return Where.apply(keep, input * (1.0 / (1.0 - rate)), 0.0)


def embedding(weight: Tensor, ids: Tensor) -> Tensor:
    """Rows of a weight (V, D) by int64 ids of any shape: ids.shape + (D,).

    Raises:
        DtypeError: the ids are not int64.
        IndexingError: an id is not in 0..V-1.

    >>> from minitorch import tensor
    >>> embedding(tensor([[1, 2], [3, 4]]), tensor([1, 0]).type("int64"))
    tensor([[3.00 4.00]
            [1.00 2.00]])
    """
    if ids._tensor.dtype.kind != "i":
        raise DtypeError(f"embedding ids of dtype {ids.dtype}; use ids.type('int64').")
    if len(weight.shape) != 2:
        raise ShapeError(f"embedding weight of shape {weight.shape}: expected (rows, size).")
    count, size = ids._tensor.size, weight.shape[1]
    rows = Expand.apply(ids.contiguous().view(count, 1), (count, size))
    return Gather.apply(weight, 0, rows).view(*ids.shape, size)


def nll_loss(logprobs: Tensor, targets: Tensor) -> Tensor:
    """The mean negative log probability of the targets, shape (1,).

    Args:
        logprobs: (N, C), as `logsoftmax` gives them.
        targets: int64 class numbers, (N,).

    >>> from minitorch import tensor
    >>> nll_loss(tensor([[-1.0, -2.0]]), tensor([1]).type("int64"))
    tensor([2.00])
    """
    _check_classes("nll_loss of log probabilities", logprobs, targets)
    return NllLoss.apply(logprobs, targets)


def _nll(logprobs: Tensor, targets: Tensor) -> Tensor:
    count = targets.shape[0]
    chosen = Gather.apply(logprobs, 1, targets.view(count, 1))
    return Sum.apply(chosen) * -operators.inv(float(count))


def _nll_back(g: Tensor, targets: Tensor, classes: int) -> Tensor:
    count = targets.shape[0]
    share = Expand.apply((g * (-1.0 / count)).view(1, 1), (count, 1))
    return ScatterAdd.apply(share, 1, targets.view(count, 1), classes)


class NllLoss(Function):
    """`nll_loss` as one node of the graph."""

    @staticmethod
    def forward(ctx: Context, logprobs: Tensor, targets: Tensor) -> Tensor:
        """The mean of what the targets choose."""
        ctx.save_for_backward(targets, logprobs.shape[1])
        return composed(_nll, logprobs, targets)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """-g / N at the targets."""
        targets, classes = ctx.saved_tensors
        return composed(_nll_back, grad_output, targets, classes=classes), None


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean of -log(softmax of the logits) at the targets, shape (1,).

    Args:
        logits: (N, C), any numbers.
        targets: int64 class numbers, (N,).

    Raises:
        ShapeError: other shapes.
        DtypeError: the targets are not int64.
        IndexingError: a target is not in 0..C-1.

    >>> from minitorch import tensor
    >>> cross_entropy(tensor([[0.0, 0.0]]), tensor([1]).type("int64"))
    tensor([0.69])
    """
    _check_classes("cross_entropy of logits", logits, targets)
    return CrossEntropy.apply(logits, targets)


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return _nll(_logsoftmax(logits, 1), targets)


def _cross_entropy_back(g: Tensor, logits: Tensor, targets: Tensor) -> Tensor:
    count, classes = logits.shape
    return _softmax(logits, 1) * (g * (1.0 / count)) + _nll_back(g, targets, classes)


class CrossEntropy(Function):
    """`cross_entropy` as one node of the graph: no log-probabilities are kept."""

    @staticmethod
    def forward(ctx: Context, logits: Tensor, targets: Tensor) -> Tensor:
        """`nll_loss` of `logsoftmax`."""
        ctx.save_for_backward(logits, targets)
        return composed(_cross_entropy, logits, targets)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """(softmax - 1 at the target) * g / N."""
        logits, targets = ctx.saved_tensors
        return composed(_cross_entropy_back, grad_output, logits, targets), None


def _check_classes(what: str, scores: Tensor, targets: Tensor) -> None:
    if scores.dims != 2 or targets.shape != scores.shape[:1]:
        raise ShapeError(
            f"{what} {scores.shape} and targets {targets.shape}: expected (N, classes) and (N,)."
        )
    check_index(targets, scores.shape[1], 1)
