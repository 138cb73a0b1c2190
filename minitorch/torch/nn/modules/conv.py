"""Convolutions over 1, 2 and 3 dims, and their transposes.

Idea: the weight of a convolution is (out, in / groups, *kernel), that of a transposed one (in,
    out / groups, *kernel); both start as in `Linear`, with in * kernel numbers summed.
Not here: the convolution (nn/functional/), lazy ones (lazy_layers.py).
Read next: pooling.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn import init
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import (
    _ntuple,
    _reverse_repeat_tuple,
    declare_parameter,
    settings,
)

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "_ConvNd",
    "_ConvTransposeNd",
]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions have: settings, weight and bias."""

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: str
    weight: Any
    bias: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, stride, padding, groups, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._padding_of_each_side()
        outer, inner = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        shape = (outer, inner // groups, *kernel_size)
        declare_parameter(self, "weight", shape, True, device, dtype)
        declare_parameter(self, "bias", out_channels, bias, device, dtype)
        self.reset_parameters()

    def _padding_of_each_side(self) -> tuple[int, ...]:
        """What `F.pad` is given: (left, right) of the last dim first."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        sides: list[int] = []
        for dilation, size in zip(reversed(self.dilation), reversed(self.kernel_size), strict=True):
            total = dilation * (size - 1) if self.padding == "same" else 0
            sides += [total // 2, total - total // 2]
        return tuple(sides)

    def reset_parameters(self) -> None:
        """Draw new weights and biases."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        zeros, ones = (0,) * len(self.kernel_size), (1,) * len(self.kernel_size)
        parts = [
            f"{self.in_channels}, {self.out_channels}, {settings(self, 'kernel_size', 'stride')}",
            *([f"padding={self.padding}"] if self.padding != zeros else []),
            *([f"dilation={self.dilation}"] if self.dilation != ones else []),
            *([f"output_padding={self.output_padding}"] if self.output_padding != zeros else []),
            *([f"groups={self.groups}"] if self.groups != 1 else []),
            *(["bias=False"] if self.bias is None else []),
            *([f"padding_mode={self.padding_mode}"] if self.padding_mode != "zeros" else []),
        ]
        return ", ".join(parts)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")


def _check(
    in_channels: int,
    out_channels: int,
    stride: tuple[int, ...],
    padding: str | tuple[int, ...],
    groups: int,
    padding_mode: str,
) -> None:
    if groups <= 0:
        raise ConfigError("groups must be a positive integer")
    if in_channels % groups != 0:
        raise ConfigError("in_channels must be divisible by groups")
    if out_channels % groups != 0:
        raise ConfigError("out_channels must be divisible by groups")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ConfigError(
                f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}"
            )
        if padding == "same" and any(step != 1 for step in stride):
            raise ConfigError("padding='same' is not supported for strided convolutions")
    if padding_mode not in PADDING_MODES:
        raise ConfigError(
            f"padding_mode must be one of {PADDING_MODES}, but got padding_mode='{padding_mode}'"
        )


class _Conv(_ConvNd):
    """A convolution over `dims` dims."""

    dims: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        each = _ntuple(self.dims)
        super().__init__(
            in_channels,
            out_channels,
            each(kernel_size),
            each(stride),
            padding if isinstance(padding, str) else each(padding),
            each(dilation),
            False,
            each(0),
            groups,
            bias,
            padding_mode,
            device=device,
            dtype=dtype,
        )

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        convolve = getattr(F, f"conv{self.dims}d")
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self.dims
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Any) -> Any:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """Convolution over one dim: (N, in, L) or (in, L) to (N, out, L_out).

    >>> import minitorch.torch as torch
    >>> Conv1d(16, 33, 3, stride=2)(torch.zeros(20, 16, 50)).shape
    torch.Size([20, 33, 24])
    """

    dims = 1


class Conv2d(_Conv):
    """Convolution over two dims: (N, in, H, W) or (in, H, W) to (N, out, H_out, W_out).

    >>> import minitorch.torch as torch
    >>> layer = Conv2d(1, 6, 5, padding=2)
    >>> layer(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 6, 28, 28])
    >>> layer
    Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    """

    dims = 2


class Conv3d(_Conv):
    """Convolution over three dims: (N, in, D, H, W) or (in, D, H, W) to (N, out, ...).

    >>> import minitorch.torch as torch
    >>> Conv3d(1, 2, 3)(torch.zeros(1, 1, 4, 5, 6)).shape
    torch.Size([1, 2, 2, 3, 4])
    """

    dims = 3


class _ConvTransposeNd(_ConvNd):
    """The transpose of a convolution over `dims` dims."""

    dims: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ConfigError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        each = _ntuple(self.dims)
        super().__init__(
            in_channels,
            out_channels,
            each(kernel_size),
            each(stride),
            each(padding),
            each(dilation),
            True,
            each(output_padding),
            groups,
            bias,
            padding_mode,
            device=device,
            dtype=dtype,
        )

    def _output_padding(self, input: Any, output_size: Any) -> tuple[int, ...]:
        """The padding that makes the output of the size wanted; the layer's own for None.

        Raises:
            ConfigError: no padding does.
        """
        if output_size is None:
            return self.output_padding
        dims, leading = self.dims, input.dim() - self.dims
        wanted = output_size[leading:] if len(output_size) == input.dim() else output_size
        if len(wanted) != dims:
            raise ConfigError(
                f"ConvTranspose{dims}D: for {input.dim()}D input, output_size must have {dims} or "
                f"{leading + dims} elements (got {len(output_size)})"
            )
        smallest = [
            (input.shape[leading + d] - 1) * self.stride[d]
            - 2 * int(self.padding[d])
            + self.dilation[d] * (self.kernel_size[d] - 1)
            + 1
            for d in range(dims)
        ]
        largest = [size + step - 1 for size, step in zip(smallest, self.stride, strict=True)]
        if any(not a <= w <= b for a, w, b in zip(smallest, wanted, largest, strict=True)):
            raise ConfigError(
                f"requested an output size of {wanted}, but valid sizes range from "
                f"{smallest} to {largest} (for an input of {input.size()[leading:]})"
            )
        return tuple(size - least for size, least in zip(wanted, smallest, strict=True))

    def forward(self, input: Any, output_size: Any = None) -> Any:
        convolve = getattr(F, f"conv_transpose{self.dims}d")
        return convolve(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of `Conv1d`, which undoes its change of shape.

    >>> import minitorch.torch as torch
    >>> ConvTranspose1d(4, 2, 4, stride=2, padding=1)(torch.zeros(1, 4, 8)).shape
    torch.Size([1, 2, 16])
    """

    dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of `Conv2d`, which undoes its change of shape.

    >>> import minitorch.torch as torch
    >>> ConvTranspose2d(4, 2, 4, stride=2, padding=1)(torch.zeros(1, 4, 8, 8)).shape
    torch.Size([1, 2, 16, 16])
    """

    dims = 2


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of `Conv3d`, which undoes its change of shape.

    >>> import minitorch.torch as torch
    >>> ConvTranspose3d(4, 2, 2, stride=2)(torch.zeros(1, 4, 2, 2, 2)).shape
    torch.Size([1, 2, 4, 4, 4])
    """

    dims = 3
