"""Reductions, places, scans and histograms against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .both import Case, check, check_errors, check_gradients, numbers, outputs

X = numbers(3, 4, 2, seed=1)
TIES = np.array([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, 2.0, -1.0], [0.0, 0.0, 5.0, 0.0]])
HOLES = np.array([[1.0, np.nan, 3.0, 0.0], [2.0, -2.0, np.inf, -1.0], [np.nan] * 4])

SMOOTH: tuple[Case, ...] = (
    lambda t, x: [x.sum(), x.sum(1), x.sum((0, -1), keepdim=True), t.sum(x, dim=2)],
    lambda t, x: [x.mean(), x.mean(0, True), x.mean((1, 2))],
    lambda t, x: [x.prod(), x.prod(1), x.prod(-1, keepdim=True)],
    lambda t, x: [x.var(), x.var(1), x.var((0, 2), correction=0), x.var(unbiased=False)],
    lambda t, x: [x.std(), x.std(0, keepdim=True), t.std_mean(x, 1), t.var_mean(x, dim=(0, 1))],
    lambda t, x: [x.norm(), x.norm(p=1), x.norm(p=3, dim=1), x.norm(dim=(0, 1), keepdim=True)],
    lambda t, x: [x.norm(float("inf")), x.norm(-float("inf"), 2), x.norm(0, 1), x.norm(2.5)],
    lambda t, x: [t.dist(x, x * 0.5), t.dist(x, x * 0.5, 1), t.renorm(x, 2, 1, 1.0)],
    lambda t, x: [x.logsumexp(1), x.logsumexp((0, 2), keepdim=True), x.softmax(1)],
    lambda t, x: [x.log_softmax(-1), t.softmax(x, 0)],
    lambda t, x: [x.max(), x.max(1), x.min(-1, keepdim=True), t.amax(x, (0, 2)), x.amin(1)],
    lambda t, x: [t.aminmax(x), t.aminmax(x, dim=1), x.median(), x.median(1), x.nanmedian(2)],
    lambda t, x: [x.quantile(0.3), x.quantile(t.tensor([0.1, 0.9]).double(), dim=1)],
    lambda t, x: [x.nanquantile(0.5, 0, keepdim=True), x.quantile(0.4, interpolation="nearest")],
    lambda t, x: [x.cumsum(1), x.cumprod(0), t.logcumsumexp(x, 1), x.cummax(1), x.cummin(-1)],
    lambda t, x: [t.diff(x), t.diff(x, 2, 1), t.trapezoid(x, dim=1), t.cumulative_trapezoid(x)],
    lambda t, x: [t.trapz(x, t.tensor([0.0, 1.5]).double()), t.gradient(x), x.nansum(1)],
    lambda t, x: [t.gradient(x, spacing=0.5, dim=1, edge_order=2), x.nanmean(0)],
)


@pytest.mark.parametrize("number", range(len(SMOOTH)))
def test_reductions_and_scans(number: int) -> None:
    check_gradients(SMOOTH[number], X, rtol=1e-6, atol=1e-8)


SHARED: tuple[Case, ...] = (
    lambda t, x: [x.max(), x.amax(1), x.amax((0, 1)), x.amin(0), t.aminmax(x)],
    lambda t, x: [x.max(1), x.min(1), x.median(), x.norm(float("inf"), 1)],
    lambda t, x: [x.prod(0), x.prod(1), x.cumprod(1), x.cumprod(0)],
    lambda t, x: [x.norm(1, 0), x.norm(1)],
    lambda t, x: [x.cummax(1), x.cummin(0)],
)


@pytest.mark.parametrize("number", range(len(SHARED)))
def test_ties_and_zeros(number: int) -> None:
    check_gradients(SHARED[number], TIES)


def test_norms_that_are_steep_at_zero() -> None:
    """First gradients only: the second are infinite there."""

    def case(t: Any, x: Any) -> Any:
        x = x.requires_grad_()
        total = x.norm(0.5, 0).sum() + x.norm(1.5, 0).sum() + (x * 0).norm() + (x * 0).std()
        return t.autograd.grad(total, x)

    check(case, TIES)


VALUES: tuple[Case, ...] = (
    lambda t, x: [x.max(1), x.min(1), x.max(), x.amin(0), x.argmax(), x.argmin(1), x.argmax(0)],
    lambda t, x: [x.nansum(), x.nansum(1), x.nanmean(1), x.nanmedian(1).values, x.median(1).values],
    lambda t, x: [x.cummax(1), x.cummin(1), x.cumsum(0), t.logcumsumexp(x, 0)],
    lambda t, x: [x.quantile(0.5, 1), x.nanquantile(0.5, 1), x.softmax(1), x.logsumexp(0)],
    lambda t, x: [x.all(), x.any(1), x.isnan().all(1), x.count_nonzero(), t.count_nonzero(x, 1)],
    lambda t, x: [x[:1, 2:].histc(3, 0, 4), t.mode(x[0]), x.std(1), x.prod(1), x.norm(dim=0)],
    lambda t, x: [x[:, 0].argmax(keepdim=True), x.argmin(-1, keepdim=True), t.amax(x, 1, True)],
)


@pytest.mark.parametrize("number", range(len(VALUES)))
@pytest.mark.parametrize("array", [HOLES, TIES], ids=["nan and inf", "ties"])
def test_values(number: int, array: np.ndarray) -> None:
    check(VALUES[number], array)


INTS = np.array([[3, -1, 0, 7], [2, 2, 5, 1]])
COUNTED: tuple[Case, ...] = (
    lambda t, x: [x.sum(), x.sum(1), x.prod(1), x.cumsum(1), x.cumprod(0), x.sum(dtype=t.int32)],
    lambda t, x: [x.to(t.uint8).sum(), x.to(t.int8).cumsum(0), (x > 0).sum(1), (x > 2).prod()],
    lambda t, x: [x.max(1), x.min(), x.argmax(1), x.amax(0), x.cummax(1), x.median(), x.mode()],
    lambda t, x: [x.all(1), x.any(), (x > 9).any(0), x.to(t.uint8).all(), x.count_nonzero()],
    lambda t, x: [x.abs().reshape(-1).bincount(), x[1].bincount(minlength=9), x.diff(), x.sum(())],
    lambda t, x: [x[1].bincount(x[1] / 2), x.mean(dtype=t.float64), x.logsumexp(0), (x > 0).diff()],
    lambda t, x: [t.histogram(x.double(), 4, range=(0.0, 8.0)), t.histc(x.double(), 4)],
    lambda t, x: [t.histogram(x.double(), t.tensor([0.0, 2.0, 3.0]).double(), density=True)],
    lambda t, x: [t.tensor(3).sum(), t.tensor(3).max(0), t.tensor(2.5).cumsum(0), t.ones(0).sum()],
    lambda t, x: [t.ones(0, 3).sum(0), t.ones(0).prod(), t.ones(0).all(), t.ones(2, 0).amax(0)],
    lambda t, x: [x.max(x * 0 + 2), t.min(x, t.tensor(1.5)), t.max(x, dim=0).indices],
)


@pytest.mark.parametrize("number", range(len(COUNTED)))
def test_whole_numbers_empty_and_without_dims(number: int) -> None:
    check(COUNTED[number], INTS, rtol=1e-6)


ERRORS: tuple[Case, ...] = (
    lambda t, x: x.mean(),
    lambda t, x: x.sum(2),
    lambda t, x: x.sum((0, 0)),
    lambda t, x: t.ones(0).max(),
    lambda t, x: t.ones(0, 2).argmax(0),
    lambda t, x: x.std(),
    lambda t, x: x.softmax(0),
    lambda t, x: x.double().quantile(1.5),
    lambda t, x: x.quantile(0.5),
    lambda t, x: x.bincount(),
    lambda t, x: (-x[0]).bincount(),
    lambda t, x: x.norm(),
    lambda t, x: x.histc(),
    lambda t, x: t.tensor(1.0).diff(),
    lambda t, x: t.ones(1).double().requires_grad_().max(0)[1].sum().backward(),
)


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_mistakes_raise_what_they_raise_there(number: int) -> None:
    check_errors(ERRORS[number], INTS)


def test_names_of_numpy_are_understood() -> None:
    check(lambda t, x: [x.sum(axis=1), t.max(x, axis=0, keepdims=True), x.argmax(axis=-1)], INTS)


HALF: tuple[Case, ...] = (
    lambda t, x: [x.sum(), x.mean(1), x.prod(0), x.max(1), x.amax(0), x.argmax(), x.std()],
    lambda t, x: [x.cumsum(1), x.cumprod(1), x.cummax(1), x.diff(), x.norm(), x.median()],
    lambda t, x: [x.exp(), x + x, x * 2.5, x / 3, x // 2, x.isnan(), x < 0.5, x.any(), -x],
    lambda t, x: [t.maximum(x, x * 0), x.clamp(0, 1), x**2, x.erf(), t.where(x > 0, x, 0)],
    lambda t, x: [x + t.ones(3), x.clone().add_(1.0), x.clone().relu_(), t.isclose(x, x)],
)


@pytest.mark.parametrize("number", range(len(HALF)))
@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_half_precision_is_rounded_once(number: int, name: str) -> None:
    """Computed in float32: the numbers here are exact in both formats, the results are rounded."""

    def case(t: Any, x: Any) -> Any:
        found = outputs(HALF[number](t, x.to(getattr(t, name))))
        return [(it.double(), str(it.dtype).split(".")[1]) for it in found]

    values = np.array([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]])
    check(case, values, rtol=2e-2 if name == "bfloat16" else 2e-3)
