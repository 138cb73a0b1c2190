"""torch.hann_window and the like: windows under their old names, periodic unless asked otherwise.

Idea: periodic is not symmetric.
Not here: the formulas (signal/windows.py).
Read next: signal/windows.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.face import op
from minitorch.torch.signal import windows

__all__ = [
    "bartlett_window",
    "blackman_window",
    "hamming_window",
    "hann_window",
    "kaiser_window",
]


def _how(given: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k not in ("layout", "pin_memory")}


@op(method=False)
def hann_window(window_length: int, periodic: bool = True, **given: Any) -> Any:
    """sin(pi x)^2."""
    return windows.hann(window_length, sym=not periodic, **_how(given))


@op(method=False)
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    **given: Any,
) -> Any:
    """alpha - beta cos(2 pi x)."""
    return windows.general_cosine(window_length, a=[alpha, beta], sym=not periodic, **_how(given))


@op(method=False)
def blackman_window(window_length: int, periodic: bool = True, **given: Any) -> Any:
    """0.42 - 0.5 cos(2 pi x) + 0.08 cos(4 pi x)."""
    return windows.blackman(window_length, sym=not periodic, **_how(given))


@op(method=False)
def bartlett_window(window_length: int, periodic: bool = True, **given: Any) -> Any:
    """1 - |2 x - 1|: a triangle."""
    return windows.bartlett(window_length, sym=not periodic, **_how(given))


@op(method=False)
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **given: Any
) -> Any:
    """I0(beta sqrt(1 - (2 x - 1)^2)) / I0(beta)."""
    return windows.kaiser(window_length, beta=beta, sym=not periodic, **_how(given))
