"""Normalisation: numbers brought to mean 0 and variance 1, over dims that the name says.

Idea: batch norm takes the dims of batch and space, instance norm those of space, group norm those
    of a group of channels and space, layer norm the last ones: all are the engine's `LayerNorm`
    over dims, one node of the graph.
Not here: the formula (../../../normalise.py).
Read next: sparse.py
"""

from __future__ import annotations

from typing import Any

from minitorch import normalise
from minitorch.errors import ConfigError, GradientError
from minitorch.rows import powers
from minitorch.tensor_functions import Add, Mul, View, row_function
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import op
from minitorch.torch.nn.functional.averages import avg_pool2d
from minitorch.torch.nn.functional.padding import pad
from minitorch.torch.nn.functional.parts import SizeError, floats_only
from minitorch.torch.views import overwrite

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]

Rsqrt = row_function(powers.rsqrt)


def _standardised(x: Any, weight: Any, bias: Any, eps: float, dims: tuple[int, ...]) -> Any:
    """x standardised over dims, times a weight, plus a bias, where they are given."""
    if weight is not None and bias is not None:
        return normalise.LayerNorm.apply(x, weight, bias, eps, dims)
    out = normalise.Standardise.apply(x, eps, dims)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


@op(method=False)
def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:
    """input standardised over its last dims, times a weight, plus a bias.

    Raises:
        SizeError: the last dims are not normalized_shape, or the weight or bias is not of it.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.layer_norm(torch.tensor([[1.0, 3.0]]), (2,))
    tensor([[-1.0000,  1.0000]])
    """
    shape = _last_shape("layer_norm", input, normalized_shape, (("weight", weight), ("bias", bias)))
    floats_only("LayerNormKernelImpl", input)
    dims = tuple(range(-len(shape), 0))
    return _standardised(input, weight, bias, eps, dims)


