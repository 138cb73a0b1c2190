"""Reductions, movement, contraction and selection: values and gradients, on both backends.

Idea: what is tested follows from the row of tests/rules/samples.py alone; a new op is a row there.
Not here: elementwise ops (test_elementwise.py), agreement with PyTorch (test_torch.py).
Read next: test_table.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import BACKENDS, Tensor
from tests.course.tensors import LAYOUTS, laid, numerical_gradient, values
from tests.rules.samples import OTHERS, Other

every_op = pytest.mark.parametrize("sample", OTHERS.values(), ids=OTHERS)
every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
STEPS = ("all",)  # no gradient flows through these


def leaves(arrays: list[Any], backend: Any, layout: str = "contiguous") -> list[Tensor]:
    return [laid(a, layout, backend, requires_grad=True) for a in arrays]


def weights_for(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(5).uniform(0.5, 1.5, shape)


def first_gradients(sample: Other, operands: list[Tensor], **options: Any) -> list[Any]:
    """The gradients of sum(op * weights)."""
    out = sample.call(*operands)
    weights = minitorch.from_numpy(weights_for(out.shape), out.backend)
    (out * weights).sum().backward(**options)
    return [x.grad for x in operands]


@every_backend
@every_op
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_and_gradients_on_every_layout(sample: Other, layout: str, backend: Any) -> None:
    operands = leaves(sample.draw(), backend, layout)
    arrays = [values(x) for x in operands]
    out = sample.call(*operands)
    expected = sample.formula(*arrays)
    assert (out.shape, out.backend, out.dtype) == (expected.shape, backend, np.float64)
    np.testing.assert_allclose(values(out), expected, rtol=1e-12, atol=1e-12)
    if sample.name in ("max", "maxpool2d") and layout == "expanded":
        return  # all numbers of a row tie; shared out in tests/course/test_module4_nn.py
    weights = weights_for(expected.shape)
    for k, gradient in enumerate(first_gradients(sample, operands)):
        assert gradient.shape == arrays[k].shape
        if sample.name in STEPS:
            assert np.array_equal(values(gradient), np.zeros(gradient.shape))
            continue
        slopes = numerical_gradient(
            lambda *arrays: float((sample.formula(*arrays) * weights).sum()), *arrays, arg=k
        )
        np.testing.assert_allclose(values(gradient), slopes, rtol=1e-5, atol=1e-7)


@every_backend
@every_op
def test_second_order_gradients(sample: Other, backend: Any) -> None:
    """Along one direction in all operands: differences of first gradients, against autodiff's."""
    arrays = sample.draw()
    ways = [np.random.default_rng(k).uniform(-1, 1, a.shape) for k, a in enumerate(arrays)]
    operands = leaves(arrays, backend)
    out = sample.call(*operands)
    (out * out).sum().backward(create_graph=True)
    gradients = [x.grad for x in operands]
    for x in operands:
        x.zero_grad_()
    total = sum(
        (
            (g * minitorch.from_numpy(way, backend)).sum()
            for g, way in zip(gradients, ways, strict=True)
        ),
        start=minitorch.zeros((1,), backend),
    )
    if sample.name in STEPS:
        assert all(np.array_equal(values(g), np.zeros(g.shape)) for g in gradients)
        return
    total.backward()
    epsilon = 1e-5
    moved: list[list[Any]] = []
    for sign in (1, -1):
        nudged = leaves(
            [a + sign * epsilon * way for a, way in zip(arrays, ways, strict=True)], backend
        )
        out = sample.call(*nudged)
        (out * out).sum().backward()
        moved.append([values(x.grad) for x in nudged])
    for x, up, down in zip(operands, *moved, strict=True):
        expected = (up - down) / (2 * epsilon)
        found = np.zeros(expected.shape) if x.grad is None else values(x.grad)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@every_backend
@pytest.mark.parametrize(
    "sample", [s for s in OTHERS.values() if s.empty], ids=lambda sample: sample.name
)
def test_no_cells(sample: Other, backend: Any) -> None:
    operands = leaves([np.zeros(shape) for shape in sample.empty or ()], backend)
    out = sample.call(*operands)
    assert out.backend is backend
    out.backward(out.zeros() + 1.0)
    for x in operands:
        assert x.grad is not None
        assert x.grad.shape == x.shape
    if sample.name == "sum":
        assert values(out).tolist() == [0.0]
    if sample.name == "all":
        assert values(out).tolist() == [[1.0], [1.0]]


@every_backend
def test_the_mean_of_nothing_is_nan(backend: Any) -> None:
    assert np.isnan(values(minitorch.zeros((0,), backend).mean())).all()
    assert np.isnan(values(minitorch.zeros((2, 0), backend).mean(1))).all()


@every_backend
@every_op
@pytest.mark.parametrize("dtype", ["int64", "float32"])
def test_other_dtypes(sample: Other, dtype: str, backend: Any) -> None:
    if dtype not in sample.dtypes:
        return
    arrays = sample.draw(dtype)
    out = sample.call(*(laid(a, "contiguous", backend) for a in arrays))
    expected = sample.formula(*arrays)
    assert out.dtype == ("float64" if sample.name == "mean" and dtype == "int64" else dtype)
    np.testing.assert_allclose(values(out), expected, rtol=1e-5, atol=1e-6)
    if dtype == "float32" and sample.name not in STEPS:
        operands = leaves(arrays, backend)
        wide = leaves([a.astype("float64") for a in arrays], backend)
        for narrow, exact in zip(
            first_gradients(sample, operands), first_gradients(sample, wide), strict=True
        ):
            np.testing.assert_allclose(values(narrow), values(exact), rtol=1e-4, atol=1e-5)


