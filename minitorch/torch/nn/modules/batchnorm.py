"""Batch normalisation: BatchNorm1d, 2d, 3d, and SyncBatchNorm.

Idea: in training each channel is standardised by the mean and variance of its batch, and running
    averages of both are kept as buffers; in evaluation these averages take their place.
Not here: the arithmetic (nn/functional/), the norm of each sample (instancenorm.py).
Read next: instancenorm.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ShapeError
from minitorch.torch.creation import ones, tensor, zeros
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.nn import functional as F
from minitorch.torch.nn import init
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import declare_parameter, settings

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "_BatchNorm", "_NormBase"]


class _NormBase(Module):
    """What norms over channels have: weight, bias and running averages, or None."""

    _version = 2
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        declare_parameter(self, "weight", num_features, affine, device, dtype)
        declare_parameter(self, "bias", num_features, affine and bias, device, dtype)
        made: tuple[Any, Any, Any] = (None, None, None)
        if track_running_stats:
            made = (
                zeros(num_features, device=device, dtype=dtype),
                ones(num_features, device=device, dtype=dtype),
                tensor(0, device=device, dtype=Dtype.named["int64"]),
            )
        self.register_buffer("running_mean", made[0])
        self.register_buffer("running_var", made[1])
        self.register_buffer("num_batches_tracked", made[2])
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches that were seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight one, bias zero, and no batch seen."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        first = settings(self, "eps", "momentum", "affine")
        last = settings(self, "track_running_stats")
        return f"{self.num_features}, {first}, bias={self.bias is not None}, {last}"

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
        # States older than version 2 do not count the batches.
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        lists = (missing_keys, unexpected_keys, error_msgs)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *lists)


class _BatchNorm(_NormBase):
    """Batch normalisation of inputs of any number of dims."""

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        share = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the plain mean of all batches so far
                share = 1.0 / float(self.num_batches_tracked)
        from_batch = self.training or (self.running_mean is None and self.running_var is None)
        tracked = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if tracked else None,
            self.running_var if tracked else None,
            self.weight,
            self.bias,
            from_batch,
            share,
            self.eps,
        )


def _check_dims(input: Any, *allowed: int) -> None:
    if input.dim() not in allowed:
        expected = " or ".join(f"{dims}D" for dims in allowed)
        raise ShapeError(f"expected {expected} input (got {input.dim()}D input)")


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L).

    >>> import minitorch.torch as torch
    >>> BatchNorm1d(2)(torch.zeros(4, 2)).shape
    torch.Size([4, 2])
    """

    def _check_input_dim(self, input: Any) -> None:
        _check_dims(input, 2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W).

    Ioffe and Szegedy, "Batch normalization", 2015.

    >>> norm = BatchNorm2d(3)
    >>> list(norm.state_dict())
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """

    def _check_input_dim(self, input: Any) -> None:
        _check_dims(input, 4)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W).

    >>> import minitorch.torch as torch
    >>> BatchNorm3d(2)(torch.zeros(4, 2, 3, 3, 3)).shape
    torch.Size([4, 2, 3, 3, 3])
    """

    def _check_input_dim(self, input: Any) -> None:
        _check_dims(input, 5)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, ...) under the name that distributed programs use.

    There is one process, and so nothing to synchronise.

    >>> import minitorch.torch as torch
    >>> net = torch.nn.Sequential(BatchNorm2d(3))
    >>> type(SyncBatchNorm.convert_sync_batchnorm(net)[0]).__name__
    'SyncBatchNorm'
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        stats = (affine, track_running_stats)
        super().__init__(num_features, eps, momentum, *stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() < 2:
            raise ShapeError(f"expected at least 2D input (got {input.dim()}D input)")
        if input.shape[1] == 0:
            raise ShapeError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every batch norm of its tree replaced by one of this class."""
        converted = module
        if isinstance(module, _BatchNorm):
            converted = SyncBatchNorm(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            converted.weight, converted.bias = module.weight, module.bias
            converted.running_mean = module.running_mean
            converted.running_var = module.running_var
            converted.num_batches_tracked = module.num_batches_tracked
            converted.training = module.training
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted
