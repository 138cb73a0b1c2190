"""Devices that are not there, answered truthfully: what torch.mps and torch.xpu have in common.

Idea: as torch.cuda: questions are answered with no and 0, seeds are accepted, work is refused.
Not here: torch.cuda (cuda/).
Read next: mps.py
"""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.errors import DeviceError

__all__ = ["AbsentDevice"]


class AbsentDevice:
    """A kind of device of which there is none.

    >>> AbsentDevice("MPS").is_available()
    False
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def is_available(self) -> bool:
        """False."""
        return False

    def device_count(self) -> int:
        """0."""
        return 0

    def manual_seed(self, seed: int) -> None:
        """Accepted: there is no generator to seed."""

    def empty_cache(self) -> None:
        """Accepted: there is no cache."""

    def memory_allocated(self, device: Any = None) -> int:
        """0 bytes."""
        return 0

    def refuse(self, device: Any = None) -> NoReturn:
        """Refused, as in PyTorch without the device.

        Raises:
            DeviceError: always.
        """
        raise DeviceError(f"Torch not compiled with {self.name} enabled")
