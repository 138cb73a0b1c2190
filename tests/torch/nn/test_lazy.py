"""Layers that learn their sizes from the first input, and some that fit nowhere else."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import minitorch.torch as ours

from .both import Case, assert_alike, pair, to_ours, torch

Library = Any
LAZY = [
    ("LazyLinear", (4,), (2, 3)),
    ("LazyConv1d", (4, 2), (1, 3, 5)),
    ("LazyConv2d", (4, 2), (1, 3, 5, 5)),
    ("LazyConv3d", (4, 2), (1, 3, 3, 3, 3)),
    ("LazyConvTranspose1d", (4, 2), (1, 3, 5)),
    ("LazyConvTranspose2d", (4, 2), (1, 3, 5, 5)),
    ("LazyConvTranspose3d", (4, 2), (1, 3, 2, 2, 2)),
    ("LazyBatchNorm1d", (), (4, 3)),
    ("LazyBatchNorm2d", (), (4, 3, 2, 2)),
    ("LazyBatchNorm3d", (), (4, 3, 2, 2, 2)),
    ("LazyInstanceNorm1d", (), (4, 3, 2)),
    ("LazyInstanceNorm2d", (), (4, 3, 2, 2)),
    ("LazyInstanceNorm3d", (), (4, 3, 2, 2, 2)),
]


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
@pytest.mark.parametrize(("name", "args", "shape"), LAZY)
def test_lazy_layer(name: str, args: Any, shape: tuple[int, ...]) -> None:
    made: list[Any] = []
    for t in (torch, ours):
        layer = getattr(t.nn, name)(*args)
        first = repr(layer)
        out = layer(t.zeros(shape))
        made.append((first, repr(layer), tuple(out.shape), type(layer).__name__))
        assert all(weight.requires_grad for weight in layer.parameters())
    assert made[0] == made[1]


def test_lazy_layer_is_loaded() -> None:
    plain = ours.nn.Linear(3, 4)
    lazy = ours.nn.LazyLinear(4)
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        _ = lazy.weight.shape
    lazy.load_state_dict(plain.state_dict())
    x = ours.ones(2, 3)
    assert ours.equal(lazy(x), plain(x))
    assert ours.nn.parameter.is_lazy(ours.nn.LazyLinear(4).weight)


def test_adaptive_softmax() -> None:
    settings = {"cutoffs": [5, 10], "div_value": 2.0}
    mine, theirs = pair(Case("AdaptiveLogSoftmaxWithLoss", (8, 20), kwargs=settings))
    assert repr(mine) == repr(theirs)
    x = torch.randn(6, 8)
    target = torch.tensor([0, 4, 7, 12, 19, 3])
    expected, out = theirs(x, target), mine(to_ours(x), to_ours(target))
    assert_alike(out, expected)
    assert_alike(mine.log_prob(to_ours(x)), theirs.log_prob(x))
    assert_alike(mine.predict(to_ours(x)), theirs.predict(x))
    assert_alike(mine(to_ours(x[0]), to_ours(target[0])), theirs(x[0], target[0]))
    expected.loss.backward()
    out.loss.backward()
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        if b.grad is not None:
            assert_alike(a.grad, b.grad)
    for t, layer in ((torch, theirs), (ours, mine)):
        with pytest.raises(RuntimeError, match=r"Target values should be in \[0, 19\]"):
            layer(t.zeros(1, 8), t.tensor([20]))
        with pytest.raises(ValueError, match="cutoffs should be a sequence of unique"):
            t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[5, 5])


def test_data_parallel_passes_on() -> None:
    for t in (torch, ours):
        layer = t.nn.DataParallel(t.nn.Linear(2, 1))
        assert list(layer.state_dict()) == ["module.weight", "module.bias"]
        assert layer(t.zeros(3, 2)).shape == (3, 1)


def test_tables_of_given_vectors() -> None:
    for t in (torch, ours):
        vectors = t.tensor([[1.0, 2.0], [3.0, 4.0]])
        table = t.nn.Embedding.from_pretrained(vectors)
        assert not table.weight.requires_grad
        assert table(t.tensor([1])).tolist() == [[3.0, 4.0]]
        assert t.nn.EmbeddingBag.from_pretrained(vectors, freeze=False).weight.requires_grad


def test_convert_sync_batchnorm() -> None:
    for t in (torch, ours):
        net = t.nn.Sequential(t.nn.BatchNorm2d(3), t.nn.ReLU())
        converted = t.nn.SyncBatchNorm.convert_sync_batchnorm(net)
        assert type(converted[0]) is t.nn.SyncBatchNorm


def test_transposed_convolution_to_a_size() -> None:
    mine, theirs = pair(Case("ConvTranspose2d", (1, 1, 3), kwargs={"stride": 2}))
    x = torch.randn(1, 1, 2, 2)
    for size in ([6, 5], [1, 1, 6, 6]):
        assert_alike(mine(to_ours(x), output_size=size), theirs(x, output_size=size))


def test_older_arguments_of_losses() -> None:
    for t in (torch, ours):
        with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
            assert t.nn.MSELoss(size_average=False).reduction == "sum"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert t.nn.MSELoss(reduce=False).reduction == "none"


MODULES = [
    "activation", "batchnorm", "container", "conv", "distance", "dropout", "flatten", "fold",
    "instancenorm", "linear", "loss", "module", "normalization", "padding", "pixelshuffle",
    "pooling", "rnn", "sparse", "transformer", "upsampling",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_layers_stand_where_pytorch_has_them(name: str) -> None:
    theirs = getattr(torch.nn.modules, name)
    mine = getattr(ours.nn.modules, name)
    missing = {"CrossMapLRN2d", "LinearCrossEntropyOptions"}
    absent = [it for it in theirs.__all__ if not hasattr(mine, it) and it not in missing]
    assert [it for it in absent if not it.startswith(("register_", "Lazy"))] == []


def test_every_layer_of_pytorch_is_there() -> None:
    absent = [name for name in torch.nn.modules.__all__ if not hasattr(ours.nn, name)]
    assert absent == ["CrossMapLRN2d", "LinearCrossEntropyOptions"]
