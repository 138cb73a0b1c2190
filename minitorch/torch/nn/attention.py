"""Which kernel computes attention: there is one, and every choice leads to it.

Idea: programs name the kernels that they allow; the names are accepted, and change nothing.
Not here: attention (functional/), MultiheadAttention (modules/attention.py).
Read next: modules/attention.py
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from minitorch.torch.missing import getattr_of

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """The names of the kernels that PyTorch has."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Generator[dict[str, Any]]:
    """A context in which attention is computed as ever.

    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     pass
    """
    if not isinstance(backends, list | SDPBackend):
        raise AssertionError(
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    yield {}


__getattr__ = getattr_of(__name__)
