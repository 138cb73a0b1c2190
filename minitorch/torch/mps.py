"""torch.mps, answered truthfully: there is no such device.

Idea: as torch.cuda: questions are answered with no and 0, seeds are accepted, work is refused.
Not here: torch.cuda (cuda/).
Read next: cuda/__init__.py
"""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.errors import DeviceError
from minitorch.torch.missing import getattr_of

__all__ = [
    "current_allocated_memory",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "memory_allocated",
    "seed",
    "synchronize",
]


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Accepted: there is no generator to seed."""


manual_seed_all = manual_seed


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise DeviceError("Torch not compiled with MPS enabled")


def seed() -> None:
    """Refused, as in PyTorch without the device.

    Raises:
        DeviceError: always.
    """
    _refuse()


def synchronize(device: Any = None) -> None:
    """Refused, as in PyTorch without the device."""
    _refuse()


def empty_cache() -> None:
    """Accepted: there is no cache."""


def memory_allocated(device: Any = None) -> int:
    """0 bytes."""
    return 0


current_allocated_memory = memory_allocated
__getattr__ = getattr_of(__name__)
