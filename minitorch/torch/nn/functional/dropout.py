"""Dropout and its kin: cells, channels or none set to zero by chance.

Idea: a cell stays where a uniform number is at least p, and is then scaled by 1 / (1 - p); for
    channels one number is drawn for each of them.
Not here: the generator (../../random.py).
Read next: probability.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import rules
from minitorch.errors import ConfigError
from minitorch.tensor import rand
from minitorch.tensor_functions import row_function
from minitorch.torch.face import op
from minitorch.torch.tensor import wrap
from minitorch.torch.views import overwrite

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    "noise_like",
]

Where = row_function(rules.where)
ALPHA = -1.7580993408473766  # what selu tends to on the left: -scale * alpha


def noise_like(x: Any, shape: Any = None, above_zero: bool = False) -> Any:
    """Uniform numbers in [0, 1), or in (0, 1], of x's shape or another one, in x's dtype."""
    sizes = tuple(x.shape if shape is None else shape)
    noise: Any = wrap(rand(sizes, backend=x.backend, dtype=x._tensor.dtype)._tensor)
    return 1.0 - noise if above_zero else noise


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ConfigError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(input: Any, p: float, training: bool, inplace: bool, shape: Any) -> Any:
    """Cells zeroed; or what cells of a shape, or of the shape a function gives, broadcast to."""
    _check(p)
    if not training or p == 0.0 or input._tensor.size == 0:
        return input
    if p == 1.0:
        out = input * 0.0
    else:
        keep = noise_like(input, shape(input) if shape else None) >= p
        out = Where.apply(keep, input * (1.0 / (1.0 - p)), 0.0)
    return overwrite(input, out) if inplace else out


@op(method=False)
def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero each cell with probability p, and scale the others by 1 / (1 - p).

    Raises:
        ConfigError: p is not between 0 and 1.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.dropout(torch.ones(2), 0.5, training=False)
    tensor([1., 1.])
    """
    return _dropped(input, p, training, inplace, None)


def _channels(name: str, input: Any, p: float, training: bool, inplace: bool, dims: int) -> Any:
    _check(p)
    if input.dims not in (dims + 1, dims + 2):
        warnings.warn(
            f"{name}: Received a {input.dims}-D input to {name}, which is deprecated and will "
            "result in an error in a future release. To retain the behavior and silence this "
            f"warning, please use dropout instead. Note that {name} exists to provide channel-wise "
            f"dropout on inputs with {dims} spatial dimensions, a channel dimension, and an "
            f"optional batch dimension (i.e. {dims + 1}D or {dims + 2}D inputs).",
            stacklevel=3,
        )
    return _dropped(input, p, training, inplace, _feature_shape)


def _feature_shape(input: Any) -> tuple[int, ...]:
    """One cell for each channel: (N, C, 1, ..)."""
    if input.dims < 2:
        raise ConfigError("Feature dropout requires at least 2 dimensions in the input")
    return (*input.shape[:2], *[1] * (input.dims - 2))


@op(function=False, method=False)
def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of (N, C, L) or (C, L) with probability p.

    Raises:
        ConfigError: p is not between 0 and 1; input of other dims.
    """
    _check(p)
    if input.dims not in (2, 3):
        raise _RankError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dims}D input. Note that "
            "dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, "
            "a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    if input.dims == 2:
        return _dropped(input, p, training, inplace, lambda x: (x.shape[0], 1))
    return _dropped(input, p, training, inplace, _feature_shape)


class _RankError(ConfigError, RuntimeError):
    """What PyTorch raises as a RuntimeError."""


@op(function=False, method=False)
def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of (N, C, H, W) with probability p."""
    return _channels("dropout2d", input, p, training, inplace, 2)


@op(function=False, method=False)
def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of (N, C, D, H, W) with probability p."""
    return _channels("dropout3d", input, p, training, inplace, 3)


def _alpha(input: Any, p: float, training: bool, inplace: bool, shape: Any) -> Any:
    _check(p)
    if not training or p == 0.0 or input._tensor.size == 0:
        return input
    if p == 1.0:
        out = input * 0.0
    else:
        a = ((1.0 - p) * (1.0 + p * ALPHA * ALPHA)) ** -0.5
        keep = noise_like(input, shape(input) if shape else None) >= p
        out = Where.apply(keep, input, ALPHA) * a - a * p * ALPHA
    return overwrite(input, out) if inplace else out


@op(method=False)
def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for `selu`: what is dropped takes selu's lowest value; mean and variance stay."""
    return _alpha(input, p, training, inplace, None)


@op(method=False)
def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Any:
    """`alpha_dropout` of whole channels."""
    return _alpha(input, p, training, inplace, _feature_shape)
