"""Windows: numbers in a row that rise and fall, by which a piece of a signal is multiplied.

Idea: a window is a function of x = k / (M - 1), which is the same from both ends; not symmetric, of
    k / M, so that pieces follow each other. Computed in float64 and rounded.
Not here: the constructors of old, torch.hann_window and the like (legacy_windows.py).
Read next: ../creation.py
"""

from __future__ import annotations

from collections.abc import Iterable
from math import pi
from typing import Any, cast

from minitorch.errors import DtypeError, ShapeError
from minitorch.torch.creation import finished, ones, tensor
from minitorch.torch.dtypes import check_device, get_default_dtype
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.elementary import exp, sqrt
from minitorch.torch.face import FUNCTIONS, converted
from minitorch.torch.ranges import arange

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]

abs, cos, sin = [FUNCTIONS[name] for name in ("abs", "cos", "sin")]
DOUBLE = Dtype.named["float64"]


class WindowError(DtypeError, RuntimeError):
    """A dtype that no window has: a RuntimeError, as PyTorch raises it."""


def _counted(M: int) -> Any:
    """0.0 .. M - 1.0.

    Raises:
        ShapeError: M is below 0.
    """
    if M < 0:
        raise ShapeError(f"requires non-negative window length, got M={M}")
    return arange(M, dtype=DOUBLE)


def _places(M: int, sym: bool) -> Any:
    """x = k / (M - 1), or k / M."""
    return _counted(M) / max(M - 1 if sym else M, 1)


def _made(window: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    if device is not None:
        check_device(device)
    wanted = get_default_dtype() if dtype is None else dtype
    if not wanted.is_floating_point:
        raise WindowError(f"expected float32 or float64 dtypes, got: {wanted}")
    return finished(converted(window, wanted), requires_grad)


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, layout: Any = None, **how: Any
) -> Any:
    """a0 - a1 cos(2 pi x) + a2 cos(4 pi x) - ...

    Raises:
        TypeError: the coefficients are no list.
        ValueError: there are none.
    """
    if not isinstance(cast("Any", a), Iterable):
        raise DtypeError("Coefficients must be a list/tuple")
    weights = list(a)
    if not weights:
        raise ShapeError("Coefficients cannot be empty")
    x = _places(M, sym)
    if M == 1:
        return _made(ones(1, dtype=DOUBLE), **how)
    total = x * 0
    for i, weight in enumerate(weights):
        total = total + cos(x * (2 * pi * i)) * ((-1) ** i * weight)
    return _made(total, **how)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, layout: Any = None, **how: Any
) -> Any:
    """alpha - (1 - alpha) cos(2 pi x)."""
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **how)


def hamming(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """0.54 - 0.46 cos(2 pi x)."""
    return general_hamming(M, sym=sym, **how)


def hann(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """sin(pi x)^2.

    >>> hann(3)
    tensor([0., 1., 0.])
    """
    return general_hamming(M, alpha=0.5, sym=sym, **how)


def blackman(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """0.42 - 0.5 cos(2 pi x) + 0.08 cos(4 pi x)."""
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **how)


def nuttall(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """The four cosines of Nuttall 1981, with continuous first derivative."""
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, **how)


def bartlett(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """1 - |2 x - 1|: a triangle."""
    if M == 1:
        return _made(ones(1, dtype=DOUBLE), **how)
    return _made(1 - abs(_places(M, sym) * 2 - 1), **how)


def cosine(M: int, *, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """sin(pi (k + 1/2) / M)."""
    return _made(sin((_counted(M) + 0.5) * (pi / max(M if sym or M <= 1 else M + 1, 1))), **how)


def _centre(M: int, sym: bool) -> float:
    return (M - 1 if sym or M <= 1 else M) / 2.0


def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    layout: Any = None,
    **how: Any,
) -> Any:
    """e^(-|k - center| / tau).

    Raises:
        ValueError: tau is not above 0, or a symmetric window is given a centre.
    """
    if tau <= 0:
        raise ShapeError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ShapeError("Center must be None for symmetric windows")
    middle = _centre(M, sym) if center is None else center
    return _made(exp(-abs(_counted(M) - middle) * (1 / tau)), **how)


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """e^(-((k - centre) / std)^2 / 2).

    Raises:
        ValueError: std is not above 0.
    """
    if std <= 0:
        raise ShapeError(f"Standard deviation must be positive, got: {std} instead.")
    z = (_counted(M) - _centre(M, sym)) * (1 / std)
    return _made(exp(z * z * -0.5), **how)


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, layout: Any = None, **how: Any) -> Any:
    """I0(beta sqrt(1 - (2 x - 1)^2)) / I0(beta), I0 the modified Bessel function of order 0.

    Raises:
        ValueError: beta is below 0.
    """
    if beta < 0:
        raise ShapeError(f"beta must be non-negative, got: {beta} instead.")
    if M == 1:
        return _made(ones(1, dtype=DOUBLE), **how)
    i0 = FUNCTIONS["i0"]
    x = _places(M, sym) * 2 - 1
    return _made(i0(sqrt(1 - x * x) * beta) / i0(tensor(beta, dtype=DOUBLE)), **how)
