"""torch.cpu: the device that is always here.

Idea: the same questions as of a card, for programs that ask any device.
Not here: threads (threads.py).
Read next: accelerator.py
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from minitorch.torch.missing import getattr_of

__all__ = [
    "Stream",
    "StreamContext",
    "current_device",
    "current_stream",
    "device_count",
    "is_available",
    "is_initialized",
    "set_device",
    "stream",
    "synchronize",
]


def is_available() -> bool:
    """True.

    >>> is_available()
    True
    """
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """Its name.

    >>> current_device()
    'cpu'
    """
    return "cpu"


def set_device(device: Any) -> None:
    """Accepted: there is one."""


def synchronize(device: Any = None) -> None:
    """Nothing: who reads numbers waits for them."""


class Stream:
    """The order in which things are done: there is one, that of the program."""

    def __init__(self, priority: int = -1) -> None:
        self.priority = priority

    def wait_stream(self, stream: Any) -> None:
        """Nothing to wait for."""


_stream = Stream()


def current_stream(device: Any = None) -> Stream:
    """The only one."""
    return _stream


class StreamContext:
    """A `with` that would choose a stream; there is one."""

    def __init__(self, stream: Any = None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def stream(stream: Any) -> StreamContext:
    """A `with` for a stream."""
    return StreamContext(stream)


__getattr__ = getattr_of(__name__)
