"""Pooling to a size: the input is cut into as many parts as the output has cells.

Idea: the windows follow from the sizes; a size of None is the input's own.
Not here: windows of a given size (pooling.py).
Read next: pooling.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import settings

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]


class _AdaptiveMaxPoolNd(Module):
    """The settings of the maximum over parts."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        return settings(self, "output_size")


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The maximum of each of `output_size` parts of the last dim.

    >>> import minitorch.torch as torch
    >>> AdaptiveMaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The maximum of each part of the last two dims.

    >>> import minitorch.torch as torch
    >>> AdaptiveMaxPool2d((5, None))(torch.zeros(1, 2, 10, 9)).shape
    torch.Size([1, 2, 5, 9])
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The maximum of each part of the last three dims.

    >>> AdaptiveMaxPool3d(2)
    AdaptiveMaxPool3d(output_size=2)
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class _AdaptiveAvgPoolNd(Module):
    """The settings of the mean over parts."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return settings(self, "output_size")


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The mean of each of `output_size` parts of the last dim.

    >>> import minitorch.torch as torch
    >>> AdaptiveAvgPool1d(1)(torch.tensor([[1.0, 3.0, 2.0]]))
    tensor([[2.]])
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The mean of each part of the last two dims.

    >>> import minitorch.torch as torch
    >>> AdaptiveAvgPool2d((1, 1))(torch.zeros(1, 8, 7, 7)).shape
    torch.Size([1, 8, 1, 1])
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The mean of each part of the last three dims.

    >>> AdaptiveAvgPool3d(2)
    AdaptiveAvgPool3d(output_size=2)
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_avg_pool3d(input, self.output_size)
