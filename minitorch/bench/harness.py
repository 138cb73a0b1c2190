"""Rounds of turns: in each, every side has a fresh process, and the sides take turns case by case.

Idea: what disturbs a machine lasts longer than a turn, so sides that take turns suffer alike, and
    the ratio of two turns of one round holds where neither time does.
        round 1: A B | A B | ...    round 2: B A | B A | ...
Not here: what a process does in its turn (worker.py), ratios and quartiles (results.py).
Read next: results.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from minitorch.bench.cases import Case
from minitorch.bench.results import Results
from minitorch.bench.sides import SIDES, Side, environment
from minitorch.bench.worker import Effort, Measured, Turn

__all__ = ["ROOT", "TurnError", "Worker", "command", "measure_peaks", "run_cases"]

ROOT = Path(__file__).resolve().parents[2]  # of the repository, or site-packages
Notice = Callable[[str], None]

# A peer's process does not import the library that it is compared with: `minitorch` is there only
# the folder in which this room lies.
PEER = """
import runpy, sys, types
package = types.ModuleType("minitorch")
package.__path__ = [sys.argv.pop(1)]
sys.modules["minitorch"] = package
runpy.run_module("minitorch.bench.worker", run_name="__main__", alter_sys=True)
"""


def command(side: Side, *arguments: str) -> list[str]:
    """The command that starts a worker of this side."""
    if side.ours:
        return [sys.executable, "-m", "minitorch.bench.worker", side.module, *arguments]
    return [sys.executable, "-c", PEER, str(ROOT / "minitorch"), side.module, *arguments]


class TurnError(RuntimeError):
    """A turn that failed, with what its process said."""


class Worker:
    """The process of a side, from `with` to the end of its block."""

    def __init__(self, side: Side, cache: Path, threads: int = 1) -> None:
        self.side = side
        self.said = cache / "said"  # warnings; of use only where the process ends
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                command(side),
                cwd=ROOT,
                env=environment(side, cache, threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
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

    def ended(self) -> TurnError:
        """The error that the process ended, with the last line that it said."""
        status = self.process.wait()
        last = self.said.read_text(encoding="utf-8").strip().rpartition("\n")[2]
        return TurnError(f"the process ended with status {status}" + (f": {last}" if last else ""))

    def answer(self) -> dict[str, Any]:
        """What the process says next.

        Raises:
            TurnError: it ended, or what it was to do failed.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise self.ended()
        reply = json.loads(line)
        if "error" in reply:
            raise TurnError(str(reply["error"]))
        return reply

    def title(self) -> str:
        """Name and version of its library; waits until it is imported.

        Raises:
            TurnError: the library, or what it needs to compile, is not there.
        """
        return str(self.answer()["title"])

    def ask(self, turn: Turn) -> dict[str, Any]:
        """Have the process take a turn; returns what it answers.

        Raises:
            TurnError: the op failed, or the process ended.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(turn.to_json() + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.ended() from None
        return self.answer()

    def measure(self, turn: Turn) -> Measured:
        """Have the process time a turn; raises as `ask` does."""
        return Measured(**self.ask(turn))


def run_cases(
    cases: Sequence[Case],
    rounds: int,
    effort: Effort,
    results: Results,
    notice: Notice = lambda text: None,
    sides: Mapping[str, Side] = SIDES,
    threads: int = 1,
) -> None:
    """Measure all cases, round after round, into `results`.

    Kernels are compiled into an empty cache in the first round, and loaded from it in the others.
    """
    names = [name for name in sides if any(name in case.sides for case in cases)]
    with tempfile.TemporaryDirectory(prefix="minitorch-bench-") as folder:
        for number in range(rounds):
            order = names if number % 2 == 0 else names[::-1]
            with ExitStack() as stack:
                workers = start_all(order, sides, Path(folder), results, stack, threads)
                for case in cases:
                    notice(f"round {number + 1} of {rounds}: {case.group}, {case.name}")
                    take_turns(case, workers, effort, results, number)


def start_all(
    names: Sequence[str],
    sides: Mapping[str, Side],
    cache: Path,
    results: Results,
    stack: ExitStack,
    threads: int,
) -> dict[str, Worker]:
    """A worker per side, with a cache of its own; one that cannot start is left out and noted."""
    workers: dict[str, Worker] = {}
    for name in names:
        if name not in results.absent:
            (cache / name).mkdir(mode=0o700, exist_ok=True)
            workers[name] = stack.enter_context(Worker(sides[name], cache / name, threads))
    for name, worker in list(workers.items()):
        try:
            results.titles[name] = worker.title()
        except TurnError as error:
            results.absent[name] = str(error)
            del workers[name]
    return workers


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


def measure_peaks(
    cases: Sequence[Case],
    results: Results,
    notice: Notice = lambda text: None,
    sides: Mapping[str, Side] = SIDES,
) -> None:
    """Measure the bytes of buffers at the peak of each case, for the sides that can count them.

    Each case has fresh processes: what an earlier one has left behind is none of its buffers.
    """
    with tempfile.TemporaryDirectory(prefix="minitorch-bench-") as folder:
        for case in cases:
            notice(f"bytes at the peak: {case.group}, {case.name}")
            turn = Turn(case.op, case.draws, case.options, memory=True)
            able = [name for name, side in sides.items() if side.ours or name == "torch"]
            names = [name for name in able if name in case.sides and not results.failed(case, name)]
            with ExitStack() as stack:
                workers = start_all(names, sides, Path(folder), results, stack, 1)
                for name, worker in workers.items():
                    try:
                        peak, above = worker.ask(turn)["peak"]
                        results.row(case.group, case.name).peaks[name] = peak, above
                    except TurnError as error:  # its times stand
                        results.absent[f"{name}, bytes"] = str(error)
