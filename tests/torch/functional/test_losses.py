"""Losses against PyTorch: reductions, weights, what is ignored, both gradients, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers

X = numbers(4, 3, seed=2)
Y = numbers(4, 3, seed=3)
P = numbers(4, 3, seed=4, low=0.05, high=0.95)
CLASSES = np.array([0, 2, 1, 2])
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])

PAIRS: dict[str, Case] = {
    "mse_loss": lambda t, x, y: t.nn.functional.mse_loss(x, y),
    "mse sum": lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction="sum"),
    "mse none": lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction="none"),
    "mse weight": lambda t, x, y: t.nn.functional.mse_loss(x, y, weight=x.detach().abs()),
    "smooth_l1_loss": lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0.7),
    "huber_loss": lambda t, x, y: t.nn.functional.huber_loss(x, y, delta=0.7),
    "l1_loss": lambda t, x, y: t.nn.functional.l1_loss(x, y),
    "smooth_l1 of beta 0": lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0.0),
    "kl_div": lambda t, x, y: t.nn.functional.kl_div(x, y.exp(), reduction="batchmean"),
    "kl_div of logarithms": lambda t, x, y: t.nn.functional.kl_div(
        x, y, reduction="sum", log_target=True
    ),
    "poisson": lambda t, x, y: t.nn.functional.poisson_nll_loss(x, y.exp(), full=True),
    "poisson of numbers": lambda t, x, y: t.nn.functional.poisson_nll_loss(
        x.exp(), y.exp(), log_input=False
    ),
    "gaussian": lambda t, x, y: t.nn.functional.gaussian_nll_loss(x, y, y.exp(), full=True),
    "gaussian, one variance a row": lambda t, x, y: t.nn.functional.gaussian_nll_loss(
        x, y, y[:, 0].exp(), reduction="none"
    ),
    "with logits": lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(x, y.sigmoid()),
    "with logits and weights": lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(
        x,
        y.sigmoid().detach(),
        weight=y.detach().exp(),
        pos_weight=t.tensor([1.0, 2.0, 0.5]).double(),
    ),
    "soft_margin_loss": lambda t, x, y: t.nn.functional.soft_margin_loss(x, y.detach().sign()),
    "multilabel_soft_margin_loss": lambda t, x, y: t.nn.functional.multilabel_soft_margin_loss(
        x, (y > 0).double(), reduction="none"
    ),
    "triplet": lambda t, x, y: t.nn.functional.triplet_margin_loss(x, y, x.flip(0), swap=True),
    "triplet of a distance": lambda t, x, y: t.nn.functional.triplet_margin_with_distance_loss(
        x, y, x.flip(1), distance_function=lambda a, b: ((a - b) ** 2).sum(-1), margin=2.0
    ),
    "cosine_embedding": lambda t, x, y: t.nn.functional.cosine_embedding_loss(
        x, y, t.tensor(SIGNS), margin=0.1
    ),
    "margin_ranking": lambda t, x, y: t.nn.functional.margin_ranking_loss(
        x[:, 0], y[:, 0], t.tensor(SIGNS), margin=0.3
    ),
    "hinge_embedding": lambda t, x, y: t.nn.functional.hinge_embedding_loss(
        x[:, 0] * y[:, 0], t.tensor(SIGNS)
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.filterwarnings("ignore")
def test_pairs(name: str) -> None:
    check_gradients(PAIRS[name], X, Y, rtol=1e-6)


def test_binary_cross_entropy() -> None:
    check_gradients(lambda t, p, y: t.nn.functional.binary_cross_entropy(p, y.sigmoid()), P, Y)
    ends = np.array([0.0, 1.0, 0.0, 1.0])
    for reduction in ("none", "mean", "sum"):

        def case(t: Any, p: Any, reduction: str = reduction) -> Any:
            p.requires_grad_()
            target = t.tensor([0.0, 1.0, 1.0, 0.0]).double()
            loss = t.nn.functional.binary_cross_entropy(p, target, reduction=reduction)
            return [loss, *t.autograd.grad(loss.sum(), p)]

        check(case, ends, rtol=1e-7)
    check_errors(lambda t, x: t.nn.functional.binary_cross_entropy(x, x), X)
    check_errors(lambda t, p: t.nn.functional.binary_cross_entropy(p, p[:2]), P)


CLASSIFIED: dict[str, Case] = {
    "cross_entropy": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(CLASSES)),
    "sum": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(CLASSES), reduction="sum"),
    "none": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(CLASSES), reduction="none"),
    "ignored": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(CLASSES), ignore_index=2),
    "minus one": lambda t, x: t.nn.functional.cross_entropy(
        x, t.tensor([0, -1, -1, 2]), ignore_index=-1
    ),
    "weight": lambda t, x: t.nn.functional.cross_entropy(
        x, t.tensor(CLASSES), t.tensor([0.2, 1.0, 3.0]).double(), label_smoothing=0.1
    ),
    "smoothed": lambda t, x: t.nn.functional.cross_entropy(
        x, t.tensor(CLASSES), label_smoothing=0.3, ignore_index=0
    ),
    "probabilities": lambda t, x: t.nn.functional.cross_entropy(x, x.detach().softmax(1)),
    "probabilities, weighed": lambda t, x: t.nn.functional.cross_entropy(
        x, x.detach().softmax(1), t.tensor([0.2, 1.0, 3.0]).double(), label_smoothing=0.2
    ),
    "one": lambda t, x: t.nn.functional.cross_entropy(x[0], t.tensor(1)),
    "images": lambda t, x: t.nn.functional.cross_entropy(
        x.reshape(2, 3, 2), t.tensor([[0, 1], [2, 2]]), reduction="none"
    ),
    "nll_loss": lambda t, x: t.nn.functional.nll_loss(x, t.tensor(CLASSES)),
    "nll_loss, weighed": lambda t, x: t.nn.functional.nll_loss(
        x, t.tensor(CLASSES), t.tensor([0.2, 1.0, 3.0]).double(), reduction="none"
    ),
    "linear_cross_entropy": lambda t, x: t.nn.functional.linear_cross_entropy(
        x, x.T @ x, t.tensor(CLASSES)
    ),
}


@pytest.mark.parametrize("name", CLASSIFIED)
def test_classes(name: str) -> None:
    check_gradients(CLASSIFIED[name], X)


@pytest.mark.parametrize("p", [1, 2])
def test_margins_of_classes(p: int) -> None:
    """First gradients: PyTorch has no second ones."""

    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        labels = t.tensor([[0, 2, -1], [1, -1, 0], [-1, 0, 1], [2, 1, 0]])
        weight = t.tensor([0.2, 1.0, 3.0]).double()
        one = t.nn.functional.multi_margin_loss(x, t.tensor(CLASSES), p, 0.8, weight)
        many = t.nn.functional.multilabel_margin_loss(x, labels, reduction="none")
        return [one, many, *t.autograd.grad(one + many.sum(), x)]

    check(case, X)


def test_everything_ignored_is_nan() -> None:
    check(
        lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([-100] * 4)),
        X,
    )


def test_logits_that_are_infinite() -> None:
    far = np.array([[0.0, -np.inf, 1e4], [1e4, 0.0, 0.0]])
    check(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 0]), reduction="none"), far)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_ctc_loss(reduction: str) -> None:
    """First gradients: PyTorch has no second ones."""

    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        logs = x.log_softmax(2)
        targets = t.tensor([[1, 2, 2], [3, 1, 0]])
        loss = t.nn.functional.ctc_loss(logs, targets, (6, 5), (3, 2), reduction=reduction)
        flat = t.nn.functional.ctc_loss(
            logs, t.tensor([1, 2, 2, 3, 1]), t.tensor([6, 5]), t.tensor([3, 2]), reduction=reduction
        )
        return [loss, flat, *t.autograd.grad(loss.sum(), x)]

    check(case, numbers(6, 2, 4, seed=5), rtol=1e-6)


def test_ctc_loss_of_what_does_not_fit() -> None:
    def case(t: Any, x: Any) -> Any:
        logs = x.log_softmax(2)
        targets = t.tensor([[1, 1, 1]])
        return [
            t.nn.functional.ctc_loss(logs, targets, (3,), (3,), reduction="sum"),
            t.nn.functional.ctc_loss(logs, targets, (3,), (3,), zero_infinity=True),
        ]

    check(case, numbers(3, 1, 4, seed=5))


def test_older_arguments_and_sizes_that_broadcast_warn() -> None:
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        check(lambda t, x: t.nn.functional.l1_loss(x, x * 0, size_average=False), X)
    with pytest.warns(UserWarning, match="different to the input size"):
        check(lambda t, x: t.nn.functional.mse_loss(x, x[0]), X)
    with pytest.warns(UserWarning, match="batchmean"):
        check(lambda t, x: t.nn.functional.kl_div(x, x.exp()), X)


@pytest.mark.filterwarnings("ignore")
def test_mistakes() -> None:
    check_errors(lambda t, x: t.nn.functional.mse_loss(x, x, reduction="mode"), X)
    check_errors(lambda t, x: t.nn.functional.mse_loss(x, x[:3]), X)
    check_errors(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 1])), X)
    check_errors(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 1, 2, 3])), X)
    check_errors(lambda t, x: t.nn.functional.nll_loss(x, t.tensor([0.0, 1.0, 2.0, 0.0])), X)
    check_errors(lambda t, x: t.nn.functional.huber_loss(x, x, delta=0.0), X)
    check_errors(lambda t, x: t.nn.functional.gaussian_nll_loss(x, x, -x.abs()), X)
    check_errors(lambda t, x: t.nn.functional.triplet_margin_loss(x, x, x, margin=-1.0), X)
    check_errors(lambda t, x: t.nn.functional.multi_margin_loss(x, t.tensor(CLASSES), p=3), X)
