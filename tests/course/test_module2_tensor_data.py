"""TensorData: storage seen through shape, strides and offset; views, single numbers, printing.

Idea: what a view shows is what NumPy's view of the same memory shows; a mistake says so at once.
Not here: the index arithmetic (test_module2_indexing.py).
Read next: test_module2_forward.py
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import minitorch
from minitorch import DtypeError, IndexingError, ShapeError, TensorData, ViewError
from minitorch.tensor_data import DTYPES, MAX_DIMS, Cell, dtype_of, promote
from tests.course.tensors import LAYOUTS, arrays, laid, random_array, view_of

Ints = tuple[int, ...]


def test_the_facts_of_a_contiguous_matrix() -> None:
    data = TensorData(list(range(15)), (3, 5))
    assert data.is_contiguous()
    assert (data.shape, data.strides, data.dims, data.size) == ((3, 5), (5, 1), 2, 15)
    assert data._shape.tolist() == [3, 5]
    assert data._strides.tolist() == [5, 1]
    assert data._storage.tolist() == list(range(15))
    assert data.dtype == np.float64
    storage, shape, strides = data.tuple()
    assert storage is data._storage
    assert (shape.tolist(), strides.tolist()) == ([3, 5], [5, 1])


def test_a_layout_of_the_courses_tests() -> None:
    data = [0.0] * 3 * 5
    assert TensorData(data, (5, 3)).shape == (5, 3)
    transposed = TensorData(data, (5, 3), (1, 5))
    assert transposed.shape == (5, 3)
    assert not transposed.is_contiguous()
    assert transposed.permute(1, 0).is_contiguous()


@pytest.mark.parametrize(
    ("shape", "strides", "text"),
    [
        ((3, 5), (6,), "Strides (6,) for shape (3, 5): give one stride for each dim."),
        ([3, 5], None, "shape=[3, 5]: expected a tuple of ints."),
        ((3, 5), [5, 1], "strides=[5, 1]: expected a tuple of ints."),
        ((3.0, 5), None, "shape=(3.0, 5): expected a tuple of ints."),
        ((4, 4), None, "the storage has 15"),
        ((3, 5), (5, 2), "the storage has 15"),
        ((-3, 5), None, "Shape (-3, 5)"),
        ((1,) * (MAX_DIMS + 1), None, f"a tensor has at most {MAX_DIMS}"),
    ],
)
def test_shapes_and_strides_that_do_not_fit(shape: Any, strides: Any, text: str) -> None:
    with pytest.raises(ShapeError) as caught:
        TensorData([0.0] * 15, shape, strides)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ((5, 0), "Index (5, 0) is out of range for shape (3, 5): 5 at dim 0 of size 3."),
        ((0, -1), "-1 at dim 1 of size 5. Negative indices are not supported."),
        ((0,), "Index (0,) has 1 entries for shape (3, 5); expected 2."),
        ((0, 0, 0), "Index (0, 0, 0) has 3 entries for shape (3, 5); expected 2."),
        (2, "Index (2,) has 1 entries for shape (3, 5); expected 2."),
        ((0, 1.0), "Index (0, 1.0): 1.0 at dim 1 is not an integer."),
    ],
)
def test_wrong_indices_say_what_is_wrong(index: Any, text: str) -> None:
    data = TensorData([0.0] * 15, (3, 5))
    for call in (data.index, data.get, lambda key: data.set(key, 1.0)):
        with pytest.raises(IndexingError) as caught:
            call(index)
        assert text in str(caught.value)
    assert isinstance(caught.value, IndexError)
    assert isinstance(caught.value, RuntimeError)


def test_a_number_without_dims_is_indexed_by_the_empty_tuple() -> None:
    data = TensorData([4.0], ())
    assert data.get(()) == 4.0
    assert list(data.indices()) == [()]
    assert (data.size, data.dims) == (1, 0)
    with pytest.raises(IndexingError, match="expected 0"):
        data.get(0)


@given(arrays())
def test_indices_are_all_tuples_in_order(array: Any) -> None:
    data = TensorData(array.reshape(-1), array.shape)
    assert list(data.indices()) == list(np.ndindex(array.shape))
    assert len(set(data.indices())) == data.size
    assert data.sample() in set(data.indices())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_shows_its_numbers(layout: str) -> None:
    data = laid(random_array(2, 3, 4), layout)._tensor
    array = data.array()
    for index in data.indices():
        assert data.get(index) == array[index]
    assert data.is_contiguous() == (layout == "contiguous")
    assert data.contiguous().is_contiguous()
    assert np.array_equal(data.contiguous().array(), array)
    storage, _, strides = data.tuple()
    assert storage[strides @ np.array([1, 2, 3])] == array[1, 2, 3]


def test_empty_data_and_dims_of_one_count_as_contiguous() -> None:
    assert TensorData([], (0, 3), (1, 7)).is_contiguous()
    assert TensorData([1.0, 2.0], (2, 1), (1, 9)).is_contiguous()
    assert list(TensorData([], (0, 3)).indices()) == []


# Views.


def test_every_view_shares_the_storage_and_its_count_of_writes() -> None:
    data = TensorData(list(range(24)), (2, 3, 4))
    views = {
        "permute": data.permute(2, 0, 1),
        "view": data.view(6, 4),
        "slice": data.slice(1, 1, 3),
        "expand": data.slice(0, 0, 1).expand((5, 3, 4)),
    }
    for name, view in views.items():
        assert view.cell is data.cell, name
        assert np.shares_memory(view.array(), data.array()), name
    before = data.cell.version
    views["slice"].set((1, 0, 0), -1.0)
    assert data.get((1, 1, 0)) == -1.0
    assert views["permute"].get((0, 1, 1)) == -1.0
    assert views["view"].get((4, 0)) == -1.0
    assert data.cell.version == before + 1


def test_reading_the_storage_exposes_it() -> None:
    data = TensorData([1.0, 2.0], (2,))
    assert not data.cell.exposed
    data.get(0)
    data.tuple()
    assert not data.cell.exposed
    assert data._storage[0] == 1.0
    assert data.cell.exposed
    assert data.permute(0).cell.exposed


def test_handing_out_an_array_exposes_the_storage() -> None:
    tensor = minitorch.tensor([1.0, 2.0])
    assert not tensor._tensor.cell.exposed
    tensor.to_numpy()[0] = 5.0
    assert tensor[0] == 5.0
    assert tensor._tensor.cell.exposed
    assert minitorch.from_numpy(np.zeros(2))._tensor.cell.exposed


def test_an_array_is_shared_and_a_list_is_copied() -> None:
    array = np.array([1.0, 2.0])
    TensorData(array, (2,)).set(0, 9.0)
    assert array[0] == 9.0
    numbers = [1.0, 2.0]
    TensorData(numbers, (2,)).set(0, 9.0)
    assert numbers[0] == 1.0


def test_view_keeps_the_order_of_the_cells() -> None:
    data = TensorData(list(range(12)), (3, 4))
    assert np.array_equal(data.view(2, 6).array(), np.arange(12.0).reshape(2, 6))
    assert data.view(2, -1).shape == (2, 6)
    assert data.view(-1).shape == (12,)
    assert TensorData([1.0], (1,)).view().shape == ()
    tail = data.slice(0, 1, 3).view(8)
    assert tail.array().tolist() == list(range(4, 12))


@pytest.mark.parametrize("sizes", [(5,), (3, 5), (-1, 5), (-1, -1), (-12, -1), (0, -1)])
def test_view_needs_the_same_number_of_cells(sizes: Ints) -> None:
    with pytest.raises(ShapeError) as caught:
        TensorData(list(range(12)), (3, 4)).view(*sizes)
    assert str(caught.value) == f"view{sizes} of shape (3, 4): 12 numbers cannot take it."


def test_view_of_what_is_not_contiguous_says_what_to_do() -> None:
    with pytest.raises(ViewError) as caught:
        TensorData(list(range(12)), (3, 4)).permute(1, 0).view(12)
    assert str(caught.value) == (
        "view(12,) of a tensor with shape (4, 3) and strides (1, 4): it is not contiguous. "
        "Call .contiguous().view(12,)."
    )


@pytest.mark.parametrize(("start", "stop", "step"), [(0, 4, 1), (1, 4, 2), (3, 3, 1), (0, 4, 9)])
def test_slice_is_numpys(start: int, stop: int, step: int) -> None:
    array = random_array(2, 4, 3)
    data = TensorData(array.reshape(-1), array.shape)
    sliced = data.slice(1, start, stop, step)
    assert np.array_equal(sliced.array(), array[:, start:stop:step])


@pytest.mark.parametrize(
    "bad", [(3, 0, 1, 1), (1, 2, 1, 1), (1, 0, 5, 1), (1, -1, 2, 1), (1, 0, 2, 0)]
)
def test_slice_outside_its_dim(bad: Ints) -> None:
    dim, start, stop, step = bad
    with pytest.raises(IndexingError) as caught:
        TensorData([0.0] * 24, (2, 4, 3)).slice(dim, start, stop, step)
    assert f"slice(dim={dim}, {start}:{stop}:{step}) of shape (2, 4, 3)" in str(caught.value)


def test_expand_repeats_by_strides_of_zero() -> None:
    data = TensorData([1.0, 2.0, 3.0], (3, 1)).expand((2, 3, 4))
    assert data.strides == (0, 1, 0)
    assert np.array_equal(data.array(), np.broadcast_to([[1.0], [2.0], [3.0]], (2, 3, 4)))
    with pytest.raises(IndexingError, match=r"Shape \(3,\) does not expand to \(1,\)"):
        TensorData([1.0, 2.0, 3.0], (3,)).expand((1,))


# Dtypes.


def test_ten_dtypes_and_no_other() -> None:
    whole = ["bool", "uint8", "int8", "int16", "int32", "int64"]
    assert [str(d) for d in DTYPES] == [*whole, "float16", "bfloat16", "float32", "float64"]
    for name in ("complex128", "uint32", "object", "no such thing"):
        with pytest.raises(DtypeError) as caught:
            dtype_of(name)
        assert "expected one of bool, uint8, int8" in str(caught.value)
    with pytest.raises(DtypeError, match="complex64"):
        TensorData(np.zeros(2, np.complex64), (2,))


def test_promotion_goes_up_the_list() -> None:
    for low, a in enumerate(DTYPES):
        for high, b in enumerate(DTYPES):
            found = promote(a, b)
            if {a.name, b.name} == {"uint8", "int8"}:
                assert found == "int16"  # what holds -128 to 255
            elif {a.name, b.name} == {"float16", "bfloat16"}:
                assert found == "float32"
            else:
                assert found == DTYPES[max(low, high)]


@pytest.mark.parametrize("dtype", [str(d) for d in DTYPES])
def test_numbers_come_back_as_pythons(dtype: str) -> None:
    data = TensorData.of(np.array([[1, 0]], dtype))
    assert data.dtype == dtype
    kind = {"b": bool, "i": int, "u": int, "f": float, "V": float}[data.dtype.kind]
    assert type(data.get((0, 0))) is kind
    assert data.astype(np.dtype("int64")).get((0, 0)) == 1
    assert data.astype(data.dtype) is data


# Printing.


def test_printing_nests_brackets_and_knows_nan_and_inf() -> None:
    assert TensorData([1, 2, 3, 4], (2, 2)).to_string() == "[[1.00 2.00]\n [3.00 4.00]]"
    assert TensorData([math.nan, math.inf, -math.inf], (3,)).to_string() == "[nan inf -inf]"
    assert TensorData([2.5], ()).to_string() == "2.50"
    assert TensorData(list(range(8)), (2, 2, 2)).to_string() == (
        "[[[0.00 1.00]\n  [2.00 3.00]]\n [[4.00 5.00]\n  [6.00 7.00]]]"
    )
    assert "[" in TensorData([], (0,)).to_string()
    assert "[" in TensorData([], (0, 2)).to_string()


def test_printing_follows_the_strides() -> None:
    transposed = TensorData([1, 2, 3, 4], (2, 2)).permute(1, 0)
    assert transposed.to_string() == "[[1.00 3.00]\n [2.00 4.00]]"
    assert repr(transposed) == "TensorData(shape=(2, 2), strides=(1, 2), dtype=float64)"


def test_a_view_can_be_built_by_hand() -> None:
    base = np.arange(6.0)
    data = view_of(base, base.reshape(2, 3)[:, 1:])
    assert isinstance(data.cell, Cell)
    assert data.offset == 1
    assert data.array().tolist() == [[1.0, 2.0], [4.0, 5.0]]
