"""Where the time of tiny ops goes: recording them, looking their kernel up, launching it.

Idea: ten elementwise ops on 8 numbers, forward and backward, cost what is around the arithmetic.
    Recording is timed by asking for no result, launching by a clock around it, and
        look up = whole - record - launch.
Not here: the same ops against the peers (the case "ten ops" of cases.py).
Read next: ../fuse/build.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import numpy as np

from minitorch.bench.with_minitorch import realise, ten
from minitorch.fuse.build import Plan
from minitorch.fuse.nodes import Node
from minitorch.tensor import BACKENDS, Tensor, from_numpy
from minitorch.tiers import at_once

__all__ = ["Clock", "Dispatch", "dispatch", "launches"]

CALLS = 50  # of a sample
SAMPLES = 21


class Clock:
    """How often something was entered, and how long that took."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0


class Dispatch:
    """Microseconds of a call, by what they were spent on; launches of a kernel in it."""

    def __init__(self, forward: float, record: float, whole: float, clock: Clock) -> None:
        calls = SAMPLES * CALLS
        launch = 1e6 * clock.seconds / calls
        self.launches = clock.count / calls
        self.parts = {
            "record, forward": forward,
            "record, backward": record - forward,
            "look up": whole - record - launch,
            "launch": launch,
            "whole": whole,
        }


@contextmanager
def launches() -> Generator[Clock]:
    """Watch how often kernels are launched, and how long that takes."""
    clock, run = Clock(), Plan.run

    def timed(self: Plan, nodes: list[Node]) -> None:
        began = time.perf_counter()
        run(self, nodes)
        clock.seconds += time.perf_counter() - began
        clock.count += 1

    Plan.run = timed
    try:
        yield clock
    finally:
        Plan.run = run


def microseconds(call: Callable[[], object]) -> float:
    """The median time of a call, of samples of many."""
    samples: list[float] = []
    for _ in range(SAMPLES):
        began = time.perf_counter()
        for _ in range(CALLS):
            call()
        samples.append((time.perf_counter() - began) / CALLS)
    return 1e6 * statistics.median(samples)


def dispatch() -> Dispatch:
    """Time ten ops on 8 numbers, forward, backward and realised, on the fused backend."""

    def eight(requires_grad: bool) -> Tensor:
        array = np.linspace(-1.0, 1.0, 8, dtype=np.float32)
        return from_numpy(array, BACKENDS["fused"], requires_grad)

    x, w, g = eight(True), eight(False), eight(False)

    def record() -> Tensor:
        x.zero_grad_()
        y = ten(x, w)
        y.backward(g)
        return y

    def whole() -> object:
        return realise(record(), x.grad)

    with at_once():
        whole()
    microseconds(whole)  # warm
    forward = microseconds(lambda: ten(x, w))
    recorded = microseconds(record)
    plain = microseconds(whole)
    with launches() as clock:
        microseconds(whole)
    return Dispatch(forward, recorded, plain, clock)
