"""Convolution of every geometry, against PyTorch: values, gradients, gradients of gradients.

Idea: the same numbers go through both; stride, padding, dilation and groups mean the same.
Not here: the course's anchored form (tests/course/test_module4_conv.py).
Read next: test_torch.py
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import BACKENDS, Convolution, Geometry, ShapeError, fast_conv, fast_ops, tensor
from minitorch.conv_plans import LANES, tile_of
from tests.course.tensors import LAYOUTS, laid, random_array, values

torch = pytest.importorskip("torch", reason="compares with PyTorch: make peers")

# (input, weight, options)
CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 5, 6), (4, 3, 3, 2), {}),
    ((1, 1, 3, 3), (1, 1, 3, 3), {}),
    ((1, 2, 7, 8), (3, 2, 3, 3), {"stride": 2}),
    ((1, 2, 7, 8), (3, 2, 3, 3), {"stride": (3, 2), "padding": (2, 1)}),
    ((2, 1, 4, 4), (2, 1, 2, 3), {"padding": 2}),
    ((1, 2, 9, 7), (2, 2, 3, 2), {"dilation": (2, 3)}),
    ((1, 2, 9, 7), (2, 2, 3, 3), {"dilation": 2, "padding": 3, "stride": 2}),
    ((2, 4, 5, 5), (6, 2, 3, 3), {"groups": 2}),
    ((2, 4, 6, 5), (4, 1, 3, 2), {"groups": 4, "stride": (2, 1), "padding": 1}),
    ((1, 2, 4, 5), (3, 2, 1, 1), {"stride": 3}),
    ((1, 1, 2, 2), (1, 1, 4, 4), {"padding": 1}),
    ((1, 6, 8, 8), (3, 2, 2, 2), {"groups": 3, "dilation": 3, "padding": 2, "stride": 2}),
]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(params=["lines", "kernel"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sums of shifted lines, or, without shortcuts, the course's kernel where it is its form."""
    if request.param == "kernel":
        config = dataclasses.replace(fast_ops.config, shortcuts=False)
        monkeypatch.setattr(fast_ops, "config", config)
        monkeypatch.setattr(fast_conv, "config", config)
    return request.param


@every_case
@pytest.mark.usefixtures("by")
def test_values_and_gradients(case: Any) -> None:
    x_shape, w_shape, options = case
    x, w = random_array(*x_shape), random_array(*w_shape, seed=1)
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    expected = torch.nn.functional.conv2d(a, b, **options)
    g = random_array(*expected.shape, seed=2)
    expected.backward(torch.tensor(g))
    for backend in BACKENDS.values():
        ours = [tensor(v, backend=backend, requires_grad=True) for v in (x, w)]
        out = minitorch.convolution(*ours, **options)
        assert out.backend is backend
        np.testing.assert_allclose(values(out), expected.detach().numpy(), atol=1e-12)
        out.backward(tensor(g, backend=backend))
        for mine, theirs in zip(ours, (a, b), strict=True):
            np.testing.assert_allclose(values(mine.grad), theirs.grad.numpy(), atol=1e-12)


@every_case
def test_gradients_of_gradients(case: Any) -> None:
    """All three Functions are differentiated: conv's gradients in both arguments, again in both."""
    x_shape, w_shape, options = case
    x, w = random_array(*x_shape), random_array(*w_shape, seed=1)
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    out = torch.nn.functional.conv2d(a, b, **options)
    first = torch.autograd.grad((out * out * out).sum(), (a, b), create_graph=True)
    ((first[0] ** 2).sum() + (first[1] ** 2).sum()).backward()

    c, d = (tensor(v, requires_grad=True) for v in (x, w))
    ours = minitorch.convolution(c, d, **options)
    (ours * ours * ours).sum().backward(create_graph=True)
    gradients = c.grad, d.grad
    for mine, theirs in zip(gradients, first, strict=True):
        np.testing.assert_allclose(values(mine), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)
    c.zero_grad_()
    d.zero_grad_()
    ((gradients[0] * gradients[0]).sum() + (gradients[1] * gradients[1]).sum()).backward()
    for mine, theirs in ((c, a), (d, b)):
        scale = abs(theirs.grad.numpy()).max()
        np.testing.assert_allclose(values(mine.grad), theirs.grad.numpy(), atol=1e-11 * scale)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout: str) -> None:
    x, w = laid(random_array(2, 2, 5, 6), layout), laid(random_array(3, 2, 2, 3, seed=1), layout)
    expected = torch.nn.functional.conv2d(
        torch.tensor(values(x)), torch.tensor(values(w)), stride=(2, 1), padding=1
    )
    out = minitorch.convolution(x, w, stride=(2, 1), padding=1)
    np.testing.assert_allclose(values(out), expected.numpy(), atol=1e-12)


