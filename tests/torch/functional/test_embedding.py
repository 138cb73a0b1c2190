"""Embeddings, distances and dropout against PyTorch, with gradients of both orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers, ours

TABLE = numbers(6, 3, seed=1)
IDS = np.array([[1, 2, 1], [5, 0, 2]])

LOOKED_UP: dict[str, Case] = {
    "embedding": lambda t, w: t.nn.functional.embedding(t.tensor(IDS), w),
    "of int32": lambda t, w: t.nn.functional.embedding(t.tensor(IDS).int(), w),
    "padding": lambda t, w: t.nn.functional.embedding(t.tensor(IDS), w, padding_idx=-4),
    "by frequency": lambda t, w: t.nn.functional.embedding(
        t.tensor(IDS), w, scale_grad_by_freq=True
    ),
    "sums": lambda t, w: t.nn.functional.embedding_bag(t.tensor(IDS), w, mode="sum"),
    "means": lambda t, w: t.nn.functional.embedding_bag(t.tensor(IDS), w, padding_idx=1),
    "weighed": lambda t, w: t.nn.functional.embedding_bag(
        t.tensor(IDS), w, mode="sum", per_sample_weights=w[:2].detach()
    ),
    "offsets": lambda t, w: t.nn.functional.embedding_bag(
        t.tensor(IDS).reshape(-1), w, t.tensor([0, 2, 2, 5]), mode="sum"
    ),
    "last offset": lambda t, w: t.nn.functional.embedding_bag(
        t.tensor(IDS).reshape(-1), w, t.tensor([0, 2, 6]), include_last_offset=True
    ),
}


@pytest.mark.parametrize("name", LOOKED_UP)
def test_rows(name: str) -> None:
    """First gradients: PyTorch has no second ones of bags."""

    def case(t: Any, w: Any) -> Any:
        w.requires_grad_()
        out = LOOKED_UP[name](t, w)
        return [out, *t.autograd.grad((out * out).sum(), w)]

    check(case, TABLE)


def test_the_largest_of_a_bag() -> None:
    def case(t: Any, w: Any) -> Any:
        flat = t.tensor(IDS).reshape(-1)
        bags = t.nn.functional.embedding_bag
        return [bags(flat, w, t.tensor([0, 0, 4]), mode="max"), bags(t.tensor(IDS), w, mode="max")]

    check(case, TABLE)


@pytest.mark.parametrize("norm_type", [1.0, 2.0])
def test_rows_are_scaled_in_place(norm_type: float) -> None:
    def case(t: Any, w: Any) -> Any:
        out = t.nn.functional.embedding(t.tensor(IDS), w, max_norm=1.0, norm_type=norm_type)
        return [out, w]

    check(case, TABLE, rtol=1e-6)


def test_one_hot() -> None:
    check(lambda t, i: [t.nn.functional.one_hot(i), t.nn.functional.one_hot(i, 8)], IDS)


DISTANCES: tuple[Case, ...] = (
    lambda t, x, y: [
        t.cosine_similarity(x, y),
        t.nn.functional.cosine_similarity(x[:, None], y, -1),
    ],
    lambda t, x, y: [t.pairwise_distance(x, y), t.pairwise_distance(x, y, 1.0, keepdim=True)],
    lambda t, x, y: [t.pdist(x), t.pdist(y, 1.0), t.pdist(x, 3.0)],
    lambda t, x, y: [t.cdist(x, y), t.cdist(x, y, 1.0), t.cdist(x[None], y, 2.5)],
    lambda t, x, y: t.cdist(x, y, compute_mode="use_mm_for_euclid_dist"),
    lambda t, x, y: [t.cdist(x, y, float("inf")), t.pdist(x, float("inf"))],
)


@pytest.mark.parametrize("number", range(len(DISTANCES)))
def test_distances(number: int) -> None:
    def case(t: Any, x: Any, y: Any) -> Any:
        x.requires_grad_()
        y.requires_grad_()
        made = DISTANCES[number](t, x, y)
        parts = made if isinstance(made, list) else [made]
        return [*parts, *t.autograd.grad(sum((it * it).sum() for it in parts), (x, y))]

    check(case, numbers(5, 3, seed=2), numbers(5, 3, seed=3), rtol=1e-6)


def test_distances_at_zero() -> None:
    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        made = [t.cdist(x, x), t.pdist(x), t.cosine_similarity(x * 0, x)]
        return [*made, *t.autograd.grad(sum(it.sum() for it in made), x)]

    check(case, np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]]))


def test_second_gradients() -> None:
    check_gradients(lambda t, w: t.nn.functional.embedding(t.tensor(IDS), w) ** 2, TABLE)
    check_gradients(lambda t, x, y: t.cosine_similarity(x, y), TABLE, TABLE[::-1].copy())


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout", "feature_alpha_dropout"])
def test_dropout(name: str) -> None:
    ours.manual_seed(0)
    drop = getattr(ours.nn.functional, name)
    x = ours.randn(100, 50, 4)
    out = drop(x, 0.3, training=True)
    changed = float((out != x).double().mean())
    assert changed > 0.9
    assert abs(float(out.mean())) < 0.03
    assert (drop(x, 0.3, training=False) == x).all()
    assert (drop(x, 0.0, training=True) == x).all()
    assert float(drop(x, 1.0, training=True).abs().sum()) == 0.0


def test_dropout_of_whole_channels() -> None:
    ours.manual_seed(0)
    for name, shape in (
        ("dropout1d", (9, 8, 5)),
        ("dropout2d", (9, 8, 5, 2)),
        ("dropout3d", (9, 8, 2, 2, 2)),
    ):
        x = ours.ones(*shape, requires_grad=True)
        out = getattr(ours.nn.functional, name)(x, 0.5)
        kept = {tuple(sorted(set(it.reshape(-1).tolist()))) for row in out.detach() for it in row}
        assert kept == {(0.0,), (2.0,)}
        out.sum().backward()
        assert (x.grad == out.detach()).all()


def test_dropout_in_place() -> None:
    ours.manual_seed(0)
    x = ours.ones(1000)
    out = ours.nn.functional.dropout(x, 0.5, inplace=True)
    assert out is x
    assert sorted(set(x.tolist())) == [0.0, 2.0]


def test_mistakes() -> None:
    check_errors(lambda t, w: t.nn.functional.embedding(t.tensor([6]), w), TABLE)
    check_errors(lambda t, w: t.nn.functional.embedding(t.tensor([0.5]), w), TABLE)
    check_errors(lambda t, w: t.nn.functional.embedding(t.tensor([0]), w, padding_idx=6), TABLE)
    check_errors(lambda t, w: t.nn.functional.embedding_bag(t.tensor([0]), w), TABLE)
    check_errors(lambda t, w: t.nn.functional.embedding_bag(t.tensor(IDS), w, mode="min"), TABLE)
    check_errors(lambda t, w: t.nn.functional.one_hot(t.tensor([-1])), TABLE)
    check_errors(lambda t, w: t.nn.functional.one_hot(t.tensor([3]), 2), TABLE)
    check_errors(lambda t, w: t.nn.functional.one_hot(w), TABLE)
    check_errors(lambda t, w: t.nn.functional.dropout(w, 1.5), TABLE)
    check_errors(lambda t, w: t.cdist(w, w[:, :2]), TABLE)
    check_errors(lambda t, w: t.pdist(w[0]), TABLE)
