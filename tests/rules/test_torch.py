"""Ops, losses and optimisers against PyTorch: the same numbers, the same results.

Idea: where the two differ by intent, a test says how: max shares its gradient among ties, as
    torch.amax does, and ignores NaN, which amax does not.
Not here: convolution (test_torch_conv.py).
Read next: tests/engine/
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import BACKENDS, Parameter, Scalar, Tensor, rules, tensor
from minitorch.tensor_functions import row_function
from tests.course.tensors import random_array, values

torch = pytest.importorskip("torch", reason="compares with PyTorch: make peers")
F = torch.nn.functional

every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)


def compare(
    backend: Any, ours: Any, theirs: Any, *arrays: Any, rtol: float = 1e-10, atol: float = 1e-12
) -> None:
    """Values, and gradients of a weighted sum, of two functions of the same arrays."""
    mine = [minitorch.from_numpy(np.array(a), backend, requires_grad=True) for a in arrays]
    peers = [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = ours(*mine), theirs(*peers)
    found, known = values(out), expected.detach().numpy()
    np.testing.assert_allclose(found.reshape(known.shape), known, rtol=rtol, atol=atol)
    g = random_array(*known.shape, seed=8, dtype=str(known.dtype))
    expected.backward(torch.tensor(g))
    out.backward(minitorch.from_numpy(g.reshape(out.shape), backend))
    for x, peer in zip(mine, peers, strict=True):
        assert x.grad is not None
        assert x.grad.dtype == x.dtype
        np.testing.assert_allclose(values(x.grad), peer.grad.numpy(), rtol=rtol, atol=atol)


@every_backend
@pytest.mark.parametrize(
    "shapes",
    [((2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)), ((1, 2, 3), (5, 3, 4)),
     ((2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (1, 5, 3, 4)), ((0, 3), (3, 2))],
    ids=str,
)  # fmt: skip
def test_matmul_broadcasts_batches(shapes: Any, backend: Any) -> None:
    arrays = [random_array(*shape, seed=k) for k, shape in enumerate(shapes)]
    compare(backend, lambda a, b: a @ b, lambda a, b: a @ b, *arrays)


@every_backend
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_softmax_and_logsoftmax(dim: int, backend: Any) -> None:
    array = 5.0 * random_array(2, 3, 4)
    compare(backend, lambda a: minitorch.softmax(a, dim), lambda a: F.softmax(a, dim), array)
    compare(backend, lambda a: minitorch.logsoftmax(a, dim), lambda a: F.log_softmax(a, dim), array)
    far = np.array([[1e4, -1e4, 0.0]])
    compare(backend, lambda a: minitorch.logsoftmax(a, 1), lambda a: F.log_softmax(a, 1), far)


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elementwise_functions(dtype: str, backend: Any) -> None:
    array = 4.0 * random_array(3, 5, dtype=dtype)
    rough = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {}
    compare(backend, lambda a: a.sigmoid(), torch.sigmoid, array, **rough)
    compare(backend, lambda a: a.relu(), torch.relu, array, **rough)
    compare(backend, lambda a: a.exp(), torch.exp, array, **rough)
    compare(backend, lambda a: 1.0 / a, lambda a: 1.0 / a, array, **rough)
    compare(backend, lambda a: a.mean(1), lambda a: a.mean(1, keepdim=True), array, **rough)
    positive = abs(array) + 0.1
    compare(backend, lambda a: a.log(), lambda a: torch.log(a + 1e-6), positive, **rough)


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_without_a_method(dtype: str, backend: Any) -> None:
    array = 3.0 * random_array(3, 5, dtype=dtype)
    rough = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {}
    for rule, theirs in (
        (rules.erf, torch.erf),
        (rules.tanh, torch.tanh),
        (rules.sin, torch.sin),
        (rules.cos, torch.cos),
    ):
        compare(backend, row_function(rule).apply, theirs, array, **rough)
    compare(backend, row_function(rules.ln).apply, torch.log, abs(array) + 0.1, **rough)


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu(approximate: str, dtype: str, backend: Any) -> None:
    array = np.concatenate([4.0 * random_array(40), [0.0, -0.0, 12.0, -12.0]]).astype(dtype)
    rough = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {}
    compare(
        backend,
        lambda a: minitorch.gelu(a, approximate),
        lambda a: F.gelu(a, approximate=approximate),
        array,
        **rough,
    )


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (2, 7), (2, 3, 4), (3, 1)], ids=str)
def test_layernorm(shape: tuple[int, ...], dtype: str, backend: Any) -> None:
    array, weight, bias = (
        random_array(*sizes, seed=k, dtype=dtype)
        for k, sizes in enumerate((shape, shape[-1:], shape[-1:]))
    )
    rough = {"rtol": 1e-4, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-8}
    size = shape[-1:]
    compare(backend, minitorch.layernorm, lambda a: F.layer_norm(a, size), array, **rough)
    compare(
        backend,
        lambda a, w, b: minitorch.layernorm(a, w, b, eps=1e-3),
        lambda a, w, b: F.layer_norm(a, size, w, b, eps=1e-3),
        array,
        weight,
        bias,
        **rough,
    )


@every_backend
def test_layernorm_of_numbers_far_from_zero(backend: Any) -> None:
    """The mean of squares less the square of the mean would lose all digits."""
    array = (1e4 + random_array(4, 64)).astype("float32")
    exact = array.astype("float64")
    exact -= exact.mean(1, keepdims=True)
    exact /= np.sqrt((exact * exact).mean(1, keepdims=True) + 1e-5)
    found = values(minitorch.layernorm(minitorch.from_numpy(array, backend)))
    np.testing.assert_allclose(found, exact, atol=2e-3)


@every_backend
@pytest.mark.parametrize("dim", [0, 1])
def test_max_shares_its_gradient_among_ties_as_amax_does(dim: int, backend: Any) -> None:
    array = np.random.default_rng(0).integers(0, 3, (4, 5)).astype(float)
    compare(
        backend, lambda a: minitorch.max(a, dim), lambda a: torch.amax(a, dim, keepdim=True), array
    )


@every_backend
def test_pooling(backend: Any) -> None:
    array = random_array(2, 3, 4, 6)
    for kernel in ((2, 2), (4, 3), (1, 6)):
        compare(
            backend,
            lambda a, kernel=kernel: minitorch.avgpool2d(a, kernel),
            lambda a, kernel=kernel: F.avg_pool2d(a, kernel),
            array,
        )
        compare(
            backend,
            lambda a, kernel=kernel: minitorch.maxpool2d(a, kernel),
            lambda a, kernel=kernel: F.max_pool2d(a, kernel),
            array,
        )


@every_backend
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_gather_and_scatter_add(dim: int, backend: Any) -> None:
    array = random_array(3, 4, 5)
    rng = np.random.default_rng(1)
    index = rng.integers(0, array.shape[dim], (2, 3, 4))
    ours, theirs = minitorch.from_numpy(index, backend), torch.tensor(index)
    compare(
        backend,
        lambda a: minitorch.Gather.apply(a, dim, ours),
        lambda a: torch.gather(a, dim, theirs),
        array,
    )
    source = random_array(2, 3, 4)
    shape = tuple(6 if k == dim else n for k, n in enumerate(source.shape))
    compare(
        backend,
        lambda a: minitorch.ScatterAdd.apply(a, dim, ours, 6),
        lambda a: torch.zeros(shape, dtype=a.dtype).scatter_add(dim, theirs, a),
        source,
    )


@every_backend
@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 1, 2), (0,)], ids=str)
def test_embedding(shape: tuple[int, ...], backend: Any) -> None:
    ids = np.random.default_rng(0).integers(0, 3, shape)  # few rows, so that some repeat
    ours, theirs = minitorch.from_numpy(ids, backend), torch.tensor(ids)
    compare(
        backend,
        lambda w: minitorch.embedding(w, ours),
        lambda w: F.embedding(theirs, w),
        random_array(5, 4),
    )


@every_backend
def test_nll_loss_and_cross_entropy(backend: Any) -> None:
    array = random_array(6, 4)
    targets = np.random.default_rng(0).integers(0, 4, 6)
    ours, theirs = minitorch.from_numpy(targets, backend), torch.tensor(targets)
    compare(
        backend,
        lambda a: minitorch.nll_loss(a, ours).view(),
        lambda a: F.nll_loss(a, theirs),
        array,
    )
    compare(
        backend,
        lambda a: minitorch.cross_entropy(a, ours).view(),
        lambda a: F.cross_entropy(a, theirs),
        array,
    )


@every_backend
def test_argmax_takes_the_first_of_ties(backend: Any) -> None:
    array = np.random.default_rng(0).integers(0, 3, (6, 5)).astype(float)
    for dim in (0, 1):
        position = minitorch.argmax_position(tensor(array, backend=backend), dim)
        expected = torch.argmax(torch.tensor(array), dim, keepdim=True)
        assert np.array_equal(values(position), expected.numpy())


# Optimisers: 30 steps down a curved valley, state and all.

STEPS = 30
CURVES = np.array([1.0, 10.0, 0.1, 3.0])
START = np.array([2.0, -1.0, 0.5, 3.0])
OPTIMISERS: dict[str, tuple[Any, Any]] = {
    "sgd": (
        lambda p: minitorch.SGD(p, lr=0.05),
        lambda p: torch.optim.SGD(p, lr=0.05),
    ),
    "momentum": (
        lambda p: minitorch.SGD(p, lr=0.02, momentum=0.9),
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    ),
    "adam": (
        lambda p: minitorch.Adam(p, lr=0.1),
        lambda p: torch.optim.Adam(p, lr=0.1),
    ),
    "adam with options": (
        lambda p: minitorch.Adam(p, lr=0.1, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.1),
    ),
}
every_optimiser = pytest.mark.parametrize("name", OPTIMISERS)


def their_path(name: str, dtype: str) -> list[Any]:
    x = torch.tensor(START.astype(dtype), requires_grad=True)
    optimiser = OPTIMISERS[name][1]([x])
    path: list[Any] = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        (torch.tensor(CURVES.astype(dtype)) * x * x).sum().backward()
        optimiser.step()
        path.append(x.detach().numpy().copy())
    return path


@every_backend
@every_optimiser
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_optimiser_walks_the_same_way(name: str, dtype: str, backend: Any) -> None:
    p = Parameter(minitorch.from_numpy(START.astype(dtype), backend))
    unused = Parameter(minitorch.from_numpy(START.astype(dtype), backend))
    empty: Any = Parameter(None)
    optimiser = OPTIMISERS[name][0]([p, unused, empty])
    curves = minitorch.from_numpy(CURVES.astype(dtype), backend)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for step, expected in enumerate(their_path(name, dtype)):
        optimiser.zero_grad()
        x: Tensor = p.value
        (curves * x * x).sum().backward()
        optimiser.step()
        assert p.value.dtype == dtype
        assert p.value.backend is backend
        found = values(p.value)
        np.testing.assert_allclose(
            found, expected, rtol=tolerance, atol=tolerance, err_msg=str(step)
        )
    assert np.array_equal(values(unused.value), START.astype(dtype))


@every_optimiser
def test_an_optimiser_of_scalars_walks_the_same_way(name: str) -> None:
    parameters = [Parameter(Scalar(x)) for x in START.tolist()]
    optimiser = OPTIMISERS[name][0](parameters)
    for expected in their_path(name, "float64"):
        optimiser.zero_grad()
        total = Scalar(0.0)
        for curve, p in zip(CURVES.tolist(), parameters, strict=True):
            total = total + curve * p.value * p.value
        total.backward()
        optimiser.step()
        found = [p.value.data for p in parameters]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@every_backend
def test_sgd_takes_the_sum_of_gradients_that_were_not_forgotten(backend: Any) -> None:
    p = Parameter(tensor([1.0], backend=backend))
    optimiser = minitorch.SGD([p], lr=0.5)
    for _ in range(2):
        (p.value * 3.0).sum().backward()
    optimiser.step()
    assert p.value.item() == 1.0 - 0.5 * 6.0
    assert p.value.is_leaf()


def test_nan_is_where_max_and_amax_differ() -> None:
    array = np.array([[math.nan, 1.0]])
    assert values(minitorch.max(tensor(array), 1)).tolist() == [[1.0]]
    assert torch.amax(torch.tensor(array), 1).isnan().all()