def _last_shape(name: str, input: Any, given: Any, parts: Any) -> tuple[int, ...]:
    shape = (given,) if isinstance(given, int) else tuple(int(n) for n in given)
    if not shape:
        raise SizeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            f"element, but got normalized_shape = {list(shape)}"
        )
    for title, it in parts:
        if it is not None and tuple(it.shape) != shape:
            raise SizeError(
                f"Expected {title} to be of same shape as normalized_shape, but got {title} of "
                f"shape {list(it.shape)} and normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape:
        raise SizeError(
            f"Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    return shape


@op(method=False)
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Any:
    """input / sqrt(the mean of its squares + eps) over its last dims, times a weight.

    Zhang and Sennrich, "Root mean square layer normalization", 2019. By default eps is that of the
    dtype.

    Raises:
        SizeError: the last dims are not normalized_shape, or the weight is not of it.
    """
    shape = _last_shape("rms_norm", input, normalized_shape, (("weight", weight),))
    floats_only("rms_norm", input)
    eps = finfo(input.dtype).eps if eps is None else eps
    dims = tuple(range(-len(shape), 0))
    out = input * Rsqrt.apply((input * input).mean(dims, keepdim=True) + eps)
    return out if weight is None else out * weight


def _channels(x: Any) -> int:
    if x.dims < 2:
        raise SizeError(f"Expected at least 2 dimensions for input tensor but received {x.dims}")
    return x.shape[1]


def _check_channels(title: str, value: Any, channels: int) -> None:
    if value is not None and value._tensor.size != channels:
        raise SizeError(f"{title} should contain {channels} elements not {value._tensor.size}")


def _columns(x: Any) -> Any:
    """(N, C, sizes..) as (N, C, L)."""
    return x if x.dims == 3 else x.reshape(x.shape[0], x.shape[1], -1)


def _column(value: Any) -> Any:
    """(C,) as (C, 1)."""
    return None if value is None else View.apply(value.contiguous(), value.shape[0], 1)


@op(function=False, method=False)
def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of (N, C, ..) standardised over the batch, or in use by the running values.

    Ioffe and Szegedy, "Batch normalization", 2015. In training the running values, where given,
    move towards the batch's mean and unbiased variance by the share `momentum`.

    Raises:
        ConfigError: one number per channel in training.
        SizeError: sizes do not fit the channels.
    """
    if input.dims == 1 and not input._tensor.size:
        return input + 0
    channels = _channels(input)
    if training:
        _check_count(input)
    for title, it in (
        ("running_mean", running_mean), ("running_var", running_var), ("weight", weight),
        ("bias", bias),
    ):  # fmt: skip
        _check_channels(title, it, channels)
    floats_only("batch_norm", input)
    if not training and (running_mean is None or running_var is None):
        raise GradientError("running_mean and running_var must be defined in evaluation mode")
    x = _columns(input) if input._tensor.size else input.reshape(*input.shape[:2], 0)
    if training:
        out = _standardised(x, _column(weight), _column(bias), eps, (0, 2))
        if running_mean is not None:
            _move(x.detach(), running_mean, running_var, momentum)
    else:
        scale = Rsqrt.apply(running_var + eps)
        scale = scale if weight is None else scale * weight
        shift = -running_mean * scale
        shift = shift if bias is None else shift + bias
        out = Add.apply(Mul.apply(x, _column(scale)), _column(shift))
    return out if out.shape == input.shape else out.reshape(input.shape)


def _check_count(input: Any) -> None:
    count = input.shape[0]
    for n in input.shape[2:]:
        count *= n
    if count == 1:
        raise ConfigError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )


def _move(x: Any, running_mean: Any, running_var: Any, momentum: float) -> None:
    """The running values, moved towards the batch's by a share."""
    mean = x.mean((0, 2))
    centred = x - _column(mean)
    count = x.shape[0] * x.shape[2]
    if not count:
        return
    var = (centred * centred).sum((0, 2)) / max(count - 1, 1)
    for running, now in ((running_mean, mean), (running_var, var)):
        if running is not None:
            old = running.detach()
            overwrite(old, old * (1.0 - momentum) + now * momentum)


@op(function=False, method=False)
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each member of (N, C, ..) standardised over its dims of space.

    Raises:
        ConfigError: one number per channel.
    """
    channels = _channels(input)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    count = 1
    for n in input.shape[2:]:
        count *= n
    if count == 1:
        raise ConfigError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}"
        )
    _check_channels("weight", weight, channels)
    _check_channels("bias", bias, channels)
    x = _columns(input)
    out = _standardised(x, _column(weight), _column(bias), eps, (2,))
    if running_mean is not None:
        _move_instances(x.detach(), running_mean, running_var, momentum)
    return out.reshape(input.shape)


def _move_instances(x: Any, running_mean: Any, running_var: Any, momentum: float) -> None:
    """The running values, moved towards the means of what each member has."""
    mean = x.mean(2, keepdim=True)
    centred = x - mean
    var = (centred * centred).sum(2) / max(x.shape[2] - 1, 1)
    for running, now in ((running_mean, mean.squeeze(2)), (running_var, var)):
        if running is not None:
            old = running.detach()
            overwrite(old, (old * (1.0 - momentum) + now * momentum).mean(0))


@op(method=False)
def group_norm(
    input: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:
    """Each group of channels of each member of (N, C, ..) standardised (Wu and He 2018).

    Raises:
        SizeError: the groups do not divide the channels.
    """
    channels = _channels(input)
    if num_groups <= 0:
        raise SizeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise SizeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input.shape)} and num_groups={num_groups}"
        )
    for title, it in (("weight", weight), ("bias", bias)):
        if it is not None and tuple(it.shape) != (channels,):
            raise SizeError(
                f"Expected {title} to be a vector of size equal to the number of channels in "
                f"input, but got {title} of shape {list(it.shape)} and input of shape "
                f"{list(input.shape)}"
            )
    floats_only("GroupNormKernelImpl", input)
    if not input._tensor.size:
        out = input + 0 if weight is None else input + weight.sum() * 0
        return out if bias is None else out + bias.sum() * 0
    groups = input.reshape(input.shape[0], num_groups, channels // num_groups, -1)
    out = _standardised(
        groups, _grouped(weight, num_groups), _grouped(bias, num_groups), eps, (2, 3)
    )
    return out.reshape(input.shape)


def _grouped(value: Any, groups: int) -> Any:
    """(C,) as (groups, C / groups, 1)."""
    return None if value is None else value.reshape(groups, -1, 1)


@op(function=False, method=False)
def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """input / (k + alpha * the mean of the squares of `size` channels around)^beta.

    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", 2012.

    Raises:
        ConfigError: less than three dims.
    """
    if input.dims < 3:
        raise ConfigError(
            f"Expected 3D or higher dimensionality input (got {input.dims} dimensions)"
        )
    if not input._tensor.size:
        return input + 0
    squares = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    squares = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    means = avg_pool2d(squares, (size, 1), 1).reshape(input.shape)
    return input / (means * alpha + k) ** beta
