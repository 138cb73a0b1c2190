"""Telling the user how a run goes: a live bar on a terminal, plain lines in a pipe.

Idea: the loop calls a `Reporter` after every step and every report; what is shown, and how often,
    is the reporter's business. The base class shows nothing, which suits tests and programs.
Not here: what is measured (loop.py), where text goes (cli/ hands a rich Console in).
Read next: loop.py
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["LiveReporter", "PlainReporter", "Reporter", "Status", "describe_record"]

# Seconds between two looks at the bar, and between two plain lines.
LIVE_INTERVAL = 0.1
PLAIN_INTERVAL = 10.0


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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

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

    def _write(self, line: str) -> None:
        # soft_wrap: a pipe has no width; markup off: a path may hold brackets.
        self.console.print(line, soft_wrap=True, markup=False, highlight=False)
        self._next = time.monotonic() + PLAIN_INTERVAL


class LiveReporter(Reporter):
    """Keeps a bar with loss, accuracy, speed and time left at the bottom of a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._next = 0.0
        self._progress = self._bar(console)
        self._task = self._progress.add_task("training", total=None, status="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
            status=f"loss {status.loss:.4f}  accuracy {status.accuracy:.2%}  "
            f"{status.examples_per_second:,.0f} examples/s  {_clock(status.seconds_left)} left",
        )

    def reported(self, record: Mapping[str, Any]) -> None:
        """Write the metrics as a line."""
        self.note(describe_record(record))

    def note(self, message: str) -> None:
        """Write the message."""
        self._progress.console.print(message, soft_wrap=True, markup=False, highlight=False)

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
