"""Threads and forked processes may use the kernels, parallel ones too, at any time.

Idea: each program runs in a process of its own, since what is tested may take it down.
Not here: several processes on one cache (test_cache.py).
Read next: test_random.py
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.engine.process import run

pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("compiled_at_once")]

LARGE = """
import os, threading
import numpy as np
import minitorch
from minitorch import kernels

array = np.arange(kernels.PARALLEL_FROM, dtype="float64")
x = minitorch.from_numpy(array, minitorch.FastBackend)

def right():
    return np.array_equal((x + x).to_numpy(), array + array)

def all_right(count, check):
    results = []
    threads = [threading.Thread(target=lambda: results.append(check())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results == [True] * count
"""


def test_a_fork_after_parallel_work_can_work_in_parallel() -> None:
    program = """
    assert right()
    child = os.fork()
    if not child:
        os._exit(0 if right() else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), right())
    """
    assert run(LARGE + dedent(program)) == "0 True"


def test_a_fork_while_another_thread_compiles_can_compile() -> None:
    program = """
    import signal, time
    from minitorch import kernel_store

    def compile(name):
        lines = ["from numba import njit", "@njit", f"def {name}(x):"]
        lines += [f"    x = sorted([x, {k}.0 + x])[0]" for k in range(3)]
        text = "\\n".join([*lines, "    return x"])
        return kernel_store.load(text, name, "x", namespace={})(1.0)

    started = threading.Event()
    kernel_store.on_compile.append(lambda *_: started.set())
    other = threading.Thread(target=compile, args=("slow",))
    other.start()
    started.wait()
    child = os.fork()
    if not child:
        signal.alarm(60)
        os._exit(0 if compile("other") == 1.0 else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    other.join()
    """
    assert run(LARGE + dedent(program)) == "0"


def test_workers_forked_after_parallel_work_can_all_work() -> None:
    """As the workers of a loader do, beside their parent; one is killed in the midst of it."""
    program = """
    import multiprocessing, signal

    def work(results):
        results.put(all(right() for _ in range(10)))

    assert right()
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    workers = [fork.Process(target=work, args=(results,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    print(all(right() for _ in range(10)), [results.get(timeout=60) for _ in workers])
    for worker in workers:
        worker.join()
    child = os.fork()
    while not child:
        right()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(right(), [worker.exitcode for worker in workers])
    """
    expected = "True [True, True, True, True]\nTrue [0, 0, 0, 0]"
    assert run(LARGE + dedent(program)) == expected


def test_threads_use_parallel_kernels_at_once() -> None:
    program = """
    assert right()
    print(all_right(4, lambda: all(right() for _ in range(20))), right())
    """
    assert run(LARGE + dedent(program)) == "True True"


def test_threads_may_meet_at_a_kernel_that_is_not_yet_compiled() -> None:
    program = """
    a = minitorch.tensor([1.0, 2.0], minitorch.FastBackend)
    together = threading.Barrier(4)

    def first():
        good = True
        for f, expected in (
            (lambda: a * a, [1.0, 4.0]), (lambda: a + a, [2.0, 4.0]), (lambda: -a, [-1.0, -2.0]),
            (lambda: a.relu(), [1.0, 2.0]), (lambda: a.sum(), [3.0]), (lambda: 1 / a, [1.0, 0.5]),
        ):
            together.wait()
            good = good and f().to_numpy().tolist() == expected
        return good

    print(all_right(4, first))
    """
    assert run(LARGE + dedent(program)) == "True"


def test_threads_differentiate_each_its_own_graph() -> None:
    program = """
    weight = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], minitorch.FastBackend)

    def train():
        for k in range(1, 30):
            y = minitorch.tensor([[float(k), 1.0]], minitorch.FastBackend, requires_grad=True)
            (y @ weight).sigmoid().log().sum().backward()
            z = y.to_numpy() @ weight.to_numpy()
            s = 1 / (1 + np.exp(-z))
            expected = (s * (1 - s) / (s + 1e-6)) @ weight.to_numpy().T
            if not np.allclose(y.grad.to_numpy(), expected):
                return False
        return True

    print(all_right(4, train))
    """
    assert run(LARGE + dedent(program)) == "True"


def test_without_grad_holds_in_one_thread_only() -> None:
    program = """
    x = minitorch.tensor([1.0], requires_grad=True)
    with minitorch.no_grad():
        inside = (x * 2.0).is_constant()
        print(inside, all_right(2, lambda: not (x * 2.0).is_constant()))
    """
    assert run(LARGE + dedent(program)) == "True True"


def test_the_environment_chooses_backend_and_shortcuts() -> None:
    program = """
    import minitorch
    from minitorch import fast_ops

    def refused(*_):
        raise NotImplementedError
    fast_ops._multiply = refused
    x = minitorch.tensor([[1.0]])
    try:
        print(x.backend, (x @ x).item())
    except NotImplementedError:
        print(x.backend, "by the course's kernel")
    """
    assert run(program, MINITORCH_BACKEND="fast") == "TensorBackend(FastOps) 1.0"
    out = run(program, MINITORCH_BACKEND="fast", MINITORCH_SHORTCUTS="0")
    assert out == "TensorBackend(FastOps) by the course's kernel"
