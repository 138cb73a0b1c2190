"""Steps and layers of recurrent networks: gradients of first and second order, on both faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.torch as ours
from minitorch.capture import compile
from minitorch.fuse.ops import FusedOps
from minitorch.gates import GruGates, LstmGates
from minitorch.recurrent import MODES, recurrent, unrolled

from .both import to_numpy, to_ours, torch


def lstm(gates: Any, c: Any) -> Any:
    i, f, g, o = gates.chunk(4, 1)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


def gru(x: Any, s: Any, h: Any) -> Any:
    (x_r, x_z, x_n), (s_r, s_z, s_n) = x.chunk(3, 1), s.chunk(3, 1)
    r, z = (x_r + s_r).sigmoid(), (x_z + s_z).sigmoid()
    n = (x_n + r * s_n).tanh()
    return ((1 - z) * n + z * h,)


CASES: list[tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, int]]]] = [
    (LstmGates.apply, lstm, [(2, 12), (2, 3)]),
    (lambda *given: (GruGates.apply(*given),), gru, [(2, 9), (2, 9), (2, 3)]),
]


@pytest.mark.parametrize(("step", "formula", "shapes"), CASES, ids=["lstm", "gru"])
def test_step_and_its_derivatives(step: Any, formula: Any, shapes: Any) -> None:
    torch.manual_seed(0)
    theirs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    mine = [to_ours(x) for x in theirs]
    seeds = [torch.randn(2, 3, dtype=torch.float64) for _ in formula(*theirs)]
    found: list[list[Any]] = []
    for library, f, given in ((torch, formula, theirs), (ours, step, mine)):
        own = seeds if library is torch else [*map(to_ours, seeds)]
        outputs = f(*given)
        total = sum((out * seed).sum() for out, seed in zip(outputs, own, strict=True))
        first = library.autograd.grad(total, given, create_graph=True)
        again = sum((d * d).sum() for d in first)
        second = library.autograd.grad(again, given)
        found.append([*outputs, *first, *second])
    for a, b in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-10, atol=1e-12)


def test_one_result_may_go_unused() -> None:
    gates = ours.zeros(1, 8, requires_grad=True)
    c = ours.ones(1, 2, requires_grad=True)
    _, new = LstmGates.apply(gates, c)
    new.sum().backward()
    assert c.grad.tolist() == [[0.5, 0.5]]


def test_course_tensors_take_the_same_step() -> None:
    c = minitorch.tensor([[2.0]], requires_grad=True)
    h, new = LstmGates.apply(minitorch.tensor([[0.0, 0.0, 0.0, 0.0]]), c)
    (h + new).sum().backward()
    assert new[0, 0] == 1.0
    assert c.grad is not None
    assert abs(c.grad[0, 0] - (0.5 + 0.25 * (1 - np.tanh(1.0) ** 2))) < 1e-9


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("steps", [1, 4])
def test_a_layer_as_one_node_is_the_layer_step_by_step(
    mode: str, reverse: bool, steps: int
) -> None:
    ours.manual_seed(0)
    gates = MODES[mode].gates
    x, weight, bias = (
        ours.randn(*shape, dtype=ours.float64, requires_grad=True)
        for shape in ((steps, 2, gates * 3), (gates * 3, 3), (gates * 3,))
    )
    state = tuple(
        ours.randn(2, 3, dtype=ours.float64, requires_grad=True)
        for _ in range(2 if mode == "LSTM" else 1)
    )
    given = [x, *state, weight, *([bias] if mode == "GRU" else [])]
    found: list[list[Any]] = []
    for run in (recurrent, unrolled):
        outputs, last = run(mode, x, state, weight, bias if mode == "GRU" else None, reverse)
        seeds = [ours.arange(1.0, it.numel() + 1).view(it.shape) for it in (outputs, *last)]
        total = sum((a * b).sum() for a, b in zip((outputs, *last), seeds, strict=True))
        first = ours.autograd.grad(total, given, retain_graph=True)
        recorded = ours.autograd.grad(total, given, create_graph=True)
        again = sum((d * d).sum() for d in recorded)
        second = ours.autograd.grad(again, given)
        found.append([outputs, *last, *first, *recorded, *second])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-10, atol=1e-12)


def test_a_layer_that_nobody_trains() -> None:
    x = ours.ones(3, 1, 4)
    weight = ours.nn.Parameter(ours.ones(4, 1), requires_grad=False)
    h = ours.zeros(1, 1, requires_grad=True)
    outputs, _ = recurrent("LSTM", x, (h, ours.zeros(1, 1)), weight)
    outputs.sum().backward()
    assert h.grad is not None
    assert weight.grad is None
    with ours.no_grad():
        assert recurrent("LSTM", x, (h, ours.zeros(1, 1)), weight)[0].grad_fn is None


@pytest.mark.parametrize("mode", MODES)
def test_a_layer_is_replayed_without_python(mode: str) -> None:
    """What it launches is seen by whoever records a step."""
    backend = minitorch.TensorBackend(FusedOps)
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> Any:
        return minitorch.tensor(rng.normal(size=shape).tolist(), backend=backend)

    gates = MODES[mode].gates
    inputs = [drawn(3, 2, gates * 2) for _ in range(7)]
    state = tuple(drawn(2, 2) for _ in range(2 if mode == "LSTM" else 1))
    start = rng.normal(size=(gates * 2, 2)).tolist()
    losses: list[list[float]] = []
    for captured in (False, True):
        weight = minitorch.Parameter(minitorch.tensor(start, backend=backend))
        optimizer = minitorch.SGD([weight], 0.1)

        def step(x: Any, *state: Any, weight: Any = weight, optimizer: Any = optimizer) -> Any:
            outputs, last = recurrent(mode, x, state, weight.value)
            loss = (outputs * outputs).sum() + last[-1].sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        run = compile(step) if captured else step
        losses.append([run(x, *state).item() for x in inputs])
        if captured:
            assert run.replays > 0, run.why
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-9)
