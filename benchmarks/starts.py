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

from benchmarks.cases import CASES, SIDES, SUBJECT, Case
from benchmarks.harness import ROOT, environment
from benchmarks.results import Results
from benchmarks.worker import Measured, Turn

__all__ = ["STARTS", "Start", "run_starts"]

GROUP = "Starts of a process"


@dataclass(frozen=True)
class Start:
    """One row: a program per side; `empty` gives it a new cache of kernels each time."""

    name: str
    programs: Mapping[str, Sequence[str]]
    empty: bool = False
    most: int = 7  # pairs at most
    group: str = GROUP


def imports() -> dict[str, Sequence[str]]:
    """A program per side that imports its library."""
    return {side: ("-c", f"import {SIDES[side].needs}") for side in (SUBJECT, "torch", "numpy")}


def first_steps(case: Case) -> dict[str, Sequence[str]]:
    """A program per side that makes one call of a case."""
    turn = Turn(case.op, case.draws, case.options).to_json()
    return {side: ("-m", "benchmarks.worker", SIDES[side].module, turn) for side in case.sides}


LENET = next(case for case in CASES if case.name == "LeNet, batch 16, SGD")
STARTS = [
    Start("first LeNet step, kernels to be compiled", first_steps(LENET), empty=True, most=1),
    Start("first LeNet step, kernels on disk", first_steps(LENET)),
    Start("import", imports()),
]


def run_starts(
    starts: Sequence[Start],
    rounds: int,
    results: Results,
    notice: Callable[[str], None],
    sides: Sequence[str],
) -> None:
    """Time the programs of each start, round after round, into `results`."""
    with tempfile.TemporaryDirectory(prefix="minitorch-bench-") as folder:
        filled: Path | None = None  # a cache with the kernels that these programs use
        for start in starts:
            names = [name for name in start.programs if name in sides]
            if not start.empty and filled is None:
                notice(f"{start.group}: {start.name}, filling the cache")
                filled = Path(tempfile.mkdtemp(dir=folder))
                seconds_of(start, SUBJECT, filled, results)
            for number in range(min(rounds, start.most)):
                notice(f"round {number + 1}: {start.group}, {start.name}")
                if start.empty or filled is None:
                    filled = Path(tempfile.mkdtemp(dir=folder))
                for name in names if number % 2 == 0 else names[::-1]:
                    seconds = seconds_of(start, name, filled, results)
                    if seconds is not None:
                        results.add(start, name, number, Measured(seconds, 1, [seconds]))


def seconds_of(start: Start, side: str, cache: Path, results: Results) -> float | None:
    """Seconds from the start of a side's program to its end; None, and noted, where it failed."""
    if results.failed(start, side):
        return None
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *start.programs[side]],
        cwd=ROOT,
        env=environment(SIDES[side], cache),
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        results.fail(start, side, f"status {done.returncode}: {done.stderr}")
        return None
    return seconds
