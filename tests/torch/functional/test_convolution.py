"""Convolutions against PyTorch: settings, groups, batches, gradients of both orders, mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers

SIGNAL, KERNEL1 = numbers(2, 4, 9, seed=1), numbers(6, 2, 3, seed=2)
IMAGE, KERNEL2 = numbers(2, 4, 6, 7, seed=3), numbers(6, 2, 3, 2, seed=4)
VOLUME, KERNEL3 = numbers(1, 2, 4, 5, 4, seed=5), numbers(4, 1, 2, 3, 2, seed=6)
BIAS6, BIAS4 = numbers(6, seed=7), numbers(4, seed=8)

SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"stride": 3, "padding": 1, "dilation": 2},
    {"padding": "same"},
    {"padding": "valid"},
)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_convolutions(dims: int, settings: dict[str, Any]) -> None:
    image, kernel, bias = (
        (SIGNAL, KERNEL1, BIAS6), (IMAGE, KERNEL2, BIAS6), (VOLUME, KERNEL3, BIAS4),
    )[dims - 1]  # fmt: skip

    def case(t: Any, x: Any, w: Any, b: Any) -> Any:
        return getattr(t.nn.functional, f"conv{dims}d")(x, w, b, groups=2, **settings)

    check_gradients(case, image, kernel, bias, rtol=1e-6, atol=1e-8)


TRANSPOSED: tuple[dict[str, Any], ...] = (
    {},
    {"stride": 2, "padding": 1},
    {"stride": 2, "output_padding": 1},
    {"dilation": 2, "output_padding": 1},
    {"stride": 3, "padding": 2, "dilation": 2},
)


@pytest.mark.parametrize("settings", TRANSPOSED, ids=str)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_transposed_convolutions(dims: int, settings: dict[str, Any]) -> None:
    image, kernel = (
        (SIGNAL, numbers(4, 3, 3)),
        (IMAGE, numbers(4, 3, 3, 2)),
        (VOLUME, numbers(2, 2, 2, 3, 2)),
    )[dims - 1]
    bias = numbers(kernel.shape[1] * 2, seed=9)

    def case(t: Any, x: Any, w: Any, b: Any) -> Any:
        return getattr(t.nn.functional, f"conv_transpose{dims}d")(x, w, b, groups=2, **settings)

    check_gradients(case, image, kernel, bias, rtol=1e-6, atol=1e-8)


def test_without_a_batch() -> None:
    check(lambda t, x, w: t.conv2d(x[0], w, groups=2), IMAGE, KERNEL2)
    check(
        lambda t, x, w: t.conv_transpose1d(x[0], w.transpose(0, 1)[:, :4], groups=1),
        SIGNAL[:, :2],
        KERNEL1,
    )


def test_of_nothing() -> None:
    check(lambda t, x, w: t.conv2d(x[:0], w, groups=2), IMAGE, KERNEL2)


LINEAR: tuple[Case, ...] = (
    lambda t, x, w: t.nn.functional.linear(w, w[0]),
    lambda t, x, w: t.nn.functional.linear(w[0, 0], w[0], w[0, :, 0]),
    lambda t, x, w: t.nn.functional.bilinear(w[0], w[1], w[:2, 0, :].reshape(2, 3, 1) * w[0, 0]),
)


@pytest.mark.parametrize("number", range(len(LINEAR)))
def test_linear_maps(number: int) -> None:
    check_gradients(LINEAR[number], SIGNAL, KERNEL1)


def test_windows_as_columns_and_back() -> None:
    settings: dict[str, Any] = {"dilation": (1, 2), "padding": (1, 0), "stride": (2, 1)}
    check_gradients(lambda t, x: t.nn.functional.unfold(x, (3, 2), **settings), IMAGE)

    def case(t: Any, x: Any) -> Any:
        columns = t.nn.functional.unfold(x, (3, 2), **settings)
        return t.nn.functional.fold(columns * columns, (6, 7), (3, 2), **settings)

    check_gradients(case, IMAGE)


def test_mistakes() -> None:
    check_errors(lambda t, x, w: t.conv2d(x, w), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x, w, groups=2, padding=-1), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x, w, groups=2, stride=0), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x[:, :, :2], w, groups=2), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x, w, groups=2, stride=2, padding="same"), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x.float(), w, groups=2), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.conv2d(x[0, 0], w, groups=2), IMAGE, KERNEL2)
    check_errors(lambda t, x, w: t.nn.functional.linear(x, w[0]), SIGNAL, KERNEL1)
    check_errors(lambda t, x: t.nn.functional.fold(x, (4, 5), 2), SIGNAL)
    check_errors(lambda t, x: t.nn.functional.unfold(x, 9), IMAGE)
