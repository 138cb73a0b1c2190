"""Long programs stay flat: expressions, plans and memory do not grow with the number of steps.

Idea: an expression is computed once it is too large to be kept, so a loop that never reads its
    numbers costs no more than one that does.
Not here: cycles and freed graphs (tests/engine/test_memory.py).
Read next: test_threads.py
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from minitorch import SGD, Parameter, Tensor, nn, rules
from minitorch.fuse import build, nodes, recipes
from minitorch.tensor_functions import row_function

from .running import Record, leaf, numbers

Tanh = row_function(rules.tanh)
pytestmark = pytest.mark.usefixtures("uncompiled")


def growth(step: Callable[[], object], warm: int, steps: int) -> int:
    """How many bytes more are allocated after so many steps than after the first ones."""
    for _ in range(warm):
        step()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            step()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_a_total_that_is_never_read_stays_small(uncompiled: Record) -> None:
    """`total += loss`, 100,000 times."""
    state = [leaf(1, grad=False)]
    loss = leaf(1, seed=1, grad=False)

    def step() -> None:
        state[0] = state[0] + loss

    assert growth(step, 1000, 99_000) < 200_000
    assert state[0]._tensor.cell.node.weight <= nodes.LIMIT
    assert len(uncompiled.made) < 10, "each time the same kernel"
    np.testing.assert_allclose(
        numbers(state[0]), numbers(leaf(1)) + 100_000 * numbers(loss), rtol=1e-9
    )


def test_a_graph_of_500_steps_goes_back() -> None:
    """A recurrent network, unrolled: h = tanh(h * w + x)."""
    w, x = leaf(3), leaf(3, seed=1)
    h = leaf(3, seed=2, grad=False)
    a, b, expected = numbers(w), numbers(x), numbers(h)
    slope_w, slope_x = np.zeros(3), np.zeros(3)
    for _ in range(500):
        h = Tanh.apply(h * w + x)
        new = np.tanh(expected * a + b)
        slope_w = (1 - new * new) * (expected + a * slope_w)
        slope_x = (1 - new * new) * (1 + a * slope_x)
        expected = new
    np.testing.assert_allclose(numbers(h), expected, rtol=1e-9)
    h.sum().backward()
    np.testing.assert_allclose(numbers(w.grad), slope_w, rtol=1e-7)
    np.testing.assert_allclose(numbers(x.grad), slope_x, rtol=1e-7)


def train_step(parameter: Parameter, optimiser: SGD, x: Tensor) -> None:
    optimiser.zero_grad()
    loss = nn.logsoftmax(x * parameter.value, 1).mean()
    loss.backward()
    optimiser.step()


@pytest.mark.slow
def test_ten_thousand_training_steps_stay_flat(uncompiled: Record) -> None:
    parameter, x = Parameter(leaf(2, 2)), leaf(2, 2, seed=1, grad=False)
    optimiser = SGD([parameter], lr=0.01)
    step = lambda: train_step(parameter, optimiser, x)  # noqa: E731
    for _ in range(20):
        step()
    uncompiled.clear()
    assert growth(step, 100, 10_000) < 100_000
    assert not uncompiled.made
    assert len(build._plans) < 20


def test_a_thousand_steps_stay_flat(uncompiled: Record) -> None:
    parameter, x = Parameter(leaf(2, 2)), leaf(2, 2, seed=1, grad=False)
    optimiser = SGD([parameter], lr=0.01)
    assert growth(lambda: train_step(parameter, optimiser, x), 100, 1000) < 50_000
    assert len(uncompiled.made) < 10
    assert len(build._plans) < 20


def test_many_shapes_do_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans and recipes are known per shape, and forgotten when there are too many."""
    monkeypatch.setattr(build, "PLANS", 50)
    monkeypatch.setattr(recipes, "RECIPES", 50)
    for size in range(1, 200):
        numbers(nn.softmax(leaf(1, size, grad=False), 1))
    assert len(build._plans) <= 50
    assert len(recipes._recipes) <= 50


def test_shapes_of_one_rank_share_a_kernel(uncompiled: Record) -> None:
    """Sizes and steps are arguments."""
    for rows, columns in ((2, 3), (4, 5), (7, 2)):
        numbers(nn.logsoftmax(leaf(rows, columns, grad=False), 1))
    assert len({kernel.text for kernel in uncompiled.made}) == 1


def test_what_an_expression_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "KEPT_BYTES", 1000)
    total = leaf(100, grad=False)
    for k in range(20):
        total = total + leaf(100, seed=k, grad=False)
        assert total._tensor.cell.node.weight <= nodes.LIMIT
