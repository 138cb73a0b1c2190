"""Attention against PyTorch: masks, heads, gradients of both orders, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers, ours

Q, K, V = numbers(2, 3, 4, seed=1), numbers(2, 5, 4, seed=2), numbers(2, 5, 3, seed=3)
ALLOWED = np.array([[True, True, False, True, True]] * 2 + [[False] * 5])
ADDED = np.where(ALLOWED, 0.5, -np.inf)

CASES: dict[str, Case] = {
    "plain": lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(q, k, v),
    "causal": lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=0.3
    ),
    "allowed": lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(
        q, k, v, t.tensor(ALLOWED)
    ),
    "added": lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(
        q, k, v, t.tensor(ADDED)
    ),
    "grouped": lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(
        q.repeat(2, 1, 1, 1).reshape(1, 4, 3, 4), k[None], v[None], enable_gqa=True
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_gradients(CASES[name], Q, K, V, rtol=1e-6)


def test_dropped_weights_keep_their_mean() -> None:
    ours.manual_seed(0)
    ones = ours.ones(1, 200, 4)
    out = ours.nn.functional.scaled_dot_product_attention(ones, ones, ones, dropout_p=0.5)
    assert abs(float(out.mean()) - 1.0) < 0.05
    assert float(out.std()) > 0.0


SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"need_weights": False},
    {"average_attn_weights": False},
    {"bias_k": True, "add_zero_attn": True},
    {"key_padding_mask": True},
    {"attn_mask": True, "key_padding_mask": True, "need_weights": False},
    {"separate": True},
    {"attn_mask": True, "is_causal": True, "need_weights": False},
)


def heads(t: Any, x: Any, w: Any, settings: dict[str, Any]) -> Any:
    """Attention of two heads over (3, 2, 4), all weights cut from one tensor of 12 rows."""
    given = dict(settings)
    masks = {
        "attn_mask": t.tensor(np.triu(np.ones((3, 3), bool), 1)),
        "key_padding_mask": t.tensor([[False, False, True], [False, False, False]]),
    }
    for name, mask in masks.items():
        if given.get(name):
            given[name] = mask
    bias_k = w[:1, None] if given.pop("bias_k", False) else None
    bias_v = w[1:2, None] if bias_k is not None else None
    zero = given.pop("add_zero_attn", False)
    projection: Any = w
    if given.pop("separate", False):
        projection = None
        given |= {"use_separate_proj_weight": True, "q_proj_weight": w[:4]}
        given |= {"k_proj_weight": w[4:8], "v_proj_weight": w[8:]}
    return t.nn.functional.multi_head_attention_forward(
        x, x, x, 4, 2, projection, w[:, 0], bias_k, bias_v, zero, 0.0, w[:4], w[0], **given
    )


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_several_heads(settings: dict[str, Any]) -> None:
    """Gradients of both orders; of the first where PyTorch has no second ones."""

    def case(t: Any, x: Any, w: Any) -> Any:
        return [it for it in heads(t, x, w, settings) if it is not None]

    def first(t: Any, x: Any, w: Any) -> Any:
        x.requires_grad_()
        w.requires_grad_()
        (out,) = case(t, x, w)
        return [out, *t.autograd.grad((out * out).sum(), (x, w))]

    x, w = numbers(3, 2, 4, seed=4), numbers(12, 4, seed=5)
    if settings.get("need_weights", True):
        check_gradients(case, x, w, rtol=1e-6, atol=1e-8)
    else:
        check(first, x, w)


def test_several_heads_without_a_batch() -> None:
    check(lambda t, x, w: list(heads(t, x[:, 0], w, {})), numbers(3, 2, 4), numbers(12, 4))


def test_mistakes() -> None:
    def attend(t: Any, *args: Any, **kwargs: Any) -> Any:
        return t.nn.functional.scaled_dot_product_attention(*args, **kwargs)

    mask = np.zeros((3, 5))
    check_errors(lambda t, q, k, v: attend(t, q, k.float(), v), Q, K, V)
    check_errors(lambda t, q, k, v: attend(t, q, k[..., :2], v), Q, K, V)
    check_errors(lambda t, q, k, v, m: attend(t, q, k, v, m, is_causal=True), Q, K, V, mask)
    check_errors(lambda t, x, w: heads(t, x[..., :3], w, {}), numbers(3, 2, 4), numbers(12, 4))
    check_errors(
        lambda t, x, w: heads(t, x, w, {"is_causal": True}), numbers(3, 2, 4), numbers(12, 4)
    )
