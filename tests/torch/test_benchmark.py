"""torch.utils.benchmark counts runs, sums up blocks and says what it found."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as torch
from minitorch.errors import NotSupportedError
from minitorch.torch.utils import benchmark
from minitorch.torch.utils.benchmark import Measurement, Timer


class Clock:
    """Each look at it takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_counting() -> None:
    calls: list[int] = []
    timer = Timer("calls.append(x)", setup="x = 3", globals={"calls": calls}, timer=Clock())
    measured = timer.timeit(500)
    assert calls == [3] * (500 + 5)
    assert (measured.number_per_run, measured.raw_times) == (500, [1.0])
    assert measured.median == measured.mean == 1.0 / 500


def test_blocks() -> None:
    told: list[Any] = []
    timer = Timer("pass", timer=Clock())
    measured = timer.blocked_autorange(lambda n, t: told.append((n, t)), min_run_time=0.5)
    assert told == [(1, 1.0)]
    assert measured.raw_times == [1.0]
    measured = timer.adaptive_autorange(max_run_time=20.0)
    assert len(measured.raw_times) == 4


def test_spread() -> None:
    measured = Measurement(10, [10.0, 20.0, 30.0, 40.0, 50.0], "x + 1", sub_label="small")
    assert (measured.median, measured.mean) == (3.0, 3.0)
    assert measured.iqr == 2.0
    assert not measured.meets_confidence()
    text = repr(measured)
    assert "x + 1: small" in text
    assert "Median: 3.00 s" in text
    assert "IQR:    2.00 s (2.00 to 4.00)" in text
    assert "5 measurements, 10 runs per measurement, 1 thread" in text
    text = repr(Measurement(1, [2e-6], "y", "z = 1", "label", None, "what", None, 2))
    assert text.splitlines()[1:] == [
        "label",
        "what",
        "setup: z = 1",
        "  2.00 us",
        "  1 measurement, 1 runs, 2 threads",
    ]
    assert "0.50 ns" in repr(Measurement(1, [5e-10], "y"))


def test_results_that_nobody_reads_are_computed() -> None:
    x = torch.ones(4)
    kept: list[Any] = []
    Timer("kept.append(x + 1)", globals={"x": x, "kept": kept}).timeit(2)
    assert all(it._tensor.cell.computed is not None for it in kept)
    assert Timer("torch.ones(2)").timeit(1).median > 0


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="only a `str` stmt"):
        Timer(print)  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ValueError, match="Invalid language `c\\+\\+`"):
        Timer(language="c++")
    with pytest.raises(ValueError, match="C\\+\\+ only"):
        Timer(global_setup="int x;")
    with pytest.raises(NotSupportedError, match="Compare"):
        _ = benchmark.Compare
