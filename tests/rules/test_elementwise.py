"""Every row of the op table as a tensor op: values and gradients, on both backends.

Idea: what is tested follows from the row of tests/rules/samples.py alone; a new op is a row there.
Not here: the rows on plain numbers (test_table.py), ops of other kinds (test_other_ops.py).
Read next: test_other_ops.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import BACKENDS, DtypeError, IndexingError, Tensor, operators
from tests.course.tensors import LAYOUTS, laid, values
from tests.rules.samples import ELEMENTWISE, SPECIAL, Elementwise

every_op = pytest.mark.parametrize("sample", ELEMENTWISE.values(), ids=ELEMENTWISE)
every_differentiable_op = pytest.mark.parametrize(
    "sample",
    [s for s in ELEMENTWISE.values() if any(s.rule.derivatives)],
    ids=lambda sample: sample.rule.name,
)
every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)

FULL = (2, 3)
EPSILON = 1e-6


def leaves(arrays: list[Any], backend: Any, layout: str = "contiguous") -> list[Tensor]:
    return [laid(a, layout, backend, requires_grad=True) for a in arrays]


def slope(sample: Elementwise, arrays: list[Any], k: int) -> Any:
    """The derivative in operand k at every cell, by central difference of the NumPy formula.

    Zero for an operand that the row has no derivative for: a step, flat wherever it is tried.
    """
    if sample.rule.derivatives[k] is None:
        return np.zeros(np.broadcast_shapes(*(a.shape for a in arrays)))
    up, down = list(arrays), list(arrays)
    up[k], down[k] = arrays[k] + EPSILON, arrays[k] - EPSILON
    return (sample.expected(*up) - sample.expected(*down)) / (2 * EPSILON)


def summed(gradient: Any, shape: tuple[int, ...]) -> Any:
    """A gradient of the broadcast shape, summed back to a shape."""
    gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(k for k, n in enumerate(shape) if n == 1)
    return gradient.sum(repeated, keepdims=True)


def check_gradients(sample: Elementwise, operands: list[Tensor]) -> None:
    """Forward and backward of sum(op * weights), at all cells at once."""
    arrays = [values(x) for x in operands]
    out = sample(*operands)
    np.testing.assert_allclose(values(out), sample.expected(*arrays), rtol=1e-12, atol=1e-14)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, out.shape)
    out.backward(minitorch.from_numpy(weights, out.backend))
    for k, (x, a) in enumerate(zip(operands, arrays, strict=True)):
        assert x.grad is not None
        assert x.grad.shape == a.shape
        expected = summed(weights * slope(sample, arrays, k), a.shape)
        np.testing.assert_allclose(values(x.grad), expected, rtol=1e-5, atol=1e-7)


def test_every_row_has_a_sample() -> None:
    rows = minitorch.rules.TABLE.values()
    assert set(ELEMENTWISE) == {rule.name for rule in rows if rule.home is operators}
    for name, sample in ELEMENTWISE.items():
        assert len(sample.domain) == sample.rule.operands, name
        assert len(sample.parameters) == sample.rule.parameters, name


@every_backend
@every_op
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_on_every_layout(sample: Elementwise, layout: str, backend: Any) -> None:
    operands = [laid(a, layout, backend) for a in sample.draw(*[FULL] * sample.rule.operands)]
    out = sample(*operands)
    assert (out.shape, out.backend, out.dtype) == (FULL, backend, np.float64)
    expected = sample.expected(*map(values, operands))
    np.testing.assert_allclose(values(out), expected, rtol=1e-13, atol=1e-15)


@every_backend
@every_differentiable_op
@pytest.mark.parametrize("layout", LAYOUTS)
def test_gradients_on_every_layout(sample: Elementwise, layout: str, backend: Any) -> None:
    arrays = sample.draw(*[FULL] * sample.rule.operands)
    check_gradients(sample, leaves(arrays, backend, layout))


BROADCASTS = [
    [(2, 3), (3,), (1,)],
    [(2, 1), (1, 3), (2, 3)],
    [(), (2, 1), (3,)],
    [(1,), (), (2, 1)],
]


@every_backend
@every_differentiable_op
@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
def test_gradients_are_summed_over_what_was_broadcast(
    sample: Elementwise, shapes: Any, backend: Any
) -> None:
    arrays = sample.draw(*shapes[: sample.rule.operands])
    check_gradients(sample, leaves(arrays, backend))


@every_backend
@every_differentiable_op
def test_gradients_without_dims(sample: Elementwise, backend: Any) -> None:
    operands = leaves(sample.draw(*[()] * sample.rule.operands), backend)
    assert sample(*operands).shape == ()
    check_gradients(sample, operands)


@every_backend
@every_op
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)], ids=str)
def test_no_cells(sample: Elementwise, shape: tuple[int, ...], backend: Any) -> None:
    operands = leaves(sample.draw(*[shape] * sample.rule.operands), backend)
    out = sample(*operands)
    assert out.shape == shape
    if any(sample.rule.derivatives):
        out.backward(out.zeros())
        assert [x.grad.shape for x in operands if x.grad is not None] == [shape] * len(operands)


@every_backend
@every_op
def test_nan_inf_and_extremes(sample: Elementwise, backend: Any) -> None:
    """Each special value with each other, and the parameters as they are."""
    grid = np.meshgrid(*[np.array(SPECIAL)] * sample.rule.operands, indexing="ij")
    arrays = [np.ascontiguousarray(a).reshape(-1) for a in grid]
    out = values(sample(*(laid(a, "contiguous", backend) for a in arrays)))
    expected = sample.expected(*arrays)
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=0)
    if sample.rule.name in ("neg", "mul", "inv", "inv_back", "id"):
        assert np.array_equal(np.signbit(out[out == 0]), np.signbit(expected[out == 0]))


@every_op
def test_gradients_of_special_values_agree_between_backends(sample: Elementwise) -> None:
    if not any(sample.rule.derivatives):
        for derivative in sample.rule.derivatives:
            assert derivative is None
        return
    grid = np.meshgrid(*[np.array(SPECIAL)] * sample.rule.operands, indexing="ij")
    found: list[list[Any]] = []
    for backend in BACKENDS.values():
        operands = leaves([np.ascontiguousarray(a) for a in grid], backend)
        sample(*operands).sum().backward()
        found.append([values(x.grad) for x in operands])
    expected, *others = found
    for gradients in others:
        for gradient, slope in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, slope, rtol=1e-13)


@every_backend
@every_op
def test_float32_stays_float32(sample: Elementwise, backend: Any) -> None:
    arrays = sample.draw(*[FULL] * sample.rule.operands, dtype="float32")
    operands = leaves(arrays, backend)
    out = sample(*operands)
    assert out.dtype == np.float32
    wide = [a.astype(np.float64) for a in arrays]
    np.testing.assert_allclose(values(out), sample.expected(*wide), rtol=2e-6, atol=1e-7)
    if not any(sample.rule.derivatives):
        return
    out.sum().backward()
    for k, x in enumerate(operands):
        assert x.grad is not None
        assert x.grad.dtype == np.float32
        np.testing.assert_allclose(values(x.grad), slope(sample, wide, k), rtol=1e-5, atol=1e-5)


@every_backend
@every_op
@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_whole_numbers_where_they_are_accepted(
    sample: Elementwise, dtype: str, backend: Any
) -> None:
    rule = sample.rule
    low, high = (-3, 4) if dtype == "int64" else (0, 2)
    rng = np.random.default_rng(2)
    arrays = [rng.integers(low, high, FULL).astype(dtype) for _ in range(rule.operands)]
    operands = [laid(a, "contiguous", backend) for a in arrays]
    if dtype not in rule.accepts:
        with pytest.raises(DtypeError) as caught:
            sample(*operands)
        assert str(caught.value) == (
            f"{rule.name} of a {dtype} tensor; it takes {', '.join(rule.accepts)}. "
            "Convert it with .type(...) first."
        )
        return
    out = sample(*operands)
    assert out.dtype == ("float64" if rule.result == "float" else dtype)
    kind = np.dtype("float64") if rule.result == "float" else arrays[0].dtype
    expected = sample.expected(*(a.astype(kind) for a in arrays)).astype(out.dtype)
    np.testing.assert_allclose(values(out), expected, rtol=1e-13)


@every_backend
@every_op
def test_shapes_that_do_not_broadcast(sample: Elementwise, backend: Any) -> None:
    count = sample.rule.operands
    if count == 1:
        assert sample(laid(np.ones((5, 4)), "contiguous", backend)).shape == (5, 4)
        return
    operands = [laid(np.ones((3,)), "contiguous", backend) for _ in range(count)]
    operands[-1] = laid(np.ones((2, 4)), "contiguous", backend)
    with pytest.raises(IndexingError, match=r"Shapes \(3,\) and \(2, 4\) do not broadcast"):
        sample(*operands)


@every_backend
@every_differentiable_op
def test_second_order_gradients(sample: Elementwise, backend: Any) -> None:
    """d2f / dx_i dx_j for all i, j at all cells, against differences of the first gradients."""
    count = sample.rule.operands
    arrays = sample.draw(*[FULL] * count)

    def first(arrays: list[Any]) -> list[Any]:
        operands = leaves(arrays, BACKENDS["simple"])
        sample(*operands).sum().backward()
        return [values(x.grad) for x in operands]

    for i in range(count):
        operands = leaves(arrays, backend)
        sample(*operands).sum().backward(create_graph=True)
        gradients = [x.grad for x in operands]
        np.testing.assert_allclose(values(gradients[i]), first(arrays)[i], rtol=1e-12)
        for x in operands:
            x.zero_grad_()
        if not gradients[i].is_constant():
            gradients[i].sum().backward()
        for j, x in enumerate(operands):
            up, down = list(arrays), list(arrays)
            if sample.rule.derivatives[j] is not None:
                up[j], down[j] = arrays[j] + EPSILON, arrays[j] - EPSILON
            expected = (first(up)[i] - first(down)[i]) / (2 * EPSILON)
            found = np.zeros(FULL) if x.grad is None else values(x.grad)
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6, err_msg=f"{i} {j}")


@every_backend
def test_dtypes_promote_between_operands(backend: Any) -> None:
    dtypes = ("bool", "int64", "float32", "float64")
    one = np.ones(2)
    for low, a in enumerate(dtypes):
        for high, b in enumerate(dtypes):
            left, right = (laid(one.astype(d), "contiguous", backend) for d in (a, b))
            assert (left * right).dtype == dtypes[max(low, high)]
    whole = laid(np.array([1, 2]), "contiguous", backend)
    assert (whole + 1).dtype == np.int64
    assert values(whole + 1.5).tolist() == [2.5, 3.5]
    assert values(whole / 2).tolist() == [0.5, 1.0]


@every_backend
def test_whole_numbers_wrap(backend: Any) -> None:
    top = np.array([2**63 - 1, -(2**63)])
    a = laid(top, "contiguous", backend)
    one = laid(np.array([1, -1]), "contiguous", backend)
    assert values(a + one).tolist() == [-(2**63), 2**63 - 1]
    assert values(a * (one + one)).tolist() == [-2, 0]


@every_backend
def test_a_gradient_has_the_dtype_of_its_leaf(backend: Any) -> None:
    """Else one float64 constant would turn the parameters of a float32 model into float64."""
    for op in (lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a @ b, lambda a, b: a / b):
        single = laid(np.ones((2, 2), np.float32), "contiguous", backend, requires_grad=True)
        double = laid(np.ones((2, 2)), "contiguous", backend, requires_grad=True)
        out = op(single, double)
        assert out.dtype == np.float64
        out.sum().backward()
        assert single.grad is not None
        assert double.grad is not None
        assert (single.grad.dtype, double.grad.dtype) == (np.float32, np.float64)
