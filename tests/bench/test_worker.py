"""A turn: the first call, the number of calls, the samples; and the lines that ask and answer."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from minitorch.bench.draws import below, draw_all, normal, weights
from minitorch.bench.worker import Effort, Turn, calls_for, measure, serve

from . import fake_side


class FakeTime:
    """A clock that only the calls move: each takes the next of `costs`, then the last one again."""

    def __init__(self, *costs: float) -> None:
        self.now = 100.0
        self.costs = list(costs)
        self.calls = 0

    def clock(self) -> float:
        return self.now

    def call(self) -> None:
        self.now += self.costs.pop(0) if len(self.costs) > 1 else self.costs[0]
        self.calls += 1


def test_measures_seconds_per_call_apart_from_the_first() -> None:
    time = FakeTime(2.0, 0.25)  # binary fractions: the sums are exact
    measured = measure(time.call, Effort(seconds=1.0, samples=3, enough=99.0), time.clock)
    assert measured.first == 2.0
    assert measured.loops >= 4
    assert measured.values == [0.25, 0.25, 0.25]


@pytest.mark.parametrize("cost", [2.0**-20, 2.0**-7, 0.5, 4.0])
def test_a_sample_takes_long_enough_and_not_much_longer(cost: float) -> None:
    time = FakeTime(cost)
    count = calls_for(time.call, 1.0, time.clock)
    assert count * cost >= 1.0
    assert count == 1 or count * cost <= 1.2 + 2 * cost
    assert time.calls * cost <= 3.0 + 2 * cost  # the search itself costs little


def test_a_clock_that_stands_still_at_first_is_not_divided_by() -> None:
    time = FakeTime(*[0.0] * 11, 1.0)
    assert calls_for(time.call, 0.5, time.clock) == 10 + 90


def test_slow_calls_end_the_turn_early() -> None:
    time = FakeTime(8.0)
    measured = measure(time.call, Effort(seconds=0.5, samples=5, enough=10.0), time.clock)
    assert measured.values == [8.0, 8.0]
    assert measured.loops == 1


def test_a_turn_survives_its_line() -> None:
    turn = Turn("matmul", (normal(2, 3), below(9, 4), weights(5, inputs=2)), {"dim": 1}, Effort(1))
    line = turn.to_json()
    assert "\n" not in line
    assert Turn.from_json(line) == turn


def test_draws_are_the_same_in_every_process_and_of_their_kind() -> None:
    draws = (normal(1000), below(7, 1000), weights(1000, inputs=50), normal(3, dtype="float64"))
    first, second = draw_all(draws), draw_all(draws)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    plain, ids, scaled, double = first
    assert [a.dtype.name for a in first] == ["float32", "int64", "float32", "float64"]
    assert set(ids.tolist()) == set(range(7))
    assert 0.9 < plain.std() < 1.1
    assert 0.18 < scaled.std() < 0.22  # sqrt(2 / 50)
    assert double.shape == (3,)


def ask(*turns: Turn) -> list[dict[str, Any]]:
    answers = io.StringIO()
    serve(fake_side, io.StringIO("".join(turn.to_json() + "\n" for turn in turns)), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


@pytest.fixture
def brief() -> Effort:
    return Effort(seconds=0.001, samples=2)


def test_a_failing_op_is_answered_with_what_went_wrong_and_the_next_is_served(
    brief: Effort,
) -> None:
    failed, unknown, measured = ask(
        Turn("broken", effort=brief),
        Turn("no_such_op", effort=brief),
        Turn("sleep", options={"seconds": 0.002}, effort=brief),
    )
    assert "ArithmeticError: seven is not a number here" in str(failed["error"])
    assert "no_such_op" in str(unknown["error"])
    assert set(measured) == {"first", "loops", "values"}


def test_what_is_measured_is_the_call(brief: Effort) -> None:
    """A sleep ends no earlier than asked for, so its time has a lower bound on any machine."""
    (measured,) = ask(Turn("sleep", options={"seconds": 0.005}, effort=brief))
    assert measured["loops"] == 1
    assert len(measured["values"]) == 2
    assert min(measured["values"]) >= 0.005
