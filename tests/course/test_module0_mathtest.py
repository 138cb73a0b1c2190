"""MathTest: the table of functions that the course's tests are parametrised with."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given

from minitorch import MathTest, MathTestVariable, Scalar, testing
from minitorch.config import read_config
from minitorch.errors import ConfigError

from .numbers import close, smooth

ONE = [
    "addConstant", "complex", "cube", "div", "exp", "explog", "inv", "log", "multConstant", "neg",
    "relu", "sig", "square", "subConstant",
]  # fmt: skip
TWO = ["add2", "div2", "eq2", "gt2", "lt2", "mul2"]
REDUCTIONS = ["mean_full_red", "mean_red", "sum_red"]


def edition(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(testing, "config", dataclasses.replace(testing.config, edition=name))


def log(x: float) -> float:
    return math.log(x + 1e-6)


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


FORMULAS: dict[str, Any] = {
    "addConstant": lambda a: a + 5,
    "complex": lambda a: log(sigmoid(10 * (6 * max(10 * a + 7, 0) + 5))) / 50,
    "cube": lambda a: a**3,
    "div": lambda a: a / 5,
    "exp": lambda a: math.exp(a - 200),
    "explog": lambda a: log(a + 100000) + math.exp(a - 200),
    "inv": lambda a: 1 / (a + 3.5),
    "log": lambda a: log(a + 100000),
    "multConstant": lambda a: 5 * a,
    "neg": lambda a: -a,
    "relu": lambda a: max(a + 5.5, 0),
    "sig": sigmoid,
    "square": lambda a: a**2,
    "subConstant": lambda a: a - 5,
    "add2": lambda a, b: a + b,
    "div2": lambda a, b: a / (b + 5.5),
    "eq2": lambda a, b: float(a == b + 5.5),
    "gt2": lambda a, b: float(a + 1.2 > b),
    "lt2": lambda a, b: float(a + 1.2 < b),
    "mul2": lambda a, b: a * b,
}


@pytest.mark.parametrize("name", ["2021", "2022", "2024"])
def test_names_and_order_fix_the_ids_of_the_tests(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition(monkeypatch, name)
    for tests in (MathTest._tests(), MathTestVariable._tests(), MathTestVariable._comp_testing()):
        assert [[case[0] for case in kind] for kind in tests] == [ONE, TWO, REDUCTIONS]


def test_cases_of_numbers_are_triples_in_2021(monkeypatch: pytest.MonkeyPatch) -> None:
    edition(monkeypatch, "2021")
    for kind in MathTest._tests():
        for name, base, again in kind:
            assert base is again is getattr(MathTest, name)


@pytest.mark.parametrize("name", ["2022", "2024"])
def test_cases_of_numbers_are_pairs_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edition(monkeypatch, name)
    for kind in MathTest._tests():
        for case, base in kind:
            assert base is getattr(MathTest, case)


@pytest.mark.parametrize("name", ["2021", "2022", "2024"])
def test_cases_of_variables_are_triples_always(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edition(monkeypatch, name)
    for tests in (MathTestVariable._tests(), MathTestVariable._comp_testing()):
        for kind in tests:
            for case, base, own in kind:
                assert base is getattr(MathTest, case)
                assert own is getattr(MathTestVariable, case)


def test_edition_comes_from_the_environment() -> None:
    assert read_config({}).edition == "2021"
    assert read_config({"MINITORCH_EDITION": "2024"}).edition == "2024"
    with pytest.raises(
        ConfigError, match=r"MINITORCH_EDITION='2019' is not known; .* 2021, 2022, 2024"
    ):
        read_config({"MINITORCH_EDITION": "2019"})


@pytest.mark.parametrize("name", ONE)
@given(a=smooth)
def test_functions_of_one_number(name: str, a: float) -> None:
    assert close(getattr(MathTest, name)(a), FORMULAS[name](a), rel=1e-6)


@pytest.mark.parametrize("name", TWO)
@given(a=smooth, b=smooth)
def test_functions_of_two_numbers(name: str, a: float, b: float) -> None:
    assert close(getattr(MathTest, name)(a, b), FORMULAS[name](a, b))


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_numbers(name: str) -> None:
    expected = 9.0 if name == "sum_red" else 3.0
    assert getattr(MathTest, name)([2.0, 3.0, 4.0]) == expected


@pytest.mark.task1_2
@pytest.mark.parametrize("name", ONE)
@given(a=smooth)
def test_scalars_compute_what_numbers_do(name: str, a: float) -> None:
    result = getattr(MathTestVariable, name)(Scalar(a))
    assert isinstance(result, Scalar)
    assert close(result.data, getattr(MathTest, name)(a), rel=1e-6)


@pytest.mark.task1_2
@pytest.mark.parametrize("name", TWO)
@given(a=smooth, b=smooth)
def test_two_scalars_compute_what_numbers_do(name: str, a: float, b: float) -> None:
    result = getattr(MathTestVariable, name)(Scalar(a), Scalar(b))
    assert isinstance(result, Scalar)
    assert close(result.data, getattr(MathTest, name)(a, b))
