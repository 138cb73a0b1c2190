"""Initial values against PyTorch's: bounds and moments, exact fillings, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import to_numpy, torch

Library = Any
SHAPE = (60, 40, 3)

UNIFORM: list[tuple[Callable[[Any, Any], Any], float]] = [
    (lambda init, w: init.uniform_(w, -0.3, 0.3), 0.3),
    (lambda init, w: init.xavier_uniform_(w, gain=2.0), 2.0 * math.sqrt(6 / 300)),
    (lambda init, w: init.kaiming_uniform_(w, a=math.sqrt(5)), 1 / math.sqrt(120)),
    (
        lambda init, w: init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        math.sqrt(6 / 180),
    ),
]
NORMAL: list[tuple[Callable[[Any, Any], Any], float]] = [
    (lambda init, w: init.normal_(w, 0.0, 0.3), 0.3),
    (lambda init, w: init.xavier_normal_(w), math.sqrt(2 / 300)),
    (lambda init, w: init.kaiming_normal_(w, nonlinearity="tanh"), 5 / 3 / math.sqrt(120)),
]


@pytest.mark.parametrize("t", [torch, ours])
@pytest.mark.parametrize(("fill", "bound"), UNIFORM)
def test_uniform(t: Library, fill: Any, bound: float) -> None:
    t.manual_seed(0)
    weight = t.nn.Parameter(t.empty(SHAPE))
    assert fill(t.nn.init, weight) is weight
    values = to_numpy(weight)
    assert np.abs(values).max() <= bound * (1 + 1e-6)
    assert np.abs(values).max() > bound * 0.99
    assert abs(values.std() - bound / math.sqrt(3)) < bound * 0.03


@pytest.mark.parametrize("t", [torch, ours])
@pytest.mark.parametrize(("fill", "std"), NORMAL)
def test_normal(t: Library, fill: Any, std: float) -> None:
    t.manual_seed(0)
    values = to_numpy(fill(t.nn.init, t.empty(SHAPE)))
    assert abs(values.std() - std) < std * 0.03
    assert abs(values.mean()) < std * 0.05


@pytest.mark.parametrize("t", [torch, ours])
@pytest.mark.parametrize(("a", "b"), [(-1.0, 0.5), (2.0, 3.0), (-2.0, 2.0)])
def test_truncated(t: Library, a: float, b: float) -> None:
    t.manual_seed(0)
    values = to_numpy(t.nn.init.trunc_normal_(t.empty(2000), a=a, b=b))
    assert a <= values.min() <= values.max() <= b
    density = np.exp(-0.5 * np.linspace(a, b, 500) ** 2)
    expected = (np.linspace(a, b, 500) * density).sum() / density.sum()
    assert abs(values.mean() - expected) < 0.06


EXACT: list[Callable[[Any], Any]] = [
    lambda t: t.nn.init.constant_(t.empty(2), 0.5),
    lambda t: t.nn.init.ones_(t.empty(2)),
    lambda t: t.nn.init.zeros_(t.empty(2)),
    lambda t: t.nn.init.eye_(t.empty(2, 3)),
    lambda t: t.nn.init.dirac_(t.empty(2, 3, 3)),
    lambda t: t.nn.init.dirac_(t.empty(4, 2, 3, 2), groups=2),
]


@pytest.mark.parametrize("number", range(len(EXACT)))
def test_exact(number: int) -> None:
    np.testing.assert_array_equal(EXACT[number](ours).numpy(), EXACT[number](torch).numpy())


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (2, 2, 2)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    weight = to_numpy(ours.nn.init.orthogonal_(ours.empty(shape), gain=2.0)).reshape(shape[0], -1)
    product = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-4)


def test_sparse() -> None:
    values = to_numpy(ours.nn.init.sparse_(ours.empty(10, 4), 0.25))
    assert ((values == 0).sum(0) == 3).all()


NONLINEARITIES = ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


def test_gains() -> None:
    for name in NONLINEARITIES:
        assert ours.nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert ours.nn.init.calculate_gain("leaky_relu", 0.2) == torch.nn.init.calculate_gain(
        "leaky_relu", 0.2
    )


MISTAKES: list[Callable[[Any], Any]] = [
    lambda t: t.nn.init.calculate_gain("magic"),
    lambda t: t.nn.init.calculate_gain("leaky_relu", "x"),
    lambda t: t.nn.init.kaiming_uniform_(t.empty(2, 2), mode="fan"),
    lambda t: t.nn.init.xavier_uniform_(t.empty(2)),
    lambda t: t.nn.init.eye_(t.empty(2)),
    lambda t: t.nn.init.dirac_(t.empty(2, 2)),
    lambda t: t.nn.init.orthogonal_(t.empty(2)),
    lambda t: t.nn.init.sparse_(t.empty(2), 0.1),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_same_mistake_as_pytorch(number: int) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  its type is what is looked up
        MISTAKES[number](torch)
    with pytest.raises(type(theirs.value)) as mine:
        MISTAKES[number](ours)
    assert str(mine.value) == str(theirs.value)


def test_older_names_warn() -> None:
    with pytest.warns(FutureWarning, match=r"`nn.init.constant` is now deprecated in favor of"):
        ours.nn.init.constant(ours.empty(1), 1.0)


@pytest.mark.parametrize("t", [torch, ours])
def test_layers_start_within_their_bounds(t: Library) -> None:
    t.manual_seed(0)
    layers = {
        1 / math.sqrt(50): t.nn.Linear(50, 400),
        1 / math.sqrt(2 * 9): t.nn.Conv2d(2, 200, 3),
        1 / math.sqrt(32): t.nn.LSTM(10, 32),
    }
    for bound, layer in layers.items():
        for weight in layer.parameters():
            largest = np.abs(to_numpy(weight)).max()
            assert bound * 0.9 < largest <= bound * (1 + 1e-6)
    values = to_numpy(t.nn.Embedding(200, 50, padding_idx=3).weight)
    assert not values[3].any()
    assert abs(values.std() - 1.0) < 0.02
