"""Random programs of tensor ops: both backends and PyTorch agree on values and gradients.

Idea: each line applies an op to results of earlier lines, so that layouts, broadcasts and shared
    results meet in ways that no one wrote down; hypothesis shortens a program that fails.
Not here: the ops one by one (test_elementwise.py, test_other_ops.py).
Read next: tests/engine/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from minitorch import BACKENDS, Tensor, tensor
from tests.course.tensors import random_array, values


def _inner(a: Any) -> Any:
    """1, 2, ..., the columns of a, as an index of PyTorch's."""
    return a.new_zeros(a.shape[1]).long() + a.new_ones(a.shape[1]).cumsum(0).long()


# Ours, theirs: functions of matrices to matrices; those of two get shapes that broadcast.
ONE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sigmoid": (lambda a: a.sigmoid(), lambda a: a.sigmoid()),
    "relu": (lambda a: a.relu(), lambda a: a.relu()),
    "exp": (lambda a: a.sigmoid().exp(), lambda a: a.sigmoid().exp()),
    "log": (lambda a: (a * a).log(), lambda a: (a * a + 1e-6).log()),
    "inverse": (lambda a: 1.0 / (a * a + 1.0), lambda a: 1.0 / (a * a + 1.0)),
    "negative": (lambda a: 1.0 - a, lambda a: 1.0 - a),
    "turned": (lambda a: a.permute(1, 0), lambda a: a.permute(1, 0)),
    "flat": (lambda a: a.contiguous().view(1, a.size), lambda a: a.reshape(1, -1)),
    "sums": (lambda a: a.sum(0), lambda a: a.sum(0, keepdim=True)),
    "means": (lambda a: a.mean(1), lambda a: a.mean(1, keepdim=True)),
    "softmax": (lambda a: minitorch.softmax(a, 1), lambda a: a.softmax(1)),
    "maxima": (lambda a: minitorch.max(a, 0), lambda a: a.amax(0, keepdim=True)),
    "every other row": (lambda a: minitorch.Slice.apply(a, 0, 0, a.shape[0], 2), lambda a: a[::2]),
    "padded": (
        lambda a: minitorch.Pad.apply(a, 1, 1, a.shape[1] + 2),
        lambda a: a.new_zeros(a.shape[0], a.shape[1] + 2).index_add(1, _inner(a), a),
    ),
}
TWO: dict[str, Callable[..., Any]] = {
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "product": lambda a, b: a * b,
    "quotient": lambda a, b: a / (b * b + 1.0),
    "matmul": lambda a, b: a.permute(1, 0) @ b if a.shape[0] == b.shape[0] else a * b,
}

Line = tuple[str, int, int]
lines = st.lists(
    st.tuples(st.sampled_from([*ONE, *TWO]), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=9,
)


def execute(program: list[Line], inputs: list[Any], kind: int) -> Any:
    """The result of the last line; 0 for ours, 1 for theirs."""
    results = list(inputs)
    for name, left, right in program:
        a, b = results[left % len(results)], results[right % len(results)]
        if name in ONE:
            results.append(ONE[name][kind](a))
            continue
        fits = all(n == m or 1 in (n, m) for n, m in zip(a.shape, b.shape, strict=True))
        if not fits and not (name == "matmul" and a.shape[0] == b.shape[0]):
            b = ONE["sums"][kind](ONE["means"][kind](b))  # (1, 1) goes with all
        if max(a.shape) * max(b.shape) > 400:
            continue
        results.append(TWO[name](a, b))
    return results[-1]


def ours(program: list[Line], backend: Any) -> tuple[Any, list[Any]]:
    """The result, and the gradients of its sum in both inputs."""
    inputs: list[Tensor] = [
        tensor(random_array(*shape, seed=k), backend, requires_grad=True)
        for k, shape in enumerate([(2, 3), (1, 3)])
    ]
    out = execute(program, inputs, 0)
    out.sum().backward()
    return values(out), [np.zeros(x.shape) if x.grad is None else values(x.grad) for x in inputs]


def close(found: Any, expected: Any) -> None:
    scale = max(1.0, float(abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10 * scale)


@given(lines)
@settings(max_examples=60)
def test_backends_agree(program: list[Line]) -> None:
    expected, slopes = ours(program, BACKENDS["simple"])
    for name in BACKENDS.keys() - {"simple"}:
        found, gradients = ours(program, BACKENDS[name])
        close(found, expected)
        for gradient, slope in zip(gradients, slopes, strict=True):
            close(gradient, slope)


@given(lines)
@settings(max_examples=150)
def test_programs_agree_with_pytorch(program: list[Line]) -> None:
    torch = pytest.importorskip("torch", reason="compares with PyTorch: make peers")
    inputs = [
        torch.tensor(random_array(*shape, seed=k), requires_grad=True)
        for k, shape in enumerate([(2, 3), (1, 3)])
    ]
    expected = execute(program, inputs, 1)
    expected.sum().backward()
    found, gradients = ours(program, BACKENDS["fast"])
    close(found, expected.detach().numpy())
    for gradient, x in zip(gradients, inputs, strict=True):
        close(gradient, np.zeros(gradient.shape) if x.grad is None else x.grad.numpy())
