"""Task 1.3: the chain rule, as a class method of the function and as a method of the variable."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from minitorch import Context, History, Scalar, ScalarFunction, ScalarHistory, Variable
from minitorch.errors import GradientError

from .numbers import moderate

pytestmark = pytest.mark.task1_3


class Shifted(ScalarFunction):
    """x + y + 10; its derivative needs no context."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        return x + y + 10.0

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> Any:
        return d_output, d_output


class Product(ScalarFunction):
    """x * y + x."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        ctx.save_for_backward(x, y)
        return x * y + x

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> Any:
        x, y = ctx.saved_values
        return d_output * (y + 1.0), d_output * x


class Triple(ScalarFunction):
    """3 x; one argument, and a derivative that is no tuple."""

    @staticmethod
    def forward(ctx: Context, x: float) -> float:
        return 3.0 * x

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> Any:
        return 3.0 * d_output


def test_constants_get_no_pair() -> None:
    constant, variable = Variable(None), Scalar(0.0, ScalarHistory())
    pairs = list(Shifted.chain_rule(ctx=None, inputs=[constant, variable], d_output=5.0))
    assert len(pairs) == 1
    assert pairs[0][0] is variable
    assert pairs[0][1] == 5.0


def test_plain_numbers_are_constants() -> None:
    variable = Variable(History(), name="x")
    pairs = list(Shifted.chain_rule(ctx=None, inputs=[10.0, variable], d_output=5.0))
    assert [pair[0].name for pair in pairs] == ["x"]


def test_nothing_but_constants_gives_no_pairs() -> None:
    assert list(Shifted.chain_rule(ctx=None, inputs=[10.0, 5.0], d_output=5.0)) == []


@given(moderate, moderate, moderate)
def test_derivatives_are_multiplied(x: float, y: float, d: float) -> None:
    ctx = Context()
    Product.forward(ctx, x, y)
    a, b = Scalar(x), Scalar(y)
    (first, da), (second, db) = Product.chain_rule(ctx=ctx, inputs=[a, b], d_output=d)
    assert first is a
    assert second is b
    assert da == d * (y + 1.0)
    assert db == d * x


def test_one_derivative_needs_no_tuple() -> None:
    x = Scalar(2.0)
    ((_, derivative),) = Triple.chain_rule(ctx=None, inputs=[x], d_output=2.0)
    assert derivative == 6.0


def test_method_gives_one_pair_per_input() -> None:
    """Constants too, which is how the later editions have it."""
    x = Scalar(0.0, ScalarHistory(Shifted, Context(), (10.0, Scalar(4.0))))
    pairs = list(x.chain_rule(d_output=5.0))
    assert [derivative for _, derivative in pairs] == [5.0, 5.0]


def test_method_on_a_result() -> None:
    y = Scalar(5.0)
    z = Product.apply(10, y)
    pairs = list(z.chain_rule(d_output=5))
    assert len(pairs) == 2
    assert pairs[0][0] == 10
    assert pairs[1][0] is y
    assert pairs[1][1] == 5 * 10


def test_history_takes_the_step() -> None:
    x, y = Scalar(2.0), Scalar(3.0)
    z = Product.apply(x, y)
    pairs = z.history.backprop_step(10.0)
    assert [(variable.name, d) for variable, d in pairs] == [(x.name, 40.0), (y.name, 20.0)]


def test_a_derivative_of_none_is_dropped() -> None:
    class Ignores(Shifted):
        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return None, d_output

    x, y = Scalar(1.0), Scalar(2.0)
    pairs = Ignores.chain_rule(None, [x, y], 3.0)
    assert len(pairs) == 1
    assert pairs[0][0] is y


def test_gradients_for_the_variables_alone_are_enough() -> None:
    class Scaled(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float, factor: float) -> float:
            ctx.save_for_backward(factor)
            return x * factor

        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return d_output * ctx.saved_values

    x = Scalar(2.0)
    z = Scaled.apply(x, 5.0)
    ((variable, derivative),) = Scaled.chain_rule(z.history.ctx, z.history.inputs, 3.0)
    assert variable is x
    assert derivative == 15.0


def test_wrong_number_of_gradients_says_how_many_are_wanted() -> None:
    class Careless(Shifted):
        @staticmethod
        def backward(ctx: Context, d_output: Any) -> Any:
            return d_output, d_output, d_output

    text = (
        r"Careless\.backward returned 3 gradient\(s\) for 2 argument\(s\) of forward\. Return one"
    )
    with pytest.raises(GradientError, match=text):
        Careless.chain_rule(None, [Scalar(1.0), Scalar(2.0)], 3.0)
    with pytest.raises(GradientError, match=text):
        Careless.apply(Scalar(1.0), Scalar(2.0)).chain_rule(3.0)