@every_backend
def test_sums_and_means_without_dims(backend: Any) -> None:
    x = laid(np.array(3.0), "contiguous", backend, requires_grad=True)
    assert values(x.sum()).tolist() == [3.0]
    assert values(x.mean()).tolist() == [3.0]
    assert values(x.all()).tolist() == [1.0]
    assert values(x.view(1, 1)).tolist() == [[3.0]]
    assert values(x.permute()).tolist() == 3.0
    assert values(x.expand_to((2,))).tolist() == [3.0, 3.0]
    (x.sum() * x.expand_to((2,)).sum()).backward()
    assert x.grad is not None
    assert values(x.grad).tolist() == 12.0


@every_backend
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_in_reductions_and_products(special: float, backend: Any) -> None:
    array = np.array([[1.0, special, 2.0], [4.0, 5.0, 6.0]])
    t = laid(array, "contiguous", backend)
    for dim in (0, 1):
        expected = array.sum(dim, keepdims=True)
        np.testing.assert_array_equal(values(t.sum(dim)), expected)
        highest = np.fmax.reduce(array, dim, keepdims=True)
        np.testing.assert_array_equal(values(minitorch.max(t, dim)), highest)
    ones = minitorch.full((3, 1), 1.0, backend)
    np.testing.assert_array_equal(values(t @ ones), array @ np.ones((3, 1)))
    assert values(t.all(1)).tolist() == [[1.0], [1.0]]


@every_backend
def test_float32_sums_do_not_lose_small_numbers(backend: Any) -> None:
    """2^24 + 1 + 1 + ...: each 1 alone would vanish in float32.

    The fused backend sums up to 8192 numbers in float32, many side by side, and more in float64.
    """
    array = np.full(10_001, 1.0, np.float32)
    array[0] = 2.0**24
    total = minitorch.from_numpy(array, backend).sum()
    assert total.dtype == np.float32
    assert total.item() == 2.0**24 + 10_000


@every_backend
def test_the_sum_of_truths_counts_them(backend: Any) -> None:
    t = laid(np.array([[True, True, False], [True, False, False]]), "contiguous", backend)
    assert values(t.sum(1)).tolist() == [[2], [1]]
    assert values(t.mean()).tolist() == [0.5]


@every_backend
def test_gather_reads_twice_and_its_gradient_adds_twice(backend: Any) -> None:
    x = laid(np.array([[1.0, 2.0, 3.0]]), "contiguous", backend, requires_grad=True)
    index = laid(np.array([[2, 2, 0]]), "contiguous", backend)
    out = minitorch.Gather.apply(x, 1, index)
    assert values(out).tolist() == [[3.0, 3.0, 1.0]]
    (out * minitorch.tensor([[1.0, 10.0, 100.0]])).sum().backward()
    assert x.grad is not None
    assert values(x.grad).tolist() == [[100.0, 0.0, 11.0]]


@every_backend
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_index_may_lie_anyhow(layout: str, backend: Any) -> None:
    array = np.arange(12.0).reshape(3, 4)
    index = laid(np.array([[0, 3, 1], [2, 2, 0]]), layout, backend)
    out = minitorch.Gather.apply(laid(array, "permuted", backend), 1, index)
    picks = np.array(index.to_numpy())
    np.testing.assert_array_equal(values(out), np.take_along_axis(array[:2], picks, 1))
    position = minitorch.argmax_position(laid(array, layout, backend), 1)
    shown = values(laid(array, layout))
    assert values(position).tolist() == shown.argmax(1)[:, None].tolist()


@every_backend
def test_argmax_position_skips_nan(backend: Any) -> None:
    t = laid(np.array([[np.nan, 1.0, 2.0, 2.0], [np.nan] * 4]), "contiguous", backend)
    position = minitorch.argmax_position(t, 1)
    assert position.dtype == np.int64
    assert values(position).tolist() == [[2], [0]]


@every_backend
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_many_rows_chosen_by_one_index_each(dim: int, layout: str, backend: Any) -> None:
    """An index repeated along the last dim, as embedding makes it, and one that is not."""
    shape = (5, 30, 6)
    array = np.random.default_rng(0).uniform(-1, 1, shape)
    picks = np.random.default_rng(1).integers(0, shape[dim], shape)
    a = laid(array, layout, backend)
    x = values(a)
    repeated = laid(picks, "expanded", backend)
    for index in (laid(picks, layout, backend), repeated):
        chosen = values(index)
        out = minitorch.Gather.apply(a, dim, index)
        assert np.array_equal(values(out), np.take_along_axis(x, chosen, dim))
        added = minitorch.ScatterAdd.apply(a, dim, index, shape[dim] + 1)
        expected = np.zeros([n + (k == dim) for k, n in enumerate(shape)])
        for where in np.ndindex(shape):
            to = list(where)
            to[dim] = chosen[where]
            expected[tuple(to)] += x[where]
        np.testing.assert_allclose(values(added), expected, atol=1e-12)


@every_backend
@pytest.mark.parametrize("bad", [-1, 4])
@pytest.mark.parametrize("layout", ["contiguous", "expanded"])
def test_the_first_index_out_of_range_is_named(bad: int, layout: str, backend: Any) -> None:
    picks = np.zeros((3, 5), np.int64)
    picks[1:] = bad
    index = laid(picks, layout, backend)
    a = laid(np.ones((4, 5)), "contiguous", backend)
    text = f"Index {bad} is out of range for dim 0 of size 4; expected 0..3."
    with pytest.raises(minitorch.IndexingError) as caught:
        minitorch.Gather.apply(a, 0, index)
    assert str(caught.value) == text
    with pytest.raises(minitorch.IndexingError) as caught:
        minitorch.ScatterAdd.apply(laid(np.ones((3, 5)), "contiguous", backend), 0, index, 4)
    assert str(caught.value) == text
