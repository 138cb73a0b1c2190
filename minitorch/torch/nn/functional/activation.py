"""Activations: functions of single cells that bend.

Idea: each is a row of the op table; `inplace=True` writes the result into the input.
Not here: the formulas (../../../formulas/activation.py), softmax (probability.py).
Read next: probability.py
"""

from __future__ import annotations

from typing import Any

from minitorch import nn, rules
from minitorch.errors import GradientError
from minitorch.rows import activation as rows
from minitorch.rows import ordering
from minitorch.tensor_functions import Slice, row_function
from minitorch.torch.face import check_dim, op
from minitorch.torch.nn.functional.dropout import noise_like
from minitorch.torch.nn.functional.parts import SizeError, applied, floats_only

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]

Rectify = row_function(ordering.rectify)
LeakyRelu = row_function(rows.leaky_relu)
Prelu = row_function(rows.prelu)
Elu = row_function(rows.elu)
Hardtanh = row_function(rows.hardtanh)
Hardshrink = row_function(rows.hardshrink)
Hardsigmoid = row_function(rows.hardsigmoid)
Hardswish = row_function(rows.hardswish)
Softshrink = row_function(rows.softshrink)
Softplus = row_function(rows.softplus)
LogSigmoid = row_function(rows.log_sigmoid)
Silu = row_function(rows.silu)
Mish = row_function(rows.mish)
Threshold = row_function(ordering.threshold)
Sigmoid = row_function(rules.sigmoid)

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


class BoolError(GradientError):
    """Bools where numbers are expected: a RuntimeError, as PyTorch raises it."""


