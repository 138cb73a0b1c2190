"""One side's process: it takes turns from its standard input and says how long they took.

Idea: a turn is the first call of an op (it compiles or loads what it needs), a search for the
    number of calls that take long enough to be timed, which warms up as well, then the samples.
        value = seconds of a sample / calls in it
Not here: whose turn it is (harness.py).
Read next: harness.py
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from minitorch.bench.draws import Draw, draw_all

__all__ = ["Effort", "Measured", "Turn", "calls_for", "main", "measure", "prepare", "serve"]


@dataclass(frozen=True)
class Effort:
    """How long a sample takes at least, and how many there are in a turn."""

    seconds: float = 0.05
    samples: int = 2
    enough: float = 0.2  # seconds of samples after which a turn ends with fewer


@dataclass(frozen=True)
class Turn:
    """What a worker is asked to time, or, with `memory`, whose buffers it is to count."""

    op: str
    draws: tuple[Draw, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    effort: Effort = field(default_factory=Effort)
    memory: bool = False

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(line: str) -> Turn:
        """The turn that a line stands for."""
        it = json.loads(line)
        draws = tuple(Draw(tuple(draw.pop("shape")), **draw) for draw in it["draws"])
        return Turn(it["op"], draws, it["options"], Effort(**it["effort"]), it["memory"])


@dataclass(frozen=True)
class Measured:
    """Seconds of the first call, calls per sample, seconds per call of each sample."""

    first: float
    loops: int
    values: list[float]


def seconds_of(call: Callable[[], Any], count: int, clock: Callable[[], float]) -> float:
    """How long so many calls take."""
    turns = range(count)
    start = clock()
    for _ in turns:
        call()
    return clock() - start


def calls_for(call: Callable[[], Any], seconds: float, clock: Callable[[], float]) -> int:
    """How many calls take at least so many seconds, found by trying."""
    count = 1
    while True:
        took = seconds_of(call, count, clock)
        if took >= seconds:
            return count
        wanted = count * 1.1 * seconds / took if took > 0.0 else math.inf
        count = math.ceil(min(10 * count, max(count + 1, wanted)))


def measure(
    call: Callable[[], Any], effort: Effort, clock: Callable[[], float] = time.perf_counter
) -> Measured:
    """Time a call, as the header says."""
    first = seconds_of(call, 1, clock)
    loops = calls_for(call, effort.seconds, clock)
    values: list[float] = []
    while len(values) < effort.samples and sum(values) * loops < effort.enough:
        values.append(seconds_of(call, loops, clock) / loops)
    return Measured(first, loops, values)


def prepare(module: Any, turn: Turn) -> Callable[[], Any]:
    """The call of a turn, on freshly drawn arrays."""
    return getattr(module, turn.op)(*draw_all(turn.draws), **turn.options)


def take(module: Any, turn: Turn) -> dict[str, Any]:
    """What a turn is answered with: times, or the bytes that the side itself counts."""
    if turn.memory:
        return {"peak": module.peak_bytes(lambda: prepare(module, turn))}
    return asdict(measure(prepare(module, turn), turn.effort))


def serve(module: Any, asked: TextIO, answer: TextIO) -> None:
    """Take turns until there are none; a turn that fails is answered with its traceback."""
    for line in asked:
        try:
            reply = take(module, Turn.from_json(line))
        except Exception:  # whatever an op may raise is the answer
            reply = {"error": traceback.format_exc()}
        answer.write(json.dumps(reply) + "\n")
        answer.flush()


def main(module_name: str, once: str | None = None) -> None:
    """Serve turns, or make the first call of one turn and end."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what an op prints is no answer
    if once is not None:
        prepare(importlib.import_module(module_name), Turn.from_json(once))()
        return
    try:
        module = importlib.import_module(module_name)
        greeting = {"title": module.TITLE}
    except Exception as error:  # a library, or a compiler that it needs, is not there
        module, greeting = None, {"error": f"{type(error).__name__}: {error}"}
    answer.write(json.dumps(greeting) + "\n")
    answer.flush()
    if module is not None:
        serve(module, sys.stdin, answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
