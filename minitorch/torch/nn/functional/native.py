"""Functions that PyTorch's own layers call, under the names that they have there.

Idea: the functions of this folder with all arguments by position, and with what they keep for the
    gradient as further results.
Not here: the functions themselves (normalisation.py, probability.py, grids.py).
Read next: normalisation.py
"""

from __future__ import annotations

from typing import Any

from minitorch import nn
from minitorch.errors import ConfigError
from minitorch.rows import powers
from minitorch.rules import where
from minitorch.tensor_functions import row_function
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.nn.functional.classification import cross_entropy
from minitorch.torch.nn.functional.conv import linear
from minitorch.torch.nn.functional.grids import MODES, PADDINGS, sampled
from minitorch.torch.nn.functional.normalisation import batch_norm, group_norm, layer_norm

__all__ = [
    "grid_sampler",
    "grid_sampler_2d",
    "grid_sampler_3d",
    "linear_cross_entropy",
    "native_batch_norm",
    "native_batch_norm_legit",
    "native_group_norm",
    "native_layer_norm",
    "safe_softmax",
    "softmax_backward_data",
]

Rsqrt = row_function(powers.rsqrt)
Where = row_function(where)


def _moments(x: Any, dims: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """The mean over dims, and 1 / sqrt(variance + eps)."""
    mean = x.mean(dims, keepdim=True)
    centred = x - mean
    return mean, Rsqrt.apply((centred * centred).mean(dims, keepdim=True) + eps)


@op(method=False)
def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    """`layer_norm`, the means, and the inverses of the deviations."""
    out = layer_norm(input, normalized_shape, weight, bias, eps)
    dims = tuple(range(input.dims - len(normalized_shape), input.dims))
    return out, *_moments(input.detach(), dims, eps)


@op(method=False)
def native_group_norm(
    input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float
) -> Any:
    """`group_norm`, the means, and the inverses of the deviations of each group."""
    out = group_norm(input, group, weight, bias, eps)
    mean, scale = _moments(input.reshape(N, group, C // group * HxW), (2,), eps)
    return out, mean.squeeze(2), scale.squeeze(2)


@op(method=False)
def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """`batch_norm`, and in training the channels' means and inverses of their deviations."""
    out = batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, input.new_zeros(0), input.new_zeros(0)
    x = input.detach()
    dims = tuple([k for k in range(x.dims) if k != 1])
    mean, scale = _moments(x, dims, eps)
    return out, mean.reshape(-1), scale.reshape(-1)


@op(method=False, name="_native_batch_norm_legit")
def native_batch_norm_legit(input: Any, weight: Any, bias: Any, *settings: Any) -> Any:
    """`native_batch_norm`, whose running values may be left out."""
    if isinstance(settings[0], bool):
        settings = (None, None, *settings)
    return native_batch_norm(input, weight, bias, *settings)


@op(method=False, name="_softmax_backward_data")
def softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """The gradient of softmax: output * (g - the sum of g * output)."""
    dims = check_dim(dim, output.dims)
    inner = grad_output * output
    return converted(inner - output * inner.sum(dims, keepdim=True), input_dtype)


@op(method=False, name="_safe_softmax")
def safe_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Softmax, and zeros where all numbers along the dim are minus infinity."""
    x = input if dtype is None else converted(input, dtype)
    if not x.dims:
        return safe_softmax(x.reshape(1), 0).reshape(())
    at = check_dim(dim, x.dims)
    allowed = x.detach() != float("-inf")
    weights = nn.Softmax.apply(Where.apply(allowed, x, finfo(x.dtype).min), at)
    return Where.apply(allowed.any(at, keepdim=True), weights, 0.0)


@op(method=False, also=("grid_sampler_2d", "grid_sampler_3d"))
def grid_sampler(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """`grid_sample`, with numbers for the modes."""
    return sampled(
        input, grid, MODES[interpolation_mode], PADDINGS[padding_mode], bool(align_corners)
    )


grid_sampler_2d = grid_sampler_3d = grid_sampler


@op(function=False, method=False)
def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: Any = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """`cross_entropy` of `linear`.

    A linear_weight of (C, d1, .., in) gives logits (N, C, d1, ..) of an input (N, in).

    Raises:
        ConfigError: options, which ask for less memory, are not taken.
    """
    if options is not None:
        raise ConfigError("linear_cross_entropy takes no options here; leave them out.")
    *outs, size = linear_weight.shape
    flat = linear_weight.reshape(-1, size)
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, flat, bias)
    logits = logits.reshape(*input.shape[:-1], *outs)
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        logits,
        target,
        weight,
        ignore_index=ignored,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
