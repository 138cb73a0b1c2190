"""Padding: more cells around the last one, two or three dims.

Idea: a layer keeps (left, right, top, bottom, front, back), as many as its dims need; what the new
    cells hold is a value, the border (replicate), or the inside (reflect, circular).
Not here: padding itself (`F.pad`).
Read next: upsampling.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ShapeError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import _ntuple, settings

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Padding of `dims` dims, as `F.pad` does in a mode."""

    dims: int
    mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2 * self.dims)(padding)

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return str(self.padding)


class _CircularPadNd(_Pad):
    """Padding with the other end of each dim."""

    mode = "circular"

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() - self.dims not in (1, 2):
            raise ShapeError(
                f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.dim()}D input)"
            )

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        return super().forward(input)


class CircularPad1d(_CircularPadNd):
    """Padding of the last dim with its other end.

    >>> import minitorch.torch as torch
    >>> CircularPad1d(1)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 1., 2., 3., 1.]])
    """

    dims = 1


class CircularPad2d(_CircularPadNd):
    """Padding of the last two dims with their other ends.

    >>> CircularPad2d(1)
    CircularPad2d((1, 1, 1, 1))
    """

    dims = 2


class CircularPad3d(_CircularPadNd):
    """Padding of the last three dims with their other ends.

    >>> CircularPad3d(1)
    CircularPad3d((1, 1, 1, 1, 1, 1))
    """

    dims = 3


class _ReflectionPadNd(_Pad):
    """Padding with the mirror image, the border itself not repeated."""

    mode = "reflect"


class ReflectionPad1d(_ReflectionPadNd):
    """Padding of the last dim with its mirror image.

    >>> import minitorch.torch as torch
    >>> ReflectionPad1d(2)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """Padding of the last two dims with their mirror images.

    >>> ReflectionPad2d((1, 1, 2, 0))
    ReflectionPad2d((1, 1, 2, 0))
    """

    dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """Padding of the last three dims with their mirror images.

    >>> ReflectionPad3d(1)
    ReflectionPad3d((1, 1, 1, 1, 1, 1))
    """

    dims = 3


class _ReplicationPadNd(_Pad):
    """Padding with the border."""

    mode = "replicate"


class ReplicationPad1d(_ReplicationPadNd):
    """Padding of the last dim with its border.

    >>> import minitorch.torch as torch
    >>> ReplicationPad1d((2, 0))(torch.tensor([[1.0, 2.0]]))
    tensor([[1., 1., 1., 2.]])
    """

    dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """Padding of the last two dims with their borders.

    >>> ReplicationPad2d(1)
    ReplicationPad2d((1, 1, 1, 1))
    """

    dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """Padding of the last three dims with their borders.

    >>> ReplicationPad3d(1)
    ReplicationPad3d((1, 1, 1, 1, 1, 1))
    """

    dims = 3


class _ConstantPadNd(_Pad):
    """Padding with a value."""

    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return settings(self, "padding", "value")


class ConstantPad1d(_ConstantPadNd):
    """Padding of the last dim with a value.

    >>> import minitorch.torch as torch
    >>> ConstantPad1d(1, 9.0)(torch.tensor([[1.0, 2.0]]))
    tensor([[9., 1., 2., 9.]])
    """

    dims = 1


class ConstantPad2d(_ConstantPadNd):
    """Padding of the last two dims with a value.

    >>> ConstantPad2d(1, 0.5)
    ConstantPad2d(padding=(1, 1, 1, 1), value=0.5)
    """

    dims = 2


class ConstantPad3d(_ConstantPadNd):
    """Padding of the last three dims with a value.

    >>> ConstantPad3d(1, 0.5)
    ConstantPad3d(padding=(1, 1, 1, 1, 1, 1), value=0.5)
    """

    dims = 3


class ZeroPad1d(ConstantPad1d):
    """Padding of the last dim with zeros.

    >>> ZeroPad1d(1)
    ZeroPad1d((1, 1))
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return str(self.padding)


class ZeroPad2d(ConstantPad2d):
    """Padding of the last two dims with zeros.

    >>> import minitorch.torch as torch
    >>> ZeroPad2d((1, 0, 1, 0))(torch.ones(1, 1, 1))
    tensor([[[0., 0.],
             [0., 1.]]])
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return str(self.padding)


class ZeroPad3d(ConstantPad3d):
    """Padding of the last three dims with zeros.

    >>> ZeroPad3d(1)
    ZeroPad3d((1, 1, 1, 1, 1, 1))
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return str(self.padding)
