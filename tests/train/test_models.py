from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from minitorch.autodiff import no_grad
from minitorch.module import Module
from minitorch.random import manual_seed
from minitorch.tensor import BACKENDS, from_numpy
from minitorch.train.config import RunConfig, make_config
from minitorch.train.faces import (
    ClassFace,
    PointFace,
    ScalarFace,
    TextFace,
    load_parameters,
    parameter_arrays,
)
from minitorch.train.tasks import build_face, build_network, load_data

IMAGES = {"cnn": (1, 8, 8), "lenet": (1, 28, 28), "lenet5": (1, 28, 28)}


def built(what: str, **options: Any) -> tuple[RunConfig, Module]:
    manual_seed(0)
    config = make_config(what, options)
    return config, build_network(config, words=30)


@pytest.mark.parametrize(
    ("what", "model", "count"),
    [
        ("xor", "fast", 2 * 24 + 24 + 24 * 24 + 24 + 24 + 1),
        ("xor", "tensor", 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1),
        ("xor", "scalar", 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1),
        # The course's LeNet: 4 and 8 kernels of 3 x 3, 392 -> 64 -> 10.
        ("mnist", "lenet", (9 + 1) * 4 + (4 * 9 + 1) * 8 + (392 + 1) * 64 + (64 + 1) * 10),
        ("mnist", "lenet5", 26 * 6 + 151 * 16 + 785 * 120 + 121 * 84 + 85 * 10),
        ("sentiment", "kim", 30 * 64 + sum((64 * w + 1) * 100 + 200 for w in (3, 4, 5)) + 2),
    ],
)
def test_the_parameters_are_those_of_the_paper(what: str, model: str, count: int) -> None:
    _, network = built(what, model=model)
    assert sum(array.size for array in parameter_arrays(network).values()) == count


