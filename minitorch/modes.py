"""What holds while a program runs: is a graph recorded, and who watches.

Idea: one value per context (a thread, a task): `no_grad` and `observe` replace it and put it back.
Not here: the graph (autodiff.py), who watches (debug.py, train/diagnose.py).
Read next: autodiff.py
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

__all__ = [
    "RECORDING",
    "SILENT",
    "Event",
    "Mode",
    "current",
    "enable_grad",
    "is_grad_enabled",
    "no_grad",
    "observe",
    "stamp",
]


stamp = count(1).__next__  # numbers what is recorded and what is written, in order of time


@dataclass(frozen=True)
class Event:
    """Something autodiff did: what an observer is called with.

    `kind` is "forward" (function, inputs, output), "backward" (function, inputs, derivative of the
    output, derivatives of the inputs) or "accumulate" (output is the leaf, derivative what it got).
    It is told when it is over; `began` is time.perf_counter() before it.

    >>> Event("accumulate", derivative=2.0).derivative
    2.0
    """

    kind: str
    function: type[Any] | None = None
    inputs: tuple[Any, ...] = ()
    output: Any = None
    derivative: Any = None
    derivatives: tuple[Any, ...] = ()
    began: float = 0.0


@dataclass(frozen=True)
class Mode:
    """What holds in the current context: is a graph recorded, and who watches."""

    recording: bool = True
    observers: tuple[Callable[[Event], None], ...] = ()


RECORDING = Mode()
SILENT = Mode(recording=False)
current: ContextVar[Mode] = ContextVar("minitorch_autodiff_mode", default=RECORDING)


@contextmanager
def _in_mode(chosen: Mode) -> Generator[None]:
    token = current.set(chosen)
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def no_grad() -> Generator[None]:
    """A context in which no graph is recorded.

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """
    with _in_mode(replace(current.get(), recording=False)):
        yield


@contextmanager
def enable_grad() -> Generator[None]:
    """A context in which the graph is recorded again, inside `no_grad`.

    >>> with no_grad(), enable_grad():
    ...     is_grad_enabled()
    True
    """
    with _in_mode(replace(current.get(), recording=True)):
        yield


def is_grad_enabled() -> bool:
    """True where operations are recorded.

    >>> is_grad_enabled()
    True
    """
    return current.get().recording


@contextmanager
def observe(callback: Callable[[Event], None]) -> Generator[None]:
    """A context in which `callback` gets an `Event` for each step of autodiff.

    >>> from minitorch import Scalar
    >>> kinds = []
    >>> with observe(lambda event: kinds.append(event.kind)):
    ...     (Scalar(2.0) * Scalar(3.0)).backward()
    >>> kinds
    ['forward', 'backward', 'accumulate', 'accumulate']
    """
    now = current.get()
    with _in_mode(replace(now, observers=(*now.observers, callback))):
        yield
