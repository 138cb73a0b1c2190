"""Pooling: one number out of each window, or out of each part of the input.

Idea: a layer keeps the settings; the functions of nn/functional/ pool.
Not here: pooling itself (nn/functional/), to a given size (adaptive_pooling.py).
Read next: batchnorm.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import _ntuple, _single, settings

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _MaxPoolNd(Module):
    """The settings of the maximum over windows."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return settings(self, "kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def _settings(self) -> tuple[Any, ...]:
        """What the functions take after the input, in their order."""
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        return (*window, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPoolNd):
    """The maximum of each window over the last dim.

    >>> import minitorch.torch as torch
    >>> MaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    def forward(self, input: Any) -> Any:
        return F.max_pool1d(input, *self._settings())


class MaxPool2d(_MaxPoolNd):
    """The maximum of each window over the last two dims.

    >>> import minitorch.torch as torch
    >>> MaxPool2d(2)(torch.zeros(1, 6, 28, 28)).shape
    torch.Size([1, 6, 14, 14])
    >>> MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """

    def forward(self, input: Any) -> Any:
        return F.max_pool2d(input, *self._settings())


class MaxPool3d(_MaxPoolNd):
    """The maximum of each window over the last three dims.

    >>> import minitorch.torch as torch
    >>> MaxPool3d(2)(torch.zeros(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    def forward(self, input: Any) -> Any:
        return F.max_pool3d(input, *self._settings())


class _MaxUnpoolNd(Module):
    """The settings of the inverse of the maximum over windows of `dims` dims."""

    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        each = _ntuple(self.dims)
        self.kernel_size = each(kernel_size)
        self.stride = each(kernel_size if stride is None else stride)
        self.padding = each(padding)

    def extra_repr(self) -> str:
        return settings(self, "kernel_size", "stride", "padding")

    def _settings(self, output_size: Any) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, output_size


class MaxUnpool1d(_MaxUnpoolNd):
    """Maxima back where `MaxPool1d(return_indices=True)` found them, zeros elsewhere.

    >>> MaxUnpool1d(2)
    MaxUnpool1d(kernel_size=(2,), stride=(2,), padding=(0,))
    """

    dims = 1

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        return F.max_unpool1d(input, indices, *self._settings(output_size))


class MaxUnpool2d(_MaxUnpoolNd):
    """Maxima back where `MaxPool2d(return_indices=True)` found them, zeros elsewhere.

    >>> MaxUnpool2d(2)
    MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
    """

    dims = 2

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        return F.max_unpool2d(input, indices, *self._settings(output_size))


class MaxUnpool3d(_MaxUnpoolNd):
    """Maxima back where `MaxPool3d(return_indices=True)` found them, zeros elsewhere.

    >>> MaxUnpool3d(2)
    MaxUnpool3d(kernel_size=(2, 2, 2), stride=(2, 2, 2), padding=(0, 0, 0))
    """

    dims = 3

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        return F.max_unpool3d(input, indices, *self._settings(output_size))


class AvgPool1d(Module):
    """The mean of each window over the last dim.

    >>> import minitorch.torch as torch
    >>> AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = _single(kernel_size if stride is None else stride)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def extra_repr(self) -> str:
        return settings(self, "kernel_size", "stride", "padding")

    def forward(self, input: Any) -> Any:
        window = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, *window, self.ceil_mode, self.count_include_pad)


class _AvgPoolNd(Module):
    """The settings of the mean over windows of two or three dims."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def extra_repr(self) -> str:
        return settings(self, "kernel_size", "stride", "padding")

    def _settings(self) -> tuple[Any, ...]:
        window = (self.kernel_size, self.stride, self.padding)
        return (*window, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool2d(_AvgPoolNd):
    """The mean of each window over the last two dims.

    >>> import minitorch.torch as torch
    >>> AvgPool2d(2)(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]))
    tensor([[[3.]]])
    """

    def forward(self, input: Any) -> Any:
        return F.avg_pool2d(input, *self._settings())


class AvgPool3d(_AvgPoolNd):
    """The mean of each window over the last three dims.

    >>> import minitorch.torch as torch
    >>> AvgPool3d(2)(torch.zeros(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    def forward(self, input: Any) -> Any:
        return F.avg_pool3d(input, *self._settings())


class _FractionalMaxPoolNd(Module):
    """The settings of the maximum over windows of random places, in `dims` dims."""

    dims: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        each, name = _ntuple(self.dims), type(self).__name__
        if any(size <= 0 for size in each(kernel_size)):
            raise ConfigError(f"kernel_size must be greater than 0, but got {kernel_size}")
        if output_size is None and output_ratio is None:
            raise ConfigError(
                f"{name} requires specifying either an output size, or a pooling ratio"
            )
        if output_size is not None and output_ratio is not None:
            raise ConfigError("only one of output_size and output_ratio may be specified")
        self.kernel_size = each(kernel_size)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size)
        self.output_ratio = None if output_ratio is None else each(output_ratio)
        if any(not 0 < ratio < 1 for ratio in self.output_ratio or ()):
            raise ConfigError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def _settings(self) -> tuple[Any, ...]:
        sizes = (self.kernel_size, self.output_size, self.output_ratio)
        return (*sizes, self.return_indices, self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The maximum over windows whose places are drawn (Graham 2014), over two dims.

    >>> FractionalMaxPool2d(3, output_size=(13, 12))
    FractionalMaxPool2d()
    """

    dims = 2

    def forward(self, input: Any) -> Any:
        return F.fractional_max_pool2d(input, *self._settings())


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The maximum over windows whose places are drawn (Graham 2014), over three dims.

    >>> FractionalMaxPool3d(3, output_ratio=0.5)
    FractionalMaxPool3d()
    """

    dims = 3

    def forward(self, input: Any) -> Any:
        return F.fractional_max_pool3d(input, *self._settings())


class _LPPoolNd(Module):
    """The settings of the p-norm over windows."""

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return settings(self, "norm_type", "kernel_size", "stride", "ceil_mode")

    def _settings(self) -> tuple[Any, ...]:
        return float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode


class LPPool1d(_LPPoolNd):
    """The p-norm of each window over the last dim.

    >>> import minitorch.torch as torch
    >>> LPPool1d(2, 2)(torch.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

    def forward(self, input: Any) -> Any:
        return F.lp_pool1d(input, *self._settings())


class LPPool2d(_LPPoolNd):
    """The p-norm of each window over the last two dims.

    >>> LPPool2d(2, 3)
    LPPool2d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)
    """

    def forward(self, input: Any) -> Any:
        return F.lp_pool2d(input, *self._settings())


class LPPool3d(_LPPoolNd):
    """The p-norm of each window over the last three dims.

    >>> LPPool3d(2, 3)
    LPPool3d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)
    """

    def forward(self, input: Any) -> Any:
        return F.lp_pool3d(input, *self._settings())
