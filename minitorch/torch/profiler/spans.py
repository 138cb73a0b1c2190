"""record_function: a named span of a program, for whoever profiles it.

Idea: with no profiler running, entering and leaving a span is a look at an empty list.
Not here: what a profiler does with spans (profile.py).
Read next: profile.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

__all__ = ["Recorder", "record_function", "recorders"]


class Recorder(Protocol):
    """Who keeps the spans while a profiler runs."""

    def begin(self, name: str) -> None:
        """A span begins."""
        ...

    def end(self) -> None:
        """The span that began last ends."""
        ...


recorders: list[Recorder] = []  # of the profilers that run


class record_function:
    """Names a span of the program: a `with` block, or a function it decorates.

    >>> with record_function("forward"):
    ...     pass
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self._told: list[Recorder] = []

    def __enter__(self) -> record_function:
        if recorders:
            self._told = list(recorders)
            for recorder in self._told:
                recorder.begin(self.name)
        return self

    def __exit__(self, *_: object) -> None:
        if self._told:
            for recorder in self._told:
                recorder.end()
            self._told = []

    def __call__(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each call of which is a span."""

        @wraps(fn)
        def call(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return fn(*args, **kwargs)

        return call
