"""What stands around backpropagation: grad mode, observers, derivatives of derivatives."""

from __future__ import annotations

import contextvars
import copy
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import (
    Context,
    Event,
    Scalar,
    ScalarFunction,
    central_difference,
    enable_grad,
    is_grad_enabled,
    no_grad,
    observe,
)
from minitorch.autodiff import unwrap_tuple, wrap_tuple
from minitorch.errors import GradientError
from minitorch.scalar_functions import Add, Mul

SMOOTH: dict[str, Callable[..., Any]] = {
    "add": lambda x: x + x * x,
    "cube": lambda x: x * x * x,
    "divide": lambda x: 1.0 / (x * x),
    "exp": lambda x: x.exp() * x,
    "log": lambda x: x.log() * x,
    "sigmoid": lambda x: x.sigmoid(),
    "sigmoid of log": lambda x: (x.log() * 3.0).sigmoid(),
    "relu": lambda x: (x * x).relu() - (x * -1.0).relu(),
    "negate": lambda x: -(x * x),
    "compare": lambda x: (x < 100.0) * x * x,
}


def slope(f: Callable[[Scalar], Scalar], at: float) -> float:
    x = Scalar(at)
    f(x).backward()
    return float(x.derivative)


class Linear(ScalarFunction):
    """3 x, by a function that no task writes."""

    @staticmethod
    def forward(ctx: Context, x: float) -> float:
        return 3.0 * x

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> Any:
        return 3.0 * d_output


# Grad mode.


def test_no_graph_is_recorded_without_grad() -> None:
    x = Scalar(2.0)
    with no_grad():
        assert not is_grad_enabled()
        y = x * x
    assert y.data == 4.0
    assert y.is_constant()
    assert is_grad_enabled()
    assert (x * x).history is not None


def test_grad_modes_nest() -> None:
    x = Scalar(2.0)
    with no_grad():
        with enable_grad():
            assert (x * x).history is not None
            with no_grad():
                assert (x * x).history is None
            assert is_grad_enabled()
        assert not is_grad_enabled()


def test_grad_mode_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert is_grad_enabled()


def test_grad_mode_belongs_to_the_thread() -> None:
    seen: list[bool] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
        assert not is_grad_enabled()
    assert seen == [True]


def test_grad_mode_belongs_to_the_context() -> None:
    with no_grad():
        inside = contextvars.copy_context()
    assert inside.run(is_grad_enabled) is False
    assert is_grad_enabled()


def test_no_grad_decorates() -> None:
    @no_grad()
    def predict(x: Scalar) -> Scalar:
        return x * x

    x = Scalar(2.0)
    assert predict(x).is_constant()
    assert predict(x).is_constant(), "and not only the first time"
    kinds: list[str] = []
    with observe(lambda event: kinds.append(event.kind)):
        predict(x)
    assert kinds == ["forward"], "the rest of the mode is that of the call"