@op(inplace=True)
def relu(input: Any, inplace: bool = False) -> Any:
    """input where it is positive, else 0; NaN stays.

    >>> import minitorch.torch as torch
    >>> torch.relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    if input._tensor.dtype.kind == "b":
        raise BoolError("Boolean inputs not supported for relu")
    return applied(Rectify, input, inplace=inplace)


@op(function=False, method=False)
def relu6(input: Any, inplace: bool = False) -> Any:
    """input, but at least 0 and at most 6."""
    return hardtanh(input, 0.0, 6.0, inplace)


@op(function=False, method=False)
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """input, but at least min_val and at most max_val."""
    if min_val > max_val:
        raise BoundsError("min_val cannot be greater than max_val")
    if input._tensor.dtype.kind == "b":
        raise BoolError("Bool inputs not supported for hardtanh")
    if input._tensor.dtype.kind in "iu":
        min_val, max_val = int(min_val), int(max_val)
    return applied(Hardtanh, input, min_val, max_val, inplace=inplace)


class BoundsError(SizeError):
    """A lower bound above the upper one."""


@op(function=False, method=False)
def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """input where it is positive, else negative_slope * input.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.leaky_relu(torch.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """
    floats_only("leaky_relu_cpu", input)
    return applied(LeakyRelu, input, float(negative_slope), inplace=inplace)


@op()
def prelu(input: Any, weight: Any) -> Any:
    """input where it is positive, else weight * input, with one weight, or one for each channel.

    Raises:
        SizeError: another number of weights.
        GradientError: the dtypes differ.
    """
    if input._tensor.dtype != weight._tensor.dtype:
        raise GradientError(
            f"prelu: Type promoting not supported. Got {input.dtype} and {weight.dtype}"
        )
    channels = input.shape[1] if input.dims > 1 else 1
    if weight._tensor.size != 1:
        if input.dims == 0:
            raise SizeError("Not allow zero-dim input tensor.")
        if weight.dims > 1:
            raise SizeError(
                "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = "
                f"{weight.dims}"
            )
        if weight._tensor.size != channels:
            raise SizeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight._tensor.size} and channel size = {channels}."
            )
        if input.dims > 1:
            weight = weight.reshape(channels, *[1] * (input.dims - 2))
    elif weight.dims == 1 and input.dims == 0:
        weight = weight.reshape(())
    return Prelu.apply(input, weight)


@op(method=False)
def rrelu(
    input: Any,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
    generator: Any = None,
) -> Any:
    """As `leaky_relu`, with a slope drawn for each cell in training, and the mean slope else."""
    floats_only("rrelu_with_noise_out_cpu", input)
    if not training:
        return applied(LeakyRelu, input, (lower + upper) / 2, inplace=inplace)
    slopes = noise_like(input) * (upper - lower) + lower
    return applied(Prelu, input, slopes, inplace=inplace)


@op(function=False, method=False)
def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """input where it is positive, else alpha * (e^input - 1)."""
    floats_only("elu_cpu", input)
    return applied(Elu, input, float(alpha), 1.0, 1.0, inplace=inplace)


@op(method=False)
def selu(input: Any, inplace: bool = False) -> Any:
    """A scaled elu, which keeps mean 0 and variance 1 from layer to layer.

    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017.
    """
    floats_only("elu_cpu", input)
    return applied(Elu, input, SELU_ALPHA, SELU_SCALE, 1.0, inplace=inplace)


@op(method=False)
def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """input where it is positive, else alpha * (e^(input / alpha) - 1).

    Raises:
        ZeroAlphaError: alpha is 0.
    """
    if alpha == 0:
        raise ZeroAlphaError("ZeroDivisionError: alpha cannot be 0 for CELU")
    floats_only("elu_cpu", input)
    return applied(Elu, input, float(alpha), 1.0, 1.0 / alpha, inplace=inplace)


class ZeroAlphaError(GradientError):
    """A division by zero: a RuntimeError, as PyTorch raises it."""


@op(function=False, method=False)
def gelu(input: Any, approximate: str = "none") -> Any:
    """input times the probability that a standard normal number is below it.

    Raises:
        GradientError: `approximate` is neither "none" nor "tanh".

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    floats_only("GeluKernelImpl", input)
    if approximate not in ("none", "tanh"):
        raise GradientError("approximate argument must be either none or tanh.")
    return nn.gelu(input, approximate)


@op(function=False, method=False)
def silu(input: Any, inplace: bool = False) -> Any:
    """input * sigmoid(input)."""
    floats_only("silu_cpu", input)
    return applied(Silu, input, inplace=inplace)


@op(function=False, method=False)
def mish(input: Any, inplace: bool = False) -> Any:
    """input * tanh(softplus(input))."""
    floats_only("mish_cpu", input)
    return applied(Mish, input, inplace=inplace)


@op(function=False, method=False)
def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """ln(1 + e^(beta * input)) / beta; the input where beta * input > threshold."""
    floats_only("softplus_cpu", input)
    return Softplus.apply(input, float(beta), float(threshold))


@op(function=False, method=False)
def softsign(input: Any) -> Any:
    """input / (1 + |input|)."""
    return input / (input.abs() + 1)


@op(function=False, method=False)
def tanhshrink(input: Any) -> Any:
    """input - tanh(input)."""
    return input - input.tanh()


@op(function=False, method=False)
def logsigmoid(input: Any) -> Any:
    """ln(sigmoid(input))."""
    floats_only("log_sigmoid_cpu", input)
    return LogSigmoid.apply(input)


@op(function=False, method=False)
def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """input / 6 + 1/2, but at least 0 and at most 1."""
    floats_only("hardsigmoid_cpu", input)
    return applied(Hardsigmoid, input, inplace=inplace)


@op(function=False, method=False)
def hardswish(input: Any, inplace: bool = False) -> Any:
    """input * hardsigmoid(input)."""
    floats_only("hardswish_cpu", input)
    return applied(Hardswish, input, inplace=inplace)


@op()
def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """0 where |input| <= lambd, else input."""
    floats_only("hardshrink_cpu", input)
    return Hardshrink.apply(input, float(lambd))


@op(function=False, method=False)
def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """input moved towards 0 by lambd, but not past it.

    Raises:
        BoundsError: lambd is negative.
    """
    if lambd < 0:
        raise BoundsError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    floats_only("softshrink_cpu", input)
    return Softshrink.apply(input, float(lambd))


@op(method=False)
def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """input where it is above the threshold, else the value."""
    return applied(Threshold, input, threshold, value, inplace=inplace)


@op(function=False, method=False)
def glu(input: Any, dim: int = -1) -> Any:
    """The first half of a dim times sigmoid of the second half.

    Raises:
        SizeError: no dims, or an odd size.
    """
    if input.dims == 0:
        raise SizeError("glu does not support 0-dimensional tensors")
    at = check_dim(dim, input.dims)
    size = input._tensor.shape[at]
    if size % 2:
        raise SizeError(f"Halving dimension must be even, but dimension {at} is size {size}")
    floats_only("glu_cpu", input)
    half = size // 2
    return Slice.apply(input, at, 0, half) * Sigmoid.apply(Slice.apply(input, at, half, size))


@op(function=False, method=False)
def sigmoid(input: Any) -> Any:
    """1 / (1 + e^-input)."""
    return input.sigmoid()


@op(function=False, method=False)
def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return input.tanh()


def relu_(input: Any) -> Any:
    """`relu`, written into the input."""
    return relu(input, inplace=True)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """`leaky_relu`, written into the input."""
    return leaky_relu(input, negative_slope, inplace=True)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`hardtanh`, written into the input."""
    return hardtanh(input, min_val, max_val, inplace=True)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """`elu`, written into the input."""
    return elu(input, alpha, inplace=True)


@op(method=False)
def selu_(input: Any) -> Any:
    """`selu`, written into the input."""
    return selu(input, inplace=True)


@op(method=False)
def celu_(input: Any, alpha: float = 1.0) -> Any:
    """`celu`, written into the input."""
    return celu(input, alpha, inplace=True)


@op(method=False)
def rrelu_(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Any:
    """`rrelu`, written into the input."""
    return rrelu(input, lower, upper, training, inplace=True)


@op(method=False)
def threshold_(input: Any, threshold: float, value: float) -> Any:
    """`threshold`, written into the input."""
    return applied(Threshold, input, threshold, value, inplace=True)
