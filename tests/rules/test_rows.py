"""The rows of minitorch/rows/: closed, total, right, the same compiled, the same as PyTorch's.

Idea: what is tested follows from the row of row_samples.py alone.
Not here: the course's rows (test_table.py, test_elementwise.py).
Read next: row_samples.py
"""

from __future__ import annotations

import inspect
import itertools
import math
from typing import Any

import numpy as np
import pytest

import minitorch.formulas
import minitorch.rows
from minitorch import BACKENDS, from_numpy, operators
from minitorch.kernels import number_function
from minitorch.rows import polynomials
from minitorch.rules import TABLE, Rule, named_globals
from minitorch.tensor_functions import row_function
from tests.course.tensors import values
from tests.rules.row_samples import ROWS, Row

every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
every_float_row = pytest.mark.parametrize(
    "row",
    [r for r in ROWS.values() if not r.whole],
    ids=[k for k, r in ROWS.items() if not r.whole],
)
differentiable = [r for r in ROWS.values() if any(r.rule.derivatives)]
every_differentiable_row = pytest.mark.parametrize(
    "row", differentiable, ids=[r.rule.name for r in differentiable]
)
SPECIAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, 710.0)
COUNT = 7


def test_every_row_has_a_sample() -> None:
    assert minitorch.rows.__all__
    assert set(ROWS) == {rule.name for rule in TABLE.values() if rule.home is not operators}


@every_row
def test_a_row_is_closed(row: Row) -> None:
    """It names a function, and its derivatives are rows that have derivatives in turn."""
    rule = row.rule
    assert TABLE[rule.name] is rule
    assert rule.fn is getattr(rule.home, rule.name)
    assert len(row.domain) == rule.operands
    assert len(row.parameters) == rule.parameters
    for derivative in filter(None, rule.derivatives):
        names = list(inspect.signature(derivative).parameters)
        assert names[0] == "g"
        places = [rule.names.index(name) for name in names]
        assert places == sorted(places), "parameters stand last, as adjoint() passes them"
        for used in named_globals(derivative).values():
            assert isinstance(used, Rule)
            assert TABLE[used.name] is used
            assert any(used.derivatives) or used.result != "float" or used.name in STEPS


# Never differentiated.
UPDATES = {rule.name for rule in TABLE.values() if rule.home is minitorch.formulas.updates}

# Flat almost everywhere.
STEPS = {"angle"}
# Steps from float to float, and operands whose derivative the face refuses.
UNTRIED = {
    "nextafter",
    *("zeta", "igamma", "igammac", "gamma_density", "airy_ai", *polynomials.POLYNOMIALS),
}


@every_float_row
def test_rows_are_total(row: Row) -> None:
    for numbers in itertools.product(SPECIAL, repeat=row.rule.operands):
        result = row.rule(*numbers, *row.parameters)
        assert isinstance(result, float)
        given = (1.0, result, *numbers, *row.parameters)
        for derivative in filter(None, row.rule.derivatives):
            assert isinstance(derivative(*(given[k] for k in row.rule.reads(derivative))), float)


@every_float_row
def test_derivatives_are_central_differences(row: Row) -> None:
    rule = row.rule
    if rule.name in UPDATES:
        assert not any(rule.derivatives)
        return
    for numbers in zip(*row.points(COUNT), strict=True):
        given = (1.5, rule(*numbers, *row.parameters), *numbers, *row.parameters)
        for k, derivative in enumerate(rule.derivatives):
            up, down = list(numbers), list(numbers)
            up[k], down[k] = numbers[k] + 1e-6, numbers[k] - 1e-6
            rise = rule(*up, *row.parameters) - rule(*down, *row.parameters)
            found = derivative(*(given[i] for i in rule.reads(derivative))) if derivative else 0.0
            if rule.name not in UNTRIED and (derivative or k == 0):
                assert found == pytest.approx(1.5 * rise / 2e-6, rel=1e-5, abs=1e-6), (k, numbers)


