"""Threads: one at a time realises, and a kernel shared out to threads gives what a serial one does.

Idea: two threads may want one tensor at once; it is computed once, and both see it whole.
Not here: what a parallel kernel's text looks like (tests/golden).
Read next: test_golden.py
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from minitorch import Tensor, nn, rules
from minitorch.fuse import build
from minitorch.kernels import has_parallel_layer
from minitorch.tensor_functions import row_function

from .running import Record, leaf, numbers, recorded

Tanh = row_function(rules.tanh)

SHAPES: dict[str, Callable[[Tensor], Tensor]] = {
    "elementwise": lambda x: Tanh.apply(x) * x + 1.0,
    "elementwise, other order": lambda x: Tanh.apply(x.permute(1, 0)) + 1.0,
    "elementwise, broadcast": lambda x: x + x.view(1, *x.shape),
    "rows": lambda x: nn.softmax(x, 1),
    "columns": lambda x: nn.softmax(x, 0),
    "sum of columns": lambda x: (x * x).sum(0),
    "sum": lambda x: (x * x).sum(),
    "fold of rows": lambda x: -nn.logsoftmax(x, 1).mean(),
}


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Threads take turns a thousand times as often as they are used to."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def together(count: int, work: Callable[[int], object]) -> None:
    """Run work(0), work(1), .. in threads that begin at the same moment."""
    barrier = threading.Barrier(count)
    problems: list[BaseException] = []

    def run(k: int) -> None:
        try:
            barrier.wait()
            work(k)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems


def test_threads_that_read_one_tensor_compute_it_once(uncompiled: Record) -> None:
    for turn in range(20):
        x = leaf(50, seed=turn, grad=False)
        y = Tanh.apply(x) * 2.0
        uncompiled.clear()
        together(4, lambda k, y=y: numbers(y))
        assert len(uncompiled.launched) == 1
        np.testing.assert_allclose(numbers(y), np.tanh(numbers(x)) * 2.0, rtol=1e-15)


def test_threads_that_share_what_is_pending(uncompiled: Record) -> None:
    for turn in range(20):
        x = leaf(50, seed=turn, grad=False)
        shared = Tanh.apply(x)
        results: dict[int, np.ndarray] = {}

        def work(k: int, shared: Tensor = shared, results: dict = results) -> None:  # type: ignore[type-arg]
            results[k] = numbers(nn.softmax(shared * float(k), 0))

        together(4, work)
        for k, found in results.items():
            e = np.exp(np.tanh(numbers(x)) * k)
            np.testing.assert_allclose(found, e / e.sum(), rtol=1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_the_parallel_form_equals_the_serial_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As text: more numbers than blocks, and fewer."""
    for shape in ((3, 5), (70, 3), (3, 70)):
        expected = numbers(SHAPES[name](leaf(*shape, grad=False)))
        with monkeypatch.context() as patch, recorded(patch):
            patch.setattr(build, "PARALLEL_FROM", 1)
            patch.setattr(build, "has_parallel_layer", lambda: True)
            found = numbers(SHAPES[name](leaf(*shape, grad=False)))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.jit
@pytest.mark.skipif(not has_parallel_layer(), reason="there is no tbb, or one core")
@pytest.mark.parametrize("name", ["elementwise", "elementwise, other order", "rows", "columns"])
def test_the_compiled_parallel_form_equals_numpy(name: str, compiled: Record) -> None:
    x = leaf(400, 300, grad=False)
    a = numbers(x)
    e = np.exp(a)
    expected = {
        "elementwise": np.tanh(a) * a + 1.0,
        "elementwise, other order": np.tanh(a.T) + 1.0,
        "rows": e / e.sum(1, keepdims=True),
        "columns": e / e.sum(0, keepdims=True),
    }[name]
    np.testing.assert_allclose(numbers(SHAPES[name](x)), expected, rtol=1e-12)
    if name != "columns":  # no loop is left around lone columns
        assert compiled.parallel == [True]
