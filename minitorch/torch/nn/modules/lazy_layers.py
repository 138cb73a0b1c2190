"""Layers that learn their number of channels from the first input.

Idea: one mixin for convolutions and one for norms; each lazy layer is a mixin and a plain class.
Not here: how a layer becomes one of its plain class (lazy.py).
Read next: lazy.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError, MismatchError
from minitorch.modes import no_grad
from minitorch.torch.creation import tensor
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.nn.modules import batchnorm, conv, instancenorm
from minitorch.torch.nn.modules.lazy import LazyModuleMixin
from minitorch.torch.nn.parameter import UninitializedBuffer, UninitializedParameter

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _LazyConv(LazyModuleMixin):
    """A convolution that takes `in_channels` from its first input."""

    cls_to_become: Any
    dims: int
    in_channels: int
    out_channels: int
    groups: int
    transposed: bool
    kernel_size: tuple[int, ...]
    weight: Any
    bias: Any

    def __init__(self, out_channels: int, *args: Any, **kwargs: Any) -> None:
        names = [*type(self).cls_to_become.__init__.__code__.co_varnames[3:]]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        bias = given.pop("bias", True)
        super().__init__(0, 0, bias=False, **given)
        device, dtype = given.get("device"), given.get("dtype")
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new weights and biases, once their sizes are known."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            self.cls_to_become.reset_parameters(self)

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Take `in_channels` from the input."""
        if not self.has_uninitialized_params():
            return
        if input.dim() - self.dims not in (1, 2):
            raise MismatchError(
                f"Expected {self.dims + 1}D (unbatched) or {self.dims + 2}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[input.dim() - self.dims - 1]
        if self.in_channels % self.groups != 0:
            raise ConfigError("in_channels must be divisible by groups")
        inner, outer = self.in_channels, self.out_channels
        first, second = (inner, outer) if self.transposed else (outer, inner)
        with no_grad():
            self.weight.materialize((first, second // self.groups, *self.kernel_size))
            if self.bias is not None:
                self.bias.materialize((outer,))
            self.reset_parameters()


class LazyConv1d(_LazyConv, conv.Conv1d):
    """`Conv1d` that learns `in_channels` from its first input."""

    cls_to_become = conv.Conv1d


class LazyConv2d(_LazyConv, conv.Conv2d):
    """`Conv2d` that learns `in_channels` from its first input.

    >>> import minitorch.torch as torch
    >>> layer = LazyConv2d(4, 3)
    >>> layer(torch.zeros(1, 2, 5, 5)).shape, layer.in_channels
    (torch.Size([1, 4, 3, 3]), 2)
    """

    cls_to_become = conv.Conv2d


class LazyConv3d(_LazyConv, conv.Conv3d):
    """`Conv3d` that learns `in_channels` from its first input."""

    cls_to_become = conv.Conv3d


class LazyConvTranspose1d(_LazyConv, conv.ConvTranspose1d):
    """`ConvTranspose1d` that learns `in_channels` from its first input."""

    cls_to_become = conv.ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, conv.ConvTranspose2d):
    """`ConvTranspose2d` that learns `in_channels` from its first input."""

    cls_to_become = conv.ConvTranspose2d


class LazyConvTranspose3d(_LazyConv, conv.ConvTranspose3d):
    """`ConvTranspose3d` that learns `in_channels` from its first input."""

    cls_to_become = conv.ConvTranspose3d


class _LazyNorm(LazyModuleMixin):
    """A norm that takes `num_features` from its first input."""

    cls_to_become: Any
    num_features: int
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        made = {"device": device, "dtype": dtype}
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(**made)
            if bias:
                self.bias = UninitializedParameter(**made)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(**made)
            self.running_var = UninitializedBuffer(**made)
            self.num_batches_tracked = tensor(0, device=device, dtype=Dtype.named["int64"])

    def reset_parameters(self) -> None:
        """Weight one, bias zero and no batch seen, once the sizes are known."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            self.cls_to_become.reset_parameters(self)

    def initialize_parameters(self, input: Any) -> None:
        """Take `num_features` from the input."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        held = (self.weight, self.bias, self.running_mean, self.running_var)
        for values in held:
            if values is not None:
                values.materialize((self.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, batchnorm.BatchNorm1d):
    """`BatchNorm1d` that learns `num_features` from its first input."""

    cls_to_become = batchnorm.BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, batchnorm.BatchNorm2d):
    """`BatchNorm2d` that learns `num_features` from its first input."""

    cls_to_become = batchnorm.BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, batchnorm.BatchNorm3d):
    """`BatchNorm3d` that learns `num_features` from its first input."""

    cls_to_become = batchnorm.BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, instancenorm.InstanceNorm1d):
    """`InstanceNorm1d` that learns `num_features` from its first input."""

    cls_to_become = instancenorm.InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, instancenorm.InstanceNorm2d):
    """`InstanceNorm2d` that learns `num_features` from its first input."""

    cls_to_become = instancenorm.InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, instancenorm.InstanceNorm3d):
    """`InstanceNorm3d` that learns `num_features` from its first input."""

    cls_to_become = instancenorm.InstanceNorm3d