def arrays(row: Row, dtype: str) -> list[Any]:
    kind = "int64" if row.whole else dtype
    return [np.array(column).astype(kind) for column in row.points(COUNT)]


@every_row
def test_lifted_a_row_is_itself_at_each_cell(row: Row) -> None:
    drawn = arrays(row, "float64")
    tensors = [from_numpy(a, BACKENDS["simple"]) for a in drawn]
    launch = tensors[0].backend.launch(row.rule.fn, row.rule.operands, row.rule.parameters)
    out = values(launch(*tensors, *row.parameters))
    expected = [row.rule(*cells, *row.parameters) for cells in zip(*drawn, strict=True)]
    np.testing.assert_array_equal(out, np.array(expected))


@every_differentiable_row
@pytest.mark.parametrize("backend", ["simple", "fused"])
def test_second_order_gradients(row: Row, backend: str) -> None:
    """Against differences of the first gradients."""
    if backend == "fused":
        pytest.importorskip("numba")
    function = row_function(row.rule)

    def gradients(drawn: list[Any], create: bool = False) -> tuple[list[Any], list[Any]]:
        tensors = [from_numpy(a, BACKENDS[backend], requires_grad=True) for a in drawn]
        function.apply(*tensors, *row.parameters).sum().backward(create_graph=create)
        return tensors, [x.grad for x in tensors]

    drawn = arrays(row, "float64")
    for i, derivative in enumerate(row.rule.derivatives):
        if derivative is None:
            continue
        tensors, first = gradients(drawn, create=True)
        plain = values(gradients(drawn)[1][i])
        np.testing.assert_allclose(values(first[i]), plain, rtol=1e-10, atol=1e-12)
        for x in tensors:
            x.zero_grad_()
        if first[i].is_constant():
            continue
        first[i].sum().backward()
        for j, x in enumerate(tensors):
            up, down = list(drawn), list(drawn)
            up[j], down[j] = drawn[j] + 1e-5, drawn[j] - 1e-5
            rise = values(gradients(up)[1][i]) - values(gradients(down)[1][i])
            found = np.zeros(COUNT) if x.grad is None else values(x.grad)
            if row.rule.derivatives[j] is not None:
                np.testing.assert_allclose(found, rise / 2e-5, rtol=1e-4, atol=1e-5)


@every_row
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_as_pytorch(row: Row, dtype: str) -> None:
    torch = pytest.importorskip("torch", reason="compares with PyTorch: make peers")
    if row.theirs is None or (row.rule.name, dtype) == ("nextafter", "float32"):
        return
    drawn = arrays(row, dtype)
    known = row.theirs(torch, *map(torch.tensor, drawn), *row.parameters).numpy()
    tensors = [from_numpy(a, BACKENDS["simple"]) for a in drawn]
    launch = tensors[0].backend.launch(row.rule.fn, row.rule.operands, row.rule.parameters)
    found = values(launch(*tensors, *row.parameters))
    tight = 1e-11 if dtype == "float64" else 1e-5  # as far as theirs are right
    np.testing.assert_allclose(found, known, rtol=tight, atol=tight / 10)


@pytest.mark.jit
@every_row
def test_compiled_a_row_is_the_same(row: Row) -> None:
    """In float64 to the last digits, in float32 as precise as that is."""
    for dtype, tight in (("float64", 1e-13), ("float32", 2e-6)):
        drawn = arrays(row, dtype)
        fn = number_function(row.rule.fn, dtype)
        parameters = [p if row.whole else np.dtype(dtype).type(p) for p in row.parameters]
        for cells in zip(*drawn, strict=True):
            expected = row.rule(*(c.item() for c in cells), *row.parameters)
            assert float(fn(*cells, *parameters)) == pytest.approx(expected, rel=tight, abs=tight)
        if row.whole:
            break
