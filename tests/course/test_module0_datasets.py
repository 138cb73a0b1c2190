"""The six point sets, of any size from one up, and what their labels mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import Graph, datasets, make_pts
from minitorch.errors import DataError

pytestmark = pytest.mark.task0_5

RULES = {
    "Simple": lambda x, y: x < 0.5,
    "Diag": lambda x, y: x + y < 0.5,
    "Split": lambda x, y: x < 0.2 or x > 0.8,
    "Xor": lambda x, y: (x < 0.5) is not (y < 0.5),
    "Circle": lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1,
}


def test_names_of_the_sets() -> None:
    assert isinstance(minitorch.datasets, dict)
    assert list(datasets) == ["Simple", "Diag", "Split", "Xor", "Circle", "Spiral"]


@pytest.mark.parametrize("name", list(datasets))
@given(N=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_a_set_has_n_points_and_labels(name: str, N: int, seed: int) -> None:
    graph = datasets[name](N, seed=seed)
    assert isinstance(graph, Graph)
    assert graph.N == len(graph.X) == len(graph.y) == N
    assert all(0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 for x, y in graph.X)
    assert set(graph.y) <= {0, 1}
    assert all(type(label) is int for label in graph.y)
    assert all(len(point) == 2 for point in graph.X)


@pytest.mark.parametrize("name", list(RULES))
@given(seed=st.integers(0, 2**32))
def test_labels_follow_their_rule(name: str, seed: int) -> None:
    graph = datasets[name](200, seed=seed)
    assert graph.y == [int(RULES[name](x, y)) for x, y in graph.X]


@pytest.mark.parametrize("name", list(RULES))
def test_both_labels_occur(name: str) -> None:
    assert set(datasets[name](200, seed=0).y) == {0, 1}


@pytest.mark.parametrize("name", list(datasets))
def test_seeds_repeat(name: str) -> None:
    assert datasets[name](30, seed=3) == datasets[name](30, seed=3)
    if name != "Spiral":  # nothing in it is random
        assert datasets[name](30, seed=3) != datasets[name](30, seed=4)
        assert datasets[name](30) != datasets[name](30), "without a seed each draw is new"


@given(st.integers(1, 101))
def test_arms_of_the_spiral(N: int) -> None:
    graph = datasets["Spiral"](N)
    assert graph.y == [0] * (N // 2) + [1] * (N - N // 2)
    assert len(set(graph.X)) == N, "no point twice"


def test_arms_of_the_spiral_mirror_each_other() -> None:
    graph = datasets["Spiral"](40)
    for (x, y), (u, v) in zip(graph.X[:20], graph.X[20:], strict=True):
        assert x + u == pytest.approx(1.0)
        assert y + v == pytest.approx(1.0)


def test_arms_of_the_spiral_wind() -> None:
    """The distance from the centre grows along an arm, and the arms lie between each other."""
    graph = datasets["Spiral"](100)
    radii = [((x - 0.5) ** 2 + (y - 0.5) ** 2) ** 0.5 for x, y in graph.X[:50]]
    assert radii == sorted(radii)
    assert radii[-1] > 5 * radii[0]


@pytest.mark.parametrize("name", list(datasets))
@pytest.mark.parametrize("N", [0, -3])
def test_no_points_is_refused(name: str, N: int) -> None:
    with pytest.raises(DataError, match=f"needs N >= 1 points, got N={N}. Try N=50"):
        datasets[name](N)


def test_make_pts() -> None:
    points = make_pts(500, seed=1)
    assert len(set(points)) == 500
    assert all(0.0 <= x < 1.0 and 0.0 <= y < 1.0 for x, y in points)
    assert abs(sum(x for x, _ in points) / 500 - 0.5) < 0.05
