"""When kernels are compiled: tiny ones never, hot ones once, large ones at once.

Idea: Numba announces each compilation; a test counts them, with kernels that no disk knows.
Not here: what compiled kernels compute (test_kernels.py), what is kept (test_cache.py).
Read next: ../../minitorch/tiers.py
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numba.core.event as events
import numpy as np
import pytest

import minitorch
from minitorch import FastOps, Tensor, capture, kernel_store, nn, operators, rules, tensor, tiers
from minitorch.fast_ops import tensor_map
from minitorch.fuse import build, recipes
from minitorch.kernels import Kernel, number_function
from minitorch.tensor_functions import row_function
from minitorch.tiers import Tier, at_once, number_in_python
from tests.course.tensors import random_array, values
from tests.engine.process import kernel_files, run

pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("hot")]
FUSED = minitorch.BACKENDS["fused"]
F64 = np.dtype("float64")


@pytest.fixture
def hot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled or planned yet, and what another process left is not looked for."""
    monkeypatch.setattr(tiers, "_always", False)
    monkeypatch.setattr(kernel_store, "is_kept", lambda *_: False)
    for home, name in ((build, "_plans"), (build, "_kernels"), (recipes, "_recipes")):
        monkeypatch.setattr(home, name, dict[Any, Any]())
    monkeypatch.setattr(kernel_store, "_functions", dict[str, Any]())


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What Numba compiles during the test; no disk knows it."""
    monkeypatch.setattr(kernel_store, "cache_folder", lambda: None)
    listener = events.RecordingListener()
    events.register("numba:compile", listener)
    yield listener.buffer
    events.unregister("numba:compile", listener)


def kernels_of(buffer: list[Any]) -> list[str]:
    """The names of the kernels among what was compiled; what they call is compiled along."""
    started = [event for _, event in buffer if event.is_start]
    names = [event.data["dispatcher"].__name__ for event in started]
    return [name for name in names if name in ("kernel", "_map", "_zip", "_reduce", "_convolve")]


def test_tiny_launches_compile_nothing(compilations: list[Any]) -> None:
    for _ in range(3):
        x = tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 5.0]], backend=FUSED, requires_grad=True)
        nn.softmax(x * x, 1).sum().backward()
        y = tensor([[1.0, 2.0]], backend=minitorch.BACKENDS["fast"], requires_grad=True)
        (y.sigmoid() * y).sum().backward()
        assert values(FastOps.map(operators.neg)(y)).tolist() == [[-1.0, -2.0]]
    assert compilations == []


def test_a_kernel_that_is_hot_is_compiled_once(
    compilations: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "PRICE", 0.0005)
    kernel, a = Kernel(tensor_map, operators.neg), tensor([1.0, 2.0])
    seen: list[bool] = []
    for _ in range(400):
        out = minitorch.zeros((2,))
        loop = kernel(F64, 2)
        loop(*out._tensor.tuple(), *a._tensor.tuple())
        assert values(out).tolist() == [-1.0, -2.0]
        seen.append(hasattr(loop, "py_func"))
    assert not seen[0]
    assert seen[-1], "what is launched is the compiled function itself"
    assert seen == sorted(seen)
    assert kernels_of(compilations) == ["_map"]


def test_a_fused_kernel_that_is_hot_is_launched_directly(
    compilations: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "PRICE", 0.0005)
    x = minitorch.from_numpy(np.ones(5, np.float32), FUSED)
    for _ in range(400):
        assert values(x * x + x).tolist() == [2.0] * 5
    (plan,) = build._plans.values()  # pyright: ignore[reportPrivateUsage]
    assert isinstance(plan, build.Plan)
    assert plan.kernel.run is plan.kernel.loop
    assert kernels_of(compilations) == ["kernel"]


@pytest.mark.parametrize("backend", ["fast", "fused"])
def test_large_work_is_compiled_at_once(compilations: list[Any], backend: str) -> None:
    ones = np.ones((1000, 1000), np.float32)
    x = minitorch.from_numpy(ones, minitorch.BACKENDS[backend])
    (x * x)._tensor.array()
    assert len(kernels_of(compilations)) == 1


def test_a_fold_counts_what_it_reads(compilations: list[Any]) -> None:
    """And neither the few cells of its result, nor those of what was expanded."""
    x = tensor([[1.0]]).expand_to((1000, 1000))
    assert values(FastOps.reduce(operators.add)(x, 1)).tolist() == [[1000.0]] * 1000
    assert kernels_of(compilations) == ["_reduce"]


def test_threads_compile_once(compilations: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "PRICE", 0.001)
    double = FastOps.map(operators.inv)
    wrong: list[Any] = []

    def work() -> None:
        for k in range(1, 300):
            found = values(double(tensor([float(k), 2.0]))).tolist()
            if found != [1.0 / k, 0.5]:
                wrong.append((k, found))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert kernels_of(compilations) == ["_map"]


def test_what_is_recorded_is_compiled() -> None:
    w = minitorch.Parameter(tensor([1.0, 2.0], backend=FUSED))

    def step(x: Tensor) -> Tensor:
        loss = (w.value * x).sum()
        loss.backward()
        return loss

    step(tensor([1.0, 0.0], backend=FUSED))
    compiled = capture.compile(step)
    for _ in range(8):
        w.value.zero_grad_()
        compiled(tensor([1.0, 0.0], backend=FUSED))
    programs = [it for several in compiled._programs.values() for it in several]
    assert programs
    assert not any(
        isinstance(getattr(call.fn, "__self__", None), Tier) for call in programs[0].calls
    )


def test_a_block_in_which_all_is_compiled(compilations: list[Any]) -> None:
    a = tensor([1.0])
    negate = FastOps.map(operators.neg)
    negate(a)
    assert compilations == []
    with at_once():
        negate(a)
    assert kernels_of(compilations) == ["_map"]


# On disk.

PROGRAM = """
import minitorch
x = minitorch.tensor([1.0, 2.0], minitorch.FusedBackend)
print((x * x + x).to_numpy().tolist(), compiled())
"""


def test_tiny_programs_leave_no_kernel(cache_dir: Any) -> None:
    assert run(PROGRAM, MINITORCH_COMPILE="hot") == "[2.0, 6.0] 0"
    assert [name for name in kernel_files(cache_dir) if not name.endswith(".json")] == []


def test_what_is_on_disk_is_used_at_once(cache_dir: Any) -> None:
    result, _, count = run(PROGRAM, MINITORCH_COMPILE="always").rpartition(" ")
    assert result == "[2.0, 6.0]"
    assert int(count) > 0
    asked = PROGRAM + "from minitorch.fuse import build\n"
    asked += "print([plan.kernel.run is plan.kernel.loop for plan in build._plans.values()])\n"
    assert run(asked, MINITORCH_COMPILE="hot").split("\n") == ["[2.0, 6.0] 0", "[True]"]


# Numbers.

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5, 1e30, -1e30, 1e-40, 710.0, -746.0, 3.7]


def same(ours: Any, theirs: Any, dtype: str) -> None:
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, 2e-6 if dtype == "float32" else 1e-12, 1e-44)
    zeros = (theirs == 0) & (ours == 0)
    assert np.array_equal(np.signbit(ours[zeros]), np.signbit(theirs[zeros]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["exp", "ln", "tanh", "inv", "sigmoid", "mul", "max", "inv_back"])
def test_numbers_are_those_of_the_compiled_kernel(name: str, dtype: str) -> None:
    """And NumPy warns of nothing."""
    rule = rules.TABLE[name]
    lift = FastOps.lift(rule.fn, rule.operands)
    grid = np.array(SPECIAL, dtype)
    arrays = np.meshgrid(*[grid] * rule.operands) if rule.operands > 1 else [grid]
    tensors = [minitorch.from_numpy(np.ascontiguousarray(a)) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = values(lift(*tensors)).copy()
        with at_once():
            theirs = values(FastOps.lift(rule.fn, rule.operands)(*tensors))
    same(ours, theirs, dtype)


def _power(x: Any, y: Any) -> Any:
    return x**y


def _quotient(x: Any) -> Any:
    return 1.0 / (x - x) + (0.0 if x > 0 else 1.0) / 0.0


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64"])
def test_whole_numbers_wrap(dtype: str) -> None:
    large = minitorch.from_numpy(np.array([2**62, -(2**63), 5, 100, 200]).astype(dtype))
    for fn in (operators.mul, operators.add):
        ours = values(FastOps.zip(fn)(large, large)).copy()
        with at_once():
            assert np.array_equal(ours, values(FastOps.zip(fn)(large, large)))


def test_places_in_arrays_do_not_wrap() -> None:
    a = minitorch.from_numpy(np.arange(600).astype(np.int8).reshape(2, 300))
    index = minitorch.from_numpy(np.array([[299, 5], [0, 150]]))
    expected = np.take_along_axis(values(a), values(index), 1)
    assert np.array_equal(values(FastOps.gather(a, 1, index)), expected)


def test_where_python_raises_the_compiler_is_asked() -> None:
    x = minitorch.from_numpy(np.array([1.0, -1.0, np.nan]))
    ours = values(FastOps.map(_quotient)(x)).copy()
    with at_once():
        theirs = values(FastOps.map(_quotient)(x))
    np.testing.assert_array_equal(ours, theirs)


def test_a_function_of_float32_rounds_and_keeps_whole_numbers() -> None:
    third: Callable[..., Any] = number_in_python(lambda x: x / 3, "float32")
    assert type(third(np.float32(1.0))) is np.float32
    assert type(third(1.0)) is np.float32
    place: Callable[..., Any] = number_in_python(lambda x, y: x + y, "float32")
    assert type(place(1, 2)) is int
    assert number_function(operators.max, "int64") is not None


def test_parallel_texts_and_columns_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PARALLEL_FROM", 2)
    monkeypatch.setattr(build, "has_parallel_layer", lambda: True)
    tanh = row_function(rules.tanh)
    x = random_array(7, 9, dtype="float32")

    def all_of() -> list[Any]:
        t = minitorch.from_numpy(x, FUSED)
        return [
            values(it).copy()
            for it in (tanh.apply(t) * t, nn.softmax(t, 1), t.sum(0), nn.softmax(t, 0))
        ]

    ours = all_of()
    build._plans.clear()  # pyright: ignore[reportPrivateUsage]
    build._kernels.clear()  # pyright: ignore[reportPrivateUsage]
    with at_once():
        theirs = all_of()
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, two, 2e-6)


def test_a_small_convolution_is_not_compiled(compilations: list[Any]) -> None:
    x = minitorch.from_numpy(random_array(1, 1, 5, 5), requires_grad=True)
    w = minitorch.from_numpy(random_array(2, 1, 3, 3, seed=1), requires_grad=True)
    began = time.perf_counter()
    out = minitorch.fast_conv.conv2d(x, w)
    out.sum().backward()
    took = time.perf_counter() - began
    found = [values(out).copy(), values(x.grad).copy(), values(w.grad).copy()]
    assert kernels_of(compilations) == [], took
    with at_once():
        y = minitorch.from_numpy(values(x).copy(), requires_grad=True)
        v = minitorch.from_numpy(values(w).copy(), requires_grad=True)
        out = minitorch.fast_conv.conv2d(y, v)
        out.sum().backward()
    for one, two in zip(found, [out, y.grad, v.grad], strict=True):
        np.testing.assert_allclose(one, values(two), 1e-9)
