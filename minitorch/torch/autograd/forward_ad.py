"""torch.autograd.forward_ad: forward mode is not built here.

Idea: `functional.jvp` gives the same numbers by two passes backward.
Not here: those (functional.py).
Read next: functional.py
"""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.errors import GradientError

__all__ = ["dual_level"]


def dual_level(*_: Any) -> NoReturn:
    """Forward mode.

    Raises:
        GradientError: always.
    """
    raise GradientError("forward mode is not supported; use torch.autograd.functional.jvp.")
