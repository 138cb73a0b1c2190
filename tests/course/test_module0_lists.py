"""Task 0.3: functions of one number and of two, lifted to lists."""

from __future__ import annotations

import math
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.operators import add, addLists, map, mul, neg, negList, prod, reduce, sum, zipWith

from .numbers import close, lists, moderate

pytestmark = pytest.mark.task0_3


@given(lists)
def test_map_is_a_function_of_lists(ls: list[float]) -> None:
    square = map(lambda x: x * x)
    assert square(ls) == [x * x for x in ls]
    assert square(iter(ls)) == [x * x for x in ls]


@given(lists, lists)
def test_zip_with_takes_pairs_in_order(a: list[float], b: list[float]) -> None:
    """Subtraction tells the places apart; the shorter list decides."""
    assert zipWith(operator.sub)(a, b) == [x - y for x, y in zip(a, b, strict=False)]


@given(lists, moderate)
def test_reduce_folds_from_the_left(ls: list[float], start: float) -> None:
    seen: list[tuple[float, float]] = []

    def keep(x: float, y: float) -> float:
        seen.append((x, y))
        return x - y

    result = reduce(keep, start)(ls)
    expected = start
    for (x, y), item in zip(seen, ls, strict=True):
        assert (x, y) == (expected, item)
        expected -= item
    assert result == expected


def test_reduce_of_nothing_is_its_start() -> None:
    assert reduce(add, 7.0)([]) == 7.0


@given(lists)
def test_neg_list_is_a_list(ls: list[float]) -> None:
    """One edition indexes the result, the others iterate it."""
    result = negList(ls)
    assert isinstance(result, list)
    assert result == [-x for x in ls]


@given(moderate, moderate, moderate, moderate)
def test_add_lists_unpacks_into_two(a: float, b: float, c: float, d: float) -> None:
    x, y = addLists([a, b], [c, d])
    assert (x, y) == (a + c, b + d)
    assert isinstance(addLists([a, b], [c, d]), list)


@given(st.lists(st.integers(-1000, 1000).map(float), max_size=12))
def test_sum_and_prod(ls: list[float]) -> None:
    assert sum(ls) == math.fsum(ls)
    assert close(prod(ls), math.prod(ls))


def test_sum_and_prod_of_nothing() -> None:
    assert sum([]) == 0.0
    assert prod([]) == 1.0
    assert prod(()) == 1.0


def test_prod_of_a_tuple_of_ints() -> None:
    """As the sizes of a tensor are multiplied."""
    assert prod((2, 3, 4)) == 24


@given(lists, lists)
def test_sum_distributes_over_lists(a: list[float], b: list[float]) -> None:
    n = min(len(a), len(b))
    assert close(sum(a[:n]) + sum(b[:n]), sum(addLists(a[:n], b[:n])), abs=1e-9)


@given(lists)
def test_map_of_a_composition_is_the_composition_of_maps(ls: list[float]) -> None:
    """The sentence that the engine rests on: map f . map g = map (f . g)."""
    assert map(neg)(map(abs)(ls)) == map(lambda x: neg(abs(x)))(ls)


@given(st.lists(st.integers(1, 9).map(float), max_size=5))
def test_fold_of_mul_is_prod(ls: list[float]) -> None:
    assert reduce(mul, 1.0)(ls) == prod(ls)
