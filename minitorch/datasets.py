"""The six toy point sets: N points in the unit square, each labelled 0 or 1.

Idea: a data set is a rule for the label and a way to draw the points; `datasets` names them all.
Not here: real data (data/), batches, the default generator of tensors (random.py).
Read next: operators.py
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from minitorch.errors import DataError

__all__ = ["Graph", "circle", "datasets", "diag", "make_pts", "simple", "spiral", "split", "xor"]

Point = tuple[float, float]


@dataclass
class Graph:
    """N labelled points: X is a list of (x, y) pairs, y the list of their labels.

    >>> Graph(1, [(0.2, 0.7)], [1]).X
    [(0.2, 0.7)]
    """

    N: int
    X: list[Point]
    y: list[int]


def make_pts(N: int, seed: int | None = None) -> list[Point]:
    """Draw N points uniformly from the unit square; the same seed gives the same points.

    Raises:
        DataError: N is below 1.

    >>> len(make_pts(5, seed=1)), make_pts(5, seed=1) == make_pts(5, seed=1)
    (5, True)
    """
    if N < 1:
        raise DataError(f"A point set needs N >= 1 points, got N={N}. Try N=50.")
    source = random.Random(seed)
    return [(source.random(), source.random()) for _ in range(N)]


def _labelled(N: int, seed: int | None, label: Callable[[float, float], bool]) -> Graph:
    X = make_pts(N, seed)
    return Graph(N, X, [int(label(x, y)) for x, y in X])


def simple(N: int, seed: int | None = None) -> Graph:
    """Label 1 where x < 0.5.

    >>> simple(3, seed=0).y
    [0, 1, 0]
    """
    return _labelled(N, seed, lambda x, y: x < 0.5)


def diag(N: int, seed: int | None = None) -> Graph:
    """Label 1 where x + y < 0.5.

    >>> diag(3, seed=0).N
    3
    """
    return _labelled(N, seed, lambda x, y: x + y < 0.5)


def split(N: int, seed: int | None = None) -> Graph:
    """Label 1 in the two outer bands, x < 0.2 or x > 0.8.

    >>> split(3, seed=0).N
    3
    """
    return _labelled(N, seed, lambda x, y: x < 0.2 or x > 0.8)


def xor(N: int, seed: int | None = None) -> Graph:
    """Label 1 where exactly one of x and y is below 0.5.

    >>> xor(3, seed=0).N
    3
    """
    return _labelled(N, seed, lambda x, y: (x < 0.5) != (y < 0.5))


def circle(N: int, seed: int | None = None) -> Graph:
    """Label 1 outside the circle of squared radius 0.1 around the centre.

    >>> circle(3, seed=0).N
    3
    """
    return _labelled(N, seed, lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1)


def spiral(N: int, seed: int | None = None) -> Graph:
    """Two interleaved arms, label 0 first; an odd point goes to the second arm.

    Nothing about the arms is random; a seed is accepted as by the other sets.

    >>> graph = spiral(7)
    >>> len(graph.X), graph.y
    (7, [0, 0, 0, 1, 1, 1, 1])
    """
    make_pts(N, seed)  # the same check of N as the other sets
    X: list[Point] = []
    y: list[int] = []
    for arm, count in enumerate((N // 2, N - N // 2)):
        for i in range(count):
            t = 10.0 * (5 + i) / (5 + count)  # radians; the radius grows with the angle
            radius = t / 20.0
            angle = t if arm == 0 else t + math.pi
            X.append((0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)))
            y.append(arm)
    return Graph(N, X, y)


datasets: dict[str, Callable[..., Graph]] = {
    "Simple": simple,
    "Diag": diag,
    "Split": split,
    "Xor": xor,
    "Circle": circle,
    "Spiral": spiral,
}
