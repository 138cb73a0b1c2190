"""Tasks 3.1 and 3.2: the lifts and the matrix product of fast_ops.py, compiled for all cores.

Idea: the compiled lifts agree with the plain ones on every layout; the course's way of calling
    them, and its report of what runs in parallel, work as written in its scripts.
Not here: the disk cache of kernels (tests/engine/), every row of the op table (tests/rules/).
Read next: test_module4_conv.py
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numba import njit

import minitorch
from minitorch import (
    FastOps,
    MathTestVariable,
    SimpleOps,
    Tensor,
    TensorBackend,
    fast_ops,
    grad_check,
    kernels,
    operators,
    parallel_report,
    tensor,
)
from tests.course.tensors import LAYOUTS, arrays, laid, random_array, values

FAST = minitorch.BACKENDS["fast"]
ONE, TWO, RED = MathTestVariable._comp_testing()

task3_1 = pytest.mark.task3_1
task3_2 = pytest.mark.task3_2
jit = pytest.mark.jit
pytestmark = pytest.mark.usefixtures("compiled_at_once")


@pytest.fixture(params=["BLAS", "kernel"])
def product_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Float matrices go to BLAS, or, without shortcuts, through the course's kernel."""
    if request.param == "kernel":
        config = dataclasses.replace(fast_ops.config, shortcuts=False)
        monkeypatch.setattr(fast_ops, "config", config)
    return request.param


@pytest.fixture
def in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel runs on all threads, however small the work."""
    monkeypatch.setattr(kernels, "PARALLEL_FROM", 0)


# Task 3.1: called as the course's scripts call them.


@pytest.fixture(scope="module")
def dispatchers() -> dict[str, Any]:
    return {
        "map": fast_ops.tensor_map(njit(operators.id)),
        "zip": fast_ops.tensor_zip(njit(operators.eq)),
        "reduce": fast_ops.tensor_reduce(njit(operators.add)),
    }


@task3_1
@jit
def test_map_called_directly(dispatchers: dict[str, Any]) -> None:
    out, a = tensor([[0.0] * 3] * 2), laid(random_array(3, 2), "permuted").permute(1, 0)
    dispatchers["map"](*out.tuple(), *a.tuple())
    assert np.array_equal(values(out), values(a))


@task3_1
@jit
def test_zip_called_directly(dispatchers: dict[str, Any]) -> None:
    out, a, b = tensor([[0.0] * 3] * 2), tensor([[1, 2, 3], [1, 5, 6]]), tensor([1, 2, 6])
    dispatchers["zip"](*out.tuple(), *a.tuple(), *b.tuple())
    assert values(out).tolist() == [[1, 1, 0], [1, 0, 1]]


@task3_1
@jit
def test_reduce_called_directly(dispatchers: dict[str, Any]) -> None:
    out, a = tensor([[10.0], [20.0]]), tensor([[1, 2, 3], [4, 5, 6]])
    dispatchers["reduce"](*out.tuple(), *a.tuple(), 1)
    assert values(out).tolist() == [[16.0], [35.0]]


@task3_1
@jit
@pytest.mark.parametrize("name", ["map", "zip", "reduce"])
def test_parallel_diagnostics_as_text_and_as_data(
    name: str, dispatchers: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    loop = dispatchers[name]
    out, a = tensor([[0.0], [0.0]]), tensor([[1.0], [2.0]])
    operands = {"map": [a], "zip": [a, a], "reduce": [a]}[name]
    last = (1,) if name == "reduce" else ()
    loop(*out.tuple(), *(part for x in operands for part in x.tuple()), *last)
    loop.parallel_diagnostics(level=3)
    text = capsys.readouterr().out
    assert "Parallel Accelerator Optimizing" in text
    assert "prange" in text
    report = parallel_report(loop)
    outermost = [row for row in report if row.parallel and "prange" in row.kind]
    assert outermost, "the main loop runs in parallel"
    for row in outermost:
        assert row.source.startswith("for ")
        assert "prange(" in row.source
    assert len({row.loop for row in report}) == len(report)


@task3_1
@jit
def test_a_dispatcher_that_was_not_called_has_nothing_to_report() -> None:
    assert parallel_report(fast_ops.tensor_map(njit(operators.neg))) == []


@task3_1
@pytest.mark.parametrize(("lift", "operands"), [("map", 1), ("zip", 2), ("reduce", 1)])
def test_fast_ops_go_through_the_lifts_of_their_file(
    lift: str, operands: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the learner's function missing, the backend fails; it has no other way."""

    def missing(fn: Any) -> Any:
        raise NotImplementedError("a learner has not written it yet")

    a = tensor([[1.0, 2.0]], backend=FAST)
    fn = {1: operators.neg, 2: operators.add}[operands if lift != "reduce" else 2]
    arguments: list[Any] = [a] * operands + [0] * (lift == "reduce")
    getattr(FastOps, lift)(fn)(*arguments)
    monkeypatch.setattr(fast_ops, f"tensor_{lift}", missing)
    with pytest.raises(NotImplementedError, match="not written"):
        getattr(FastOps, lift)(fn)(*arguments)


