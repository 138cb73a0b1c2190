"""How long whole processes take: imports, and first steps with and without compiled kernels.

Idea: the clock runs from before Python is started until it has ended; the sides alternate.
Not here: what a step costs once it runs (cases.py).
Read next: harness.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minitorch.bench.cases import CASES, Case, Goal
from minitorch.bench.harness import ROOT, command
from minitorch.bench.results import Results
from minitorch.bench.sides import SIDES, SUBJECT, environment
from minitorch.bench.worker import Measured, Turn

__all__ = ["STARTS", "Start", "run_starts"]

GROUP = "Starts of a process"


@dataclass(frozen=True)
class Start:
    """One row: a program per side; `empty` gives it a new cache of kernels each time."""

    name: str
    programs: Mapping[str, Sequence[str]]
    empty: bool = False
    most: int = 7  # pairs at most
    goal: Goal | None = None
    group: str = GROUP


def imports() -> dict[str, Sequence[str]]:
    """A program per side that imports its library."""
    names = [name for name in SIDES if name not in ("captured", "fast", "simple", "compiled")]
    return {name: (sys.executable, "-c", f"import {SIDES[name].needs}") for name in names}


def first_steps(case: Case) -> dict[str, Sequence[str]]:
    """A program per side that makes one call of a case."""
    turn = Turn(case.op, case.draws, case.options).to_json()
    names = [name for name in case.sides if name in SIDES and name not in ("captured", "fast")]
    return {name: command(SIDES[name], turn) for name in names}


LENET = next(case for case in CASES if case.name == "LeNet, batch 16, Adam")
STARTS = [
    Start(
        "first LeNet step, kernels to be compiled", first_steps(LENET), empty=True, most=1,
        goal=Goal(20.0, relative=False),
    ),
    Start("first LeNet step, kernels on disk", first_steps(LENET), goal=Goal(2.0, relative=False)),
    Start("import", imports(), goal=Goal(0.5)),
]  # fmt: skip


def run_starts(
    starts: Sequence[Start],
    rounds: int,
    results: Results,
    notice: Callable[[str], None],
    sides: Sequence[str],
    threads: int = 1,
) -> None:
    """Time the programs of each start, round after round, into `results`."""
    with tempfile.TemporaryDirectory(prefix="minitorch-bench-") as folder:
        filled: Path | None = None  # a cache with the kernels that these programs use
        for start in starts:
            names = [name for name in start.programs if name in sides]
            if not start.empty and filled is None:
                notice(f"{start.group}: {start.name}, filling the cache")
                filled = Path(tempfile.mkdtemp(dir=folder))
                for name in names:
                    seconds_of(start, name, filled, results, threads)
            for number in range(min(rounds, start.most)):
                notice(f"round {number + 1}: {start.group}, {start.name}")
                if start.empty or filled is None:
                    filled = Path(tempfile.mkdtemp(dir=folder))
                for name in names if number % 2 == 0 else names[::-1]:
                    seconds = seconds_of(start, name, filled, results, threads)
                    if seconds is not None:
                        results.add(start, name, number, Measured(seconds, 1, [seconds]))


def seconds_of(
    start: Start, side: str, cache: Path, results: Results, threads: int
) -> float | None:
    """Seconds from the start of a side's program to its end; None, and noted, where it failed."""
    if results.failed(start, side):
        return None
    before = kernels_in(cache)
    began = time.perf_counter()
    done = subprocess.run(
        start.programs[side],
        cwd=ROOT,
        env=environment(SIDES[side], cache, threads),
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        results.fail(start, side, f"status {done.returncode}: {done.stderr}")
        return None
    if side == SUBJECT:
        results.row(start.group, start.name).compiled = kernels_in(cache) - before
    return seconds


def kernels_in(cache: Path) -> int:
    """How many compiled kernels a cache holds: Numba writes a file `.nbc` for each."""
    return sum(1 for _ in cache.rglob("*.nbc"))
