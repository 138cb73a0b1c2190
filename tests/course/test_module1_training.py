"""Task 1.5: the optimisers on Scalars, and a network of them that learns."""

from __future__ import annotations

import math

import pytest

from minitorch import SGD, Adam, Module, Optimizer, Parameter, Scalar, datasets
from minitorch.errors import ConfigError


def parameter(value: float, derivative: float | None = None) -> Parameter:
    p = Parameter(Scalar(value), name=f"p{value}")
    p.value.derivative = derivative
    return p


def test_learning_rate_is_one_by_default() -> None:
    p = parameter(3.0, 2.0)
    SGD([p]).step()
    assert p.value.data == 1.0


def test_step_makes_new_leaves_with_the_old_names() -> None:
    p = parameter(3.0, 2.0)
    before = p.value
    SGD([p], lr=0.5).step()
    assert p.value.data == 2.0
    assert before.data == 3.0, "graphs that hold the old value are not changed"
    assert p.value.is_leaf()
    assert p.value.name == "p3.0"
    assert p.value.derivative is None


def test_parameters_without_value_or_derivative_are_skipped() -> None:
    empty, idle, plain = Parameter(None), parameter(4.0), Parameter(1.5)
    optimizer = SGD([empty, idle, plain], lr=1.0)
    optimizer.zero_grad()
    optimizer.step()
    assert empty.value is None
    assert idle.value.data == 4.0
    assert plain.value == 1.5


def test_zero_grad_forgets() -> None:
    p = parameter(3.0, 2.0)
    SGD([p]).zero_grad()
    assert p.value.derivative is None


def test_momentum_by_hand() -> None:
    p = parameter(1.0)
    optimizer = SGD([p], lr=0.1, momentum=0.9)
    x, velocity = 1.0, 0.0
    for g in (1.0, -2.0, 0.5):
        p.value.derivative = g
        optimizer.step()
        velocity = 0.9 * velocity + g
        x -= 0.1 * velocity
        assert p.value.data == pytest.approx(x, rel=1e-15)


def test_adam_by_hand() -> None:
    p = parameter(1.0)
    optimizer = Adam([p], lr=0.1, betas=(0.8, 0.9), eps=1e-3)
    x, mean, square = 1.0, 0.0, 0.0
    for t, g in enumerate((1.0, -2.0, 0.5), 1):
        p.value.derivative = g
        optimizer.step()
        mean = 0.8 * mean + 0.2 * g
        square = 0.9 * square + 0.1 * g * g
        step = (mean / (1 - 0.8**t)) / (math.sqrt(square / (1 - 0.9**t)) + 1e-3)
        x -= 0.1 * step
        assert p.value.data == pytest.approx(x, rel=1e-12)


def test_optimizers_refuse_what_makes_no_sense() -> None:
    p = parameter(1.0)
    assert issubclass(SGD, Optimizer)
    with pytest.raises(ConfigError, match="given twice to the optimizer; it would step twice"):
        SGD([p, p])
    for lr in (-1.0, math.nan):
        with pytest.raises(ConfigError, match=r"lr=.*: expected a learning rate of 0 or more"):
            SGD([p], lr=lr)
    with pytest.raises(ConfigError, match=r"betas=\(0\.9, 1\.0\): expected two numbers"):
        Adam([p], betas=(0.9, 1.0))


class Perceptron(Module):
    """sigmoid(w x + v y + b)."""

    def __init__(self) -> None:
        super().__init__()
        self.w = Parameter(Scalar(0.0))
        self.v = Parameter(Scalar(0.0))
        self.b = Parameter(Scalar(0.0))

    def forward(self, x: float, y: float) -> Scalar:
        return (self.w.value * x + self.v.value * y + self.b.value).sigmoid()


@pytest.mark.task1_5
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_perceptron_learns_a_line(kind: type[SGD | Adam]) -> None:
    graph = datasets["Diag"](40, seed=0)
    model = Perceptron()
    optimizer = kind(model.parameters(), lr=1.0 if kind is SGD else 0.2)
    losses: list[float] = []
    for _ in range(80):
        optimizer.zero_grad()
        total = Scalar(0.0, None)
        for (x, y), label in zip(graph.X, graph.y, strict=True):
            right = model(x, y) if label else 1.0 - model(x, y)
            total = total - right.log()
        total.backward(d_output=1 / graph.N)
        optimizer.step()
        losses.append(total.data / graph.N)
    assert losses[-1] < 0.5 * losses[0]
    correct = sum(
        (model(x, y).data > 0.5) == bool(label)
        for (x, y), label in zip(graph.X, graph.y, strict=True)
    )
    assert correct >= 36
