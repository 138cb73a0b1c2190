"""torch.nn.utils against PyTorch's: clipping, vectors, packing, norms of weights, other calls."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import assert_alike, to_numpy, to_ours, torch

Library = Any
LIBRARIES = [pytest.param(torch, id="theirs"), pytest.param(ours, id="ours")]


def weights(t: Library, *gradients: list[float]) -> list[Any]:
    made: list[Any] = []
    for gradient in gradients:
        weight = t.nn.Parameter(t.zeros(len(gradient)))
        weight.grad = t.tensor(gradient)
        made.append(weight)
    return made


def clipped(t: Library, norm: float, **given: Any) -> Any:
    held = weights(t, [3.0, 0.0], [-4.0])
    total = t.nn.utils.clip_grad_norm_(held, norm, **given)
    return round(total.item(), 4), [np.round(w.grad.numpy(), 4).tolist() for w in held]


PROGRAMS: list[Callable[[Library], Any]] = [
    lambda t: clipped(t, 1.0),
    lambda t: clipped(t, 10.0),
    lambda t: clipped(t, 1.0, norm_type=1),
    lambda t: clipped(t, 1.0, norm_type=float("inf")),
    lambda t: t.nn.utils.clip_grad_norm_([t.nn.Parameter(t.zeros(1))], 1.0).item(),
    lambda t: t.nn.utils.get_total_norm([t.tensor([3.0]), t.tensor([4.0])]).item(),
    lambda t: t.nn.utils.parameters_to_vector(t.nn.Linear(2, 1).parameters()).shape,
    lambda t: t.nn.utils.rnn.pad_sequence([t.ones(1, 2), t.ones(3, 2)]).tolist(),
    lambda t: t.nn.utils.rnn.pad_sequence([t.tensor([1]), t.tensor([2, 3])], True, -1).tolist(),
    lambda t: t.nn.utils.rnn.pad_sequence(
        [t.tensor([1]), t.tensor([2, 3])], True, padding_side="left"
    ).tolist(),
    lambda t: [
        row.tolist()
        for row in t.nn.utils.rnn.unpack_sequence(
            t.nn.utils.rnn.pack_sequence([t.tensor([1]), t.tensor([2, 3])], enforce_sorted=False)
        )
    ],
    lambda t: [
        x.tolist()
        for x in t.nn.utils.rnn.pack_padded_sequence(
            t.arange(8).view(2, 4), t.tensor([2, 3]), batch_first=True, enforce_sorted=False
        )
    ],
    lambda t: [
        x.tolist()
        for x in t.nn.utils.rnn.pad_packed_sequence(
            t.nn.utils.rnn.pack_sequence([t.tensor([2, 3]), t.tensor([1])]), total_length=4
        )
    ],
    lambda t: t.nn.utils.rnn.invert_permutation(t.tensor([2, 0, 1])).tolist(),
    lambda t: t.nn.utils.skip_init(t.nn.Linear, 5, 1),
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_same_as_pytorch(number: int) -> None:
    assert repr(PROGRAMS[number](ours)) == repr(PROGRAMS[number](torch))


MISTAKES: list[Callable[[Library], Any]] = [
    lambda t: t.nn.utils.clip_grad_norm_(weights(t, [float("nan")]), 1.0, error_if_nonfinite=True),
    lambda t: t.nn.utils.vector_to_parameters([1.0], []),
    lambda t: t.nn.utils.rnn.pad_sequence(3),
    lambda t: t.nn.utils.rnn.pack_sequence([t.tensor([1]), t.tensor([1, 2])]),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(2, 1), [0]),
    lambda t: t.nn.utils.rnn.pad_packed_sequence(
        t.nn.utils.rnn.pack_sequence([t.zeros(2)]), total_length=1
    ),
    lambda t: t.nn.utils.remove_weight_norm(t.nn.Tanh()),
    lambda t: t.nn.utils.remove_spectral_norm(t.nn.Tanh()),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(1, 1), n_power_iterations=0),
    lambda t: t.nn.utils.parametrize.register_parametrization(t.nn.Tanh(), "w", t.nn.Tanh()),
    lambda t: t.nn.utils.parametrize.remove_parametrizations(t.nn.Tanh(), "w"),
    lambda t: t.nn.utils.parametrizations.spectral_norm(t.nn.Tanh()),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_same_mistake_as_pytorch(number: int) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  its type is what is looked up
        MISTAKES[number](torch)
    with pytest.raises(type(theirs.value)) as mine:
        MISTAKES[number](ours)
    assert str(mine.value).partition(".")[0] == str(theirs.value).partition(".")[0]


@pytest.mark.parametrize("t", LIBRARIES)
def test_clipping_values_and_vectors(t: Library) -> None:
    held = weights(t, [3.0, -0.5], [-4.0])
    t.nn.utils.clip_grad_value_(held, 1.0)
    assert [w.grad.tolist() for w in held] == [[1.0, -0.5], [-1.0]]
    t.nn.utils.vector_to_parameters(t.tensor([1.0, 2.0, 3.0]), held)
    assert [w.tolist() for w in held] == [[1.0, 2.0], [3.0]]
    with pytest.warns(UserWarning, match="empty generator"):
        t.nn.utils.clip_grad_norm_((w for w in ()), 1.0)


def normed(t: Library, kind: str, layer: str, args: Any, state: Any = None) -> Any:
    """A layer with a norm of its weight, in either library; ours gets the state of PyTorch's."""
    module = getattr(t.nn, layer)(*args)
    wrap = getattr(t.nn.utils, kind.rpartition("/")[2], None)
    if "/" in kind:
        wrap = getattr(t.nn.utils.parametrizations, kind.rpartition("/")[2])
    module = wrap(module)
    if state is not None:
        module.load_state_dict(state)
    return module


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize(
    "kind", ["weight_norm", "new/weight_norm", "spectral_norm", "new/spectral_norm"]
)
@pytest.mark.parametrize(
    ("layer", "args", "shape"),
    [("Linear", (4, 3), (2, 4)), ("ConvTranspose1d", (2, 3, 2), (1, 2, 4))],
)
def test_norms_of_weights(kind: str, layer: str, args: Any, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    theirs = normed(torch, kind, layer, args)
    state = {key: to_ours(value) for key, value in theirs.state_dict().items()}
    mine = normed(ours, kind, layer, args, state)
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for _ in range(2):
        x = torch.randn(shape)
        out, expected = mine(to_ours(x)), theirs(x)
        assert_alike(out, expected)
        out.square().sum().backward()
        expected.square().sum().backward()
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert_alike(a.grad, b.grad, 1e-4)
    for key, value in theirs.state_dict().items():
        assert_alike(mine.state_dict()[key], value)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("t", LIBRARIES)
def test_norms_are_taken_off_again(t: Library) -> None:
    for put, take in (
        (t.nn.utils.weight_norm, t.nn.utils.remove_weight_norm),
        (t.nn.utils.spectral_norm, t.nn.utils.remove_spectral_norm),
    ):
        layer = t.nn.Linear(3, 2)
        before = to_numpy(layer.weight)
        take(put(layer))
        assert sorted(layer.state_dict()) == ["bias", "weight"]
        assert isinstance(layer.weight, t.nn.Parameter)
        if put is t.nn.utils.weight_norm:
            np.testing.assert_allclose(to_numpy(layer.weight), before, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("t", LIBRARIES)
def test_new_weight_norm_reads_the_state_of_the_old(t: Library) -> None:
    older = t.nn.utils.weight_norm(t.nn.Linear(3, 2))
    newer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(3, 2))
    newer.load_state_dict(older.state_dict())
    np.testing.assert_allclose(to_numpy(newer.weight), to_numpy(older.weight), rtol=1e-5)


@pytest.mark.parametrize("t", LIBRARIES)
def test_parametrisations(t: Library) -> None:
    class Symmetric(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    class Doubled(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2

        def right_inverse(self, x: Any) -> Any:
            return x / 2

    parametrize = t.nn.utils.parametrize
    layer = t.nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    parametrize.register_parametrization(layer, "weight", Doubled())
    assert parametrize.is_parametrized(layer)
    assert parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(layer, "bias")
    assert type(layer).__name__ == "ParametrizedLinear"
    assert parametrize.type_before_parametrizations(layer) is t.nn.Linear
    assert sorted(layer.state_dict()) == ["bias", "parametrizations.weight.original"]
    assert t.equal(layer.weight, layer.weight.t())
    layer.weight = t.eye(3)
    assert t.equal(layer.weight, t.eye(3))
    with parametrize.cached():
        assert layer.weight is layer.weight
    layer(t.ones(1, 3)).sum().backward()
    assert layer.parametrizations.weight.original.grad is not None
    other = copy.deepcopy(layer)
    assert t.equal(other.weight, layer.weight)
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is t.nn.Linear
    assert t.equal(layer.weight, t.eye(3))
    assert parametrize.is_parametrized(other)


@pytest.mark.parametrize("t", LIBRARIES)
def test_parametrisation_may_not_change_the_shape(t: Library) -> None:
    with pytest.raises(ValueError, match="may not change the shape"):
        t.nn.utils.parametrize.register_parametrization(
            t.nn.Linear(2, 3), "weight", t.nn.Flatten(0)
        )


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.stateless")
@pytest.mark.parametrize("t", LIBRARIES)
def test_call_with_other_parameters(t: Library) -> None:
    layer = t.nn.Sequential(t.nn.Linear(2, 1), t.nn.BatchNorm1d(1, affine=False))
    layer.eval()
    given = {"0.weight": t.ones(1, 2, requires_grad=True), "0.bias": t.zeros(1)}
    before = layer[0].weight
    call = t.nn.utils.stateless.functional_call
    out = call(layer, given, t.ones(1, 2))
    assert round(out.item(), 3) == 2.0
    out.sum().backward()
    assert given["0.weight"].grad is not None
    assert layer[0].weight is before
    assert before.grad is None
    with pytest.raises(RuntimeError, match="Missing key"):
        call(layer, given, t.ones(1, 2), strict=True)
