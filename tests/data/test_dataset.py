"""Data sets as arrays, their parts, and batches of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.data import Dataset, batches, shuffled, trim_padding
from minitorch.errors import DataError, IndexingError


def numbers(count: int) -> Dataset:
    inputs = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
    return Dataset("numbers", inputs, np.arange(count, dtype=np.int64) % 2, ("even", "odd"))


@pytest.mark.parametrize("field", ["name", "inputs", "targets", "classes"])
def test_frozen(field: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(numbers(3), field, None)


@given(st.integers(1, 20).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n - 1)))))
def test_take_picks_rows_with_their_targets(drawn: tuple[int, list[int]]) -> None:
    count, rows = drawn
    taken = numbers(count).take(np.array(rows, dtype=np.int64))
    assert len(taken) == len(rows)
    assert taken.inputs.dtype == np.float32
    assert taken.inputs[:, 0].tolist() == [3 * row for row in rows]
    assert taken.targets.tolist() == [row % 2 for row in rows]
    assert (taken.name, taken.classes) == ("numbers", ("even", "odd"))


def test_take_copies() -> None:
    whole = numbers(4)
    whole.take(np.arange(4)).inputs[:] = -1
    assert whole.inputs.min() == 0


@pytest.mark.parametrize(
    ("indices", "given"),
    [
        (np.array([0, 4]), "int64 from 0 to 4"),
        (np.array([-1, 2]), "int64 from -1 to 2"),
        (np.array([0.0, 1.0]), "float64 from 0.0 to 1.0"),
        (np.array([True, False, True, False]), "bool from False to True"),
    ],
)
def test_take_refuses_other_indices(indices: np.ndarray, given: str) -> None:
    with pytest.raises(IndexingError) as caught:
        numbers(4).take(indices)
    assert str(caught.value) == (
        f"data set 'numbers': cannot take indices of dtype {given}; expected integers in 0 .. 3. "
        "Use np.flatnonzero for a mask."
    )


@given(st.integers(2, 50), st.floats(0, 1), st.integers(0, 2**32))
def test_split_loses_and_doubles_nothing(count: int, fraction: float, seed: int) -> None:
    if not 0 < round(fraction * count) < count:
        return
    first, rest = numbers(count).split(fraction, seed)
    assert len(first) == round(fraction * count)
    rows = [*first.inputs[:, 0].tolist(), *rest.inputs[:, 0].tolist()]
    assert sorted(rows) == [3 * row for row in range(count)]
    for part in (first, rest):
        assert part.inputs[:, 0].tolist() == sorted(part.inputs[:, 0].tolist())
        assert ((part.inputs[:, 0] / 3) % 2 == part.targets).all()


def test_split_depends_on_the_seed_alone() -> None:
    kept = [numbers(100).split(0.5, seed)[0].inputs[:, 0].tolist() for seed in (1, 1, 2)]
    assert kept[0] == kept[1]
    assert kept[0] != kept[2]


def test_shuffle_is_fixed_for_good() -> None:
    """If this changes, results on the digits are no longer comparable with earlier ones."""
    assert shuffled(10, seed=0).tolist() == [3, 2, 1, 8, 6, 0, 7, 4, 5, 9]


@pytest.mark.parametrize("fraction", [0, 1, -0.5, 1.5, 0.01, float("nan")])
def test_split_with_an_empty_part(fraction: float) -> None:
    with pytest.raises(DataError) as caught:
        numbers(4).split(fraction, seed=0)
    assert str(caught.value) == (
        f"data set 'numbers': a fraction of {fraction} of 4 examples leaves one part empty; "
        "expected two parts with examples in both. Use a fraction between 0 and 1, and more "
        "examples if there are few."
    )


@pytest.mark.parametrize(
    ("shape", "targets"),
    [
        ((3, 2), np.zeros(2, np.int64)),
        ((3, 2), np.zeros((3, 1), np.int64)),
        ((3, 2), np.zeros(3, np.int32)),
        ((), np.zeros(1, np.int64)),
    ],
)
def test_arrays_that_do_not_fit(shape: tuple[int, ...], targets: np.ndarray) -> None:
    with pytest.raises(DataError) as caught:
        Dataset("odd", np.zeros(shape), targets, ("only",))
    assert str(caught.value) == (
        f"data set 'odd': got inputs of shape {shape} and targets of shape {targets.shape} and "
        f"dtype {targets.dtype}; expected (N, ...) and (N,) int64. "
        "Give one integer target per input."
    )


@pytest.mark.parametrize(("low", "high"), [(0, 2), (-1, 1)])
def test_targets_that_are_no_class(low: int, high: int) -> None:
    with pytest.raises(DataError) as caught:
        Dataset("odd", np.zeros((2, 1)), np.array([low, high]), ("no", "yes"))
    assert str(caught.value) == (
        f"data set 'odd': found targets from {low} to {high}; expected 0 to 1, one number per "
        "class. Name every class, or renumber the targets."
    )


@given(st.integers(0, 30), st.integers(1, 10), st.integers(0, 5), st.booleans())
def test_batches_are_the_order_cut_into_pieces(
    count: int, size: int, start: int, mixed: bool
) -> None:
    order = shuffled(count, seed=3) if mixed else None
    expected = shuffled(count, seed=3) if mixed else np.arange(count)
    pieces = list(batches(count, size, order, start))
    assert [row for piece in pieces for row in piece] == expected[start * size :].tolist()
    assert all(piece.dtype == np.int64 for piece in pieces)
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)


@pytest.mark.parametrize(("size", "start"), [(0, 0), (-1, 0), (4, -1)])
def test_batches_of_impossible_size(size: int, start: int) -> None:
    with pytest.raises(DataError) as caught:
        batches(10, size, start=start)
    assert str(caught.value) == (
        f"got batches of {size} examples, from number {start}; expected a size of at least 1 and "
        "a number of at least 0. Choose another --batch."
    )


@pytest.mark.parametrize(
    "order",
    [
        np.array([0, 1]),
        np.array([0, 1, 1]),
        np.array([0, 1, 3]),
        np.array([-1, 0, 1]),
        np.array([0.0, 1.0, 2.0]),
        np.array([[0, 1, 2]]),
    ],
)
def test_order_that_is_no_permutation(order: np.ndarray) -> None:
    with pytest.raises(DataError) as caught:
        batches(3, 2, order)
    assert str(caught.value) == (
        f"got an order of shape {order.shape} and dtype {order.dtype} for 3 examples; expected "
        "each of 0 .. 2 once. Use np.argsort of 3 random keys."
    )


@pytest.mark.parametrize(
    ("rows", "shortest", "columns"),
    [
        ([[1, 2, 0, 0], [1, 0, 0, 0]], 1, 2),
        ([[1, 2, 0, 0], [1, 0, 0, 0]], 3, 3),
        ([[1, 2, 0, 4], [1, 0, 0, 0]], 1, 4),
        ([[0, 0, 0, 0]], 2, 2),
        ([[1, 0, 0, 0]], 9, 4),
    ],
)
def test_trimmed_padding(rows: list[list[int]], shortest: int, columns: int) -> None:
    trimmed = trim_padding(np.array(rows), shortest)
    assert trimmed.tolist() == [row[:columns] for row in rows]


def test_trimmed_padding_of_no_rows() -> None:
    assert trim_padding(np.zeros((0, 5), np.int64), shortest=2).shape == (0, 2)
