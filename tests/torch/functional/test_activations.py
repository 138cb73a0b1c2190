"""Activations against PyTorch: values, gradients of both orders, NaN, in place, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers, ours, same, theirs

X = numbers(3, 4, seed=1, low=-4.0, high=4.0)
BENDS = np.array([-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0])
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 25.0, -200.0])

ACTIVATIONS: dict[str, Case] = {
    "relu": lambda t, x: [t.relu(x), x.relu(), t.nn.functional.relu6(x)],
    "leaky_relu": lambda t, x: t.nn.functional.leaky_relu(x, 0.2),
    "rrelu": lambda t, x: t.nn.functional.rrelu(x, 0.1, 0.3),
    "elu": lambda t, x: [t.nn.functional.elu(x, 1.3), t.selu(x), t.celu(x, 0.7)],
    "gelu": lambda t, x: [t.nn.functional.gelu(x), t.nn.functional.gelu(x, approximate="tanh")],
    "silu": lambda t, x: [t.nn.functional.silu(x), t.nn.functional.mish(x)],
    "hardtanh": lambda t, x: t.nn.functional.hardtanh(x, -0.5, 2.0),
    "hard": lambda t, x: [t.nn.functional.hardsigmoid(x), t.nn.functional.hardswish(x)],
    "shrink": lambda t, x: [t.nn.functional.hardshrink(x), t.nn.functional.softshrink(x, 0.7)],
    "tanhshrink": lambda t, x: [t.nn.functional.tanhshrink(x), t.nn.functional.softsign(x)],
    "softplus": lambda t, x: [t.nn.functional.softplus(x), t.nn.functional.softplus(x, 2.0, 3.0)],
    "logsigmoid": lambda t, x: t.nn.functional.logsigmoid(x),
    "threshold": lambda t, x: t.nn.functional.threshold(x, 0.5, -7.0),
}


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "hard"])
def test_values_and_gradients(name: str) -> None:
    check_gradients(ACTIVATIONS[name], X)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_at_bends(name: str) -> None:
    """The values and first gradients exactly where a function bends; PyTorch rounds some."""

    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        made = ACTIVATIONS[name](t, x)
        parts = made if isinstance(made, list) else [made]
        return [*parts, *t.autograd.grad(sum(it.sum() for it in parts), x)]

    check(case, BENDS, rtol=1e-7)


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "gelu"])
def test_nan_and_infinity(name: str) -> None:
    check(ACTIVATIONS[name], SPECIAL)


ALONG: tuple[Case, ...] = (
    lambda t, x: [t.softmax(x, 0), x.softmax(-1), t.nn.functional.softmin(x, 1)],
    lambda t, x: [t.log_softmax(x, 0), t.nn.functional.log_softmax(x, dim=1)],
    lambda t, x: [t.nn.functional.glu(x), t.nn.functional.glu(x[:2], 0)],
    lambda t, x: [t.nn.functional.normalize(x), t.nn.functional.normalize(x, 1.0, 0)],
    lambda t, x: t.nn.functional.prelu(x, x[0]),
    lambda t, x: t.nn.functional.prelu(x, x[0, :1]),
)


@pytest.mark.parametrize("number", range(len(ALONG)))
def test_along_a_dim(number: int) -> None:
    check_gradients(ALONG[number], X)


def test_softmax_in_another_dtype_and_without_dims() -> None:
    check(lambda t, x: [t.softmax(x, 0, dtype=t.float32), t.softmax(x[0, 0], 0)], X, rtol=1e-6)
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        check(lambda t, x: t.nn.functional.softmax(x), X)


@pytest.mark.parametrize("name", ["relu", "elu", "leaky_relu", "hardtanh", "silu", "threshold"])
def test_in_place(name: str) -> None:
    """inplace=True writes into the input, and gradients are those of the result."""

    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        y = x * 1.0
        settings = (0.5, -7.0) if name == "threshold" else ()
        out = getattr(t.nn.functional, name)(y, *settings, inplace=True)
        assert out is y
        return [y, *t.autograd.grad((y * y).sum(), x)]

    check(case, X)


@pytest.mark.parametrize("name", ["relu_", "elu_", "leaky_relu_", "hardtanh_", "selu_", "celu_"])
def test_names_with_an_underscore(name: str) -> None:
    check(lambda t, x: [getattr(t.nn.functional, name)(x), x], X)


def test_half_precision_is_computed_in_float32() -> None:
    for t in (ours, theirs):
        x = t.tensor([-1.0, 0.5], dtype=t.float16)
        assert t.nn.functional.gelu(x).dtype is t.float16
        assert t.nn.functional.softmax(x, 0).dtype is t.float16


def test_gumbel_softmax() -> None:
    ours.manual_seed(0)
    logits = ours.tensor(X, requires_grad=True)
    soft = ours.nn.functional.gumbel_softmax(logits, tau=0.5)
    hard = ours.nn.functional.gumbel_softmax(logits, hard=True)
    same(soft.sum(-1), theirs.ones(3, dtype=theirs.float64))
    assert sorted(set(hard.detach().round(decimals=6).reshape(-1).tolist())) == [0.0, 1.0]
    (hard * ours.arange(4)).sum().backward()
    assert float(logits.grad.abs().sum()) > 0.0


def test_mistakes() -> None:
    check_errors(lambda t, x: t.nn.functional.elu(x.long()), X)
    check_errors(lambda t, x: t.nn.functional.gelu(x, approximate="sometimes"), X)
    check_errors(lambda t, x: t.nn.functional.glu(x[:, :3]), X)
    check_errors(lambda t, x: t.nn.functional.softshrink(x, -1.0), X)
    check_errors(lambda t, x: t.nn.functional.hardtanh(x, 1.0, -1.0), X)
    check_errors(lambda t, x: t.celu(x, 0.0), X)
    check_errors(lambda t, x: t.relu(x > 0), X)
    check_errors(lambda t, x: t.softmax(x, 2), X)
    check_errors(lambda t, x: t.nn.functional.prelu(x, x[0, :3]), X)
