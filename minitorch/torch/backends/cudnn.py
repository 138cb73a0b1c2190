"""torch.backends.cudnn: not here; its switches take what they are given.

Idea: see switches.py.
Not here: convolution, which is the engine's (../../fast_conv.py).
Read next: cuda.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.backends.switches import flags_of
from minitorch.torch.missing import getattr_of

__all__ = [
    "allow_tf32",
    "benchmark",
    "benchmark_limit",
    "deterministic",
    "enabled",
    "flags",
    "fp32_precision",
    "is_acceptable",
    "is_available",
    "version",
]

SWITCHES = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32")
enabled = True
benchmark = False
benchmark_limit = 10
deterministic = False
allow_tf32 = True
fp32_precision = "none"
flags = flags_of(__name__)


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


def version() -> int | None:
    """None."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """False: no tensor is on a card."""
    return False


__getattr__ = getattr_of(__name__)
