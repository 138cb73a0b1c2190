"""Resizing, resampling, padding and shuffling against PyTorch, with gradients of both orders."""

from __future__ import annotations

from typing import Any

import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers

SHAPES = {3: (2, 2, 5), 4: (1, 2, 4, 5), 5: (1, 1, 3, 4, 3)}
MODES = {
    3: ("nearest", "nearest-exact", "linear", "area"),
    4: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
    5: ("nearest", "nearest-exact", "trilinear", "area"),
}
PAIRS = [(dims, mode) for dims, modes in MODES.items() for mode in modes]


@pytest.mark.parametrize(("dims", "mode"), PAIRS)
@pytest.mark.parametrize(
    "sizes", [{"size": 7}, {"size": 2}, {"scale_factor": 1.7}, {"scale_factor": 2}], ids=str
)
def test_interpolate(dims: int, mode: str, sizes: dict[str, Any]) -> None:
    corners = (False, True) if mode.endswith(("linear", "cubic")) else (None,)

    def case(t: Any, x: Any) -> Any:
        resize = t.nn.functional.interpolate
        return [resize(x, mode=mode, align_corners=it, **sizes) for it in corners]

    check_gradients(case, numbers(*SHAPES[dims], seed=dims), rtol=1e-6)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_antialias(mode: str) -> None:
    def case(t: Any, x: Any) -> Any:
        resize = t.nn.functional.interpolate
        return [resize(x, size, mode=mode, antialias=True) for size in ((3, 2), (2, 9))]

    check(case, numbers(1, 2, 7, 8), rtol=1e-6, atol=1e-8)


def test_the_factor_counts_unless_it_is_recomputed() -> None:
    def case(t: Any, x: Any) -> Any:
        given: dict[str, Any] = {"scale_factor": 1.7, "mode": "bilinear"}
        resize = t.nn.functional.interpolate
        return [resize(x, **given), resize(x, **given, recompute_scale_factor=True)]

    check(case, numbers(*SHAPES[4]))


@pytest.mark.filterwarnings("ignore")
def test_older_names() -> None:
    def case(t: Any, x: Any) -> Any:
        functional = t.nn.functional
        return [
            functional.upsample(x, scale_factor=2),
            functional.upsample_nearest(x, (3, 9)),
            functional.upsample_bilinear(x, scale_factor=2),
        ]

    check(case, numbers(*SHAPES[4]))


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("align", [False, True])
def test_grid_sample(mode: str, padding: str, align: bool) -> None:
    """First gradients: PyTorch has no second ones."""

    def case(t: Any, x: Any, grid: Any) -> Any:
        x.requires_grad_()
        grid.requires_grad_()
        out = t.nn.functional.grid_sample(x, grid, mode, padding, align)
        grads = t.autograd.grad((out * out).sum(), (x, grid), allow_unused=True)
        return [out, *(it for it in grads if it is not None)]

    grid = numbers(1, 3, 4, 2, seed=7, low=-1.6, high=1.6)
    if mode == "nearest":
        check(
            lambda t, x, g: t.nn.functional.grid_sample(x, g, mode, padding, align),
            numbers(*SHAPES[4]),
            grid,
        )
    else:
        check(case, numbers(*SHAPES[4]), grid, rtol=1e-6, atol=1e-9)


def test_grid_sample_of_volumes_and_affine_grid() -> None:
    def case(t: Any, x: Any, theta: Any) -> Any:
        grid = t.nn.functional.affine_grid(theta, (1, 1, 2, 3, 4), align_corners=False)
        flat = t.nn.functional.affine_grid(theta[:, :2, 1:], (1, 1, 3, 2), align_corners=True)
        return [grid, flat, t.nn.functional.grid_sample(x, grid, align_corners=False)]

    check(case, numbers(*SHAPES[5]), numbers(1, 3, 4))


PADDINGS: tuple[Case, ...] = (
    lambda t, x: t.nn.functional.pad(x, (1, 2)),
    lambda t, x: t.nn.functional.pad(x, (-1, 2, 0, 1), value=1.5),
    lambda t, x: t.nn.functional.pad(x, (1, 2, 2, 1), mode="reflect"),
    lambda t, x: t.nn.functional.pad(x, (3, 2, 6, 1), mode="replicate"),
    lambda t, x: t.nn.functional.pad(x, (1, 2, 3, 0), mode="circular"),
    lambda t, x: t.nn.functional.pad(x[0], (2, -1), mode="replicate"),
    lambda t, x: t.nn.functional.pad(x, (0, 0, 0, 0, 1, 1, 0, 2)),
)


@pytest.mark.parametrize("number", range(len(PADDINGS)))
def test_pad(number: int) -> None:
    check_gradients(PADDINGS[number], numbers(*SHAPES[4]))


def test_pad_keeps_the_dtype() -> None:
    check(
        lambda t, x: [
            t.nn.functional.pad((x * 3).long(), (1, 1), value=2.0),
            t.nn.functional.pad(x > 0, (1, 1)),
        ],
        numbers(2, 3),
    )


def test_shuffles() -> None:
    def case(t: Any, x: Any) -> Any:
        functional = t.nn.functional
        return [
            functional.pixel_shuffle(x.reshape(1, 8, 2, 3), 2),
            functional.pixel_unshuffle(x.reshape(1, 2, 4, 6), 2),
            functional.channel_shuffle(x.reshape(1, 8, 2, 3), 2),
        ]

    check_gradients(case, numbers(48))


def test_mistakes() -> None:
    image = numbers(*SHAPES[4])
    check_errors(lambda t, x: t.nn.functional.interpolate(x), image)
    check_errors(lambda t, x: t.nn.functional.interpolate(x, 3, 2.0), image)
    check_errors(lambda t, x: t.nn.functional.interpolate(x, (3,)), image)
    check_errors(lambda t, x: t.nn.functional.interpolate(x, 3, mode="linear"), image)
    check_errors(lambda t, x: t.nn.functional.interpolate(x, 3, align_corners=True), image)
    check_errors(lambda t, x: t.nn.functional.interpolate(x, 3.5), image)
    check_errors(lambda t, x: t.nn.functional.grid_sample(x, x, mode="cubic"), image)
    check_errors(lambda t, x: t.nn.functional.grid_sample(x, x), image)
    check_errors(lambda t, x: t.nn.functional.pad(x, (1,)), image)
    check_errors(lambda t, x: t.nn.functional.pad(x, (5, 1), mode="reflect"), image)
    check_errors(lambda t, x: t.nn.functional.pad(x, (1, 1), mode="mirror"), image)
    check_errors(lambda t, x: t.nn.functional.pixel_shuffle(x, 3), image)
    check_errors(lambda t, x: t.nn.functional.channel_shuffle(x, 3), image)
