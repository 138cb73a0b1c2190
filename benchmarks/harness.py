"""Rounds of turns: in each, every side has a fresh process, and the sides take turns case by case.

Idea: what disturbs a machine lasts longer than a turn, so sides that take turns suffer alike, and
    the ratio of two turns of one round holds where neither time does.
        round 1: A B | A B | ...    round 2: B A | B A | ...
Not here: what a process does in its turn (worker.py), ratios and quartiles (results.py).
Read next: results.py
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from benchmarks.cases import SIDES, Case, Side
from benchmarks.results import Results
from benchmarks.worker import Effort, Measured, Turn

__all__ = ["ROOT", "TurnError", "Worker", "environment", "installed", "run_cases"]

ROOT = Path(__file__).resolve().parent.parent
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
Notice = Callable[[str], None]


class TurnError(RuntimeError):
    """A turn that failed, with what its process said."""


def environment(side: Side, cache: Path) -> dict[str, str]:
    """The environment of a side's processes: one thread, a cache of kernels of our own.

    What tunes a BLAS by hand is left out: each picks its kernels by the processor that it finds.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENBLAS_", "MKL_", "OMP_", "NUMBA_", "MINITORCH_"))
    }
    return {
        **kept,
        **dict.fromkeys(THREADS, "1"),
        "MINITORCH_CACHE": str(cache),
        **side.environment,
    }


def installed(side: str) -> bool:
    """True where the library of this side is there."""
    return importlib.util.find_spec(SIDES[side].needs) is not None


class Worker:
    """The process of a side, from `with` to the end of its block."""

    def __init__(self, side: Side, cache: Path) -> None:
        self.side = side
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", side.module],
            cwd=ROOT,
            env=environment(side, cache),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def answer(self) -> dict[str, object]:
        """What the process says next.

        Raises:
            TurnError: it ended.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise TurnError(f"the process ended with status {self.process.wait()}")
        return json.loads(line)

    def title(self) -> str:
        """Name and version of its library; waits until it is imported."""
        return str(self.answer()["title"])

    def measure(self, turn: Turn) -> Measured:
        """Have the process take a turn.

        Raises:
            TurnError: the op failed, or the process ended.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(turn.to_json() + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise TurnError(f"the process ended with status {self.process.wait()}") from None
        reply = self.answer()
        if "error" in reply:
            raise TurnError(str(reply["error"]))
        return Measured(**reply)  # type: ignore[arg-type]  # the fields are checked by its tests


def run_cases(
    cases: Sequence[Case],
    rounds: int,
    effort: Effort,
    results: Results,
    notice: Notice = lambda text: None,
    sides: Mapping[str, Side] = SIDES,
) -> None:
    """Measure all cases, round after round, into `results`.

    Kernels are compiled into an empty cache in the first round, and loaded from it in the others.
    """
    names = [name for name in sides if any(name in case.sides for case in cases)]
    with tempfile.TemporaryDirectory(prefix="minitorch-bench-") as folder:
        for number in range(rounds):
            order = names if number % 2 == 0 else names[::-1]
            with ExitStack() as stack:
                workers = {
                    name: stack.enter_context(Worker(sides[name], Path(folder))) for name in order
                }
                for name, worker in workers.items():
                    results.titles[name] = worker.title()
                for case in cases:
                    notice(f"round {number + 1} of {rounds}: {case.group}, {case.name}")
                    take_turns(case, workers, effort, results, number)


def take_turns(
    case: Case, workers: Mapping[str, Worker], effort: Effort, results: Results, number: int
) -> None:
    """One turn of each side that takes part, in the order of the workers."""
    turn = Turn(case.op, case.draws, case.options, effort)
    for name, worker in workers.items():
        if name not in case.sides or results.failed(case, name):
            continue
        try:
            results.add(case, name, number, worker.measure(turn))
        except TurnError as error:
            results.fail(case, name, str(error))
