"""Task 1.1: the slope of a function by two of its values."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given

import minitorch
from minitorch import central_difference

from .numbers import moderate

pytestmark = pytest.mark.task1_1


@pytest.mark.parametrize(
    ("f", "slope", "at"),
    [
        (lambda x: x, lambda x: 1.0, 5.0),
        (lambda x: x**3, lambda x: 3 * x**2, 4.0),
        (math.exp, math.exp, -2.0),
        (math.sin, math.cos, 1.0),
        (math.log, lambda x: 1 / x, 0.5),
        (lambda x: 3.0, lambda x: 0.0, 9.0),
    ],
)
def test_slope_of_one_argument(
    f: Callable[[float], float], slope: Callable[[float], float], at: float
) -> None:
    assert central_difference(f, at) == pytest.approx(slope(at), rel=1e-6, abs=1e-6)


@given(moderate, moderate, moderate)
def test_slope_in_each_argument(x: float, y: float, z: float) -> None:
    def f(a: float, b: float, c: float) -> float:
        return 2.0 * a + b * c

    assert central_difference(f, x, y, z) == pytest.approx(2.0, abs=1e-3)
    assert central_difference(f, x, y, z, arg=0) == pytest.approx(2.0, abs=1e-3)
    assert central_difference(f, x, y, z, arg=1) == pytest.approx(z, abs=1e-3)
    assert central_difference(f, x, y, z, arg=2) == pytest.approx(y, abs=1e-3)


def test_difference_is_central() -> None:
    """It is exact for a parabola, which a one-sided difference is not, at any epsilon."""
    assert central_difference(lambda x: x * x, 3.0, epsilon=0.5) == pytest.approx(6.0)


def test_epsilon_is_the_distance_on_both_sides() -> None:
    asked: list[tuple[float, float]] = []

    def f(x: float, y: float) -> float:
        asked.append((x, y))
        return x + y

    central_difference(f, 1.0, 2.0, arg=1, epsilon=0.25)
    assert sorted(asked) == [(1.0, 1.75), (1.0, 2.25)]


def test_epsilon_by_default() -> None:
    asked: list[float] = []
    central_difference(lambda x: asked.append(x) or x, 0.0)
    assert sorted(asked) == [-1e-6, 1e-6]


def test_it_is_found_at_the_top_and_in_scalar() -> None:
    from minitorch.scalar import central_difference as in_scalar

    assert minitorch.central_difference is in_scalar
    assert in_scalar(lambda x: 2.0 * x, 1.0) == pytest.approx(2.0)
