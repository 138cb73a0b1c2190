"""Kernels within one process: what is compiled, when, and in which dtype.

Idea: Numba announces each compilation; a test listens, and counts.
Not here: what is kept on disk (test_cache.py).
Read next: test_cache.py
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba.core.event as events
import numpy as np
import pytest

import minitorch
from minitorch import Adam, FastOps, Parameter, TensorBackend, kernels, operators, tensor
from minitorch.fast_ops import tensor_lift
from minitorch.kernels import Kernel, number_function
from tests.course.tensors import laid, random_array, values

pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("compiled_at_once")]
FAST = minitorch.BACKENDS["fast"]


@pytest.fixture
def compilations() -> Iterator[list[Any]]:
    """What Numba compiles during the test."""
    listener = events.RecordingListener()
    events.register("numba:compile", listener)
    yield listener.buffer
    events.unregister("numba:compile", listener)


def test_steps_of_an_optimiser_compile_nothing_after_the_first_two(
    compilations: list[Any],
) -> None:
    """Learning rates and corrections are arguments of a kernel, not literals in it."""
    p = Parameter(tensor([1.0, -2.0], backend=FAST))
    optimiser = Adam([p], lr=0.1)
    for step in range(50):
        if step == 2:
            compilations.clear()
        optimiser.zero_grad()
        (p.value * p.value).sum().backward()
        optimiser.lr *= 0.9
        optimiser.step()
    assert compilations == []


def test_ranks_sizes_and_layouts_share_a_kernel(compilations: list[Any]) -> None:
    kernel = FastOps.zip(operators.mul)
    kernel(tensor([1.0]), tensor([2.0]))
    compilations.clear()
    for shape in ((), (3,), (2, 3), (2, 1, 3, 2), (0, 2), (1, 1, 1, 1, 1)):
        for layout in ("contiguous", "permuted", "sliced", "expanded"):
            a = laid(random_array(*shape), layout)
            assert np.array_equal(values(kernel(a, a)), values(a) ** 2)
    assert compilations == []


def test_a_dtype_compiles_once(compilations: list[Any]) -> None:
    backend = TensorBackend(FastOps)
    for dtype in ("float32", "int64", "float64"):
        a = minitorch.from_numpy(np.array([1, 2], dtype), backend)
        assert values(backend.add_zip(a, a)).tolist() == [2, 4]
    compilations.clear()
    for dtype in ("float32", "int64", "float64"):
        a = minitorch.from_numpy(np.array([[1, 2]], dtype), backend)
        assert values(backend.add_zip(a, a)).tolist() == [[2, 4]]
    assert compilations == []


def test_nothing_is_compiled_before_it_is_needed(compilations: list[Any]) -> None:
    TensorBackend(FastOps)
    FastOps.map(operators.tanh)
    assert compilations == []


def third(x: float) -> float:
    return x * 0.3333333333333333 + 0.1


def test_literals_have_the_dtype_of_the_kernel() -> None:
    """Else a float32 kernel computes in float64, and rounds once at the end."""
    array = random_array(1000, dtype="float32")
    out = FastOps.map(third)(minitorch.from_numpy(array))
    assert out.dtype == np.float32
    single = array * np.float32(0.3333333333333333) + np.float32(0.1)
    fused = (array.astype(np.float64) * np.float32(1 / 3) + np.float32(0.1)).astype(np.float32)
    double = (array.astype(np.float64) * 0.3333333333333333 + 0.1).astype(np.float32)
    assert not np.array_equal(single, double)
    assert np.array_equal(values(out), single) or np.array_equal(values(out), fused)
    assert type(number_function(third, "float32")(np.float32(1.0))) is float  # of C's kind
    assert number_function(third, "float32").nopython_signatures[0].return_type.bitwidth == 32


def test_kernels_give_what_ieee_says() -> None:
    backend = TensorBackend(FastOps)
    a = minitorch.from_numpy(np.array([0.0, -0.0, np.inf, np.nan, 1e-320]), backend)
    inverse = values(backend.inv_map(a))
    assert inverse[0] == np.inf
    assert inverse[1] == -np.inf
    assert inverse[2] == 0.0
    assert np.isnan(inverse[3])
    assert inverse[4] == np.inf
    direct = FastOps.zip(divide)(a, backend.mul_zip(a, minitorch.zeros((5,), backend)))
    assert np.isnan(values(direct)[[0, 2, 3]]).all()


def divide(x: float, y: float) -> float:
    return x / y


def test_a_kernel_says_what_it_is() -> None:
    from minitorch import fast_ops

    assert repr(Kernel(fast_ops.tensor_map, operators.neg)) == "Kernel(tensor_map, neg)"


def test_an_operator_replaced_before_a_backend_is_made_is_the_one_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def twice(x: float) -> float:
        return 2.0 * x

    monkeypatch.setattr(operators, "neg", twice)
    backend = TensorBackend(FastOps)
    assert values(backend.neg_map(tensor([3.0]))).tolist() == [6.0]


def test_small_work_is_serial_and_large_work_parallel() -> None:
    backend = TensorBackend(FastOps)
    if not kernels.has_parallel_layer():
        pytest.skip("one thread, or no tbb")
    kernel = Kernel(minitorch.fast_ops.tensor_map, operators.neg)
    small = kernel(np.dtype("float64"), kernels.PARALLEL_FROM - 1)
    large = kernel(np.dtype("float64"), kernels.PARALLEL_FROM)
    assert small is not large
    assert kernel(np.dtype("float64"), 5) is small
    a = tensor([1.0, 2.0], backend=backend)
    for loop, parallel in ((small, False), (large, True)):
        out = minitorch.zeros((2,))
        loop(*out.tuple(), *a.tuple())
        assert values(out).tolist() == [-1.0, -2.0]
        assert loop.targetoptions["parallel"] is parallel


@pytest.mark.jit
def test_the_general_lift_is_kept_on_disk_too() -> None:
    """Its text is made up, not read from a file, and must compare equal to what it compiled to."""
    loop = Kernel(tensor_lift(3, 4), operators.adam_step)(np.dtype("float32"), 1)
    assert loop.py_func.__module__.startswith("minitorch_kernels.")
