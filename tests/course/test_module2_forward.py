"""Task 2.3: map, zip and reduce in plain Python, and the tensor ops whose forward they are.

Idea: a lifted function gives at each cell what the function gives on the numbers there, however
    the numbers lie in memory, and is called exactly once per cell.
Not here: gradients (test_module2_gradients.py), the compiled lifts (test_module3_fast.py).
Read next: test_module2_gradients.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import (
    IndexingError,
    MathTest,
    MathTestVariable,
    SimpleBackend,
    SimpleOps,
    Tensor,
    operators,
    tensor,
)
from minitorch.tensor_ops import tensor_lift, tensor_map, tensor_reduce, tensor_zip
from tests.course.tensors import JUNK, LAYOUTS, arrays, laid, numbers, random_array, values

ONE = MathTestVariable._comp_testing()[0]
TWO = MathTestVariable._comp_testing()[1]
pytestmark = pytest.mark.task2_3


class Counted:
    """A function that notes with what it is called."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn
        self.calls: list[tuple[float, ...]] = []

    def __call__(self, *args: float) -> float:
        self.calls.append(args)
        return self.fn(*args)


def check_cells(fn: Any, out: Tensor, *operands: Tensor) -> None:
    """Each cell of `out` is fn of the cells that broadcasting pairs with it."""
    arrays = np.broadcast_arrays(*map(values, operands))
    for index in out._tensor.indices():
        expected = fn(*(a[index].item() for a in arrays))
        assert out[index] == pytest.approx(expected, rel=1e-12, abs=1e-12), index


# The loops themselves, called as kernels are.


