"""Telling the user how a run goes: a live bar on a terminal, plain lines in a pipe.

Idea: the loop calls a `Reporter` after every step and every report; what is shown, and how often,
    is the reporter's business. The base class shows nothing, which suits tests and programs.
    While it is entered, a reporter also hears of kernels that take long to compile.
Not here: what is measured (loop.py), where text goes (cli/ hands a rich Console in).
Read next: loop.py
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from minitorch.kernel_store import on_compile

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["LiveReporter", "PlainReporter", "Reporter", "Status", "describe_record"]

# Seconds between two looks at the bar, and between two plain lines.
LIVE_INTERVAL = 0.1
PLAIN_INTERVAL = 10.0
# Seconds after which a compilation is worth a word.
LONG_COMPILATION = 1.0


@dataclass(frozen=True)
class Status:
    """Where a run is after a step: the loss and accuracy are those of the epoch so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    examples_per_second: float
    seconds_left: float

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}/{self.epochs}  step {self.step}/{self.steps}  "
            f"loss {self.loss:.4f}  accuracy {self.accuracy:.2%}  "
            f"{self.examples_per_second:,.0f} examples/s  {_clock(self.seconds_left)} left"
        )


def describe_record(record: Mapping[str, Any]) -> str:
    """Return a line of metrics as a person reads it.

    >>> describe_record({"epoch": 3, "train_loss": 0.5, "train_accuracy": 0.9, "test_loss": 0.6,
    ...                  "test_accuracy": 0.85, "seconds": 61.0})
    'epoch 3  train loss 0.5000 accuracy 90.00%  test loss 0.6000 accuracy 85.00%  0:01:01'
    """
    return (
        f"epoch {record['epoch']}  "
        f"train loss {record['train_loss']:.4f} accuracy {record['train_accuracy']:.2%}  "
        f"test loss {_number(record['test_loss'])} accuracy {record['test_accuracy']:.2%}  "
        f"{_clock(record['seconds'])}"
    )


class Reporter:
    """Shows nothing; the base of those that do."""

    _alarm: threading.Timer | None = None  # set while a kernel compiles
    _is_long = False

    def __enter__(self) -> Self:
        self._turn = threading.Lock()  # the alarm goes off in a thread of its own
        on_compile.append(self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        on_compile.remove(self._heard)

    def compiling(self, kernel: str) -> None:
        """Show that a kernel has been compiling for a second, and still is."""

    def compiled(self, kernel: str, seconds: float) -> None:
        """Show that the kernel of the last `compiling` is done."""

    def _heard(self, kernel: str, seconds: float | None) -> None:
        """What the compiler tells: that it starts, or how long it took."""
        if seconds is None:
            self._alarm = alarm = threading.Timer(
                LONG_COMPILATION, lambda: self._is_compiling_still(kernel, alarm)
            )
            alarm.daemon = True
            alarm.start()
            return
        with self._turn:
            was_long, self._is_long = self._is_long, False
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = None
            if was_long:
                self.compiled(kernel, seconds)

    def _is_compiling_still(self, kernel: str, alarm: threading.Timer) -> None:
        with self._turn:
            if self._alarm is alarm:
                self._is_long = True
                self.compiling(kernel)

    def due(self) -> bool:
        """Tell whether `stepped` would show anything now, so that no status is made in vain."""
        return False

    def stepped(self, status: Status) -> None:
        """Show where the run is."""

    def reported(self, record: Mapping[str, Any]) -> None:
        """Show a line of metrics."""

    def note(self, message: str) -> None:
        """Show a message."""


class PlainReporter(Reporter):
    """Writes a line per report and, in long epochs, one every ten seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._next = time.monotonic() + PLAIN_INTERVAL

    def due(self) -> bool:
        """Tell whether the interval since the last text is over."""
        return time.monotonic() >= self._next

    def stepped(self, status: Status) -> None:
        """Show the status."""
        self._write(str(status))

    def reported(self, record: Mapping[str, Any]) -> None:
        """Write the metrics as a line."""
        self._write(describe_record(record))

    def note(self, message: str) -> None:
        """Write the message."""
        self._write(message)

    def compiling(self, kernel: str) -> None:
        """Write what is waited for, and leave the line open."""
        self._write(f"compiling kernel {kernel} ...", end=" ")

    def compiled(self, kernel: str, seconds: float) -> None:
        """End the line with how long it took."""
        self._write(f"{seconds:.1f} s")

    def _write(self, line: str, end: str = "\n") -> None:
        # soft_wrap: a pipe has no width; markup off: a path may hold brackets.
        self.console.print(line, end=end, soft_wrap=True, markup=False, highlight=False)
        self._next = time.monotonic() + PLAIN_INTERVAL


class LiveReporter(Reporter):
    """Keeps a bar with loss, accuracy, speed and time left at the bottom of a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._next = 0.0
        self._figures = ""
        self._progress = self._bar(console)
        self._task = self._progress.add_task("training", total=None, status="")

    def __enter__(self) -> Self:
        self._progress.start()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        self._progress.stop()

    def due(self) -> bool:
        """Tell whether the interval since the last text is over."""
        return time.monotonic() >= self._next

    def stepped(self, status: Status) -> None:
        """Show the status."""
        self._next = time.monotonic() + LIVE_INTERVAL
        self._progress.update(
            self._task,
            description=f"epoch {status.epoch}/{status.epochs}",
            completed=status.step,
            total=status.steps,
        )
        self._show(
            f"loss {status.loss:.4f}  accuracy {status.accuracy:.2%}  "
            f"{status.examples_per_second:,.0f} examples/s  {_clock(status.seconds_left)} left"
        )

    def reported(self, record: Mapping[str, Any]) -> None:
        """Write the metrics as a line."""
        self.note(describe_record(record))

    def note(self, message: str) -> None:
        """Write the message."""
        self._progress.console.print(message, soft_wrap=True, markup=False, highlight=False)

    def compiling(self, kernel: str) -> None:
        """Show what is waited for, in place of the figures."""
        self._progress.update(self._task, status=f"compiling kernel {kernel} ...")

    def compiled(self, kernel: str, seconds: float) -> None:
        """Show the figures again."""
        self._progress.update(self._task, status=self._figures)

    def _show(self, figures: str) -> None:
        self._figures = figures
        self._progress.update(self._task, status=figures)

    @staticmethod
    def _bar(console: Console) -> Progress:
        # Imported here: a program that trains without a bar does not wait for rich.
        from rich.progress import BarColumn, Progress, TextColumn

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[status]}"),
            console=console,
            transient=True,
        )


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
