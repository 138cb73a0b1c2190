"""Traces: a recording as a file that chrome://tracing and Perfetto show.

Idea: one complete event ("ph": "X") per span, op and kernel, with microseconds since the beginning;
    which lies within which follows from the times.
Not here: tables (averages.py).
Read next: profile.py
"""

from __future__ import annotations

import gzip
import json
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from minitorch.torch.profiler.recording import Recording, TimedEvent

__all__ = ["trace_of", "write_trace"]

MICRO = 1e6


def _entry(event: TimedEvent, process: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "ph": "X",
        "cat": event.kind,
        "name": event.name,
        "pid": process,
        "tid": event.thread,
        "ts": event.began * MICRO,
        "dur": event.seconds * MICRO,
        "args": {},
    }
    if event.shapes:
        entry["args"]["Input Dims"] = [list(it) for it in event.shapes]
    return entry


def trace_of(recording: Recording, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The recording in the Trace Event Format.

    >>> trace_of(Recording(), {})["traceEvents"][0]["args"]["name"].startswith("python")
    True
    """
    process = os.getpid()
    threads = sorted({event.thread for event in recording.events})
    events: list[dict[str, Any]] = [
        _named("process_name", process, 0, f"python {process}"),
        *(_named("thread_name", process, it, f"thread {it}") for it in threads),
        *(_entry(event, process) for event in recording.events),
    ]
    return {
        "schemaVersion": 1,
        "displayTimeUnit": "ms",
        "host_name": platform.node(),
        "record_shapes": int(recording.record_shapes),
        "traceEvents": events,
        **metadata,
    }


def _named(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    given = {"name": name}
    return {"ph": "M", "name": kind, "pid": process, "tid": thread, "ts": 0, "args": given}


def write_trace(path: str | os.PathLike[str], trace: dict[str, Any]) -> None:
    """Write a trace; one whose path ends in .gz is packed."""
    text = json.dumps(trace)
    if str(path).endswith(".gz"):
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.write(text)
    else:
        Path(path).write_text(text, encoding="utf-8")


def stacks(events: Iterable[TimedEvent]) -> str:
    """One line per event and its self time in microseconds, as flame graph tools read them."""
    return "".join(f"{it.name} {int(it.own_seconds * MICRO)}\n" for it in events)
