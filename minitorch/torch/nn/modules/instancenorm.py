"""Instance normalisation: each channel of each sample by its own mean and variance.

Idea: as batch normalisation with a batch of one; weight, bias and running averages are off
    unless asked for.
Not here: the arithmetic (nn/functional/).
Read next: normalization.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.errors import ShapeError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "_InstanceNorm"]


class _InstanceNorm(_NormBase):
    """Instance normalisation over `dims` dims."""

    dims: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        stats = (affine, track_running_stats)
        super().__init__(num_features, eps, momentum, *stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() - self.dims not in (1, 2):
            raise ShapeError(
                f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.dim()}D input)"
            )

    def _normalised(self, input: Any) -> Any:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        dim = input.dim() - self.dims - 1
        size = input.shape[dim]
        if size != self.num_features and self.affine:
            raise ShapeError(
                f"expected input's size at dim={dim} to match num_features "
                f"({self.num_features}), but got: {size}."
            )
        if size != self.num_features:
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this "
                "warning by not passing in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        if dim == 0:
            return self._normalised(input.unsqueeze(0)).squeeze(0)
        return self._normalised(input)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        keys = [f"{prefix}{name}" for name in ("running_mean", "running_var")]
        found = [key for key in keys if key in state_dict]
        if local_metadata.get("version") is None and not self.track_running_stats and found:
            name = type(self).__name__
            listed = " and ".join(f'"{key}"' for key in found)
            error_msgs.append(
                f"Unexpected running stats buffer(s) {listed} for {name} with "
                "track_running_stats=False. If state_dict is a checkpoint saved before 0.4.0, this "
                f"may be expected because {name} does not track running stats by default since "
                "0.4.0. Please remove these keys from state_dict. If the running stats are "
                f"actually needed, instead set track_running_stats=True in {name} to enable them."
            )
            for key in found:
                state_dict.pop(key)
        lists = (missing_keys, unexpected_keys, error_msgs)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *lists)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L).

    >>> import minitorch.torch as torch
    >>> InstanceNorm1d(2)(torch.zeros(4, 2, 5)).shape
    torch.Size([4, 2, 5])
    """

    dims = 1


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W) or (C, H, W).

    Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016.

    >>> import minitorch.torch as torch
    >>> InstanceNorm2d(2, affine=True)(torch.zeros(4, 2, 5, 5)).shape
    torch.Size([4, 2, 5, 5])
    """

    dims = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W) or (C, D, H, W).

    >>> import minitorch.torch as torch
    >>> InstanceNorm3d(2)(torch.zeros(4, 2, 3, 3, 3)).shape
    torch.Size([4, 2, 3, 3, 3])
    """

    dims = 3
