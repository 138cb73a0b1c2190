"""The op-sample table: on which values each op is tried, and what NumPy says of them.

Idea: one row per op. From it follow the tests of every backend, layout and dtype, of gradients of
    first and second order, of broadcast, empty and 0-d operands, of nan and inf.
Not here: the tests (test_elementwise.py, test_other_ops.py).
Read next: test_elementwise.py
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import minitorch
from minitorch import Tensor, rules
from minitorch.rules import Rule
from minitorch.tensor_functions import row_function

Array = npt.NDArray[Any]

SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, 710.0, -746.0)


@dataclass(frozen=True)
class Elementwise:
    """A row of the op table: its formula in NumPy, and an interval for each operand.

    No value drawn lies where a derivative jumps, so that central differences are right.
    """

    rule: Rule
    formula: Callable[..., Array]
    domain: tuple[tuple[float, float], ...]
    parameters: tuple[float, ...] = ()

    def __call__(self, *operands: Tensor) -> Tensor:
        return row_function(self.rule).apply(*operands, *self.parameters)

    def expected(self, *operands: Array) -> Array:
        """The formula on arrays, where IEEE values are results, not accidents."""
        with np.errstate(all="ignore"):
            return np.asarray(self.formula(*operands, *self.parameters))

    def draw(self, *shapes: tuple[int, ...], dtype: str = "float64") -> list[Array]:
        """An array for each operand, always the same."""
        rng = np.random.default_rng(7)
        drawn: list[Array] = []
        for (low, high), shape in zip(self.domain, shapes, strict=True):
            if (low, high) == FLAG:
                drawn.append(rng.integers(0, 2, shape).astype(dtype))
                continue
            numbers = rng.uniform(low, high, shape)
            drawn.append(np.where(abs(numbers) < 0.1, 0.5, numbers).astype(dtype))
        return drawn


ANY = (-2.0, 2.0)
POSITIVE = (0.5, 3.0)
FLAG = (0.0, 1.0)


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _sigmoid(x: Array) -> Array:
    return np.where(x >= 0, 1 / (1 + np.exp(-abs(x))), np.exp(-abs(x)) / (1 + np.exp(-abs(x))))


ELEMENTWISE: dict[str, Elementwise] = {
    sample.rule.name: sample
    for sample in (
        Elementwise(rules.id, lambda x: x, (ANY,)),
        Elementwise(rules.neg, lambda x: -x, (ANY,)),
        Elementwise(rules.add, lambda x, y: x + y, (ANY, ANY)),
        Elementwise(rules.mul, lambda x, y: x * y, (ANY, ANY)),
        Elementwise(rules.lt, lambda x, y: (x < y).astype(x.dtype), (ANY, ANY)),
        Elementwise(rules.eq, lambda x, y: (x == y).astype(x.dtype), (FLAG, FLAG)),
        Elementwise(rules.ne, lambda x, y: (x != y).astype(x.dtype), (FLAG, FLAG)),
        Elementwise(rules.le, lambda x, y: (x <= y).astype(x.dtype), (ANY, ANY)),
        Elementwise(
            rules.is_close, lambda x, y: ((x == y) | (abs(x * 1.0 - y) < 1e-2)) * 1.0, (FLAG, FLAG)
        ),
        Elementwise(rules.logical_and, lambda x, y: ((x != 0) & (y != 0)) * 1.0, (FLAG, FLAG)),
        Elementwise(rules.where, lambda c, x, y: np.where(c != 0, x, y), (FLAG, ANY, ANY)),
        Elementwise(rules.max, lambda x, y: np.where(y > x, y, x), (ANY, ANY)),
        Elementwise(rules.relu, lambda x: np.where(x > 0, x, 0), (ANY,)),
        Elementwise(rules.relu_back, lambda x, d: np.where(x > 0, d, 0), (ANY, ANY)),
        Elementwise(rules.exp, np.exp, (ANY,)),
        Elementwise(rules.ln, np.log, (POSITIVE,)),
        Elementwise(rules.tanh, np.tanh, (ANY,)),
        Elementwise(rules.erf, _erf, (ANY,)),
        Elementwise(rules.sqrt, lambda x: np.where(x == 0, 0.0, np.sqrt(x)), (POSITIVE,)),
        Elementwise(rules.sin, np.sin, (ANY,)),
        Elementwise(rules.cos, np.cos, (ANY,)),
        Elementwise(rules.sigmoid, _sigmoid, (ANY,)),
        Elementwise(rules.log, lambda x: np.log(x + 1e-6), (POSITIVE,)),
        Elementwise(rules.log_back, lambda x, d: d * (1.0 / (x + 1e-6)), (POSITIVE, ANY)),
        Elementwise(rules.inv, lambda x: 1.0 / (x * 1.0), (POSITIVE,)),
        Elementwise(rules.inv_back, lambda x, d: -d * (1.0 / (x * 1.0 * x)), (POSITIVE, ANY)),
        Elementwise(rules.momentum_step, lambda v, g, m: m * v + g, (ANY, ANY), (0.9,)),
        Elementwise(rules.sgd_step, lambda x, g, lr: x - lr * g, (ANY, ANY), (0.1,)),
        Elementwise(rules.moving_mean, lambda m, g, b, w: b * m + w * g, (ANY, ANY), (0.9, 0.1)),
        Elementwise(
            rules.moving_square, lambda s, g, b, w: b * s + w * g * g, (POSITIVE, ANY), (0.99, 0.01)
        ),
        Elementwise(
            rules.adam_step,
            lambda x, m, s, lr, c1, c2, eps: x - lr / c1 * m / (np.sqrt(s / c2) + eps),
            (ANY, ANY, POSITIVE),
            (0.1, 0.5, 0.25, 1e-8),
        ),
    )
}


@dataclass(frozen=True)
class Other:
    """An op that is not elementwise: the call, its meaning in NumPy, shapes of the operands.

    `empty` are shapes with no cells that the op takes too; None where there are none.
    """

    name: str
    call: Callable[..., Tensor]
    formula: Callable[..., Array]
    shapes: tuple[tuple[int, ...], ...]
    empty: tuple[tuple[int, ...], ...] | None = None
    dtypes: tuple[str, ...] = ("int64", "float32")

    def draw(self, dtype: str = "float64") -> list[Array]:
        """An array for each operand, always the same; no two numbers of one are equal."""
        rng = np.random.default_rng(3)
        drawn: list[Array] = []
        for shape in self.shapes:
            size = int(np.prod(shape))
            steps = rng.permutation(size).reshape(shape) - size // 2
            drawn.append(steps.astype(dtype) if dtype == "int64" else (steps / 5).astype(dtype))
        return drawn


def _index(*numbers: Any) -> Tensor:
    return minitorch.from_numpy(np.array(numbers))


def _scattered(a: Array, index: Array, size: int) -> Array:
    out = np.zeros((a.shape[0], size), a.dtype)
    for i, j in np.ndindex(a.shape):
        out[i, index[i, j]] += a[i, j]
    return out


def _padded(a: Array) -> Array:
    out = np.zeros((2, 6), a.dtype)
    out[:, 1:6:2] = a
    return out


def _softmax(a: Array) -> Array:
    raised = np.exp(a - a.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def _layernorm(a: Array, weight: Any = 1.0, bias: Any = 0.0) -> Array:
    out = (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5)
    return out * weight + bias


PICK = np.array([[0, 2, 2], [1, 1, 0]])

OTHERS: dict[str, Other] = {
    sample.name: sample
    for sample in (
        Other("sum", lambda a: a.sum(), lambda a: a.sum().reshape(1), ((2, 3),), ((0, 3),)),
        Other(
            "sum over a dim",
            lambda a: a.sum(1),
            lambda a: a.sum(1, keepdims=True),
            ((2, 3, 2),),
            ((2, 0),),
        ),
        Other(
            "mean", lambda a: a.mean(0), lambda a: a.mean(0, keepdims=True), ((2, 3),), ((3, 0),)
        ),
        Other(
            "all",
            lambda a: a.all(1),
            lambda a: (a != 0).all(1, keepdims=True).astype(a.dtype),
            ((2, 3),),
            ((2, 0),),
        ),
        Other(
            "max",
            lambda a: minitorch.max(a, 1),
            lambda a: a.max(1, keepdims=True),
            ((3, 4),),
            ((0, 3),),
        ),
        Other(
            "permute",
            lambda a: a.permute(2, 0, 1),
            lambda a: a.transpose(2, 0, 1),
            ((2, 3, 4),),
            ((2, 0, 1),),
        ),
        Other("view", lambda a: a.contiguous().view(3, 4), lambda a: a.reshape(3, 4), ((2, 6),)),
        Other(
            "contiguous",
            lambda a: a.permute(1, 0).contiguous(),
            lambda a: a.T,
            ((2, 3),),
            ((2, 0),),
        ),
        Other(
            "expand",
            lambda a: a.expand_to((2, 3, 4)),
            lambda a: np.broadcast_to(a, (2, 3, 4)),
            ((3, 1),),
        ),
        Other(
            "slice",
            lambda a: minitorch.Slice.apply(a, 1, 1, 5, 2),
            lambda a: a[:, 1:5:2],
            ((2, 6),),
            ((0, 6),),
        ),
        Other("pad", lambda a: minitorch.Pad.apply(a, 1, 1, 6, 2), _padded, ((2, 3),)),
        Other(
            "matmul",
            lambda a, b: a @ b,
            lambda a, b: a @ b,
            ((2, 3), (3, 4)),
            ((0, 3), (3, 2)),
        ),
        Other(
            "matmul of batches",
            lambda a, b: a @ b,
            lambda a, b: a @ b,
            ((3, 2, 4), (1, 4, 2)),
            ((0, 2, 4), (1, 4, 2)),
        ),
        Other(
            "gather",
            lambda a: minitorch.Gather.apply(a, 1, _index(*PICK)),
            lambda a: np.take_along_axis(a[:2], PICK, 1),
            ((3, 4),),
        ),
        Other(
            "scatter_add",
            lambda a: minitorch.ScatterAdd.apply(a, 1, _index(*PICK), 4),
            lambda a: _scattered(a, PICK, 4),
            ((2, 3),),
        ),
        Other(
            "embedding",
            lambda w: minitorch.embedding(w, _index([0, 2], [2, 1])),
            lambda w: w[[[0, 2], [2, 1]]],
            ((3, 2),),
        ),
        Other(
            "softmax",
            lambda a: minitorch.softmax(a, 1),
            _softmax,
            ((2, 3),),
            ((0, 3),),
            ("float32",),
        ),
        Other(
            "logsoftmax",
            lambda a: minitorch.logsoftmax(a, 1),
            lambda a: np.log(_softmax(a)),
            ((2, 3),),
            ((0, 3),),
            ("float32",),
        ),
        Other(
            "nll_loss",
            lambda a: minitorch.nll_loss(a, _index(2, 0)),
            lambda a: -a[[0, 1], [2, 0]].mean().reshape(1),
            ((2, 3),),
            None,
            ("float32",),
        ),
        Other(
            "cross_entropy",
            lambda a: minitorch.cross_entropy(a, _index(2, 0)),
            lambda a: -np.log(_softmax(a))[[0, 1], [2, 0]].mean().reshape(1),
            ((2, 3),),
            None,
            ("float32",),
        ),
        Other(
            "gelu",
            minitorch.gelu,
            lambda a: a * 0.5 * (1 + _erf(a / np.sqrt(2))),
            ((2, 3),),
            ((0, 3),),
            ("float32",),
        ),
        Other(
            "gelu by tanh",
            lambda a: minitorch.gelu(a, "tanh"),
            lambda a: a * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))),
            ((2, 3),),
            ((0, 3),),
            ("float32",),
        ),
        Other(
            "layernorm",
            minitorch.layernorm,
            _layernorm,
            ((2, 3, 4),),
            ((0, 3),),
            ("float32",),
        ),
        Other(
            "layernorm with weight and bias",
            minitorch.layernorm,
            _layernorm,
            ((2, 3), (3,), (3,)),
            ((0, 3), (3,), (3,)),
            ("float32",),
        ),
        Other(
            "avgpool2d",
            lambda a: minitorch.avgpool2d(a, (2, 1)),
            lambda a: a.reshape(1, 2, 2, 2, 3).mean(3),
            ((1, 2, 4, 3),),
            ((0, 2, 4, 3),),
            ("float32",),
        ),
        Other(
            "maxpool2d",
            lambda a: minitorch.maxpool2d(a, (2, 1)),
            lambda a: a.reshape(1, 2, 2, 2, 3).max(3),
            ((1, 2, 4, 3),),
            ((0, 2, 4, 3),),
        ),
    )
}
