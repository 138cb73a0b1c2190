"""The ops of the cases in NumPy, for those that a user of NumPy would write.

Idea: plain expressions on arrays; gradients by hand.
Not here: the same in minitorch (with_minitorch.py).
Read next: worker.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.bench.draws import Array

__all__ = ["TITLE"]

Call = Callable[[], Any]

TITLE = f"NumPy {np.__version__}"


def add(a: Array, b: Array) -> Call:
    return lambda: a + b


def mul(a: Array, b: Array) -> Call:
    return lambda: a * b


def exp(a: Array) -> Call:
    return lambda: np.exp(a)


def sigmoid(a: Array) -> Call:
    return lambda: 1.0 / (1.0 + np.exp(-a))


def relu(a: Array) -> Call:
    return lambda: np.maximum(a, 0.0)


def gelu(x: Array, w: Array, b: Array, form: str) -> Call:
    def call() -> Array:
        y = x * w + b
        if form == "tanh":
            return y * 0.5 * (np.tanh((y + y * y * y * 0.044715) * 0.7978845608028654) + 1.0)
        return y * 0.5 * (erf(y * 0.7071067811865476) + 1.0)

    return call


def erf(y: Array) -> Array:
    """NumPy has none: erf to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    a = np.abs(y)
    t = 1.0 / (1.0 + 0.3275911 * a)
    tail = 1.061405429 * t - 1.453152027
    for factor in (1.421413741, -0.284496736, 0.254829592):
        tail = tail * t + factor
    return np.copysign(1.0 - tail * t * np.exp(-a * a), y)


def total(a: Array) -> Call:
    return lambda: a.sum()


def total_over(a: Array, dim: int) -> Call:
    return lambda: a.sum(dim, keepdims=True)


def transposed_copy(a: Array) -> Call:
    return lambda: np.ascontiguousarray(a.T)


def softmax(a: Array) -> Call:
    def call() -> Array:
        powers = np.exp(a - a.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    return call


def logsoftmax(a: Array) -> Call:
    return lambda: log_probabilities(a)


def layernorm(x: Array, w: Array, b: Array) -> Call:
    def call() -> Array:
        centred = x - x.mean(1, keepdims=True)
        variance = (centred * centred).mean(1, keepdims=True)
        return centred / np.sqrt(variance + 1e-5) * w + b

    return call


def log_probabilities(a: Array) -> Array:
    """log of softmax along the rows."""
    shifted = a - a.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def matmul(a: Array, b: Array) -> Call:
    return lambda: a @ b


def embedding(weight: Array, ids: Array, gradient: Array) -> Call:
    def call() -> Any:
        grad = np.zeros_like(weight)
        np.add.at(grad, ids, gradient)
        return weight[ids], grad

    return call


def adam(start: Array, gradient: Array, fused: bool) -> Call:
    x, g = start.copy(), gradient
    mean, square, count = np.zeros_like(x), np.zeros_like(x), 0

    def call() -> Array:
        nonlocal x, mean, square, count
        count += 1
        mean = 0.9 * mean + 0.1 * g
        square = 0.999 * square + 0.001 * g * g
        corrected = np.sqrt(square / (1.0 - 0.999**count)) + 1e-8
        x = x - 0.001 / (1.0 - 0.9**count) * mean / corrected
        return x

    return call


def mlp(x: Array, targets: Array, *values: Array, optimiser: str) -> Call:
    assert optimiser == "sgd"
    w1, b1, w2, b2 = (value.copy() for value in values)
    rows = np.arange(len(x))

    def call() -> Any:
        nonlocal w1, b1, w2, b2
        hidden = np.maximum(x @ w1 + b1, 0.0)
        logs = log_probabilities(hidden @ w2 + b2)
        loss = -logs[rows, targets].mean()
        d_out = np.exp(logs)
        d_out[rows, targets] -= 1.0
        d_out /= np.float32(len(x))
        d_hidden = d_out @ w2.T * (hidden > 0.0)
        w2, b2 = w2 - 0.01 * (hidden.T @ d_out), b2 - 0.01 * d_out.sum(0)
        w1, b1 = w1 - 0.01 * (x.T @ d_hidden), b1 - 0.01 * d_hidden.sum(0)
        return loss, w1, b1, w2, b2

    return call