@pytest.mark.parametrize(
    ("what", "model"), [("digits", "cnn"), ("mnist", "lenet"), ("mnist", "lenet5")]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.jit
def test_images_become_probabilities(what: str, model: str, dtype: str) -> None:
    config, network = built(what, model=model, dtype=dtype)
    face = build_face(config)
    images = np.random.default_rng(0).normal(size=(3, *IMAGES[model])).astype(np.float32)
    network.eval()
    output = network(*face.inputs(images))
    assert output.to_numpy().dtype == dtype
    probabilities = face.probabilities(output)
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    targets = np.array([3, 0, 9])
    loss = face.loss(output, targets).item()
    assert loss == pytest.approx(-np.log(probabilities[[0, 1, 2], targets]).mean(), rel=1e-5)


@pytest.mark.jit
def test_dropout_is_on_only_in_training() -> None:
    config, network = built("digits")
    face = build_face(config)
    images = face.inputs(np.ones((2, 1, 8, 8), np.float32))
    first, second = (network(*images).to_numpy() for _ in range(2))
    assert not np.array_equal(first, second)
    network.eval()
    first, second = (network(*images).to_numpy() for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.jit
@pytest.mark.parametrize("backend", ["fast", "fused"])
def test_the_score_of_a_sentence_does_not_depend_on_its_neighbours(backend: str) -> None:
    config, network = built("sentiment", backend=backend, dtype="float64")
    face = build_face(config)
    network.eval()
    short, long = [5, 6, 7], [8, 9, 10, 11, 12, 13, 14, 15, 16]
    width = 12
    rows = np.array([ids + [0] * (width - len(ids)) for ids in (short, long)])
    with no_grad():
        together = face.probabilities(network(*face.inputs(rows)))
        alone = np.concatenate(
            [face.probabilities(network(*face.inputs(row[None]))) for row in rows]
        )
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_scalars_and_tensors_are_the_same_network() -> None:
    """The same numbers in, the same loss and the same gradients out."""
    options = {"hidden": 3, "seed": 5}
    _, scalars = built("xor", model="scalar", **options)
    _, tensors = built("xor", model="tensor", **options)
    for layer in ("layer1", "layer2", "layer3"):
        inputs, outputs = getattr(tensors, layer).weights.value.shape
        arrays = parameter_arrays(scalars)
        weights = [
            [arrays[f"{layer}.weight_{i}_{j}"] for j in range(outputs)] for i in range(inputs)
        ]
        getattr(tensors, layer).weights.update(from_numpy(np.array(weights, dtype=np.float64)))
    points, targets = np.array([[0.1, 0.9], [0.7, 0.8], [0.4, 0.3]]), np.array([1, 0, 0])
    faces = ScalarFace(), PointFace(BACKENDS["simple"], "float64")
    losses: list[float] = []
    for face, network in zip(faces, (scalars, tensors), strict=True):
        loss: Any = face.loss(network(*face.inputs(points)), targets)
        loss.backward()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    slopes = dict(scalars.named_parameters())
    for name, parameter in tensors.named_parameters():
        layer, kind = name.split(".")
        for index, found in np.ndenumerate(parameter.value.grad.to_numpy()):
            label = "weight" if kind == "weights" else "bias"
            key = f"{layer}.{label}_" + "_".join(map(str, index))
            assert float(slopes[key].value.derivative) == pytest.approx(found, rel=1e-9, abs=1e-15)


def test_weights_start_within_their_limit_and_biases_at_zero() -> None:
    _, network = built("mnist", backend="simple")
    arrays = parameter_arrays(network)
    weights = arrays["linear1.weights"]
    limit = math.sqrt(6 / 392)
    assert abs(weights).max() <= limit
    assert weights.std() == pytest.approx(limit / math.sqrt(3), rel=0.02)
    assert not arrays["linear1.bias"].any()


@pytest.mark.jit
def test_the_first_weights_are_the_same_on_every_backend() -> None:
    networks = [built("digits", backend=backend)[1] for backend in ("simple", "fast", "fused")]
    simple, *others = (parameter_arrays(network) for network in networks)
    for name, array in simple.items():
        for other in others:
            np.testing.assert_array_equal(other[name], array, err_msg=name)


def test_parameters_that_are_loaded_do_not_share_memory() -> None:
    _, network = built("digits", backend="simple")
    arrays = {name: array.copy() for name, array in parameter_arrays(network).items()}
    load_parameters(network, arrays)
    arrays["linear2.bias"][:] = 7.0
    assert not parameter_arrays(network)["linear2.bias"].any()


def test_a_mask_marks_the_words() -> None:
    face = TextFace(BACKENDS["simple"], "float32")
    ids, mask = face.inputs(np.array([[4, 0, 0, 0], [5, 6, 0, 0]]))
    assert ids.to_numpy().tolist() == [[4, 0, 0], [5, 6, 0]]
    assert mask.to_numpy()[:, :, 0].tolist() == [[1, 0, 0], [1, 1, 0]]
    assert mask.to_numpy().dtype == np.float32
    assert isinstance(face, ClassFace)


def test_examples_have_a_fingerprint() -> None:
    first = load_data(make_config("xor", {"limit": 10}))
    again = load_data(make_config("xor", {"limit": 10}))
    other = load_data(make_config("xor", {"limit": 10, "seed": 1}))
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()


def test_train_and_test_points_differ_also_on_the_spiral() -> None:
    for what in ("xor", "spiral"):
        examples = load_data(make_config(what, {"limit": 40}))
        train = {tuple(point) for point in examples.train.inputs.tolist()}
        test = {tuple(point) for point in examples.test.inputs.tolist()}
        assert len(train & test) <= 2


def test_limit_keeps_the_first_of_each_part() -> None:
    whole = load_data(make_config("digits", {}))
    few = load_data(make_config("digits", {"limit": 50}))
    assert (len(few.train), len(few.test)) == (50, 50)
    np.testing.assert_array_equal(few.train.inputs, whole.train.inputs[:50])
