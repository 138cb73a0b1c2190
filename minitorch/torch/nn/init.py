"""Initial values of parameters, filled in place.

Idea: a scheme is a distribution whose scale comes from the shape: fan_in numbers are summed into
    one output, and the variance of the sum is to be that of a term (Glorot and Bengio 2010, He et
    al. 2015).
Not here: random numbers (Tensor.uniform_, Tensor.normal_).
Read next: modules/linear.py
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

from minitorch.errors import ConfigError
from minitorch.modes import no_grad
from minitorch.torch.joining import cat
from minitorch.torch.missing import getattr_of
from minitorch.torch.tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]

LINEAR = (
    *("linear", "conv1d", "conv2d", "conv3d"),
    *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
)


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """By how much to scale weights before a nonlinearity, so that variances stay what they are.

    Raises:
        ConfigError: an unknown name, or a slope that is no number.

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity in LINEAR or nonlinearity == "sigmoid":
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, int | float)):
            raise ConfigError(f"negative_slope {param} not a valid number")
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    raise ConfigError(f"Unsupported nonlinearity {nonlinearity}")


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output has, and how many outputs an input."""
    if tensor.dim() < 2:
        raise ConfigError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The one of the two fans that a mode names."""
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ConfigError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def _uniform(tensor: Any, a: float, b: float, generator: Any) -> Any:
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def _normal(tensor: Any, mean: float, std: float, generator: Any) -> Any:
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with numbers between a and b.

    >>> import minitorch.torch as torch
    >>> bool((uniform_(torch.empty(3), 2.0, 3.0) >= 2.0).all())
    True
    """
    return _uniform(tensor, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with normal numbers.

    >>> import minitorch.torch as torch
    >>> normal_(torch.empty(3, 5)).shape
    torch.Size([3, 5])
    """
    return _normal(tensor, mean, std, generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Fill with normal numbers between a and b; those outside are drawn again.

    >>> import minitorch.torch as torch
    >>> bool((trunc_normal_(torch.empty(50), a=-1.0, b=1.0).abs() <= 1.0).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of "
            "values may be incorrect.",
            stacklevel=2,
        )
    with no_grad():
        if _normal_below((b - mean) / std) - _normal_below((a - mean) / std) > 0.3:
            return _redraw_normal(tensor, mean, std, a, b, generator)
        return _redraw_uniform(tensor, mean, std, a, b, generator)


def _normal_below(x: float) -> float:
    """The probability of a standard normal number below x."""
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redraw_normal(tensor: Any, mean: float, std: float, a: float, b: float, source: Any) -> Any:
    """Normal numbers, those outside [a, b] drawn again until none is left."""
    drawn = tensor.new_empty(tensor.shape).normal_(mean, std, generator=source)
    outside = (drawn < a) | (drawn > b)
    while outside.any():
        again = drawn.new_empty(drawn.shape).normal_(mean, std, generator=source)
        drawn = again.where(outside, drawn)
        outside = (drawn < a) | (drawn > b)
    return tensor.copy_(drawn)


def _redraw_uniform(tensor: Any, mean: float, std: float, a: float, b: float, source: Any) -> Any:
    """Far out in a tail: uniform numbers, each kept with the probability of its density."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    drawn = tensor.new_empty(tensor.shape).uniform_(a, b, generator=source)
    refused = _refused(drawn, mean, std, peak, source)
    while refused.any():
        again = drawn.new_empty(drawn.shape).uniform_(a, b, generator=source)
        drawn = again.where(refused, drawn)
        refused = refused & _refused(drawn, mean, std, peak, source)
    return tensor.copy_(drawn)


def _refused(drawn: Any, mean: float, std: float, peak: float, source: Any) -> Any:
    chance = drawn.new_empty(drawn.shape).uniform_(0.0, 1.0, generator=source)
    return chance.log() > ((drawn - mean) / std).square() * -0.5 - peak


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    >>> import minitorch.torch as torch
    >>> constant_(torch.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    >>> import minitorch.torch as torch
    >>> ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    >>> import minitorch.torch as torch
    >>> zeros_(torch.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal and zeros elsewhere.

    Raises:
        ConfigError: not two dims.

    >>> import minitorch.torch as torch
    >>> eye_(torch.empty(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if tensor.dim() != 2:
        raise ConfigError("Only tensors with 2 dimensions are supported")
    with no_grad():
        tensor.zero_()
        tensor.diagonal().fill_(1.0)
    return tensor


def dirac_(tensor: Any, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it passes as many channels as it can unchanged.

    Raises:
        ConfigError: not 3, 4 or 5 dims, or groups that do not divide the first.

    >>> import minitorch.torch as torch
    >>> dirac_(torch.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.dim() not in (3, 4, 5):
        raise ConfigError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups != 0:
        raise ConfigError("dim 0 must be divisible by groups")
    size = tensor.shape[0] // groups
    centre = tuple(length // 2 for length in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(size, tensor.shape[1])):
                tensor[(group * size + channel, channel, *centre)] = 1.0
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with numbers between -a and a, where a = gain sqrt(6 / (fan_in + fan_out)).

    >>> import minitorch.torch as torch
    >>> bool((xavier_uniform_(torch.empty(3, 3)).abs() <= 1.0).all())
    True
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / (fan_in + fan_out))
    return _uniform(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with normal numbers of standard deviation gain sqrt(2 / (fan_in + fan_out)).

    >>> import minitorch.torch as torch
    >>> xavier_normal_(torch.empty(3, 3)).shape
    torch.Size([3, 3])
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return _normal(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), generator)


def _kaiming_std(tensor: Any, a: float, mode: str, nonlinearity: str) -> float | None:
    """gain / sqrt(fan); None where there is nothing to fill."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill with numbers between -b and b, where b = gain sqrt(3 / fan).

    >>> import minitorch.torch as torch
    >>> bool((kaiming_uniform_(torch.empty(3, 6)).abs() <= 1.0).all())
    True
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return _uniform(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill with normal numbers of standard deviation gain / sqrt(fan).

    >>> import minitorch.torch as torch
    >>> kaiming_normal_(torch.empty(3, 6), mode="fan_out", nonlinearity="relu").shape
    torch.Size([3, 6])
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else _normal(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with a matrix whose rows, or columns, are orthogonal and of length gain.

    Saxe, McClelland and Ganguli 2013. Dims after the first count as columns.

    Raises:
        ConfigError: fewer than two dims.

    >>> import minitorch.torch as torch
    >>> weight = orthogonal_(torch.empty(3, 3))
    >>> torch.allclose(weight @ weight.t(), torch.eye(3), atol=1e-5)
    True
    """
    if tensor.dim() < 2:
        raise ConfigError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    with no_grad():
        drawn = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator)
        made = _orthonormal(drawn) if rows <= columns else _orthonormal(drawn.t()).t()
        return tensor.copy_(made.reshape(tensor.shape)).mul_(gain)


def _orthonormal(rows: Any) -> Any:
    """The rows made orthogonal and of length 1 one after the other (Gram and Schmidt).

    This is the Q of a QR factorisation whose R has a positive diagonal. Each row loses what it has
    of those before it twice, since the first time leaves rounding errors.
    """
    done: Any = None
    for row in rows.unbind(0):
        for _ in range(0 if done is None else 2):
            row = row - (done @ row) @ done
        row = (row / row.norm()).unsqueeze(0)
        done = row if done is None else cat([done, row])
    return done


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill with normal numbers, and in each column a part of the rows with zeros.

    Raises:
        ConfigError: not two dims.

    >>> import minitorch.torch as torch
    >>> int((sparse_(torch.empty(10, 2), 0.3) == 0).sum())
    6
    """
    if tensor.dim() != 2:
        raise ConfigError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        _normal(tensor, 0.0, std, generator)
        for column in range(columns):
            draws = tensor.new_empty(rows).uniform_(0.0, 1.0).tolist()
            tensor[sorted(range(rows), key=draws.__getitem__)[:zeros], column] = 0
    return tensor


def _older(fill: Callable[..., Any]) -> Callable[..., Any]:
    """The name without underscore, which warns."""
    old = fill.__name__[:-1]

    @wraps(fill)
    def deprecated(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{fill.__name__}`.",
            FutureWarning,
            stacklevel=2,
        )
        return fill(*args, **kwargs)

    deprecated.__name__ = old
    return deprecated


uniform = _older(uniform_)
normal = _older(normal_)
constant = _older(constant_)
eye = _older(eye_)
dirac = _older(dirac_)
xavier_uniform = _older(xavier_uniform_)
xavier_normal = _older(xavier_normal_)
kaiming_uniform = _older(kaiming_uniform_)
kaiming_normal = _older(kaiming_normal_)
orthogonal = _older(orthogonal_)
sparse = _older(sparse_)

__getattr__ = getattr_of(__name__)
