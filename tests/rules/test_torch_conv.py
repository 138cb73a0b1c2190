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

import minitorch
from minitorch import BACKENDS, Convolution, Geometry, fast_conv, fast_ops, tensor
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


@pytest.fixture(params=["BLAS", "kernel"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Products of columns go to BLAS, or, without shortcuts, through the course's kernel."""
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
