"""One engine: replace an operator or a derivative, and every face and backend changes.

Idea: if a formula were written twice, one of the two would not notice.
Not here: that no second formula hides in NumPy (tests/layout/test_one_engine.py).
Read next: minitorch/rules.py
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import minitorch
from minitorch import Scalar, TensorBackend, operators, rules, tensor
from minitorch.rules import Rule, add, mul
from minitorch.tensor import BACKENDS, Tensor

ROWS = [
    # row, the course's method, where it is tried
    ("sigmoid", "sigmoid", 0.3),
    ("relu", "relu", 0.3),
    ("exp", "exp", 0.3),
    ("log", "log", 0.3),
    ("neg", "__neg__", 0.3),
]


def cubic(x: float) -> float:
    """What no operator of one number is."""
    return x * x * x + 2.0


def mixed(x: float, y: float) -> float:
    """What no operator of two numbers is."""
    return x * y * y + 1.0


def constant_slope(g: float) -> float:
    """A derivative that no row has: 7 everywhere."""
    return mul(g, 7.0)


def odd_slope(g: float, x: float) -> float:
    """Another, of which there is a derivative: x + 2."""
    return mul(g, add(x, 2.0))


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> TensorBackend:
    return BACKENDS[request.param]


def lifted(x: float, method: str, backend: TensorBackend) -> Tensor:
    return getattr(tensor([x, x], backend=backend), method)()


@pytest.mark.parametrize(("row", "method", "x"), ROWS)
def test_replaced_operator_is_seen_by_numbers_and_scalars(
    row: str, method: str, x: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = getattr(Scalar(x), method)().data
    assert before != pytest.approx(cubic(x)), "else the test would prove nothing"
    monkeypatch.setattr(operators, row, cubic)
    assert rules.TABLE[row](x) == cubic(x)
    assert getattr(Scalar(x), method)().data == cubic(x)


@pytest.mark.parametrize(("row", "method", "x"), ROWS)
def test_replaced_operator_is_seen_by_tensors(
    row: str, method: str, x: float, backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the operator has been used, and compiled, before."""
    before = lifted(x, method, backend)[1]
    assert before != pytest.approx(cubic(x))
    with monkeypatch.context() as patch:
        patch.setattr(operators, row, cubic)
        assert lifted(x, method, backend)[1] == pytest.approx(cubic(x))
    assert lifted(x, method, backend)[1] == before, "and put back, it is back"


@pytest.mark.parametrize(
    ("row", "method"), [("add", "__add__"), ("mul", "__mul__"), ("lt", "__lt__"), ("eq", "__eq__")]
)
def test_replaced_operator_of_two_is_seen(
    row: str, method: str, backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = 0.3, 5.0
    monkeypatch.setattr(operators, row, mixed)
    assert getattr(Scalar(x), method)(Scalar(y)).data == mixed(x, y)
    a, b = tensor([x, x], backend=backend), tensor([y, y], backend=backend)
    assert getattr(a, method)(b)[1] == pytest.approx(mixed(x, y))


def test_replaced_operator_is_seen_by_a_new_backend(
    backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The course's attributes (`sigmoid_map` ...) are lifted when a backend is made."""
    monkeypatch.setattr(operators, "sigmoid", cubic)
    monkeypatch.setattr(operators, "add", mixed)
    made = minitorch.make_tensor_backend(backend.ops)
    a = tensor([0.3, 0.5], backend=made)
    assert made.sigmoid_map(a)[1] == pytest.approx(cubic(0.5))
    assert made.add_zip(a, a)[1] == pytest.approx(mixed(0.5, 0.5))
    assert made.add_reduce(a, 0)[0] == pytest.approx(mixed(mixed(0.0, 0.3), 0.5))


# Derivatives.


@pytest.fixture
def sloped(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the derivatives of a row."""

    def replace(row: Rule, *derivatives: Callable[..., float]) -> None:
        monkeypatch.setattr(row, "derivatives", derivatives)

    return replace


def scalar_slope(x: float) -> float:
    s = Scalar(x)
    s.sigmoid().backward()
    return s.derivative


def tensor_slope(x: float, backend: TensorBackend) -> float:
    t = tensor([x, x], backend=backend, requires_grad=True)
    t.sigmoid().sum().backward()
    assert t.grad is not None
    return t.grad[1]


def test_replaced_derivative_is_seen(sloped: Callable[..., None], backend: TensorBackend) -> None:
    x = 0.3
    true = operators.sigmoid(x) * (1 - operators.sigmoid(x))
    assert scalar_slope(x) == pytest.approx(true)
    assert tensor_slope(x, backend) == pytest.approx(true)
    sloped(rules.sigmoid, constant_slope)
    assert scalar_slope(x) == 7.0
    assert tensor_slope(x, backend) == 7.0


def test_replaced_derivative_is_seen_in_its_own_derivative(
    sloped: Callable[..., None], backend: TensorBackend
) -> None:
    """It is an expression of rows, so its derivative follows without being written."""
    sloped(rules.sigmoid, odd_slope)
    s = Scalar(0.3)
    s.sigmoid().backward(create_graph=True)
    first = s.derivative
    s.zero_derivative_()
    first.backward()
    assert float(s.derivative) == 1.0
    t = tensor([0.3, 0.5], backend=backend, requires_grad=True)
    t.sigmoid().sum().backward(create_graph=True)
    slope = t.grad
    assert slope is not None
    assert slope[1] == pytest.approx(2.5)
    t.zero_grad_()
    slope.sum().backward()
    assert t.grad is not None
    assert t.grad[1] == pytest.approx(1.0)


def test_replaced_operator_is_seen_inside_derivatives(
    backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The derivative of `log` is `log_back`, an operator like any other.

    A backend keeps what it has lifted, so one that is made afterwards is asked.
    """

    def log_slope(x: float, backend: TensorBackend) -> tuple[float, float]:
        s = Scalar(x)
        s.log().backward()
        t = tensor([x, x], backend=backend, requires_grad=True)
        t.log().sum().backward()
        assert t.grad is not None
        return s.derivative, t.grad[1]

    assert log_slope(0.5, backend) == pytest.approx((2.0, 2.0), rel=1e-4)
    monkeypatch.setattr(operators, "log_back", mixed)
    made = minitorch.make_tensor_backend(backend.ops)
    assert log_slope(0.5, made) == pytest.approx((mixed(0.5, 1.0),) * 2)


def test_updates_of_optimisers_are_operators_too(
    backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far_step(x: float, g: float, lr: float) -> float:
        return x + 100.0 * g * lr

    monkeypatch.setattr(operators, "sgd_step", far_step)
    for value in (Scalar(1.0), tensor([1.0], backend=backend, requires_grad=True)):
        parameter = minitorch.Parameter(value)
        (parameter.value * 2.0).backward()
        minitorch.SGD([parameter], lr=0.5).step()
        assert parameter.value.item() == pytest.approx(101.0)
