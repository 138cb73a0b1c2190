"""A line search: how far to go in a direction, so that the strong Wolfe conditions hold.

Idea: first go on until a stretch surely has a good step in it, then halve the stretch, each time at
    the minimum of the cubic through its ends. Good is: the loss falls by c1 of what the slope
    promises, and the slope has lost all but c2 of its size.
Not here: the direction (lbfgs.py).
Read next: lbfgs.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

__all__ = ["Point", "cubic_minimum", "strong_wolfe"]

FALL, FLATTER = 1e-4, 0.9  # c1 and c2
MOST = 10.0  # times so far does a step go beyond the one before
NEAR = 0.1  # so near to an end of the stretch a step makes too little progress


@dataclass(frozen=True)
class Point:
    """A place on the line: the step to it, and loss, gradient and slope there."""

    step: float
    loss: float
    gradient: Any
    slope: float


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """The step at which the cubic through two points with their slopes is least, within bounds.

    Nocedal and Wright, "Numerical Optimization", 2006, equation 3.59. Without a minimum, or where
    rounding leaves none, the middle of the bounds; these are by default the points.

    >>> cubic_minimum(Point(0.0, 1.0, None, -2.0), Point(2.0, 1.0, None, 2.0))
    1.0
    """
    low, high = bounds or (min(a.step, b.step), max(a.step, b.step))
    if a.step == b.step:
        return (low + high) / 2.0
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
    square = d1**2 - a.slope * b.slope
    if square >= 0:
        d2 = sqrt(square)
        first, last = (a, b) if a.step <= b.step else (b, a)
        width = last.slope - first.slope + 2 * d2
        if width != 0:
            part = (last.slope + d2 - d1) / width
            return min(max(last.step - (last.step - first.step) * part, low), high)
    return (low + high) / 2.0


def strong_wolfe(
    evaluate: Callable[[float], Point],
    start: Point,
    step: float,
    scale: float,
    tolerance: float,
    tries: int,
) -> tuple[Point, int]:
    """A point that satisfies the strong Wolfe conditions, and how often the loss was computed.

    Args:
        evaluate: the point at a step.
        start: the point at step 0.
        step: the first step to try.
        scale: the largest entry of the direction.
        tolerance: a stretch that changes no parameter by more is not divided further.
        tries: how many points are looked at; then the best of the stretch is taken.

    >>> def parabola(step):
    ...     return Point(step, (step - 3.0) ** 2, None, 2.0 * (step - 3.0))
    >>> found, tried = strong_wolfe(parabola, parabola(0.0), 1.0, 1.0, 1e-9, 25)
    >>> found.step, tried
    (1.0, 1)
    """
    stretch, tried, good = _bracket(evaluate, start, step, tries)
    taken = tried - 1
    if not good:
        taken += _divide(evaluate, start, stretch, scale, tolerance, tries - taken)
    return min(stretch, key=lambda point: point.loss), taken + 1


def _is_short(point: Point, start: Point) -> bool:
    """True where the loss has not fallen by enough."""
    return point.loss > start.loss + FALL * point.step * start.slope


def _is_flat(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -FLATTER * start.slope


def _bracket(
    evaluate: Callable[[float], Point], start: Point, step: float, tries: int
) -> tuple[list[Point], int, bool]:
    """A stretch with a good step in it, how many points were looked at, and whether one is it."""
    before, point = start, evaluate(step)
    for k in range(tries):
        if _is_short(point, start) or (k > 1 and point.loss >= before.loss):
            return [before, point], k + 1, False
        if _is_flat(point, start):
            return [point], k + 1, True
        if point.slope >= 0:
            return [before, point], k + 1, False
        least = point.step + 0.01 * (point.step - before.step)
        step = cubic_minimum(before, point, (least, point.step * MOST))
        before, point = point, evaluate(step)
    return [start, point], tries + 1, False


def _divide(
    evaluate: Callable[[float], Point],
    start: Point,
    stretch: list[Point],
    scale: float,
    tolerance: float,
    tries: int,
) -> int:
    """Narrow the stretch until one of its ends is good; how many points were looked at."""
    was_near = False
    for k in range(tries):
        low, high = (0, 1) if stretch[0].loss <= stretch[1].loss else (1, 0)
        left, right = sorted(point.step for point in stretch)
        if (right - left) * scale < tolerance:
            return k
        step = cubic_minimum(stretch[0], stretch[1])
        margin = NEAR * (right - left)
        near = min(right - step, step - left) < margin
        if near and (was_near or step >= right or step <= left):
            step = right - margin if abs(step - right) < abs(step - left) else left + margin
            near = False
        was_near = near
        point = evaluate(step)
        if _is_short(point, start) or point.loss >= stretch[low].loss:
            stretch[high] = point
            continue
        good = _is_flat(point, start)
        if not good and point.slope * (stretch[high].step - stretch[low].step) >= 0:
            stretch[high] = stretch[low]
        stretch[low] = point
        if good:
            return k + 1
    return tries
