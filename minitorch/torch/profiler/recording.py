"""Recording: what happened while a profiler ran, with the times at which it began and ended.

Idea: three sources. Autodiff tells of each op and each of its derivatives (../../modes.py);
    kernels are timed where they are launched (../../launches.py); spans are the program's own.
    On a backend that fuses, an op is only written down when it is called: its numbers are
    computed by a kernel later, and that is where the time shows.
Not here: sums over events (averages.py), files (trace.py).
Read next: averages.py
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

from minitorch import launches
from minitorch.modes import Event, observe
from minitorch.torch.profiler.spans import recorders

__all__ = ["Recording", "TimedEvent"]

SPAN, OP, KERNEL = "user_annotation", "cpu_op", "kernel"


@dataclass
class TimedEvent:
    """Something that took time: a span, an op or a kernel; seconds of time.perf_counter()."""

    name: str
    kind: str
    began: float
    ended: float
    thread: int = 0
    shapes: tuple[tuple[int, ...], ...] = ()
    children: float = 0.0  # seconds of it that are those of events within

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began

    @property
    def own_seconds(self) -> float:
        """How long it took, without what happened within."""
        return max(self.seconds - self.children, 0.0)


def _shapes(values: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(it.shape) for it in values if hasattr(it, "shape"))


@dataclass
class Recording:
    """Events, in the order in which they ended; `begin` and `end` belong to the spans."""

    record_shapes: bool = False
    events: list[TimedEvent] = field(default_factory=list[TimedEvent])
    started: float = 0.0
    ended: float = 0.0

    def start(self) -> None:
        """Begin to listen, in this context; one recording at a time hears of kernels."""
        self._open: dict[int, list[tuple[str, float]]] = {}
        self._listening = ExitStack()
        self._listening.enter_context(observe(self._on_event))
        recorders.append(self)
        self._watches = launches.watcher is None
        if self._watches:
            launches.watcher = _Kernels(self)
        self.started = perf_counter()

    def stop(self) -> None:
        """Listen no more."""
        self.ended = perf_counter()
        if self._watches:
            launches.watcher = None
        recorders.remove(self)
        self._listening.close()
        for thread, spans in self._open.items():
            while spans:
                self._end(thread)
        _find_children(self.events)

    # Spans.

    def begin(self, name: str) -> None:
        """A span of the program begins."""
        self._open.setdefault(threading.get_ident(), []).append((name, perf_counter()))

    def end(self) -> None:
        """The span that began last in this thread ends."""
        self._end(threading.get_ident())

    def _end(self, thread: int) -> None:
        spans = self._open.get(thread)
        if spans:  # else it began before the recording
            name, began = spans.pop()
            self.events.append(TimedEvent(name, SPAN, began, perf_counter(), thread))

    # Ops and kernels.

    def _on_event(self, event: Event) -> None:
        now = perf_counter()
        if event.kind == "accumulate":
            name = "AccumulateGrad"
        else:
            name = getattr(event.function, "__name__", "")
            name += "Backward" if event.kind == "backward" else ""
        given = (event.derivative,) if event.kind == "backward" else event.inputs
        shapes = _shapes(given) if self.record_shapes else ()
        thread = threading.get_ident()
        self.events.append(TimedEvent(name, OP, event.began, now, thread, shapes))

    def timed(self, fn: Callable[..., Any], *args: Any) -> Any:
        """fn(*args), whose time is noted."""
        began = perf_counter()
        try:
            return fn(*args)
        finally:
            now = perf_counter()
            name = launches.about(fn)
            self.events.append(TimedEvent(name, KERNEL, began, now, threading.get_ident()))


class _Kernels:
    """The watcher of launches while a recording runs."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def launched(self, fn: Callable[..., Any], writes: tuple[int, ...]) -> Callable[..., Any]:
        """What calls fn and notes how long it took."""
        return partial(self.recording.timed, fn)

    def layout(self, array: Any) -> None:
        """Of no interest here."""

    def live(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The number itself: nothing is replayed."""
        return fn(*args)

    def note(self, reason: str) -> None:
        """Of no interest here."""


def _find_children(events: list[TimedEvent]) -> None:
    """Give each event the time of those directly within it, and put them in order of beginning."""
    events.sort(key=lambda it: (it.began, -it.ended))
    open_in: dict[int, list[TimedEvent]] = {}
    for event in events:
        event.children = 0.0
        around = open_in.setdefault(event.thread, [])
        while around and around[-1].ended <= event.began:
            around.pop()
        if around:
            around[-1].children += min(event.ended, around[-1].ended) - event.began
        around.append(event)
