"""profile: what a part of a program spends its time on.

Idea: a block is recorded; or, with a schedule, some of its steps, which `step()` separates. Then
    there are a table (`key_averages().table()`) and a trace for a browser.
Not here: how events come about (recording.py).
Read next: recording.py
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from minitorch.errors import OutputError
from minitorch.torch.profiler.averages import EventList
from minitorch.torch.profiler.recording import Recording, TimedEvent
from minitorch.torch.profiler.spans import record_function
from minitorch.torch.profiler.trace import stacks, trace_of, write_trace

__all__ = [
    "ProfilerAction",
    "ProfilerActivity",
    "profile",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]


class ProfilerActivity(Enum):
    """What can be profiled; here only the CPU ever shows something."""

    CPU = 0
    CUDA = 1
    XPU = 2
    MTIA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(Enum):
    """What is done with a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


RECORDED = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
Schedule = Callable[[int], ProfilerAction]


def supported_activities() -> set[ProfilerActivity]:
    """What can be profiled here.

    >>> supported_activities()
    {<ProfilerActivity.CPU: 0>}
    """
    return {ProfilerActivity.CPU}


def schedule(
    *,
    wait: int,
    warmup: int,
    active: int,
    repeat: int = 0,
    skip_first: int = 0,
    skip_first_wait: int = 0,
) -> Schedule:
    """Which steps are recorded: cycles of `wait` steps, `warmup` steps and `active` ones.

    Args:
        wait: steps at the beginning of each cycle in which nothing happens.
        warmup: steps after them that are not recorded either.
        active: recorded steps.
        repeat: so many cycles; 0 goes on to the end.
        skip_first: steps before the first cycle.
        skip_first_wait: not 0 leaves out the waiting of the first cycle.

    >>> plan = schedule(wait=1, warmup=1, active=2)
    >>> [plan(step).name for step in range(5)]
    ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")
    length = wait + warmup + active

    def plan(step: int) -> ProfilerAction:
        step -= skip_first
        if step < 0:
            return ProfilerAction.NONE
        if skip_first_wait:
            step += wait
        cycle, step = divmod(step, length)
        if 0 < repeat <= cycle or step < wait:
            return ProfilerAction.NONE
        if step < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if step < length - 1 else ProfilerAction.RECORD_AND_SAVE

    return plan


def _always(step: int) -> ProfilerAction:
    return ProfilerAction.RECORD


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """For `on_trace_ready`: writes each trace into a folder, under a name of its own.

    Raises:
        OSError: when called, where the folder cannot be made.
    """

    def handle(profiler: profile) -> None:
        try:
            os.makedirs(dir_name, exist_ok=True)
        except OSError as problem:
            raise OutputError(f"Can't create directory: {dir_name}") from problem
        worker = worker_name or f"{platform.node()}_{os.getpid()}"
        end = ".pt.trace.json" + (".gz" if use_gzip else "")
        path = Path(dir_name) / f"{worker}.{time.time_ns()}{end}"
        profiler.export_chrome_trace(str(path))

    return handle


class profile:
    """Profiles a block, or the steps of it that a schedule names.

    Args:
        activities: accepted; the CPU is what there is.
        schedule: which steps are recorded; by default everything.
        on_trace_ready: called with the profiler when a cycle of the schedule, or the block, ends.
        record_shapes: note the shapes of operands.
        profile_memory: accepted; memory is not counted.
        with_stack: accepted; no stacks are kept.
        with_flops: accepted; operations are not counted.
        with_modules: accepted.
        experimental_config: accepted.
        execution_trace_observer: accepted.
        acc_events: keep the events of former cycles.
        use_cuda: accepted.
        post_processing_timeout_s: accepted.
        custom_trace_id_callback: accepted.

    >>> with profile() as profiler:
    ...     with record_function("work"):
    ...         total = sum(range(10))
    >>> [event.name for event in profiler.events()]
    ['work']
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Schedule | None = None,
        on_trace_ready: Callable[[profile], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
        post_processing_timeout_s: float | None = None,
        custom_trace_id_callback: Any = None,
    ) -> None:
        self.activities = set(activities or supported_activities())
        self.schedule = schedule or _always
        self.on_trace_ready = on_trace_ready
        self.record_shapes = record_shapes
        self.acc_events = acc_events
        self.step_num = 0
        self.current_action = self.schedule(0)
        self._by_steps = schedule is not None
        self._metadata: dict[str, Any] = {}
        self._recording = Recording(record_shapes)
        self._running: Recording | None = None
        self._span: record_function | None = None

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with step 0."""
        self.current_action = self.schedule(self.step_num)
        if self.current_action in RECORDED:
            self._begin()
        self._begin_step()

    def stop(self) -> None:
        """End; what is being recorded is handed over."""
        self._end_step()
        if self._running is not None:
            self._finish()
            self._hand_over()

    def step(self) -> None:
        """One step of the program is over, the next begins."""
        self._end_step()
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        recorded = self.current_action in RECORDED
        if self._running is not None and (before is ProfilerAction.RECORD_AND_SAVE or not recorded):
            self._finish()
            self._hand_over()
        if recorded and self._running is None:
            self._begin()
        self._begin_step()

    def _begin(self) -> None:
        kept = self._recording.events if self.acc_events else []
        self._recording = self._running = Recording(self.record_shapes, list(kept))
        self._running.start()

    def _finish(self) -> None:
        assert self._running is not None
        self._running.stop()
        self._running = None

    def _hand_over(self) -> None:
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _begin_step(self) -> None:
        if self._by_steps:
            self._span = record_function(f"ProfilerStep#{self.step_num}")
            self._span.__enter__()

    def _end_step(self) -> None:
        if self._span is not None:
            self._span.__exit__()
            self._span = None

    def events(self) -> list[TimedEvent]:
        """What was recorded, in the order in which it began."""
        return list(self._recording.events)

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """The events summed up by name, and by shapes if asked for."""
        return EventList.of(self._recording.events, group_by_input_shape)

    def export_chrome_trace(self, path: str) -> None:
        """Write what was recorded as a trace; a path that ends in .gz is packed."""
        write_trace(path, trace_of(self._recording, self._metadata))

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write a line per event with its time, for flame graph tools."""
        Path(path).write_text(stacks(self._recording.events), encoding="utf-8")

    def add_metadata(self, key: str, value: str) -> None:
        """Say something more in the trace."""
        self._metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Say something more in the trace, as JSON."""
        self._metadata[key] = value

    def toggle_collection_dynamic(
        self, enable: bool, activities: Iterable[ProfilerActivity] = ()
    ) -> None:
        """Accepted."""
