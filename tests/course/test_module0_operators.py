"""Task 0.1 and 0.2: the operators, against Python's own arithmetic, and the laws they keep."""

from __future__ import annotations

import inspect
import math
import sys

import numba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import operators
from minitorch.operators import (
    EPS,
    add,
    eq,
    exp,
    id,
    inv,
    inv_back,
    is_close,
    log,
    log_back,
    lt,
    max,
    mul,
    neg,
    relu,
    relu_back,
    sigmoid,
)

from .numbers import any_floats, close, finite, moderate, same

ONE = ["id", "neg", "sigmoid", "relu", "log", "exp", "inv"]
TWO = ["mul", "add", "lt", "eq", "max", "is_close", "log_back", "inv_back", "relu_back"]
EXTREMES = [
    0.0, -0.0, 5e-324, -5e-324, sys.float_info.min, 1e-200, 709.782712893384, 710.0, 1e200, 1.7e308,
    -1e-7, -EPS, -1.0, -745.2, -1e308, math.inf, -math.inf, math.nan,
]  # fmt: skip


@pytest.mark.task0_1
@given(any_floats, any_floats)
def test_arithmetic_is_pythons(x: float, y: float) -> None:
    assert same(mul(x, y), x * y)
    assert same(add(x, y), x + y)
    assert same(neg(x), -x)
    assert same(id(x), x)


@pytest.mark.task0_1
@given(any_floats, any_floats)
def test_comparisons_give_numbers(x: float, y: float) -> None:
    for value, truth in ((lt(x, y), x < y), (eq(x, y), x == y)):
        assert type(value) is float
        assert value == (1.0 if truth else 0.0)


@pytest.mark.task0_1
@given(any_floats)
def test_comparisons_of_a_number_with_itself(x: float) -> None:
    assert lt(x, x) == 0.0
    assert eq(x, x) == (0.0 if math.isnan(x) else 1.0)


@pytest.mark.task0_1
@given(finite, finite)
def test_max_is_the_larger(x: float, y: float) -> None:
    assert max(x, y) == (x if x >= y else y)


@pytest.mark.task0_1
def test_max_ignores_a_nan_in_its_second_place() -> None:
    """So a fold over numbers with NaN among them finds the largest."""
    assert max(2.0, math.nan) == 2.0


@pytest.mark.task0_1
@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (1.0, 1.0, 1.0),
        (1.0, 1.0099, 1.0),
        (1.0, 0.9901, 1.0),
        (1.0, 1.0101, 0.0),
        (1.0, 0.9899, 0.0),
        (0.0, 1e-2, 0.0),  # the bound itself is not close
        (0.0, -1e-2, 0.0),
        (math.inf, math.inf, 1.0),
        (-math.inf, -math.inf, 1.0),
        (math.inf, -math.inf, 0.0),
        (math.inf, 1e308, 0.0),
        (math.nan, math.nan, 0.0),
    ],
)
def test_is_close(x: float, y: float, expected: float) -> None:
    """Equality comes first, or the difference of two infinities would make them unlike."""
    assert is_close(x, y) == is_close(y, x) == expected


@pytest.mark.task0_1
@given(finite.filter(lambda x: x != 0.0))
def test_inv_is_close_to_one_over_x(x: float) -> None:
    """Also for a subnormal x, where both are infinite."""
    assert is_close(inv(x), 1.0 / x) == 1.0
    assert inv(x) == 1.0 / x


@pytest.mark.task0_1
def test_inv_of_zero_keeps_the_sign() -> None:
    assert inv(0.0) == math.inf
    assert inv(-0.0) == -math.inf
    assert math.copysign(1.0, inv(-math.inf)) == -1.0


@pytest.mark.task0_1
@given(moderate.map(abs))
def test_log_adds_a_little(x: float) -> None:
    assert log(x) == math.log(x + 1e-6)


@pytest.mark.task0_1
def test_log_outside_its_domain() -> None:
    assert EPS == 1e-6
    assert close(log(0.0), math.log(1e-6))
    assert log(-EPS) == -math.inf
    assert math.isnan(log(-1.0))


@pytest.mark.task0_1
@given(st.floats(-745.0, 709.7))
def test_exp_is_maths(x: float) -> None:
    assert exp(x) == math.exp(x)


@pytest.mark.task0_1
def test_exp_at_its_ends() -> None:
    last = operators.LARGEST_EXPONENT
    assert math.isfinite(exp(last))
    with pytest.raises(OverflowError):
        math.exp(math.nextafter(last, math.inf))  # so the bound is the last that has a finite exp
    assert exp(math.nextafter(last, math.inf)) == math.inf
    assert exp(math.inf) == math.inf
    assert exp(-math.inf) == 0.0
    assert math.isnan(exp(math.nan))


@pytest.mark.task0_1
@given(moderate)
def test_relu_and_its_derivative(x: float) -> None:
    assert relu(x) == (x if x > 0 else 0.0)
    assert relu_back(x, 3.0) == (3.0 if x > 0 else 0.0)


@pytest.mark.task0_1
def test_relu_at_zero_and_at_nan() -> None:
    assert relu(0.0) == relu_back(0.0, 1.0) == 0.0
    assert relu(math.nan) == 0.0