def test_float32() -> None:
    x, w = random_array(2, 3, 8, 8, dtype="float32"), random_array(4, 3, 3, 3, dtype="float32")
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    torch.nn.functional.conv2d(a, b, stride=2).sum().backward()
    c, d = (minitorch.from_numpy(v, requires_grad=True) for v in (x, w))
    out = minitorch.convolution(c, d, stride=2)
    assert out.dtype == np.float32
    out.sum().backward()
    for mine, theirs in ((c, a), (d, b)):
        assert mine.grad is not None
        assert mine.grad.dtype == np.float32
        np.testing.assert_allclose(values(mine.grad), theirs.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_the_courses_form_is_a_case_of_the_general_one() -> None:
    x, w = tensor(random_array(2, 3, 5, 6)), tensor(random_array(4, 3, 2, 3))
    anchored = Convolution.apply(x, w, Geometry.anchored((2, 3)))
    assert np.array_equal(values(minitorch.conv2d(x, w)), values(anchored))
    padded = torch.nn.functional.pad(torch.tensor(values(x)), (0, 2, 0, 1))
    expected = torch.nn.functional.conv2d(padded, torch.tensor(values(w)))
    np.testing.assert_allclose(values(anchored), expected.numpy(), atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}])
def test_conv1d_is_a_convolution_of_images_one_high(options: dict[str, int]) -> None:
    x, w = random_array(2, 3, 7), random_array(4, 3, 3)
    expected = torch.nn.functional.conv1d(torch.tensor(x), torch.tensor(w), **options)
    flat = {"stride": (1, options.get("stride", 1)), "padding": (0, options.get("padding", 0))}
    out = minitorch.convolution(tensor(x[:, :, None]), tensor(w[:, :, None]), **flat)
    np.testing.assert_allclose(values(out)[:, :, 0], expected.numpy(), atol=1e-12)


@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("relu", [False, True])
@every_case
def test_bias_and_relu_are_folded_in(case: Any, relu: bool) -> None:
    x_shape, w_shape, options = case
    arrays = (random_array(*x_shape), random_array(*w_shape, seed=1), random_array(w_shape[0]))
    theirs = [torch.tensor(v, requires_grad=True) for v in arrays]
    expected = torch.nn.functional.conv2d(*theirs, **options)
    expected = expected.relu() if relu else expected
    g = random_array(*expected.shape, seed=2)
    expected.backward(torch.tensor(g))
    ours = [tensor(v, requires_grad=True) for v in arrays]
    x, w, bias = ours
    out = minitorch.convolution(x, w, **options, bias=bias.view(-1, 1, 1), relu=relu)
    np.testing.assert_allclose(values(out), expected.detach().numpy(), atol=1e-12)
    out.backward(tensor(g))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(values(mine.grad), other.grad.numpy(), atol=1e-12)


def test_gradients_of_gradients_through_bias_and_relu() -> None:
    arrays = (random_array(2, 2, 5, 6), random_array(3, 2, 2, 3, seed=1), random_array(3, seed=2))
    theirs = [torch.tensor(v, requires_grad=True) for v in arrays]
    out = torch.nn.functional.conv2d(*theirs, padding=1).relu()
    first = torch.autograd.grad((out * out * out).sum(), theirs, create_graph=True)
    sum((g * g).sum() for g in first).backward()
    ours = [tensor(v, requires_grad=True) for v in arrays]
    mine = minitorch.convolution(ours[0], ours[1], padding=1, bias=ours[2], relu=True)
    (mine * mine * mine).sum().backward(create_graph=True)
    gradients = [v.grad for v in ours]
    for leaf in ours:
        leaf.zero_grad_()
    squares = [(g * g).sum() for g in gradients]
    (squares[0] + squares[1] + squares[2]).backward()
    for leaf, other in zip(ours, theirs, strict=True):
        scale = abs(other.grad.numpy()).max()
        np.testing.assert_allclose(values(leaf.grad), other.grad.numpy(), atol=1e-11 * scale)


def test_only_the_gradients_asked_for_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []
    for name in ("convolve_adjoint", "correlate"):
        real = getattr(fast_conv, name)

        def noted(*args: Any, real: Any = real, name: str = name, **options: Any) -> Any:
            computed.append(name)
            return real(*args, **options)

        monkeypatch.setattr(fast_conv, name, noted)
    x, w, b = random_array(1, 1, 3, 3), random_array(1, 1, 2, 2), random_array(1)
    for constants, expected in (
        (tensor(x), ["correlate"]),
        (tensor(x, requires_grad=True), ["convolve_adjoint", "correlate"]),
    ):
        computed.clear()
        weight, bias = tensor(w, requires_grad=True), tensor(b, requires_grad=True)
        minitorch.conv2d(constants, weight, bias).sum().backward()
        assert computed == expected


def test_a_bias_of_another_size_is_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"bias of shape \(3,\) for 4 out channels: expected \(4,\)"
    ):
        minitorch.conv2d(
            minitorch.zeros((1, 1, 3, 3)), minitorch.zeros((4, 1, 1, 1)), tensor([1, 2, 3])
        )


