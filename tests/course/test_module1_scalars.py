"""Task 1.2: Scalars, their operators and the functions behind them; what a Scalar is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from minitorch import (
    Context,
    History,
    Scalar,
    ScalarFunction,
    ScalarHistory,
    Variable,
    is_constant,
    tensor,
)
from minitorch.errors import DtypeError, GradientError
from minitorch.scalar_functions import EQ, LT, Add, Exp, Inv, Log, Mul, Neg, ReLU, Sigmoid

from .numbers import any_floats, close, moderate, same

positive = moderate.map(lambda x: abs(x) + 0.1)
BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[[float, float], float]]] = {
    "add": (lambda x, y: x + y, lambda x, y: x + y),
    "subtract": (lambda x, y: x - y, lambda x, y: x - y),
    "multiply": (lambda x, y: x * y, lambda x, y: x * y),
    "divide": (lambda x, y: x / y, lambda x, y: x / y),
    "less": (lambda x, y: x < y, lambda x, y: float(x < y)),
    "greater": (lambda x, y: x > y, lambda x, y: float(x > y)),
    "equal": (lambda x, y: x == y, lambda x, y: float(x == y)),
}
UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[float], float]]] = {
    "negate": (lambda x: -x, lambda x: -x),
    "log": (lambda x: x.log(), lambda x: math.log(x + 1e-6)),
    "exp": (lambda x: x.exp(), math.exp),
    "sigmoid": (lambda x: x.sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
    "relu": (lambda x: x.relu(), lambda x: max(x, 0.0)),
}


@pytest.mark.task1_2
@pytest.mark.parametrize("name", list(BINARY))
@given(x=positive, y=positive)
def test_operators_of_two(name: str, x: float, y: float) -> None:
    """Also with a number on either side."""
    operator, expected = BINARY[name]
    for result in (operator(Scalar(x), Scalar(y)), operator(Scalar(x), y), operator(x, Scalar(y))):
        assert isinstance(result, Scalar)
        assert type(result.data) is float
        assert close(result.data, expected(x, y))


@pytest.mark.task1_2
@pytest.mark.parametrize("name", list(UNARY))
@given(x=positive)
def test_operators_of_one(name: str, x: float) -> None:
    operator, expected = UNARY[name]
    result = operator(Scalar(x))
    assert isinstance(result, Scalar)
    assert close(result.data, expected(x))


@pytest.mark.task1_2
@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (Add, (2.0, 3.0), 5.0),
        (Mul, (2.0, 3.0), 6.0),
        (Inv, (4.0,), 0.25),
        (Neg, (4.0,), -4.0),
        (Log, (1.0,), math.log(1.0 + 1e-6)),
        (Exp, (0.0,), 1.0),
        (Sigmoid, (0.0,), 0.5),
        (ReLU, (-2.0,), 0.0),
        (LT, (2.0, 3.0), 1.0),
        (EQ, (2.0, 3.0), 0.0),
    ],
)
def test_functions_take_scalars_and_numbers(
    function: type[ScalarFunction], arguments: tuple[float, ...], expected: float
) -> None:
    assert function.apply(*arguments).data == expected
    assert function.apply(*map(Scalar, arguments)).data == expected
    assert function.forward(Context(), *arguments) == expected
    assert function._forward(Context(), *arguments) == expected


@pytest.mark.task1_2
@given(any_floats)
def test_functions_are_total(x: float) -> None:
    """Numbers that Python would refuse give inf or nan."""
    s = Scalar(x)
    for result in (s.log(), s.exp(), s.sigmoid(), s.relu(), 1.0 / s, s * 1e308, -s):
        assert type(result.data) is float
    assert same((1.0 / Scalar(0.0)).data, math.inf)


@pytest.mark.task1_2
def test_results_remember_how_they_were_made() -> None:
    x, y = Scalar(2.0), Scalar(3.0)
    z = x * y
    assert z.history.last_fn is Mul
    assert list(z.history.inputs) == [x, y]
    assert list(z.parents) == [x, y]
    assert not z.is_leaf()
    assert not z.is_constant()


@pytest.mark.task1_2
def test_results_of_constants_are_constants() -> None:
    z = Scalar(2.0, None) + Scalar(3.0, None) * 4.0
    assert z.data == 14.0
    assert z.history is None
    assert is_constant(z)


@pytest.mark.task1_2
def test_comparisons_have_a_truth_value() -> None:
    assert bool(Scalar(1.0) < Scalar(2.0)) is True
    assert bool(Scalar(1.0) == Scalar(2.0)) is False
    assert Scalar(2.0) > 1.0
    assert not (Scalar(2.0) > 3.0)
    assert 1.0 < Scalar(2.0)  # noqa: SIM300  the reflected operator is what is tested


@pytest.mark.task1_2
def test_the_first_program_of_the_course() -> None:
    x = Scalar(10.0, name="x")
    y = (x * x) + 30.0
    assert y.data == 130.0
    assert x.name == "x"


# What is given: the Scalar itself, contexts, functions of one's own.


def test_a_scalar_is_a_leaf_that_tracks() -> None:
    x = Scalar(10)
    assert x.data == 10.0
    assert type(x.data) is float
    assert x.is_leaf()
    assert isinstance(x, Variable)
    assert isinstance(x.history, History)
    assert x.derivative is None
    assert x.parents == ()


def test_constructor() -> None:
    history = ScalarHistory()
    assert Scalar(1.0, history).history is history
    assert Scalar(1.0, None).is_constant()
    assert Scalar(1.0, back=None, name="c").name == "c"
    assert Scalar(Scalar(2.5)).data == 2.5


@pytest.mark.parametrize("value", ["2", None, [1.0], tensor([1.0])])
def test_what_is_no_number_is_refused(value: Any) -> None:
    text = f"Expected a Scalar or a number, got {type(value).__name__}"
    with pytest.raises(DtypeError, match=text):
        Scalar(value)
    with pytest.raises(DtypeError, match=text):
        Product.apply(Scalar(1.0), value)


def test_names_are_unique_until_assigned() -> None:
    x, y = Scalar(1.0), Scalar(1.0)
    assert x.name != y.name
    assert x.unique_id != y.unique_id
    x.name = "left"
    assert x.name == "left"


def test_names_and_types_of_the_editions() -> None:
    x = Scalar(3.0)
    assert x.get_data() == x.item() == float(x) == 3.0
    assert x.zeros() == 0.0
    assert x.expand(7.0) == 7.0
    assert x.detach().is_constant()
    assert x.detach().data == 3.0
    assert repr(x) == "Scalar(3.0)"


def test_tracking_can_be_switched() -> None:
    x = Scalar(3.0)
    x.requires_grad_(False)
    assert x.is_constant()
    x.requires_grad_(True)
    assert x.is_leaf()


def test_derivative_accumulates_and_is_forgotten() -> None:
    x = Scalar(3.0)
    x.accumulate_derivative(2.0)
    x.accumulate_derivative(0.5)
    assert x.derivative == x.grad == 2.5
    x.zero_derivative_()
    assert x.derivative is None
    x.derivative = 4.0
    assert x.grad == 4.0
    x.zero_grad_()
    assert x.grad is None
    x.grad = 5.0
    assert x.derivative == 5.0


def test_truth_of_a_scalar_is_that_of_its_number() -> None:
    assert bool(Scalar(0.5))
    assert not bool(Scalar(0.0))


def test_what_is_constant() -> None:
    for value in (3.0, None, "text", Scalar(1.0, None), Variable(None)):
        assert is_constant(value)
    assert not is_constant(Scalar(1.0))
    assert not is_constant(Variable(History()))
    assert Variable(None).is_constant()


class Product(ScalarFunction):
    seen: tuple[Any, ...] = ()

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        Product.seen = (x, y)
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        x, y = ctx.saved_values
        return d_output * y, d_output * x


def test_functions_of_ones_own_get_plain_numbers() -> None:
    z = Product.apply(Scalar(2.0), 3)
    assert z.data == 6.0
    assert Product.seen == (2.0, 3.0)
    assert [type(value) for value in Product.seen] == [float, float]
    assert z.history.last_fn is Product
    assert Product._backward(z.history.ctx, 10.0) == (30.0, 20.0)


def test_forward_that_returns_no_float_is_refused() -> None:
    class Careless(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> int:
            return int(x)

    with pytest.raises(
        GradientError, match=r"Careless\.forward returned 2 of type int; .* returns a float"
    ):
        Careless.apply(Scalar(2.0))


def test_function_without_forward_is_named() -> None:
    class Empty(ScalarFunction):
        pass

    with pytest.raises(AttributeError, match="'Empty' has no attribute 'forward'"):
        Empty.apply(Scalar(1.0))


def test_context_unwraps_a_single_value() -> None:
    ctx = Context()
    ctx.save_for_backward(3.0)
    assert ctx.saved_values == 3.0
    assert ctx.saved_tensors == (3.0,)
    ctx.save_for_backward(3.0, 4.0)
    a, b = ctx.saved_values
    assert (a, b) == (3.0, 4.0)
    assert ctx.saved_tensors == (3.0, 4.0)


def test_context_can_be_made_with_values() -> None:
    assert Context(False, (1.0, 2.0)).saved_values == (1.0, 2.0)
    assert Context(no_grad=False, saved_values=(1.0, 2.0)).saved_tensors == (1.0, 2.0)


def test_context_without_gradient_saves_nothing() -> None:
    ctx = Context(no_grad=True)
    ctx.save_for_backward(3.0)
    assert ctx.saved_tensors == ()


@pytest.mark.parametrize("no_grad", [True, False])
def test_reading_what_was_not_saved_says_what_to_do(no_grad: bool) -> None:
    with pytest.raises(GradientError, match=r"nothing was saved\. Call ctx\.save_for_backward"):
        _ = Context(no_grad).saved_values


def test_context_of_constants_saves_nothing() -> None:
    contexts: list[Context] = []

    class Spy(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            contexts.append(ctx)
            ctx.save_for_backward(x)
            return x

    Spy.apply(Scalar(2.0))
    Spy.apply(2.0)
    assert [ctx.no_grad for ctx in contexts] == [False, True]
    assert [ctx.saved_tensors for ctx in contexts] == [(2.0,), ()]


def test_history_of_a_leaf_and_of_a_result() -> None:
    assert History().is_leaf()
    assert ScalarHistory().is_leaf()
    history = ScalarHistory(Product, Context(), (Scalar(1.0), 2.0))
    assert not history.is_leaf()
    assert history.last_fn is Product
    assert "Product" in repr(history)