@pytest.mark.task0_1
@given(st.floats(1e-3, 100.0), moderate)
def test_derivatives_are_d_times_the_slope(x: float, d: float) -> None:
    assert close(log_back(x, d), d / (x + 1e-6))
    assert close(inv_back(x, d), -d / (x * x))
    assert close(inv_back(-x, d), -d / (x * x))


@pytest.mark.task0_1
@given(st.floats(-700.0, 700.0))
def test_sigmoid_is_its_formula(x: float) -> None:
    assert close(sigmoid(x), 1.0 / (1.0 + math.exp(-x)))


@pytest.mark.task0_1
def test_sigmoid_far_out() -> None:
    assert sigmoid(1e4) == sigmoid(math.inf) == 1.0
    assert sigmoid(-1e4) == sigmoid(-math.inf) == 0.0
    assert sigmoid(-40.0) == pytest.approx(math.exp(-40.0), rel=1e-12), "not rounded to zero"
    assert math.isnan(sigmoid(math.nan))


@pytest.mark.task0_1
@pytest.mark.parametrize("name", ONE + TWO)
def test_operators_are_total(name: str) -> None:
    """Where Python would raise, an operator gives what IEEE 754 says: inf or nan."""
    fn = getattr(operators, name)
    for x in EXTREMES:
        for y in EXTREMES if name in TWO else [None]:
            assert type(fn(x) if y is None else fn(x, y)) is float, (x, y)


@pytest.mark.parametrize("name", ["ln", "tanh", "sqrt", "sin", "cos", "logical_and", "where"])
def test_primitives_beside_the_course_are_total_too(name: str) -> None:
    fn = getattr(operators, name)
    count = len(inspect.signature(fn).parameters)
    for x in EXTREMES:
        for y in EXTREMES:
            assert type(fn(*(x, y, x)[:count])) is float, (x, y)


@pytest.mark.parametrize("name", ["tanh", "sqrt", "sin", "cos"])
@given(x=st.floats(1e-6, 1e6))
def test_primitives_are_maths(name: str, x: float) -> None:
    assert getattr(operators, name)(x) == getattr(math, name)(x)
    assert operators.ln(x) == math.log(x)


def test_primitives_outside_their_domain() -> None:
    assert operators.ln(0.0) == -math.inf
    for value in (operators.ln(-1.0), operators.sqrt(-1.0), operators.sin(math.inf)):
        assert math.isnan(value)
    assert math.isnan(operators.cos(-math.inf))


@pytest.mark.jit
@pytest.mark.parametrize("name", ONE + TWO)
def test_operators_compile_under_numba(name: str) -> None:
    """The course's own lifts, and those of its users, say `njit(fn)` of any of them."""
    fn = getattr(operators, name)
    compiled = numba.njit(fn)
    for x in EXTREMES:
        for y in (0.5, -2.0, 0.0) if name in TWO else [None]:
            arguments = (x,) if y is None else (x, y)
            assert close(compiled(*arguments), fn(*arguments)), arguments


# Task 0.2: the laws.


@pytest.mark.task0_2
@given(moderate, moderate)
def test_sigmoid_lies_between_zero_and_one_and_rises(x: float, y: float) -> None:
    low, high = sorted((x, y))
    assert 0.0 <= sigmoid(low) <= sigmoid(high) <= 1.0
    assert close(1.0 - sigmoid(x), sigmoid(-x), abs=1e-15)


@pytest.mark.task0_2
def test_sigmoid_crosses_at_a_half() -> None:
    assert sigmoid(0.0) == 0.5


@pytest.mark.task0_2
@given(finite, finite, finite)
def test_less_than_is_transitive(a: float, b: float, c: float) -> None:
    if lt(a, b) and lt(b, c):
        assert lt(a, c) == 1.0


@pytest.mark.task0_2
@given(finite, finite)
def test_symmetry(x: float, y: float) -> None:
    assert mul(x, y) == mul(y, x)
    assert add(x, y) == add(y, x)
    assert eq(x, y) == eq(y, x)
    assert max(x, y) == max(y, x)


@pytest.mark.task0_2
@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_multiplication_distributes(x: int, y: int, z: int) -> None:
    """Over integers, where floats are exact."""
    a, b, c = float(x), float(y), float(z)
    assert mul(a, add(b, c)) == add(mul(a, b), mul(a, c))


@pytest.mark.task0_2
@given(st.floats(0.0, 50.0))
def test_exp_and_log_undo_each_other(x: float) -> None:
    assert is_close(log(exp(x)), x) == 1.0


# The lists and the signatures of the course.


@pytest.mark.parametrize("name", [*ONE, *TWO, "map", "zipWith", "reduce"])
def test_signatures_of_the_course(name: str) -> None:
    names = list(inspect.signature(getattr(operators, name)).parameters)
    expected = {
        "log_back": ["x", "d"], "inv_back": ["x", "d"], "relu_back": ["x", "d"],
        "map": ["fn"], "zipWith": ["fn"], "reduce": ["fn", "start"],
    }  # fmt: skip
    assert names == expected.get(name, ["x"] if name in ONE else ["x", "y"])
