"""Norms without running averages: LayerNorm, RMSNorm, GroupNorm, LocalResponseNorm.

Idea: (x - mean) / sqrt(variance + eps) over the last dims or over groups of channels, times a
    weight, plus a bias; RMSNorm leaves the mean where it is.
Not here: the arithmetic (nn/functional/), norms over the batch (batchnorm.py).
Read next: dropout.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn import init
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import _single, declare_parameter, settings

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class LayerNorm(Module):
    """Normalisation over the last dims, which are of `normalized_shape`.

    Ba, Kiros and Hinton, "Layer normalization", 2016.

    >>> import minitorch.torch as torch
    >>> LayerNorm(10)(torch.ones(5, 10)).shape
    torch.Size([5, 10])
    """

    weight: Any
    bias: Any

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _single(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        shape = self.normalized_shape
        declare_parameter(self, "weight", shape, elementwise_affine, device, dtype)
        declare_parameter(self, "bias", shape, elementwise_affine and bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight one, bias zero."""
        if self.elementwise_affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        shown = settings(self, "eps", "elementwise_affine")
        return f"{self.normalized_shape}, {shown}, bias={self.bias is not None}"


class RMSNorm(Module):
    """x / sqrt(mean of x^2 + eps) over the last dims, times a weight.

    Zhang and Sennrich, "Root mean square layer normalization", 2019. By default eps is the
    smallest step of the input's dtype.

    >>> import minitorch.torch as torch
    >>> RMSNorm([2, 3])(torch.ones(4, 2, 3)).shape
    torch.Size([4, 2, 3])
    """

    weight: Any

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _single(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        shape = self.normalized_shape
        declare_parameter(self, "weight", shape, elementwise_affine, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight one."""
        if self.elementwise_affine:
            init.ones_(self.weight)

    def forward(self, x: Any) -> Any:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {settings(self, 'eps', 'elementwise_affine')}"


class GroupNorm(Module):
    """Normalisation over groups of channels of each sample: (N, C, ...).

    Wu and He, "Group normalization", 2018.

    >>> GroupNorm(2, 4)
    GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)
    """

    weight: Any
    bias: Any

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ConfigError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        declare_parameter(self, "weight", num_channels, affine, device, dtype)
        declare_parameter(self, "bias", num_channels, affine and bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight one, bias zero."""
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        sizes = f"{self.num_groups}, {self.num_channels}"
        return f"{sizes}, {settings(self, 'eps', 'affine')}, bias={self.bias is not None}"


class LocalResponseNorm(Module):
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta.

    Krizhevsky, Sutskever and Hinton 2012.

    >>> LocalResponseNorm(2)
    LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, {settings(self, 'alpha', 'beta', 'k')}"
