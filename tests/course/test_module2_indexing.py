"""Tasks 2.1 and 2.2: from an index to a position and back, permutation, broadcasting of shapes.

Idea: NumPy knows the same mappings under other names; both are asked and must agree.
Not here: what is done at those positions (test_module2_forward.py).
Read next: test_module2_tensor_data.py
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import (
    IndexingError,
    TensorData,
    broadcast_index,
    index_to_position,
    shape_broadcast,
    strides_from_shape,
    to_index,
)
from tests.course.tensors import arrays, shapes

Ints = tuple[int, ...]


def as_index(values: Any) -> Any:
    return np.array(values, np.intp)


@pytest.mark.task2_1
@given(shapes(0, 4, 4))
def test_to_index_counts_the_last_dim_fastest(shape: Ints) -> None:
    for ordinal, expected in enumerate(np.ndindex(shape)):
        out = as_index([-1] * len(shape))
        to_index(ordinal, as_index(shape), out)
        assert tuple(out) == expected


@pytest.mark.task2_1
@given(shapes(1, 4, 4))
def test_position_of_an_index_undoes_to_index(shape: Ints) -> None:
    strides = as_index(strides_from_shape(shape))
    for ordinal in range(int(np.prod(shape))):
        out = as_index([0] * len(shape))
        to_index(ordinal, as_index(shape), out)
        assert index_to_position(out, strides) == ordinal


@pytest.mark.task2_1
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_position_is_the_sum_of_index_times_stride(pairs: list[Ints]) -> None:
    index, strides = as_index([i for i, _ in pairs]), as_index([s for _, s in pairs])
    assert index_to_position(index, strides) == sum(i * s for i, s in pairs)


@pytest.mark.task2_1
def test_to_index_leaves_the_ordinal_alone() -> None:
    """Loops pass their counter, which may be a cell of an array."""
    ordinal = np.array(5)
    to_index(ordinal, as_index([2, 3]), out := as_index([0, 0]))  # type: ignore[arg-type]
    assert ordinal == 5
    assert out.tolist() == [1, 2]


@pytest.mark.task2_1
@given(arrays(shapes(1, 4, 3)), st.data())
def test_permute_is_numpys_transpose_over_the_same_storage(array: Any, data: Any) -> None:
    order = data.draw(st.permutations(range(array.ndim)))
    tensor_data = TensorData(array.reshape(-1), array.shape)
    permuted = tensor_data.permute(*order)
    assert permuted.shape == array.transpose(order).shape
    assert permuted.cell is tensor_data.cell
    assert permuted.tuple()[0] is tensor_data.tuple()[0]
    for index in permuted.indices():
        assert permuted.get(index) == array.transpose(order)[index]
        assert index_to_position(as_index(index), as_index(permuted.strides)) == permuted.index(
            index
        )
    back = permuted.permute(*np.argsort(order).tolist())
    assert (back.shape, back.strides) == (tensor_data.shape, tensor_data.strides)


@pytest.mark.task2_1
@pytest.mark.parametrize("order", [(0,), (0, 0), (0, 2), (0, 1, 2), (-1, 0)])
def test_permute_names_each_dim_once(order: Ints) -> None:
    with pytest.raises(IndexingError, match=r"^permute.* of shape \(2, 3\): give .*0\.\.1.* once"):
        TensorData([0.0] * 6, (2, 3)).permute(*order)


BROADCASTS = [
    ((1,), (5, 5), (5, 5)),
    ((5, 5), (1,), (5, 5)),
    ((1, 5, 5), (5, 5), (1, 5, 5)),
    ((5, 1, 5, 1), (1, 5, 1, 5), (5, 5, 5, 5)),
    ((2, 5), (5,), (2, 5)),
    ((), (2, 3), (2, 3)),
    ((), (), ()),
    ((0,), (1,), (0,)),
    ((2, 1), (0,), (2, 0)),
]


@pytest.mark.task2_2
@pytest.mark.parametrize(("left", "right", "expected"), BROADCASTS)
def test_shapes_broadcast(left: Ints, right: Ints, expected: Ints) -> None:
    assert shape_broadcast(left, right) == expected
    assert shape_broadcast(right, left) == expected
    assert TensorData.shape_broadcast(left, right) == expected


@pytest.mark.task2_2
@pytest.mark.parametrize(
    ("left", "right", "dim", "sizes"),
    [
        ((5, 7, 5, 1), (1, 5, 1, 5), -3, "7 and 5"),
        ((5, 2), (5,), -1, "2 and 5"),
        ((0,), (2,), -1, "0 and 2"),
    ],
)
def test_shapes_that_do_not_broadcast_say_where(
    left: Ints, right: Ints, dim: int, sizes: str
) -> None:
    with pytest.raises(IndexingError) as caught:
        shape_broadcast(left, right)
    assert str(caught.value) == (
        f"Shapes {left} and {right} do not broadcast: sizes {sizes} at dim {dim}; "
        "they must be equal, or one of them 1."
    )


@pytest.mark.task2_2
@given(shapes(0, 4, 3), shapes(0, 4, 3))
def test_shapes_broadcast_as_in_numpy(left: Ints, right: Ints) -> None:
    try:
        expected = np.broadcast_shapes(left, right)
    except ValueError:
        with pytest.raises(IndexingError):
            shape_broadcast(left, right)
    else:
        assert shape_broadcast(left, right) == expected


@pytest.mark.task2_2
@given(shapes(1, 3, 3), st.data())
def test_broadcast_index_finds_the_cell_that_numpy_repeats(big: Ints, data: Any) -> None:
    """Some dims of the smaller shape are 1, and some on the left are missing."""
    ones = data.draw(st.tuples(*[st.booleans()] * len(big)))
    small = tuple(1 if one else n for n, one in zip(big, ones, strict=True))
    small = small[data.draw(st.integers(0, len(big))) :]
    ordinals = np.arange(np.prod(small, dtype=int)).reshape(small)
    repeated = np.broadcast_to(ordinals, big)
    for index in np.ndindex(big):
        out = as_index([-1] * len(small))
        broadcast_index(as_index(index), as_index(big), as_index(small), out)
        assert ordinals[tuple(out)] == repeated[index]


def test_strides_of_a_contiguous_layout() -> None:
    for shape in itertools.product((1, 2, 3), repeat=3):
        expected = tuple(s // 8 for s in np.empty(shape).strides)
        # NumPy gives a dim of size 1 the same stride as we do.
        assert strides_from_shape(shape) == expected
    assert strides_from_shape(()) == ()
