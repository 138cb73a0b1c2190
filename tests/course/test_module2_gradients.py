"""Task 2.4: the gradients of tensor ops, with broadcasting undone, and the checks of gradients.

Idea: a gradient has exactly the shape of its leaf, and agrees with a central difference.
Not here: second-order gradients and every row of the op table (tests/rules/).
Read next: test_module2_tensor_api.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import minitorch
from minitorch import (
    MathTestVariable,
    Tensor,
    grad_central_difference,
    grad_check,
    tensor,
)
from tests.course.tensors import LAYOUTS, arrays, laid, random_array, values

ONE, TWO, RED = MathTestVariable._comp_testing()
pytestmark = pytest.mark.task2_4


def gradients(f: Any, *arrays: Any, layout: str = "contiguous") -> list[Any]:
    """The gradients of f(*tensors).sum(), one array for each argument."""
    leaves = [laid(np.array(a, float), layout, requires_grad=True) for a in arrays]
    f(*leaves).sum().backward()
    for leaf in leaves:
        assert leaf.grad is not None
        assert leaf.grad.shape == leaf.shape
    return [values(leaf.grad) for leaf in leaves]


@pytest.mark.parametrize(("name", "_", "fn"), ONE, ids=[case[0] for case in ONE])
@given(arrays())
@settings(max_examples=20)
def test_one_argument(name: str, _: Any, fn: Any, array: Any) -> None:
    # No cell may lie where a central difference straddles a corner of relu.
    for corner in (0.0, -5.5, -0.7, -0.7 - 5 / 60):
        array = np.where(abs(array - corner) < 1e-3, corner + 1e-2, array)
    grad_check(fn, laid(array, "contiguous"))


SMOOTH = [case for case in TWO if case[0] in ("add2", "mul2", "div2")]


@pytest.mark.parametrize(("name", "_", "fn"), SMOOTH, ids=[case[0] for case in SMOOTH])
@given(arrays((3, 2)), arrays((3, 2), low=-5.0, high=100.0))
@settings(max_examples=20)
def test_two_arguments(name: str, _: Any, fn: Any, left: Any, right: Any) -> None:
    grad_check(fn, laid(left, "contiguous"), laid(right, "permuted"))


STEPS = [case for case in TWO if case[0] in ("eq2", "gt2", "lt2")]


@pytest.mark.parametrize(("name", "_", "fn"), STEPS, ids=[case[0] for case in STEPS])
def test_comparisons_have_no_slope(name: str, _: Any, fn: Any) -> None:
    for gradient in gradients(fn, [1.0, 7.5], [2.0, 2.0]):
        assert gradient.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("name", "_", "fn"), TWO, ids=[case[0] for case in TWO])
@pytest.mark.parametrize("shapes", [((3,), (2, 3)), ((2, 1), (1, 3)), ((1,), (1, 2)), ((), (2,))])
def test_two_arguments_broadcast(name: str, _: Any, fn: Any, shapes: Any) -> None:
    grad_check(fn, *(laid(random_array(*s, seed=k), "contiguous") for k, s in enumerate(shapes)))


@pytest.mark.parametrize(("name", "_", "fn"), RED, ids=[case[0] for case in RED])
def test_reductions(name: str, _: Any, fn: Any) -> None:
    grad_check(fn, tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))


def test_two_gradients_of_reductions_that_broadcast() -> None:
    """The course's own test: the arguments are reduced, and checked again as leaves."""
    for _, _, fn in SMOOTH:
        a = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        b = tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
        grad_check(fn, a, b)
        grad_check(fn, a.sum(0), b)
        grad_check(fn, a, b.sum(0))
        grad_check(fn, a.sum(0), b.sum())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_leaf(layout: str) -> None:
    array = random_array(2, 3)
    a, b = gradients(lambda a, b: a * b * a, array, array + 2.0, layout=layout)
    x, y = (values(laid(v, layout)) for v in (array, array + 2.0))
    np.testing.assert_allclose(a, 2 * x * y)
    np.testing.assert_allclose(b, x * x)


