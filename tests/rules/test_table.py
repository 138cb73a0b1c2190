"""The op table on plain numbers: each row is whole, and its derivatives are right.

Idea: a derivative is an expression of rows; if each of those has derivatives in turn, or is flat,
    every order of derivative is there.
Not here: rows as tensor ops (test_elementwise.py), the rows of minitorch/rows/ (test_rows.py),
    one engine for all faces (test_one_engine.py).
Read next: minitorch/rules.py
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch import BACKENDS, Scalar, is_constant, operators, scalar_functions
from minitorch.rules import ALL_DTYPES, TABLE, Rule, named_globals, passes_on, rebind
from tests.course.tensors import laid, values
from tests.rules.samples import ANY, ELEMENTWISE, FLAG, POSITIVE

COURSE = {name: rule for name, rule in TABLE.items() if rule.home is operators}
every_rule = pytest.mark.parametrize("rule", COURSE.values(), ids=COURSE)
UPDATES = (*("momentum_step", "sgd_step", "moving_mean", "moving_square", "adam_step"),)

# Flat almost everywhere: these rows have no derivatives, and zero is the right one.
STEPS = ("lt", "eq", "ne", "le", "is_close", "logical_and")


def domain(interval: tuple[float, float]) -> st.SearchStrategy[float]:
    if interval == FLAG:
        return st.sampled_from([0.0, 1.0])
    low, high = {ANY: (-50.0, 50.0), POSITIVE: (0.1, 50.0)}[interval]
    return st.floats(low, high).filter(lambda x: abs(x) > 1e-2)


def apart(name: str, numbers: Any) -> bool:
    """No number lies where the derivative of the row jumps."""
    return name not in ("max", "lt", "le") or abs(numbers[0] - numbers[1]) > 1e-2


@every_rule
def test_a_row_names_an_operator_with_its_arguments(rule: Rule) -> None:
    assert TABLE[rule.name] is rule
    assert rule.fn is getattr(operators, rule.name)
    assert rule.operands >= 1
    arguments = list(inspect.signature(rule.fn).parameters)
    assert rule.names == ("g", "out", *arguments)
    assert len(arguments) == rule.operands + rule.parameters
    assert len(rule.derivatives) == rule.operands
    assert set(rule.accepts) <= set(ALL_DTYPES)
    assert {"float32", "float64"} <= set(rule.accepts)
    assert rule.result in ("same", "float")


@every_rule
def test_a_derivative_reads_only_what_a_row_has(rule: Rule) -> None:
    for derivative in filter(None, rule.derivatives):
        reads = tuple(inspect.signature(derivative).parameters)
        assert reads[0] == "g", "a derivative is g times something"
        assert tuple(rule.names[k] for k in rule.reads(derivative)) == reads
        assert set(rule.reads(derivative)) <= rule.kept
    assert rule.kept <= set(range(len(rule.names)))


@every_rule
def test_a_derivative_is_made_of_rows_that_have_derivatives(rule: Rule) -> None:
    """So that derivatives of every order exist, on every interpreter of the table."""
    for derivative in filter(None, rule.derivatives):
        for name, used in named_globals(derivative).items():
            assert isinstance(used, Rule), f"{derivative.__name__} uses {name}, which is no row"
            assert TABLE[used.name] is used
            assert any(used.derivatives) or used.name in STEPS, f"{used} ends the chain"
            assert used.name not in UPDATES


def test_rows_without_derivatives_are_steps_or_updates() -> None:
    without = {name for name, rule in COURSE.items() if not any(rule.derivatives)}
    assert without == {*STEPS, *UPDATES}


@every_rule
@given(data=st.data())
@settings(max_examples=30)
def test_operands_without_a_derivative_are_flat(rule: Rule, data: Any) -> None:
    if rule.name in UPDATES:
        assert rule.parameters
        return
    numbers = [data.draw(domain(interval)) for interval in ELEMENTWISE[rule.name].domain]
    if not apart(rule.name, numbers):
        return
    here = rule(*numbers)
    for k, derivative in enumerate(rule.derivatives):
        flag = ELEMENTWISE[rule.name].domain[k] == FLAG
        if derivative is None and not (flag and numbers[k] == 0.0):
            # A flag is a step at 0, and eq and is_close jump at equal flags.
            nudged = list(numbers)
            nudged[k] += 1e-4 if rule.name not in ("eq", "ne") or numbers[0] != numbers[1] else 0.0
            assert rule(*nudged) == here


@every_rule
@given(data=st.data())
@settings(max_examples=30)
def test_derivatives_are_central_differences(rule: Rule, data: Any) -> None:
    sample = ELEMENTWISE[rule.name]
    numbers = [data.draw(domain(interval)) for interval in sample.domain]
    g = data.draw(st.floats(-3.0, 3.0))
    if not apart(rule.name, numbers):
        return
    for k, derivative in enumerate(rule.derivatives):
        if derivative is None:
            continue
        step = 1e-5 * max(1.0, abs(numbers[k]))
        up, down = list(numbers), list(numbers)
        up[k], down[k] = numbers[k] + step, numbers[k] - step
        expected = g * (rule(*up) - rule(*down)) / (2.0 * step)
        given_values = (g, rule(*numbers), *numbers)
        found = derivative(*(given_values[position] for position in rule.reads(derivative)))
        # What is lost where large values are subtracted.
        noise = 1e-14 * abs(g) * (abs(rule(*numbers)) + 1.0) / step
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-6 + noise), (k, numbers, g)


@every_rule
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
@given(data=st.data())
@settings(max_examples=30)
def test_lifted_to_tensors_a_row_is_itself_at_each_cell(
    backend: Any, rule: Rule, data: Any
) -> None:
    sample = ELEMENTWISE[rule.name]
    cells = data.draw(
        st.lists(st.tuples(*map(domain, sample.domain)), min_size=1, max_size=6), label="cells"
    )
    operands = [
        laid(np.array(column), "contiguous", backend) for column in zip(*cells, strict=True)
    ]
    out = values(backend.rule(rule)(*operands, *sample.parameters))
    expected = [rule(*numbers, *sample.parameters) for numbers in cells]
    np.testing.assert_allclose(
        out, expected, rtol=1e-14 if backend.ops.__name__ == "FastOps" else 0
    )


@every_rule
@given(data=st.data())
@settings(max_examples=30)
def test_lifted_to_scalars_a_row_is_itself(rule: Rule, data: Any) -> None:
    sample = ELEMENTWISE[rule.name]
    if rule.name in UPDATES:
        return
    numbers = [data.draw(domain(interval)) for interval in sample.domain]
    scalars = [Scalar(x) for x in numbers]
    out = scalar_functions.row_function(rule).apply(*scalars)
    assert out.data == rule(*numbers)
    if not any(rule.derivatives) or not apart(rule.name, numbers) or is_constant(out):
        return
    out.backward()
    given_values = (1.0, out.data, *numbers)
    for scalar, derivative in zip(scalars, rule.derivatives, strict=True):
        if derivative is not None:
            expected = derivative(*(given_values[k] for k in rule.reads(derivative)))
            assert float(scalar.derivative) == expected


@every_rule
def test_rows_are_total(rule: Rule) -> None:
    """No number makes a row raise: IEEE gives inf and nan where Python would raise."""
    special = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 710.0, -746.0)
    parameters = ELEMENTWISE[rule.name].parameters
    for numbers in np.array(np.meshgrid(*[special] * rule.operands)).reshape(rule.operands, -1).T:
        result = rule(*map(float, numbers), *parameters)
        assert isinstance(result, float)
        for derivative in filter(None, rule.derivatives):
            given_values = (1.0, result, *map(float, numbers))
            derivative(*(given_values[k] for k in rule.reads(derivative)))


def test_passing_on_is_g_itself() -> None:
    """Only a derivative that returns g is skipped when gradients flow."""
    for rule in TABLE.values():
        for derivative in filter(None, rule.derivatives):
            count = len(rule.reads(derivative))
            numbers = [2.0, 0.3, 0.7, 0.9][:count]
            if passes_on(derivative):
                assert derivative(*numbers) == numbers[0]
    assert passes_on(TABLE["add"].derivatives[1])  # type: ignore[arg-type]
    assert not passes_on(TABLE["mul"].derivatives[0])  # type: ignore[arg-type]


def test_rebind_gives_names_and_literals_another_meaning() -> None:
    tanh_dx = TABLE["tanh"].derivatives[0]
    names: list[str] = []

    def meaning(rule: Any) -> Any:
        names.append(rule.name)
        return lambda *args: (rule.name, *args)

    spelled = rebind(tanh_dx, meaning, lambda c: "one" if c == 1.0 else c)
    assert spelled("g", "out") == ("mul", "g", ("add", "one", ("neg", ("mul", "out", "out"))))
    assert set(names) == {"mul", "add", "neg"}