# Task 3.1: agreement with the plain lifts.


def both(call: Any) -> tuple[Tensor, Tensor]:
    """The same call with the operations of either backend."""
    return call(SimpleOps), call(FastOps)


@task3_1
@pytest.mark.parametrize("layout", LAYOUTS)
def test_map_on_every_layout(layout: str) -> None:
    a = laid(random_array(2, 3, 4), layout)
    simple, fast = both(lambda ops: ops.map(operators.neg)(a))
    assert np.array_equal(values(fast), values(simple))
    assert fast.shape == (2, 3, 4)


@task3_1
@pytest.mark.parametrize("right", LAYOUTS)
@pytest.mark.parametrize("left", LAYOUTS)
def test_zip_on_every_pair_of_layouts(left: str, right: str) -> None:
    a, b = laid(random_array(2, 3, 4), left), laid(random_array(3, 4, seed=1), right)
    simple, fast = both(lambda ops: ops.zip(operators.mul)(a, b))
    assert np.array_equal(values(fast), values(simple))
    simple, fast = both(lambda ops: ops.zip(operators.mul)(b, a))
    assert np.array_equal(values(fast), values(simple))


@task3_1
@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reduce_on_every_layout(layout: str, dim: int) -> None:
    a = laid(random_array(2, 3, 4), layout)
    simple, fast = both(lambda ops: ops.reduce(operators.add, 0.0)(a, dim))
    assert fast.shape == simple.shape
    np.testing.assert_allclose(values(fast), values(simple), rtol=1e-14)


@task3_1
@pytest.mark.parametrize(
    "shapes",
    [((), ()), ((1,), ()), ((), (3,)), ((2, 1), (1, 3)), ((0, 3), (3,)), ((4, 1, 1), (2, 5)),
     ((1, 1, 1), (1,)), ((2, 0), (1, 1)), ((1, 2, 1, 2, 1), (2, 1, 2, 1, 2))],
    ids=str,
)  # fmt: skip
def test_zip_broadcasts(shapes: Any) -> None:
    a, b = (laid(random_array(*shape, seed=k), "contiguous") for k, shape in enumerate(shapes))
    out = FastOps.zip(operators.mul)(a, b)
    assert np.array_equal(values(out), values(a) * values(b))


LARGE = [(7, 9, 5, 3), (300,), (2, 70, 1), (1, 90, 2), (70, 1, 3), (3, 260), (130, 2)]


@task3_1
@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_long_runs_and_many_rows_on_every_layout(layout: str, shape: Any) -> None:
    """More rows than a loop has blocks, and more numbers in a row than a fold has lanes."""
    a, b = laid(random_array(*shape), layout), laid(random_array(*shape, seed=1), layout)
    row = laid(random_array(*shape[-1:], seed=2), layout)
    x, y, z = values(a), values(b), values(row)
    assert np.array_equal(values(FastOps.map(operators.neg)(a)), -x)
    for layout_of_out in ("permuted", "sliced"):
        out = laid(np.zeros(shape), layout_of_out)
        FastOps.map(operators.neg)(a, out)
        assert np.array_equal(values(out), -x)
    assert np.array_equal(values(FastOps.zip(operators.mul)(a, b)), x * y)
    assert np.array_equal(values(FastOps.zip(operators.mul)(a, row)), x * z)
    lifted = FastOps.lift(operators.where, 3)(a, b, row)
    assert np.array_equal(values(lifted), np.where(x != 0, y, z))
    for dim in range(len(shape)):
        total = FastOps.reduce(operators.add, 0.0)(a, dim)
        np.testing.assert_allclose(values(total), x.sum(dim, keepdims=True), atol=1e-12)
        highest = FastOps.reduce(operators.max, -np.inf)(a, dim)
        assert np.array_equal(values(highest), x.max(dim, keepdims=True))


