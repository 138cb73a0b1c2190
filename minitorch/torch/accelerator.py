"""torch.accelerator, answered truthfully: there is none.

Idea: as torch.cuda, for any kind of device: questions are answered, work is refused.
Not here: torch.cuda (cuda/).
Read next: backends/__init__.py
"""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.errors import DeviceError
from minitorch.torch.missing import getattr_of

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "current_stream",
    "device_count",
    "device_index",
    "empty_cache",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_peak_memory_stats",
    "set_device_idx",
    "set_device_index",
    "set_stream",
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


def current_accelerator(check_available: bool = False) -> Any:
    """None.

    >>> current_accelerator() is None
    True
    """
    return None


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise DeviceError("Cannot access accelerator device when none is available.")


def synchronize(device: Any = None, /) -> None:
    """Refused, as in PyTorch without an accelerator.

    Raises:
        DeviceError: always.
    """
    _refuse()


def current_device_index() -> int:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def set_device_index(device: Any, /) -> None:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def current_stream(device: Any = None, /) -> Any:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def set_stream(stream: Any) -> None:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def empty_cache() -> None:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def memory_allocated(device_index: Any = None, /) -> int:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def memory_stats(device_index: Any = None, /) -> Any:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


def reset_peak_memory_stats(device_index: Any = None, /) -> None:
    """Refused, as in PyTorch without an accelerator."""
    _refuse()


class device_index:
    """A `with` that would choose a device; None chooses none.

    Raises:
        DeviceError: on entering, with a number.
    """

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _refuse()

    def __exit__(self, *_: object) -> None:
        return None


current_device_idx, set_device_idx = current_device_index, set_device_index
__getattr__ = getattr_of(__name__)
