"""Tasks 4.1 and 4.2: the course's convolutions, anchored left and top left, with their gradients.

Idea: four lines of NumPy say what a convolution is; every layout and backend must agree with
    them, with shortcuts and without.
Not here: stride, padding, dilation and groups (tests/rules/test_torch_conv.py).
Read next: test_module4_nn.py
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import Tensor, fast_conv, fast_ops, grad_check, parallel_report, tensor
from tests.course.tensors import LAYOUTS, laid, numerical_gradient, random_array, values

SIMPLE, FAST = minitorch.BACKENDS["simple"], minitorch.BACKENDS["fast"]

task4_1 = pytest.mark.task4_1
task4_2 = pytest.mark.task4_2
jit = pytest.mark.jit
pytestmark = pytest.mark.usefixtures("compiled_at_once")


@pytest.fixture(params=["lines", "kernel"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Convolution is a sum of shifted lines, or, without shortcuts, the course's kernel."""
    if request.param == "kernel":
        config = dataclasses.replace(fast_ops.config, shortcuts=False)
        monkeypatch.setattr(fast_ops, "config", config)
        monkeypatch.setattr(fast_conv, "config", config)
    return request.param


def expected_conv1d(x: Any, w: Any) -> Any:
    padded = np.pad(x, ((0, 0), (0, 0), (0, w.shape[2] - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2], axis=2)
    return np.einsum("bclk,ock->bol", windows, w)


def expected_conv2d(x: Any, w: Any) -> Any:
    height, width = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, height - 1), (0, width - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
    return np.einsum("bcyxij,ocij->boyx", windows, w)


SHAPES_1D = [
    ((1, 1, 6), (1, 1, 4)),
    ((2, 2, 6), (3, 2, 2)),
    ((2, 3, 4), (1, 3, 1)),
    ((1, 1, 2), (2, 1, 5)),  # the kernel is longer than the input
    ((3, 2, 1), (2, 2, 1)),
]
SHAPES_2D = [
    ((1, 1, 6, 6), (1, 1, 2, 4)),
    ((2, 1, 5, 4), (3, 1, 2, 2)),
    ((2, 2, 4, 3), (2, 2, 3, 1)),
    ((1, 2, 2, 3), (1, 2, 4, 5)),  # the kernel is larger than the input
    ((1, 3, 1, 1), (4, 3, 1, 1)),
]


# Task 4.1.


@task4_1
@pytest.mark.usefixtures("by")
def test_conv1d_known_beforehand() -> None:
    """The course's own numbers: the kernel lies right of its cell, zero past the end."""
    out = minitorch.Conv1dFun.apply(tensor([[[0, 1, 2, 3]]]), tensor([[[1, 2, 3]]]))
    assert values(out).tolist() == [[[0 + 2 + 6, 1 + 4 + 9, 2 + 6 + 0, 3 + 0 + 0]]]


@task4_1
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("shapes", SHAPES_1D, ids=str)
def test_conv1d_with_batch_and_channels(shapes: Any) -> None:
    x, w = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    for backend in (SIMPLE, FAST):
        out = minitorch.conv1d(tensor(x, backend=backend), tensor(w, backend=backend))
        assert out.backend is backend
        np.testing.assert_allclose(values(out), expected_conv1d(x, w), atol=1e-12)


@task4_1
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_conv1d_on_every_layout(layout: str) -> None:
    x, w = laid(random_array(2, 2, 5), layout), laid(random_array(3, 2, 2, seed=1), layout)
    out = minitorch.conv1d(x, w)
    np.testing.assert_allclose(values(out), expected_conv1d(values(x), values(w)), atol=1e-12)


@task4_1
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("shapes", SHAPES_1D, ids=str)
def test_gradients_of_conv1d(shapes: Any) -> None:
    check_gradients(minitorch.conv1d, expected_conv1d, shapes)


@task4_1
@jit
def test_the_conv1d_kernel_called_directly() -> None:
    x, w = random_array(2, 3, 5), random_array(2, 3, 2, seed=1)
    out = minitorch.zeros((2, 2, 5))
    arguments = (*out.tuple(), out.size, *tensor(x).tuple(), *tensor(w).tuple())
    minitorch.tensor_conv1d(*arguments, False)
    np.testing.assert_allclose(values(out), expected_conv1d(x, w), atol=1e-12)
    minitorch.tensor_conv1d(*arguments, True)  # anchored right: the input as in a mirror
    mirrored = expected_conv1d(x[:, :, ::-1], w)[:, :, ::-1]
    np.testing.assert_allclose(values(out), mirrored, atol=1e-12)
    assert any(row.parallel for row in parallel_report(minitorch.tensor_conv1d))


# Task 4.2.


@task4_2
@pytest.mark.usefixtures("by")
def test_conv2d_known_beforehand() -> None:
    x = tensor([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    w = tensor([[[[1, 10], [100, 1000]]]])
    expected = [[5421, 6532, 603], [8754, 9865, 906], [87, 98, 9]]
    assert values(minitorch.Conv2dFun.apply(x, w)).tolist() == [[expected]]


@task4_2
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("shapes", SHAPES_2D, ids=str)
def test_conv2d_with_batch_and_channels(shapes: Any) -> None:
    x, w = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    for backend in (SIMPLE, FAST):
        out = minitorch.conv2d(tensor(x, backend=backend), tensor(w, backend=backend))
        assert out.backend is backend
        np.testing.assert_allclose(values(out), expected_conv2d(x, w), atol=1e-12)


@task4_2
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_conv2d_on_every_layout(layout: str) -> None:
    x, w = laid(random_array(2, 2, 4, 3), layout), laid(random_array(3, 2, 2, 2, seed=1), layout)
    out = minitorch.conv2d(x, w)
    np.testing.assert_allclose(values(out), expected_conv2d(values(x), values(w)), atol=1e-12)


@task4_2
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("shapes", SHAPES_2D, ids=str)
def test_gradients_of_conv2d(shapes: Any) -> None:
    check_gradients(minitorch.conv2d, expected_conv2d, shapes)


@task4_1
@pytest.mark.usefixtures("by")
def test_second_order_gradients_of_conv1d() -> None:
    check_second_order(minitorch.conv1d, expected_conv1d, ((2, 2, 4), (3, 2, 2)))


@task4_2
@pytest.mark.usefixtures("by")
def test_second_order_gradients_of_conv2d() -> None:
    check_second_order(minitorch.conv2d, expected_conv2d, ((2, 2, 3, 4), (3, 2, 2, 2)))


def check_second_order(conv: Any, expected: Any, shapes: Any) -> None:
    """The gradient of a gradient: of sum(conv(x, w)^2), in a direction."""
    x, w = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    direction = random_array(*x.shape, seed=2)

    def slope(x: Any, w: Any) -> float:
        return float((2.0 * expected(x, w) * expected(direction, w)).sum())

    a, b = (tensor(v, requires_grad=True) for v in (x, w))
    out = conv(a, b)
    (out * out).sum().backward(create_graph=True)
    total = (a.grad * tensor(direction)).sum()
    a.zero_grad_()
    b.zero_grad_()
    total.backward()
    for k, leaf in enumerate((a, b)):
        gradient = numerical_gradient(slope, x, w, arg=k)
        np.testing.assert_allclose(values(leaf.grad), gradient, atol=1e-6)


@task4_2
@jit
def test_the_conv2d_kernel_called_directly() -> None:
    x, w = random_array(2, 3, 4, 5), random_array(2, 3, 2, 3, seed=1)
    out = minitorch.zeros((2, 2, 4, 5))
    arguments = (*out.tuple(), out.size, *tensor(x).tuple(), *tensor(w).tuple())
    minitorch.tensor_conv2d(*arguments, False)
    np.testing.assert_allclose(values(out), expected_conv2d(x, w), atol=1e-12)
    minitorch.tensor_conv2d(*arguments, True)  # anchored bottom right
    mirrored = expected_conv2d(x[:, :, ::-1, ::-1], w)[:, :, ::-1, ::-1]
    np.testing.assert_allclose(values(out), mirrored, atol=1e-12)
    assert any(row.parallel for row in parallel_report(minitorch.tensor_conv2d))


@task4_2
@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_conv2d_of_other_dtypes(dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.integers(0, 4, s).astype(dtype) for s in ((1, 2, 3, 3), (2, 2, 2, 2)))
    out = minitorch.conv2d(minitorch.from_numpy(x), minitorch.from_numpy(w))
    assert out.dtype == dtype
    assert np.array_equal(values(out), expected_conv2d(x, w))


@task4_2
@pytest.mark.usefixtures("by")
def test_dtypes_of_input_and_weight_promote() -> None:
    x, w = random_array(1, 1, 2, 2, dtype="float32"), random_array(1, 1, 2, 2)
    for left, right in ((x, w), (w, x)):
        out = minitorch.conv2d(minitorch.from_numpy(left), minitorch.from_numpy(right))
        assert out.dtype == np.float64
        np.testing.assert_allclose(values(out), expected_conv2d(left, right))


@task4_2
@pytest.mark.usefixtures("by")
def test_an_empty_batch() -> None:
    out = minitorch.conv2d(minitorch.zeros((0, 2, 3, 3)), minitorch.zeros((4, 2, 2, 2)))
    assert out.shape == (0, 4, 3, 3)


def check_gradients(conv: Any, expected: Any, shapes: Any) -> None:
    """Both gradients of a weighted sum of the result, against those of the NumPy form."""
    x, w = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    weights = random_array(*expected(x, w).shape, seed=2)

    def total(x: Any, w: Any) -> float:
        return float((expected(x, w) * weights).sum())

    leaves: list[Tensor] = [tensor(v, requires_grad=True) for v in (x, w)]
    (conv(*leaves) * tensor(weights)).sum().backward()
    for k, leaf in enumerate(leaves):
        gradient = numerical_gradient(total, x, w, arg=k)
        np.testing.assert_allclose(values(leaf.grad), gradient, atol=1e-8)
    grad_check(conv, *leaves)
