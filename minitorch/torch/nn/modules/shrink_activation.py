"""Activations: those that shrink, gate or normalise.

Idea: a layer keeps the settings, and gives them to the function of nn/functional/.
Not here: the rectifiers and sigmoids (activation.py).
Read next: activation.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ShapeError
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import settings

__all__ = [
    "GLU",
    "Hardshrink",
    "LogSoftmax",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softshrink",
    "Softsign",
    "Tanhshrink",
]


class _Shrink(Module):
    """An activation that takes cells within lambd of 0 to 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x, or 0 where |x| is at most lambd.

    >>> Hardshrink()
    Hardshrink(0.5)
    """

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """x moved towards 0 by lambd, and 0 where |x| is at most lambd.

    >>> Softshrink(1.0)
    Softshrink(1.0)
    """

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)


class Softsign(Module):
    """x / (1 + |x|).

    >>> Softsign()
    Softsign()
    """

    def forward(self, input: Any) -> Any:
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x).

    >>> Tanhshrink()
    Tanhshrink()
    """

    def forward(self, input: Any) -> Any:
        return F.tanhshrink(input)


class GLU(Module):
    """One half of a dim times the sigmoid of the other.

    >>> GLU()
    GLU(dim=-1)
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return settings(self, "dim")


class _OverDim(Module):
    """An activation over one dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("dim", None)

    def extra_repr(self) -> str:
        return settings(self, "dim")


class Softmin(_OverDim):
    """Softmax of -x.

    >>> Softmin(dim=1)
    Softmin(dim=1)
    """

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim, _stacklevel=5)


class Softmax(_OverDim):
    """e^x / sum of e^x over a dim.

    >>> import minitorch.torch as torch
    >>> Softmax(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)


class LogSoftmax(_OverDim):
    """log of softmax over a dim.

    >>> LogSoftmax(dim=1)
    LogSoftmax(dim=1)
    """

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """Softmax over the channels of (N, C, H, W) or (C, H, W).

    >>> import minitorch.torch as torch
    >>> Softmax2d()(torch.zeros(2, 1, 1))
    tensor([[[0.5000]],
    <BLANKLINE>
            [[0.5000]]])
    """

    def forward(self, input: Any) -> Any:
        if input.dim() not in (3, 4):
            raise ShapeError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return F.softmax(input, -3, _stacklevel=5)