# Each splits differently into tiles: images together, rows, columns, and channels many.
TILED = [
    ((100, 2, 1, 21), (3, 2, 1, 3), {"padding": (0, 1)}),
    ((2, 2, 90, 40), (5, 2, 3, 3), {"padding": 1}),
    ((2, 1, 3, 2 * LANES + 7), (2, 1, 2, 3), {"padding": 1}),
    ((1, 1, 2, 3 * LANES), (1, 1, 1, 4), {"stride": (1, 2), "dilation": (1, 3)}),
    ((1, 300, 20, 20), (2, 300, 3, 3), {"padding": 1}),
]


@pytest.mark.jit
@pytest.mark.usefixtures("compiled_at_once")
@pytest.mark.parametrize("case", TILED, ids=str)
def test_large_images_are_taken_in_tiles(case: Any) -> None:
    x_shape, w_shape, options = case
    check(random_array(*x_shape), random_array(*w_shape, seed=1), options)


@pytest.mark.jit
@pytest.mark.usefixtures("compiled_at_once")
def test_enough_work_for_several_threads() -> None:
    x, w = random_array(8, 8, 64, 64), random_array(8, 8, 3, 3, seed=1)
    check(x, w, {"padding": 1})


def check(x: Any, w: Any, options: dict[str, Any]) -> None:
    """Value and gradients of one convolution against PyTorch."""
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    expected = torch.nn.functional.conv2d(a, b, **options)
    g = random_array(*expected.shape, seed=2)
    expected.backward(torch.tensor(g))
    c, d = (tensor(v, requires_grad=True) for v in (x, w))
    out = minitorch.convolution(c, d, **options)
    np.testing.assert_allclose(values(out), expected.detach().numpy(), atol=1e-10)
    out.backward(minitorch.from_numpy(g))
    for mine, theirs in ((c, a), (d, b)):
        np.testing.assert_allclose(values(mine.grad), theirs.grad.numpy(), atol=1e-10)


def test_tiles_are_even_and_fit() -> None:
    assert tile_of((28, 28), (2, 2), 16, 4, 4) == (1, 28, 28)
    assert tile_of((1, 21), (0, 2), 100, 64, 4) == (50, 1, 21)
    assert tile_of((64, 64), (2, 2), 8, 4, 4) == (1, 16, 64)
    assert tile_of((1, 5000), (0, 0), 3, 1, 4)[2] <= LANES
    assert tile_of((28, 28), (2, 2), 0, 4, 4) == (1, 28, 28)


@st.composite
def geometries(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """Input and weight shapes that fit, and the options."""
    number = st.integers(1, 3)
    kernel, stride, dilation = ((draw(number), draw(number)) for _ in range(3))
    padding = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    groups = draw(number)
    least = [
        max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding, strict=True)
    ]
    size = [n + draw(st.integers(0, 6)) for n in least]
    ins, outs = draw(number), draw(st.integers(1, 5)) * groups
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (draw(st.integers(0, 3)), ins * groups, *size), (outs, ins, *kernel), options


@given(case=geometries())
def test_any_geometry(case: Any) -> None:
    x_shape, w_shape, options = case
    check(random_array(*x_shape), random_array(*w_shape, seed=1), options)


@pytest.mark.parametrize("special", [float("nan"), float("inf")])
def test_nan_and_inf_in_the_image_stay_where_they_are(special: float) -> None:
    """Also in the weight's gradient, where lines of zeros meet them across the seams."""
    x, w = random_array(2, 1, 4, 5), random_array(2, 1, 3, 3, seed=1)
    x[0, 0, 0, 0] = special
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    expected = torch.nn.functional.conv2d(a, b)
    expected.sum().backward()
    c, d = (tensor(v, requires_grad=True) for v in (x, w))
    out = minitorch.convolution(c, d)
    out.sum().backward()
    np.testing.assert_allclose(values(out), expected.detach().numpy(), atol=1e-12)
    assert np.isfinite(b.grad.numpy()).any()
    for mine, theirs in ((c, a), (d, b)):
        np.testing.assert_allclose(values(mine.grad), theirs.grad.numpy(), atol=1e-12)


def test_an_infinite_weight_meets_the_zeros_of_the_padding() -> None:
    x, w = random_array(1, 1, 3, 3), random_array(1, 1, 3, 3, seed=1)
    w[0, 0, 0, 0] = np.inf
    padded = torch.nn.functional.pad(torch.tensor(x), (1, 1, 1, 1))
    expected = torch.nn.functional.conv2d(padded, torch.tensor(w))
    out = minitorch.convolution(tensor(x), tensor(w), padding=1)
    np.testing.assert_array_equal(np.isnan(values(out)), np.isnan(expected.numpy()))