def test_forward_of_a_function_records_nothing_inside() -> None:
    inner: list[Scalar] = []

    class Composed(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            y = Scalar(x) * 2.0
            inner.append(y)
            return y.data

        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return d_output * 2.0

    Composed.apply(Scalar(3.0))
    assert inner[0].history is None


# Observers.


def test_observer_sees_the_forward_pass() -> None:
    events: list[Event] = []
    x, y = Scalar(2.0), Scalar(3.0)
    with observe(events.append):
        z = x * y
    (event,) = events
    assert event.kind == "forward"
    assert event.function is Mul
    assert [variable.name for variable in event.inputs] == [x.name, y.name]
    assert event.output is z


def test_observer_sees_forward_of_constants_too() -> None:
    events: list[Event] = []
    with observe(events.append), no_grad():
        Scalar(2.0) * Scalar(3.0)
    assert [event.kind for event in events] == ["forward"]


@pytest.mark.task1_4
def test_observer_sees_the_backward_pass() -> None:
    events: list[Event] = []
    x, y = Scalar(2.0), Scalar(3.0)
    z = x * y
    with observe(events.append):
        z.backward(10.0)
    step, *leaves = events
    assert (step.kind, step.function, step.derivative) == ("backward", Mul, 10.0)
    assert step.output is z
    assert [variable.name for variable in step.inputs] == [x.name, y.name]
    assert step.derivatives == (30.0, 20.0)
    assert {event.output.name: event.derivative for event in leaves} == {x.name: 30.0, y.name: 20.0}
    assert {event.kind for event in leaves} == {"accumulate"}


@pytest.mark.task1_4
def test_observers_nest_and_end() -> None:
    outer: list[str] = []
    inner: list[str] = []
    x = Scalar(2.0)
    with observe(lambda event: outer.append(event.kind)):
        y = x + 1.0
        with observe(lambda event: inner.append(event.kind)):
            y.backward()
        x + 1.0
    x + 1.0
    assert outer == ["forward", "backward", "accumulate", "forward"]
    assert inner == ["backward", "accumulate"]


def test_observer_that_fails_stops_the_program() -> None:
    def stop(event: Event) -> None:
        raise KeyError(event.kind)

    with pytest.raises(KeyError, match="forward"), observe(stop):
        Scalar(1.0) + 1.0
    Scalar(1.0) + 1.0  # and is gone


# Derivatives of derivatives.


@pytest.mark.task1_4
@pytest.mark.parametrize("name", list(SMOOTH))
@given(at=st.floats(0.3, 3.0))
def test_second_order(name: str, at: float) -> None:
    f = SMOOTH[name]
    x = Scalar(at)
    f(x).backward(create_graph=True)
    first = x.derivative
    assert isinstance(first, Scalar)
    assert first.data == pytest.approx(slope(f, at))
    x.zero_derivative_()
    first.backward()
    found = 0.0 if x.derivative is None else float(x.derivative)
    expected = central_difference(lambda v: slope(f, v), at, epsilon=1e-4)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.task1_4
def test_any_order() -> None:
    x = Scalar(2.0)
    y = x * x * x * x
    for expected in (4 * 2.0**3, 12 * 2.0**2, 24 * 2.0, 24.0):
        x.zero_derivative_()
        y.backward(create_graph=True)
        y = x.derivative
        assert y.data == expected


@pytest.mark.task1_4
def test_mixed_derivatives() -> None:
    x, y = Scalar(2.0), Scalar(3.0)
    (x * x * y).backward(create_graph=True)
    dx = x.derivative
    x.zero_derivative_()
    y.zero_derivative_()
    dx.backward()  # dx = 2 x y
    assert float(x.derivative) == 6.0
    assert float(y.derivative) == 4.0


@pytest.mark.task1_4
def test_derivatives_are_numbers_unless_a_graph_is_asked_for() -> None:
    x = Scalar(2.0)
    (x * x).backward()
    assert type(x.derivative) is float


@pytest.mark.task1_4
def test_no_graph_is_made_of_a_derivative_that_tracks() -> None:
    """Unless asked for, also where what backward starts from could be differentiated."""
    x, d = Scalar(3.0), Scalar(2.0)
    (x * x).backward(d)
    assert float(x.derivative) == 12.0
    assert x.derivative.is_constant()


@pytest.mark.task1_4
def test_creating_a_graph_retains_the_old_one() -> None:
    x = Scalar(2.0)
    y = x * x
    y.backward(create_graph=True)
    x.zero_derivative_()
    y.backward()
    assert float(x.derivative) == 4.0


@pytest.mark.task1_4
def test_a_function_that_saved_numbers_has_no_second_derivative() -> None:
    class Square(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return 2.0 * ctx.saved_values * d_output

    x = Scalar(3.0)
    Square.apply(x).backward()
    assert x.derivative == 6.0
    with pytest.raises(GradientError, match=r"Square saves plain numbers.* from Scalar operations"):
        Square.apply(x).backward(create_graph=True)


@pytest.mark.task1_4
def test_a_linear_function_of_ones_own_has_one() -> None:
    class Double(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            return 2.0 * x

        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return 2.0 * d_output

    x = Scalar(3.0)
    Double.apply(x * x).backward(create_graph=True)
    first = x.derivative
    x.zero_derivative_()
    first.backward()
    assert float(x.derivative) == 4.0


# What is given.


@pytest.mark.parametrize(
    ("value", "wrapped"), [(3, (3,)), ((3,), (3,)), ((1, 2), (1, 2)), (None, (None,))]
)
def test_wrap_tuple(value: Any, wrapped: tuple[Any, ...]) -> None:
    assert wrap_tuple(value) == wrapped


def test_unwrap_tuple() -> None:
    assert unwrap_tuple((3,)) == 3
    assert unwrap_tuple((1, 2)) == (1, 2)


def test_context_knows_its_call() -> None:
    x = Scalar(2.0)
    z = Add.apply(x, 3.0)
    assert list(z.history.ctx.inputs) == [x, 3.0]
    assert z.history.ctx.needs_input_grad == (True, False)


def test_backward_of_a_constant_says_how_to_make_a_leaf() -> None:
    with pytest.raises(
        GradientError, match=r"tracks no gradients\. Make inputs leaves: Scalar\(v\)"
    ):
        Scalar(2.0, None).backward()


@pytest.mark.task1_4
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_is_a_variable_of_its_own(duplicate: Callable[[Scalar], Scalar]) -> None:
    """A model and its copy may meet in one loss."""
    x = Scalar(2.0)
    y = duplicate(x)
    assert y.data == 2.0
    assert y.unique_id != x.unique_id
    (x * x * y).backward()
    assert x.derivative == 8.0
    assert y.derivative == 4.0


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copies_are_of_leaves(duplicate: Callable[[Scalar], Scalar]) -> None:
    leaf, constant = Scalar(2.0, name="weight"), Scalar(3.0, None)
    leaf.derivative = 5.0
    assert duplicate(leaf).is_leaf()
    assert duplicate(leaf).derivative == 5.0
    assert duplicate(leaf).name == "weight"
    assert duplicate(constant).is_constant()
    result = Linear.apply(leaf)
    with pytest.raises(GradientError, match=r"only leaves and constants can be copied\. Copy x\.d"):
        duplicate(result)
