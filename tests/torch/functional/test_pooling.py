"""Pooling against PyTorch: settings, places, ties, gradients of both orders, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import check, check_errors, check_gradients, numbers

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 8), 3: (1, 2, 6, 5, 6)}

MAXIMA: tuple[dict[str, Any], ...] = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 2, "stride": 1, "dilation": 2},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
)


@pytest.mark.parametrize("settings", MAXIMA, ids=str)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_largest_of_each_window(dims: int, settings: dict[str, Any]) -> None:
    def case(t: Any, x: Any) -> Any:
        pool = getattr(t.nn.functional, f"max_pool{dims}d")
        return [pool(x, **settings), pool(x, **settings, return_indices=True)]

    check_gradients(case, numbers(*SHAPES[dims], seed=dims))
    check(case, numbers(*SHAPES[dims], seed=dims)[0])


def test_ties_and_nan_have_one_place() -> None:
    ties = np.array([[[1.0, 1.0, 0.0, 0.0], [1.0, np.nan, 0.0, 2.0], [2.0, 2.0, 2.0, 2.0]]])

    def case(t: Any, x: Any) -> Any:
        x.requires_grad_()
        out, places = t.nn.functional.max_pool2d(x, 2, 1, return_indices=True)
        return [out, places, *t.autograd.grad(out.nansum(), x)]

    check(case, ties)


MEANS: tuple[dict[str, Any], ...] = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True, "count_include_pad": False},
)


@pytest.mark.parametrize("settings", MEANS, ids=str)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_means_of_windows(dims: int, settings: dict[str, Any]) -> None:
    def case(t: Any, x: Any) -> Any:
        return getattr(t.nn.functional, f"avg_pool{dims}d")(x, **settings)

    check_gradients(case, numbers(*SHAPES[dims], seed=dims))


def test_means_with_another_divisor_and_of_whole_numbers() -> None:
    image = numbers(*SHAPES[2])
    check(lambda t, x: t.nn.functional.avg_pool2d(x, 3, 2, 1, divisor_override=5), image)
    check(lambda t, x: t.nn.functional.avg_pool2d((x * 9).long(), 3, 2), image)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("sizes", [1, 3, 2, "odd"])
def test_adaptive(dims: int, sizes: Any) -> None:
    size: Any = (4, None, 5)[:dims] if sizes == "odd" else sizes

    def case(t: Any, x: Any) -> Any:
        functional = t.nn.functional
        return [
            getattr(functional, f"adaptive_avg_pool{dims}d")(x, size),
            getattr(functional, f"adaptive_max_pool{dims}d")(x, size, return_indices=True),
        ]

    check_gradients(case, numbers(*SHAPES[dims], seed=dims))


def test_power_means() -> None:
    for dims in (1, 2, 3):

        def case(t: Any, x: Any, dims: int = dims) -> Any:
            return getattr(t.nn.functional, f"lp_pool{dims}d")(x.abs() + 0.1, 3.0, 2)

        check_gradients(case, numbers(*SHAPES[dims]), rtol=1e-6)


@pytest.mark.parametrize("dims", [2, 3])
def test_windows_by_chance(dims: int) -> None:
    samples = numbers(*SHAPES[dims][:2], dims, low=0.0, high=1.0)

    def case(t: Any, x: Any, s: Any) -> Any:
        pool = getattr(t.nn.functional, f"fractional_max_pool{dims}d")
        given: dict[str, Any] = {"return_indices": True, "_random_samples": s.detach()}
        return [pool(x, 2, output_size=3, **given), pool(x, 2, output_ratio=(0.6,) * dims, **given)]

    check(case, numbers(*SHAPES[dims]), samples)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_way_back(dims: int) -> None:
    def case(t: Any, x: Any) -> Any:
        functional = t.nn.functional
        out, places = getattr(functional, f"max_pool{dims}d")(x, 2, return_indices=True)
        unpool = getattr(functional, f"max_unpool{dims}d")
        return [unpool(out, places, 2, output_size=x.shape), out]

    check_gradients(case, numbers(*SHAPES[dims]))


def test_mistakes() -> None:
    image = numbers(*SHAPES[2])
    check_errors(lambda t, x: t.nn.functional.max_pool2d(x, 2, padding=2), image)
    check_errors(lambda t, x: t.nn.functional.max_pool2d(x, 9), image)
    check_errors(lambda t, x: t.nn.functional.max_pool2d(x[0, 0], 2), image)
    check_errors(lambda t, x: t.nn.functional.max_pool2d(x, (2, 2, 2)), image)
    check_errors(lambda t, x: t.nn.functional.avg_pool2d(x, 2, divisor_override=0), image)
    check_errors(lambda t, x: t.nn.functional.max_unpool2d(x, x.long()[:1], 2), image)
    check_errors(lambda t, x: t.nn.functional.fractional_max_pool2d(x, 2), image)