def test_gradients_known_beforehand() -> None:
    (g,) = gradients(lambda x: x.sum(0), [[1, 2], [3, 4]])
    assert g.tolist() == [[1, 1], [1, 1]]
    (g,) = gradients(lambda x: x.mean(), [[1, 2], [3, 4]])
    assert g.tolist() == [[0.25, 0.25], [0.25, 0.25]]
    (g,) = gradients(lambda x: x.relu(), [-1, 0, 2])
    assert g.tolist() == [0, 0, 1]
    a, b = gradients(lambda a, b: a - b, [[1], [2]], [3, 4, 5])
    assert (a.tolist(), b.tolist()) == ([[3], [3]], [-2, -2, -2])
    (g,) = gradients(lambda x: 1 / x, [2.0])
    assert g.tolist() == [-0.25]
    (g,) = gradients(lambda x: x.log(), [0.0])
    np.testing.assert_allclose(g, [1e6])
    (g,) = gradients(lambda x: x.sigmoid(), [0.0])
    assert g.tolist() == [0.25]
    (g,) = gradients(lambda x: x.all(0) + x.sum(), [1.0, 2.0])
    assert g.tolist() == [1.0, 1.0]


def test_movement_takes_gradients_back() -> None:
    weights = random_array(4, 3, 2)

    def turned(x: Tensor) -> Tensor:
        return x.permute(2, 1, 0) * tensor(weights)

    (g,) = gradients(turned, np.zeros((2, 3, 4)))
    np.testing.assert_allclose(g, weights.transpose(2, 1, 0))
    (g,) = gradients(lambda x: x.view(4, 3, 2) * tensor(weights), np.zeros((2, 12)))
    np.testing.assert_allclose(g, weights.reshape(2, 12))
    (g,) = gradients(lambda x: x.permute(1, 0).contiguous() * tensor(weights[0]), np.zeros((2, 3)))
    np.testing.assert_allclose(g, weights[0].T)
    (g,) = gradients(lambda x: x.expand_to((4, 3, 2)) * tensor(weights), np.zeros((3, 1)))
    np.testing.assert_allclose(g, weights.sum((0, 2), keepdims=True)[0])
    (g,) = gradients(lambda x: minitorch.Slice.apply(x, 0, 1, 4, 2), np.zeros((5, 2)))
    assert g.tolist() == [[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]
    (g,) = gradients(
        lambda x: minitorch.Pad.apply(x, 0, 1, 4) * tensor(weights[:, :, 0]), np.zeros((2, 3))
    )
    np.testing.assert_allclose(g, weights[1:3, :, 0])


def test_permute_and_view_under_grad_check() -> None:
    for order in [(0, 1, 2), (2, 0, 1), (1, 2, 0)]:
        grad_check(lambda a, order=order: a.permute(*order) * 2.0, tensor(random_array(2, 3, 2)))
    grad_check(lambda a: a.contiguous().view(6), laid(random_array(2, 3), "permuted"))


def test_a_gradient_is_the_sum_over_all_paths() -> None:
    x = tensor([3.0], requires_grad=True)
    y = x * x
    (y * x + y + x).backward()
    assert x.grad.item() == 3 * 9 + 2 * 3 + 1


def test_gradients_accumulate_until_they_are_forgotten() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    for times in (1, 2):
        (x * 3.0).sum().backward()
        assert values(x.grad).tolist() == [3.0 * times] * 2
    x.zero_grad_()
    assert x.grad is None
    (x * 3.0).sum().backward()
    x.zero_derivative_()
    assert x.derivative is None


def test_only_leaves_get_gradients() -> None:
    x, constant = tensor([1.0], requires_grad=True), tensor([2.0])
    y = x * constant
    y.backward()
    assert y.grad is None
    assert constant.grad is None
    assert x.grad.item() == 2.0


def test_grad_output_weighs_the_result() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward(tensor([1.0, 10.0]))
    assert values(x.grad).tolist() == [2.0, 40.0]


def test_a_leaf_may_be_the_result() -> None:
    x = tensor([1.0], requires_grad=True)
    x.backward()
    assert x.grad.item() == 1.0


def test_grad_central_difference_is_a_slope_in_one_cell() -> None:
    x, y = tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([[5.0], [6.0]])
    product = lambda a, b: a * b  # noqa: E731  as the course's tests write it
    assert grad_central_difference(product, x, y, ind=(0, 1)) == pytest.approx(5.0)
    assert grad_central_difference(product, x, y, arg=1, ind=(1, 0)) == pytest.approx(7.0)


def test_grad_check_finds_a_wrong_gradient() -> None:
    class Wrong(minitorch.Function):
        @staticmethod
        def forward(ctx: Any, a: Any) -> Any:
            return a * a

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            return grad_output

    with pytest.raises(
        AssertionError, match=r"gradient 1\.0 of argument 0 at .* by autodiff, 6\.0"
    ):
        grad_check(lambda a: Wrong.apply(a), tensor([3.0]))


def test_grad_check_leaves_the_derivative_of_the_arguments() -> None:
    x = tensor([[1.0, 2.0]])
    grad_check(lambda a: a * 2.0, x)
    assert values(x.grad).tolist() == [[2.0, 2.0]]
