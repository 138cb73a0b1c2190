"""Memory: a step leaves nothing behind, the graph is freed on the way back, and nothing is cyclic.

Idea: with the garbage collector off, whatever is not in a cycle is gone when its last name is.
Not here: storage shared by views (tests/course/test_module2_tensor_data.py).
Read next: minitorch/autodiff.py
"""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import Adam, Event, Parameter, Tensor, observe, tensor
from tests.course.tensors import random_array, values

FAST = minitorch.BACKENDS["fast"]


@pytest.fixture
def without_collector() -> Iterator[None]:
    """The collector of cycles is off, and has nothing to do at the start."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def step(parameters: list[Parameter], x: Tensor, target: Tensor) -> Tensor:
    """Forward and backward of a small network with every kind of op."""
    w, b, image = (p.value for p in parameters)
    hidden = (x @ w + b).relu().view(4, 1, 2, 2)
    pooled = minitorch.maxpool2d(minitorch.conv2d(hidden, image), (2, 2)).view(4, 1)
    logits = pooled * minitorch.softmax(x, 1).permute(1, 0).contiguous().view(4, 3)
    loss = minitorch.nll_loss(minitorch.logsoftmax(minitorch.dropout(logits, 0.1), 1), target)
    loss.backward()
    return loss


def network(backend: Any = FAST) -> tuple[list[Parameter], Tensor, Tensor]:
    shapes = [(3, 4), (4,), (1, 1, 2, 2)]
    parameters = [
        Parameter(tensor(random_array(*s, seed=k), backend=backend)) for k, s in enumerate(shapes)
    ]
    x = tensor(random_array(4, 3), backend=backend)
    return parameters, x, tensor([0, 1, 2, 0]).type("int64")


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("name", ["fast", "fused"])
def test_a_step_makes_no_cycle(name: str) -> None:
    parameters, x, target = network(minitorch.BACKENDS[name])
    optimiser = Adam(parameters, lr=0.01)
    for _ in range(8):  # what is made once, such as plans and kernels, is made now
        optimiser.zero_grad()
        step(parameters, x, target)
        optimiser.step()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(3):
            optimiser.zero_grad()
            step(parameters, x, target)
            optimiser.step()
        gc.collect()
        found = [type(it).__name__ for it in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert found == []


@pytest.mark.usefixtures("without_collector")
def test_what_was_pending_is_gone_with_its_tensor() -> None:
    x = tensor([[1.0, 2.0]], backend=minitorch.BACKENDS["fused"])
    for make in (lambda: x * 2.0 + 1.0, lambda: minitorch.softmax(x, 1)):
        for _ in range(3):  # the first times make plans
            y = make()
            _ = y._tensor.cell.array
        alive = [weakref.ref(it) for it in (y, y._tensor.cell, y._tensor.cell.node)]
        del y
        assert [ref() for ref in alive] == [None] * 3


@pytest.mark.usefixtures("without_collector")
def test_a_graph_that_is_dropped_is_gone() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).exp()
    loss = (y * x.sigmoid()).sum()
    alive = [weakref.ref(it) for it in (loss, y, loss.history, y.history, y._tensor.cell)]
    del loss
    assert alive[0]() is None
    assert alive[2]() is None
    assert alive[1]() is y
    del y
    assert [ref() for ref in alive] == [None] * 5


@pytest.mark.usefixtures("without_collector")
def test_backward_frees_what_forward_saved() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    inner = (y * y).sigmoid()
    loss = inner.sum()
    cell, node = weakref.ref(inner._tensor.cell), weakref.ref(inner.history)
    del inner, y
    assert cell() is not None, "the graph still needs it"
    loss.backward()
    assert cell() is None
    assert node() is None
    assert loss.item() > 0.0


@pytest.mark.usefixtures("without_collector")
def test_backward_frees_as_it_goes() -> None:
    """At each step back, what lies behind is already gone."""
    x = tensor(np.ones(3), requires_grad=True)
    cells: list[Any] = []
    y = x
    for _ in range(20):
        y = y.sigmoid()
        cells.append(weakref.ref(y._tensor.cell))
    alive: list[int] = []

    def count(event: Event) -> None:
        if event.kind == "backward":
            alive.append(sum(cell() is not None for cell in cells))

    loss = y.sum()
    del y
    with observe(count):
        loss.backward()
    assert len(alive) == 21
    assert all(left <= 22 - k for k, left in enumerate(alive)), alive
    assert alive[-1] <= 3


@pytest.mark.usefixtures("without_collector")
def test_gradients_with_a_graph_are_let_go_when_they_are_forgotten() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    (x * x * x).sum().backward(create_graph=True)
    first = x.grad
    assert first is not None
    node = weakref.ref(first.history)
    x.zero_grad_()
    first.sum().backward()
    assert x.grad is not None
    assert values(x.grad).tolist() == [6.0, 12.0]
    del first
    assert node() is None


def test_without_grad_nothing_is_kept() -> None:
    parameters, x, _ = network()
    w = parameters[0].value
    with minitorch.no_grad():
        y = x @ w
        inner = weakref.ref(y._tensor.cell)
        z = y.relu() * y
    assert z.history is None
    del y
    assert inner() is None


@pytest.mark.jit
def test_two_thousand_steps_leave_memory_flat() -> None:
    w = Parameter(tensor(random_array(3, 4), backend=FAST))
    x = tensor(random_array(4, 3), backend=FAST)
    optimiser = Adam([w], lr=0.001)

    def train(steps: int) -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            (x @ w.value).sigmoid().sum().backward()
            optimiser.step()

    train(20)
    gc.collect()
    tracemalloc.start()
    try:
        train(50)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        train(2000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A single float kept per step would be 48 kB; the margin is for caches of the interpreter.
    assert after - before < 40_000


@pytest.mark.jit
def test_building_backends_and_kernels_anew_gives_memory_back() -> None:
    """A learner's notebook makes a backend per cell; Numba keeps code, arrays must go."""
    array = random_array(50_000)
    held: list[Any] = []
    for _ in range(3):
        backend = minitorch.TensorBackend(minitorch.FastOps)
        t = minitorch.from_numpy(array.copy(), backend)
        held.append(weakref.ref((t + t)._tensor.cell))
        held.append(weakref.ref(t._tensor.cell))
        del t, backend
    gc.collect()
    assert [ref() for ref in held] == [None] * 6