@task3_1
@pytest.mark.parametrize("length", [1, 63, 64, 65, 255, 256, 257, 320, 1000])
def test_folds_of_every_length(length: int) -> None:
    """A NaN anywhere is skipped by max, and the largest number anywhere is found."""
    array = np.arange(3.0 * length).reshape(3, length) % 7
    a = tensor(array, backend=FAST)
    assert np.array_equal(values(a.sum(1)), array.sum(1, keepdims=True))
    assert np.array_equal(values(FAST.max_reduce(a, 1)), array.max(1, keepdims=True))
    for special in (0, length // 2, length - 1):
        for highest in {0, 64 % length, length // 3, length - 1} - {special}:
            array = np.zeros((1, length))
            array[0, highest], array[0, special] = 5.0, np.nan
            found = FAST.max_reduce(tensor(array, backend=FAST), 1)
            assert found.item() == 5.0, (highest, special)
    ones = np.ones((1, length))
    assert FAST.all_reduce(tensor(ones, backend=FAST), 1).item() == 1.0
    ones[0, length // 2] = 0.0
    assert FAST.all_reduce(tensor(ones, backend=FAST), 1).item() == 0.0
    single = minitorch.from_numpy(np.full((1, length), 0.1, np.float32), FAST).sum(1)
    assert single.item() == pytest.approx(0.1 * length, rel=1e-6)


@task3_1
def test_map_writes_into_out_where_it_is_given() -> None:
    a = tensor([1.0, 2.0], backend=FAST)
    for layout in ("contiguous", "permuted", "sliced"):
        out = laid(np.zeros((3, 2)), layout, FAST)
        assert FAST.neg_map(a, out) is out
        assert values(out).tolist() == [[-1.0, -2.0]] * 3


@task3_1
@given(arrays())
@settings(max_examples=25)
def test_one_argument(array: Any) -> None:
    for name, on_number, on_tensor in ONE:
        out = on_tensor(laid(array, "permuted", FAST))
        expected = np.vectorize(on_number, otypes=[float])(array)
        np.testing.assert_allclose(values(out), expected, rtol=1e-12, atol=1e-12, err_msg=name)


@task3_1
@given(arrays((3, 2)), arrays((2,)))
@settings(max_examples=25)
def test_two_arguments(left: Any, right: Any) -> None:
    for name, on_number, on_tensor in TWO:
        out = on_tensor(laid(left, "permuted", FAST), laid(right, "contiguous", FAST))
        expected = np.vectorize(on_number, otypes=[float])(left, right)
        np.testing.assert_allclose(values(out), expected, rtol=1e-12, atol=1e-12, err_msg=name)


@task3_1
@given(arrays((3, 2)))
@settings(max_examples=25)
def test_gradients_of_one_argument_and_reductions(array: Any) -> None:
    array = np.where(abs(array + 5.5) < 1e-2, 0.5, array)
    array = np.where(abs(array + 0.7) < 0.2, 0.5, array)
    for _, _, fn in [*ONE, *RED]:
        grad_check(fn, laid(array, "permuted", FAST))


@task3_1
@pytest.mark.parametrize("shapes", [((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 3), (2, 3))])
def test_gradients_of_two_arguments_that_broadcast(shapes: Any) -> None:
    for _, _, fn in TWO:
        a, b = (laid(random_array(*s, seed=k), "contiguous", FAST) for k, s in enumerate(shapes))
        grad_check(fn, a, b)


@task3_1
@jit
@pytest.mark.usefixtures("in_parallel")
@pytest.mark.parametrize("layout", ["contiguous", "sliced"])
def test_all_threads_together_give_the_same(layout: str) -> None:
    """Enough rows that each thread gets some, in a lift that knows no serial form."""
    backend = TensorBackend(FastOps)
    a, b = laid(random_array(50, 7), layout, backend), laid(random_array(50, 7, seed=1), layout)
    assert np.array_equal(values(backend.add_zip(a, b)), values(a) + values(b))
    assert np.array_equal(values(backend.neg_map(a)), -values(a))
    for dim in (0, 1):
        np.testing.assert_allclose(
            values(backend.add_reduce(a, dim)), values(a).sum(dim, keepdims=True)
        )


@task3_1
@jit
def test_large_tensors_cross_into_the_parallel_kernels() -> None:
    array = random_array(kernels.PARALLEL_FROM // 100 + 1, 100)
    a = minitorch.from_numpy(array, FAST)
    assert np.array_equal(values(a + a), array + array)
    np.testing.assert_allclose(values(a.sum(0)), array.sum(0, keepdims=True), atol=1e-10)
    np.testing.assert_allclose(values(a.sum(1)), array.sum(1, keepdims=True), atol=1e-10)
    assert np.array_equal(values(a.permute(1, 0).contiguous()), array.T)


# Task 3.2: the matrix product.

SHAPES = [
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((33, 33), (33, 33)),
    ((45, 33), (33, 40)),
    ((2, 3, 4), (2, 4, 5)),
    ((3, 2, 4), (1, 4, 5)),
    ((1, 2, 4), (3, 4, 5)),
    ((2, 4), (3, 4, 5)),
    ((3, 2, 4), (4, 5)),
    ((2, 1, 3, 4), (1, 5, 4, 2)),
    ((2, 3, 2, 4), (4, 5)),  # many by one: a tall matrix
    ((2, 3, 0), (0, 5)),
    ((0, 3, 4), (4, 5)),
    ((3, 4), (4, 0)),
]


@task3_2
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.usefixtures("product_by")
def test_matrices_multiply(shapes: Any) -> None:
    left, right = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    out = tensor(left, backend=FAST) @ tensor(right, backend=FAST)
    assert out.backend is FAST
    np.testing.assert_allclose(values(out), left @ right, atol=1e-12)


@task3_2
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.usefixtures("product_by")
def test_matrices_multiply_on_every_layout(layout: str) -> None:
    a, b = laid(random_array(2, 3, 4), layout, FAST), laid(random_array(2, 4, 5), layout, FAST)
    np.testing.assert_allclose(values(a @ b), values(a) @ values(b), atol=1e-12)
    d = laid(random_array(4, 5), layout, FAST)
    np.testing.assert_allclose(values(a @ d), values(a) @ values(d), atol=1e-12)
    c = laid(random_array(3, 4), layout, FAST)
    gram = values(c) @ values(c).T
    np.testing.assert_allclose(values(c @ c.permute(1, 0)), gram, atol=1e-12)


@task3_2
@pytest.mark.usefixtures("product_by")
@pytest.mark.parametrize("shapes", [((2, 3), (3, 2)), ((3, 2, 4), (1, 4, 2)), ((2, 4), (3, 4, 1))])
def test_gradients_of_the_product(shapes: Any) -> None:
    a, b = (laid(random_array(*s, seed=k), "permuted", FAST) for k, s in enumerate(shapes))
    weights = minitorch.from_numpy(random_array(*(values(a) @ values(b)).shape, seed=9), FAST)
    grad_check(lambda x, y: (x @ y) * weights, a, b)
    for x in (a, b):
        x.zero_grad_()
    ((a @ b) * weights).sum().backward()
    w, x, y = values(weights), values(a), values(b)
    left, right = w @ np.swapaxes(y, -1, -2), np.swapaxes(x, -1, -2) @ w
    for leaf, expected in ((a, left), (b, right)):
        while expected.ndim > leaf.dims:
            expected = expected.sum(0)
        for k in range(leaf.dims):
            if leaf.shape[k] == 1:
                expected = expected.sum(k, keepdims=True)
        np.testing.assert_allclose(values(leaf.grad), expected, atol=1e-12)


@task3_2
@jit
def test_the_product_called_directly(capsys: pytest.CaptureFixture[str]) -> None:
    loop = fast_ops.tensor_matrix_multiply
    for batches in ((2, 1), (1, 2), (2, 2)):  # a batch of one is used for all
        a, b = random_array(batches[0], 5, 3), random_array(batches[1], 3, 4)
        out = minitorch.zeros((2, 5, 4))
        loop(*out.tuple(), *tensor(a).tuple(), *tensor(b).tuple())
        np.testing.assert_allclose(values(out), a @ b, atol=1e-12)
    loop.parallel_diagnostics(level=3)
    assert "prange" in capsys.readouterr().out
    assert [row.source for row in parallel_report(loop) if row.parallel] == [
        "for r in prange(out_shape[0] * rows):"
    ]


@task3_2
@pytest.mark.parametrize("dtype", ["int64", "float32", "bool"])
@pytest.mark.usefixtures("product_by")
def test_products_of_other_dtypes(dtype: str) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 3, size).astype(dtype) for size in ((3, 4), (4, 2)))
    out = minitorch.from_numpy(a, FAST) @ minitorch.from_numpy(b, FAST)
    assert out.dtype == dtype
    assert np.array_equal(values(out), a @ b)


@task3_2
@pytest.mark.usefixtures("product_by")
def test_products_over_nothing_are_zero() -> None:
    out = minitorch.zeros((2, 0), backend=FAST) @ minitorch.zeros((0, 3), backend=FAST)
    assert values(out).tolist() == [[0.0] * 3] * 2
    assert (minitorch.zeros((0, 2), FAST) @ minitorch.zeros((2, 3), FAST)).shape == (0, 3)


@task3_2
@jit
@pytest.mark.usefixtures("in_parallel")
def test_the_product_on_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_ops, "config", dataclasses.replace(fast_ops.config, shortcuts=False))
    a, b = random_array(3, 17, 9), random_array(3, 9, 11)
    out = tensor(a, backend=FAST) @ tensor(b, backend=FAST)
    np.testing.assert_allclose(values(out), a @ b, atol=1e-12)


@pytest.mark.parametrize("shapes", SHAPES[:2] + SHAPES[4:], ids=str)
def test_the_plain_product(shapes: Any) -> None:
    left, right = (random_array(*shape, seed=k) for k, shape in enumerate(shapes))
    out = tensor(left) @ tensor(right)
    np.testing.assert_allclose(values(out), left @ right, atol=1e-12)
    a = laid(left, "permuted", requires_grad=True)
    grad_check(lambda x: (x @ tensor(right)).sigmoid(), a)
