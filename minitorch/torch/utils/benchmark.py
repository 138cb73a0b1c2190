"""torch.utils.benchmark: how long a statement takes, measured more than once.

Idea: blocks of runs, long enough that the clock does not matter, until enough time has passed; the
    median of the blocks is told, and how far they lie apart. Each op is computed when it is called:
    else a result that nobody reads would cost nothing.
Not here: what the time is spent on (../profiler/).
Read next: ../profiler/profile.py
"""

from __future__ import annotations

import sys
import textwrap
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles
from time import perf_counter
from typing import Any

from minitorch.errors import ConfigError
from minitorch.modes import Event, observe
from minitorch.torch.missing import getattr_of
from minitorch.torch.tensor import Tensor

__all__ = ["Measurement", "Timer"]

SMALL_OVERHEAD = 1e-4  # of the clock, in the time of a block
UNITS = (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0))


@dataclass
class Measurement:
    """Times of blocks of runs of one statement.

    >>> Measurement(2, [4.0, 6.0, 8.0], "x").median
    3.0
    """

    number_per_run: int
    raw_times: list[float]
    stmt: str
    setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def times(self) -> list[float]:
        """Seconds of one run, of each block."""
        return [time / self.number_per_run for time in self.raw_times]

    @property
    def median(self) -> float:
        """The time that half of the blocks are below."""
        return median(self.times)

    @property
    def mean(self) -> float:
        """The average time."""
        return mean(self.times)

    def _quarters(self) -> tuple[float, float]:
        times = self.times
        if len(times) == 1:
            return times[0], times[0]
        low, _, high = quantiles(times, n=4, method="inclusive")
        return low, high

    @property
    def iqr(self) -> float:
        """How far apart the times of the middle half are."""
        low, high = self._quarters()
        return high - low

    def meets_confidence(self, threshold: float = 0.1) -> bool:
        """Whether the middle half lies within this part of the median."""
        return self.iqr / self.median < threshold

    @property
    def title(self) -> str:
        """The label, or the statement."""
        name = self.label or self.stmt
        return name + (f": {self.sub_label}" if self.sub_label else "")

    def __repr__(self) -> str:
        unit, scale = next(it for it in reversed(UNITS) if self.median >= it[1] or it[0] == "ns")
        count, (low, high) = len(self.raw_times), self._quarters()
        lines = [f"<{type(self).__module__}.{type(self).__name__} object at {id(self):#x}>"]
        lines += [it for it in (self.title, self.description) if it]
        if self.setup not in ("", "pass"):
            lines.append(f"setup: {self.setup}")
        lines.append(f"  {'Median: ' if count > 1 else ''}{self.median / scale:.2f} {unit}")
        if count >= 4:
            spread = f"{low / scale:.2f} to {high / scale:.2f}"
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({spread})")
        runs = f"{self.number_per_run} runs {'per measurement' if count > 1 else ''}".rstrip()
        lines.append(
            f"  {count} measurement{'s' if count > 1 else ''}, {runs}, {self.num_threads} thread"
            + ("s" if self.num_threads > 1 else "")
        )
        return "\n".join(lines)


def _compute(event: Event) -> None:
    """Have the numbers of what an op gave computed now."""
    outputs: Sequence[Any] = event.output if isinstance(event.output, tuple) else (event.output,)
    for it in outputs:
        if isinstance(it, Tensor):
            _ = it._tensor.cell.array


class Timer:
    """Measures how long a statement takes.

    Args:
        stmt: the statement.
        setup: run once before each block.
        global_setup: of C++ only.
        timer: the clock.
        globals: names that the statement uses; `torch` is among them.
        label: what is told in the place of the statement.
        sub_label: more of it.
        description: more of it.
        env: where it was measured.
        num_threads: told; the number of threads is not changed.
        language: "python".

    Raises:
        ValueError: a statement that is no text; another language.

    >>> Timer("sum(range(100))").timeit(10).number_per_run
    10
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = perf_counter,
        globals: Mapping[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: str = "python",
    ) -> None:
        if not isinstance(stmt, str):
            raise ConfigError("Currently only a `str` stmt is supported.")
        if str(language).lower() not in ("py", "python"):
            raise ConfigError(f"Invalid language `{language}`: only Python is timed here.")
        if global_setup:
            raise ConfigError(f"global_setup is C++ only, got `{global_setup}`.")
        names = {"torch": sys.modules.get("minitorch.torch"), **(globals or {})}
        stmt, setup = (textwrap.dedent(it).strip("\n").rstrip() for it in (stmt, setup))
        self._timer = timeit.Timer(stmt, setup, timer, names)
        self._told = (stmt, setup, label, sub_label, description, env, num_threads)

    def _block(self, number: int) -> float:
        with observe(_compute):
            return max(self._timer.timeit(number), 1e-9)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, *self._told)

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """The time of one block of so many runs, after a short one to warm up."""
        self._block(max(number // 100, 2))
        return self._measured(number, [self._block(number)])

    def _block_size(self, least: float) -> int:
        """So many runs that the clock's own time does not count."""
        overhead = median(self._block(0) for _ in range(5))
        number = 1
        while True:
            time = self._block(number)
            enough = overhead / time <= SMALL_OVERHEAD and time >= least / 1000
            if enough or time > least or number * 10 > 2**31 - 1:
                return number
            number *= 10

    def blocked_autorange(
        self,
        callback: Callable[[int, float], Any] | None = None,
        min_run_time: float = 0.2,
    ) -> Measurement:
        """Blocks until so many seconds have passed."""
        return self._blocks(self._block_size(min_run_time), min_run_time, None, callback)

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:
        """Blocks until they agree, or max_run_time has passed."""

        def agree(measured: Measurement) -> bool:
            enough = len(measured.raw_times) > 3 and measured.meets_confidence(threshold)
            return enough or sum(measured.raw_times) > max_run_time

        return self._blocks(self._block_size(0.05), min_run_time, agree, callback)

    def _blocks(
        self,
        number: int,
        least: float,
        agree: Callable[[Measurement], bool] | None,
        callback: Callable[[int, float], Any] | None,
    ) -> Measurement:
        measured = self._measured(number, [])
        while sum(measured.raw_times) < least or (agree is not None and not agree(measured)):
            measured.raw_times.append(self._block(number))
            if callback is not None:
                callback(number, measured.raw_times[-1])
        return measured


__getattr__ = getattr_of(__name__)