@pytest.mark.parametrize("out_layout", ["contiguous", "permuted", "sliced"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_map_on_every_layout(layout: str, out_layout: str) -> None:
    a = laid(random_array(2, 3, 4), layout)
    out = laid(np.zeros((2, 3, 4)), out_layout)
    tensor_map(operators.neg)(*out.tuple(), *a.tuple())
    assert np.array_equal(values(out), -values(a))
    if out_layout == "sliced":
        assert (np.array(out._tensor.cell.array) == JUNK).sum() == 5 * 7 * 9 - 24


@pytest.mark.parametrize("layout", LAYOUTS)
def test_zip_broadcasts_every_layout(layout: str) -> None:
    a = laid(random_array(2, 1, 4), layout)
    b = laid(random_array(3, 4, seed=1), layout)
    out = laid(np.zeros((2, 3, 4)), "contiguous")
    tensor_zip(operators.mul)(*out.tuple(), *a.tuple(), *b.tuple())
    assert np.array_equal(values(out), values(a) * values(b))


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reduce_folds_a_dim_onto_what_out_holds(layout: str, dim: int) -> None:
    a = laid(random_array(2, 3, 4), layout)
    shape = tuple(1 if k == dim else n for k, n in enumerate(a.shape))
    out = laid(np.full(shape, 10.0), "contiguous")
    tensor_reduce(operators.add)(*out.tuple(), *a.tuple(), dim)
    np.testing.assert_allclose(values(out), 10.0 + values(a).sum(dim, keepdims=True))


def test_reduce_folds_from_the_first_to_the_last() -> None:
    seen = Counted(lambda total, x: 10 * total + x)
    out = SimpleOps.reduce(seen, 0.0)(tensor([[1, 2, 3], [4, 5, 6]]), 1)
    assert values(out).tolist() == [[123.0], [456.0]]
    assert seen.calls == [(0, 1), (1, 2), (12, 3), (0, 4), (4, 5), (45, 6)]


def test_a_lift_takes_any_number_of_operands_and_parameters() -> None:
    a, b, c = (laid(random_array(2, 3, seed=k), LAYOUTS[k]) for k in range(3))
    out = laid(np.zeros((2, 3)), "contiguous")
    loop = tensor_lift(lambda x, y, z, p, q: x * y + p * z - q, 3)
    loop(*out.tuple(), *a.tuple(), *b.tuple(), *c.tuple(), 2.0, 1.0)
    np.testing.assert_allclose(values(out), values(a) * values(b) + 2.0 * values(c) - 1.0)


# The operations of the backend.


def test_simple_ops_call_the_function_once_per_cell() -> None:
    a = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    row = tensor([[10.0, 20.0, 30.0]])
    single = Counted(operators.neg)
    SimpleOps.map(single)(a)
    assert single.calls == [(float(k),) for k in range(1, 7)]
    double = Counted(operators.add)
    SimpleOps.zip(double)(a, row)
    assert double.calls == [(1, 10), (2, 20), (3, 30), (4, 10), (5, 20), (6, 30)]
    fold = Counted(operators.add)
    SimpleOps.reduce(fold)(a, 0)
    assert len(fold.calls) == 6
    several = Counted(operators.sgd_step)
    SimpleOps.lift(several, 2)(a, row, 0.5)
    assert len(several.calls) == 6
    assert several.calls[3] == (4.0, 10.0, 0.5)


def test_map_writes_into_out_where_it_is_given() -> None:
    a, out = tensor([1.0, 2.0]), minitorch.zeros((3, 2))
    result = SimpleBackend.neg_map(a, out)
    assert result is out
    assert values(out).tolist() == [[-1.0, -2.0]] * 3


@given(arrays())
def test_the_maps_of_a_backend(array: Any) -> None:
    a = laid(array, "contiguous")
    for name in ("neg", "sigmoid", "relu", "id"):
        check_cells(getattr(operators, name), getattr(SimpleBackend, f"{name}_map")(a), a)


@given(arrays(low=0.5))
def test_the_maps_of_a_backend_on_positive_numbers(array: Any) -> None:
    a = laid(array, "contiguous")
    for name in ("log", "exp", "inv"):
        check_cells(getattr(operators, name), getattr(SimpleBackend, f"{name}_map")(a), a)
    assert SimpleBackend.id_cmap is SimpleBackend.id_map is SimpleBackend._id_map


@given(arrays((2, 3)), arrays((1, 3), low=0.5))
def test_the_zips_of_a_backend(left: Any, right: Any) -> None:
    a, b = laid(left, "contiguous"), laid(right, "contiguous")
    for name in ("add", "mul", "lt", "eq", "is_close"):
        check_cells(getattr(operators, name), getattr(SimpleBackend, f"{name}_zip")(a, b), a, b)
    for name in ("relu_back", "log_back", "inv_back"):
        check_cells(getattr(operators, name), getattr(SimpleBackend, f"{name}_zip")(b, a), b, a)


@given(arrays((2, 3)))
def test_the_reductions_of_a_backend(array: Any) -> None:
    a = laid(array, "contiguous")
    assert SimpleBackend._add_reduce is SimpleBackend.add_reduce
    np.testing.assert_allclose(
        values(SimpleBackend.add_reduce(a, 1)), array.sum(1, keepdims=True), atol=1e-9
    )
    np.testing.assert_allclose(values(SimpleBackend.mul_reduce(a, 0)), array.prod(0, keepdims=True))
    assert np.array_equal(values(SimpleBackend.max_reduce(a, 0)), array.max(0, keepdims=True))


# The same functions on numbers and on tensors.


@pytest.mark.parametrize(("name", "on_number", "on_tensor"), ONE, ids=[case[0] for case in ONE])
@given(arrays())
def test_one_argument(name: str, on_number: Any, on_tensor: Any, array: Any) -> None:
    a = laid(array, "permuted")
    check_cells(on_number, on_tensor(a), a)


@pytest.mark.parametrize(("name", "on_number", "on_tensor"), TWO, ids=[case[0] for case in TWO])
@given(arrays((3, 2)), arrays((3, 2)))
def test_two_arguments(name: str, on_number: Any, on_tensor: Any, left: Any, right: Any) -> None:
    a, b = laid(left, "contiguous"), laid(right, "permuted")
    check_cells(on_number, on_tensor(a, b), a, b)


@pytest.mark.parametrize(("name", "on_number", "on_tensor"), TWO, ids=[case[0] for case in TWO])
@pytest.mark.parametrize("shapes", [((3,), (2, 3)), ((2, 1), (3,)), ((), (2,)), ((1,), ())])
def test_two_arguments_broadcast(
    name: str, on_number: Any, on_tensor: Any, shapes: tuple[Any, Any]
) -> None:
    a, b = (laid(random_array(*shape, seed=k), "contiguous") for k, shape in enumerate(shapes))
    out = on_tensor(a, b)
    assert out.shape == np.broadcast_shapes(*shapes)
    check_cells(on_number, out, a, b)


@given(st.lists(numbers(), min_size=1, max_size=5))
def test_reductions_of_a_list_and_of_a_tensor(ls: list[float]) -> None:
    for _, on_list, on_tensor in MathTestVariable._comp_testing()[2]:
        out = on_tensor(tensor(ls))
        assert out.shape == (1,)
        assert out[0] == pytest.approx(on_list(ls), abs=1e-9)
    assert MathTest.sum_red(ls) == pytest.approx(sum(ls), abs=1e-9)


# The ops of the course, on numbers known beforehand.


def test_arithmetic_with_numbers_on_either_side() -> None:
    t, three, four = tensor([2.0, 4.0]), 3, 4
    cases: list[tuple[Tensor, list[float]]] = [
        (t + 1, [3, 5]), (1 + t, [3, 5]), (t - 1, [1, 3]), (1 - t, [-1, -3]),
        (t * 2, [4, 8]), (2 * t, [4, 8]), (t / 2, [1, 2]), (8 / t, [4, 2]),
        (-t, [-2, -4]), (t < 3, [1, 0]), (t > 3, [0, 1]), (three < t, [0, 1]), (t == 4, [0, 1]),
        (four == t, [0, 1]), (t.is_close(2.001), [1, 0]),
    ]  # fmt: skip
    for k, (out, expected) in enumerate(cases):
        np.testing.assert_allclose(values(out), expected, err_msg=str(k))


def test_reductions_keep_their_dim() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert t.sum(0).shape == (1, 2)
    assert values(t.sum(0)).tolist() == [[9.0, 12.0]]
    assert values(t.sum(dim=1)).tolist() == [[3.0], [7.0], [11.0]]
    assert values(t.mean(dim=0)).tolist() == [[3.0, 4.0]]
    assert (t.sum().shape, t.mean().shape, t.all().shape) == ((1,), (1,), (1,))
    assert (t.sum()[0], t.mean()[0]) == (21.0, 3.5)
    assert t.sum().view(1)[0] == 21.0
    assert t.sum(0).view(2)[1] == 12.0
    assert t.permute(1, 0).sum(0).shape == (1, 3)
    assert values(t.permute(1, 0).sum(1)).tolist() == [[9.0], [12.0]]
    assert t.permute(1, 0).sum()[0] == 21.0


def test_all_is_one_where_no_cell_is_zero() -> None:
    t = tensor([[1.0, 0.0], [2.0, -3.0]])
    assert values(t.all(1)).tolist() == [[0.0], [1.0]]
    assert values(t.all(dim=0)).tolist() == [[1.0, 0.0]]
    assert t.all()[0] == 0.0
    assert (t == t).all().item() == 1.0


@pytest.mark.parametrize("op", ["sum", "mean", "all"])
@pytest.mark.parametrize("dim", [2, -1, -3])
def test_a_dim_that_is_not_there(op: str, dim: int) -> None:
    with pytest.raises(IndexingError) as caught:
        getattr(tensor([[1.0, 2.0]]), op)(dim)
    assert str(caught.value) == f"dim {dim} of a tensor with shape (1, 2): expected 0..1."


def test_contiguous_copies_only_what_is_not() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0]])
    assert t.contiguous()._tensor.cell is t._tensor.cell
    turned = t.permute(1, 0).contiguous()
    assert turned._tensor.is_contiguous()
    assert turned._tensor.cell is not t._tensor.cell
    assert values(turned).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert values(turned.view(4)).tolist() == [1.0, 3.0, 2.0, 4.0]


def test_movement_shares_the_storage() -> None:
    t = tensor([[1.0, 2.0], [3.0, 4.0]])
    for moved in (t.permute(1, 0), t.view(4), t.expand_to((3, 2, 2)), t.detach(), t.get_data()):
        assert moved._tensor.cell is t._tensor.cell
    assert minitorch.Slice.apply(t, 0, 1, 2)._tensor.cell is t._tensor.cell
    assert values(minitorch.Slice.apply(t, 0, 1, 2)).tolist() == [[3.0, 4.0]]
    assert values(minitorch.Pad.apply(t, 1, 1, 4)).tolist() == [[0, 1, 2, 0], [0, 3, 4, 0]]


@given(arrays((3, 2)))
def test_permute_and_view_of_a_tensor(array: Any) -> None:
    t = laid(array, "contiguous")
    assert np.array_equal(values(t.permute(1, 0)), array.T)
    assert np.array_equal(values(t.view(6)), array.reshape(6))
    assert np.array_equal(values(t.permute(1, 0).contiguous().view(6)), array.T.reshape(6))
