"""Normalisation against PyTorch: which dims, running values, gradients of both orders, mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers

X = numbers(3, 4, 2, 3, seed=1)
W, B = numbers(4, seed=2), numbers(4, seed=3)

CASES: dict[str, Case] = {
    "batch": lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, training=True),
    "batch, (N, C)": lambda t, x, w, b: t.nn.functional.batch_norm(
        x[:, :, 0, 0], None, None, w, b, True, eps=0.1
    ),
    "batch without weights": lambda t, x, w, b: t.nn.functional.batch_norm(
        x, None, None, None, None, True
    ),
    "batch in use": lambda t, x, w, b: t.nn.functional.batch_norm(
        x, b.detach(), w.detach().abs(), w, b
    ),
    "instance": lambda t, x, w, b: t.nn.functional.instance_norm(x, weight=w, bias=b),
    "group": lambda t, x, w, b: t.nn.functional.group_norm(x, 2, w, b),
    "layer": lambda t, x, w, b: t.nn.functional.layer_norm(x.transpose(1, 3), (4,), w, b),
    "layer of several dims": lambda t, x, w, b: t.nn.functional.layer_norm(
        x, (2, 3), w[:1].expand(2, 3) * 2, None, 0.1
    ),
    "rms": lambda t, x, w, b: t.nn.functional.rms_norm(x.transpose(1, 3), (4,), w, 0.1),
    "local response": lambda t, x, w, b: t.nn.functional.local_response_norm(x, 3, 0.2, 0.6, 1.5),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_gradients(CASES[name], X, W, B, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
def test_running_values(momentum: float) -> None:
    def case(t: Any, x: Any, mean: Any, var: Any) -> Any:
        norm = t.nn.functional
        out = norm.batch_norm(x, mean, var, training=True, momentum=momentum)
        after = mean.clone(), var.clone()
        other = norm.instance_norm(x, mean, var, momentum=momentum)
        return [out, *after, other, mean, var]

    check(case, X, W, B)


def test_numbers_far_from_zero() -> None:
    check(lambda t, x: t.nn.functional.layer_norm(x + 1e5, (3,)), X, rtol=1e-5)


def test_native_forms() -> None:
    def case(t: Any, x: Any, w: Any, b: Any) -> Any:
        return [
            t.native_layer_norm(x.transpose(1, 3), (4,), w, b, 0.1),
            t.native_group_norm(x, w, b, 3, 4, 6, 2, 0.1),
            t.native_batch_norm(x, w, b, None, None, True, 0.1, 0.1),
        ]

    check(case, X, W, B)


def test_mistakes() -> None:
    check_errors(
        lambda t, x: t.nn.functional.batch_norm(x[:1, :, :1, :1], None, None, training=True), X
    )
    check_errors(lambda t, x: t.nn.functional.batch_norm(x, x[0, :2, 0, 0], x[0, :2, 0, 0]), X)
    check_errors(lambda t, x: t.nn.functional.instance_norm(x[:, :, :1, :1]), X)
    check_errors(lambda t, x: t.nn.functional.group_norm(x, 3), X)
    check_errors(lambda t, x: t.nn.functional.layer_norm(x, (2,)), X)
    check_errors(lambda t, x: t.nn.functional.layer_norm(x, (3,), x[0, 0, 0, :2]), X)
    check_errors(lambda t, x: t.nn.functional.local_response_norm(x[0, 0], 3), X)
