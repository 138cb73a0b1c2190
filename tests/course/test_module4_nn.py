"""Tasks 4.3 and 4.4: pooling, maximum, softmax, dropout, on both backends.

Idea: each is a formula that NumPy says in a line; what is special are ties, extremes and the
    edges of dropout's rate.
Not here: comparison with PyTorch (tests/rules/test_torch.py).
Read next: tests/rules/samples.py
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import Tensor, grad_check, tensor
from tests.course.tensors import LAYOUTS, arrays, laid, random_array, values

task4_3 = pytest.mark.task4_3
task4_4 = pytest.mark.task4_4
both_backends = pytest.mark.parametrize(
    "backend", minitorch.BACKENDS.values(), ids=minitorch.BACKENDS
)


def tiles_of(array: Any, kernel: tuple[int, int]) -> Any:
    """(B, C, H/kh, W/kw, kh * kw), by taking the tiles one by one."""
    (kh, kw), (batch, channels, height, width) = kernel, array.shape
    out = np.empty((batch, channels, height // kh, width // kw, kh * kw), array.dtype)
    for y in range(height // kh):
        for x in range(width // kw):
            tile = array[:, :, y * kh : (y + 1) * kh, x * kw : (x + 1) * kw]
            out[:, :, y, x] = tile.reshape(batch, channels, -1)
    return out


KERNELS = [(2, 2), (1, 3), (4, 1), (4, 6), (1, 1), (2, 3)]


# Task 4.3.


@task4_3
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_tile(kernel: tuple[int, int]) -> None:
    array = random_array(2, 3, 4, 6)
    out, height, width = minitorch.tile(tensor(array), kernel)
    assert (height, width) == (4 // kernel[0], 6 // kernel[1])
    # The order within a tile is free; the tiles themselves are not.
    assert np.array_equal(np.sort(values(out)), np.sort(tiles_of(array, kernel)))


@task4_3
@both_backends
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_avgpool2d(kernel: tuple[int, int], backend: Any) -> None:
    array = random_array(2, 3, 4, 6)
    out = minitorch.avgpool2d(tensor(array, backend=backend), kernel)
    assert out.shape == (2, 3, 4 // kernel[0], 6 // kernel[1])
    np.testing.assert_allclose(values(out), tiles_of(array, kernel).mean(4), atol=1e-12)


@task4_3
@pytest.mark.parametrize("layout", LAYOUTS)
def test_avgpool2d_on_every_layout_and_its_gradient(layout: str) -> None:
    a = laid(random_array(1, 2, 4, 4), layout)
    out = minitorch.avgpool2d(a, (2, 2))
    np.testing.assert_allclose(values(out), tiles_of(values(a), (2, 2)).mean(4), atol=1e-12)
    grad_check(lambda t: minitorch.avgpool2d(t, (2, 2)), a)
    a.zero_grad_()
    minitorch.avgpool2d(a, (2, 2)).sum().backward()
    assert values(a.grad).tolist() == np.full(a.shape, 0.25).tolist()


# Task 4.4: the maximum.


@task4_4
@both_backends
@given(array=arrays((2, 3, 4)))
def test_max_along_each_dim(backend: Any, array: Any) -> None:
    t = tensor(array, backend=backend)
    for dim in range(3):
        expected = array.max(dim, keepdims=True)
        assert np.array_equal(values(minitorch.max(t, dim)), expected)
        assert np.array_equal(values(minitorch.max(t, dim=dim)), expected)
        assert np.array_equal(values(minitorch.max_reduce(t, dim)), expected)
        assert np.array_equal(values(minitorch.Max.apply(t, dim)), expected)


@task4_4
@both_backends
def test_max_where_all_is_negative_or_nan(backend: Any) -> None:
    t = tensor([[-5.0, -3.0], [math.nan, -7.0], [-math.inf, -math.inf]], backend=backend)
    assert values(minitorch.max(t, 1)).tolist() == [[-3.0], [-7.0], [-math.inf]]


@task4_4
@both_backends
def test_the_gradient_of_max_is_shared_at_ties(backend: Any) -> None:
    t = tensor([[1.0, 4.0, 4.0, 2.0], [3.0, 3.0, 3.0, 3.0]], backend=backend, requires_grad=True)
    (minitorch.max(t, 1) * tensor([[1.0], [8.0]])).sum().backward()
    assert values(t.grad).tolist() == [[0.0, 0.5, 0.5, 0.0], [2.0, 2.0, 2.0, 2.0]]


@task4_4
@given(st.permutations(range(12)))
def test_the_gradient_of_max_without_ties(order: Any) -> None:
    array = np.array(order, float).reshape(3, 4)
    for dim in (0, 1):
        t = tensor(array, requires_grad=True)
        minitorch.max(t, dim).sum().backward()
        assert np.array_equal(values(t.grad), array == array.max(dim, keepdims=True))
        grad_check(lambda a, dim=dim: minitorch.max(a, dim) * 2.0, tensor(array))


@task4_4
@both_backends
@given(array=arrays((2, 3), low=-3, high=3))
def test_argmax_is_one_at_the_first_maximum(backend: Any, array: Any) -> None:
    array = np.round(array)  # so that there are ties
    for dim in (0, 1):
        out = minitorch.argmax(tensor(array, backend=backend), dim)
        expected = np.zeros(array.shape)
        np.put_along_axis(expected, np.expand_dims(array.argmax(dim), dim), 1.0, dim)
        assert np.array_equal(values(out), expected)


@task4_4
@pytest.mark.parametrize("dtype", ["bool", "int64", "float32"])
def test_argmax_of_other_dtypes(dtype: str) -> None:
    t = tensor([[0, 0, 1, 0], [1, 0, 1, 1]]).type(dtype)
    out = values(minitorch.argmax(t, 1)).astype(int)
    assert out.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]


@task4_4
@both_backends
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_maxpool2d(kernel: tuple[int, int], backend: Any) -> None:
    array = random_array(2, 3, 4, 6)
    out = minitorch.maxpool2d(tensor(array, backend=backend), kernel)
    assert out.shape == (2, 3, 4 // kernel[0], 6 // kernel[1])
    assert np.array_equal(values(out), tiles_of(array, kernel).max(4))


@task4_4
def test_the_gradient_of_maxpool2d() -> None:
    array = np.random.default_rng(0).permutation(16.0 * np.arange(16)).reshape(1, 1, 4, 4)
    grad_check(lambda t: minitorch.maxpool2d(t, (2, 2)), tensor(array))
    t = tensor(array, requires_grad=True)
    minitorch.maxpool2d(t, (2, 2)).sum().backward()
    highest = np.kron(tiles_of(array, (2, 2)).max(4), np.ones((2, 2)))
    assert np.array_equal(values(t.grad), array == highest)


# Task 4.4: softmax.


@task4_4
@both_backends
@given(array=arrays((2, 3)))
def test_softmax_and_logsoftmax(backend: Any, array: Any) -> None:
    t = tensor(array, backend=backend)
    for dim in (0, 1):
        shifted = np.exp(array - array.max(dim, keepdims=True))
        expected = shifted / shifted.sum(dim, keepdims=True)
        out = minitorch.softmax(t, dim)
        np.testing.assert_allclose(values(out), expected, atol=1e-12)
        np.testing.assert_allclose(values(out.sum(dim)), 1.0)
        logs = minitorch.logsoftmax(t, dim=dim)
        assert logs.shape == t.shape
        total = np.log(shifted.sum(dim, keepdims=True)) + array.max(dim, keepdims=True)
        np.testing.assert_allclose(values(logs), array - total, atol=1e-9)


@task4_4
@both_backends
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_softmax_is_stable_far_out(backend: Any, size: float) -> None:
    t = tensor([[size, size], [size, 0.0], [0.0, 0.0]], backend=backend, requires_grad=True)
    out, logs = minitorch.softmax(t, 1), minitorch.logsoftmax(t, 1)
    first = [1.0, 0.0] if size > 0 else [0.0, 1.0]
    assert values(out).tolist() == [[0.5, 0.5], first, [0.5, 0.5]]
    np.testing.assert_allclose(values(logs)[0], [-math.log(2.0)] * 2)
    assert values(logs)[1].tolist() == ([0.0, -1e4] if size > 0 else [-1e4, 0.0])
    (logs + out).sum().backward()
    assert np.isfinite(values(t.grad)).all()


@task4_4
@given(arrays((2, 3), low=-5, high=5))
def test_the_gradients_of_softmax(array: Any) -> None:
    weights = tensor(random_array(2, 3))
    for dim in (0, 1):
        grad_check(lambda a, dim=dim: minitorch.softmax(a, dim) * weights, tensor(array))
        grad_check(lambda a, dim=dim: minitorch.logsoftmax(a, dim) * weights, tensor(array))


# Task 4.4: dropout.


@task4_4
@both_backends
def test_the_edges_of_dropout(backend: Any) -> None:
    t = tensor([[1.0, -2.0], [math.inf, 3.0]], backend=backend, requires_grad=True)
    assert np.array_equal(values(minitorch.dropout(t, 0.0)), values(t))
    assert np.array_equal(values(minitorch.dropout(t, 1.0)), np.zeros((2, 2)))
    for rate in (0.0, 0.5, 1.0):
        assert np.array_equal(values(minitorch.dropout(t, rate, ignore=True)), values(t))
        assert np.array_equal(values(minitorch.dropout(t, rate, True)), values(t))
    minitorch.dropout(t, 1.0).sum().backward()
    assert np.array_equal(values(t.grad), np.zeros((2, 2)))


@task4_4
@both_backends
@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_dropout_zeroes_by_chance_and_scales_the_rest(backend: Any, rate: float) -> None:
    minitorch.manual_seed(1)
    count = 4000
    t = minitorch.full((count,), 3.0, backend, requires_grad=True)
    out = minitorch.dropout(t, rate)
    kept = values(out) != 0.0
    np.testing.assert_allclose(values(out)[kept], 3.0 / (1.0 - rate))
    spread = math.sqrt(rate * (1.0 - rate) / count)
    assert abs(kept.mean() - (1.0 - rate)) < 5 * spread
    out.sum().backward()
    np.testing.assert_allclose(values(t.grad), kept / (1.0 - rate))
    again = minitorch.dropout(t, rate)
    assert not np.array_equal(values(again) != 0.0, kept)


@task4_4
def test_dropout_drops_the_same_cells_on_every_backend() -> None:
    drawn: list[Any] = []
    for backend in minitorch.BACKENDS.values():
        minitorch.manual_seed(5)
        drawn.append(values(minitorch.dropout(minitorch.full((50,), 1.0, backend), 0.5)))
    for other in drawn[1:]:
        np.testing.assert_array_equal(other, drawn[0])


@task4_4
@both_backends
def test_float32_stays_float32(backend: Any) -> None:
    t: Tensor = tensor(random_array(1, 1, 4, 4), backend=backend).type("float32")
    for out in (
        minitorch.maxpool2d(t, (2, 2)), minitorch.avgpool2d(t, (2, 2)), minitorch.softmax(t, 3),
        minitorch.logsoftmax(t, 3), minitorch.dropout(t, 0.5), minitorch.argmax(t, 3),
    ):  # fmt: skip
        assert out.dtype == np.float32
