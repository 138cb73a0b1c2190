"""Recurrent layers and cells against PyTorch's: all kinds, directions, layers, packed or not."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as ours

from .both import Case, assert_alike, compare, float_leaves, pair, to_ours, torch

KINDS = ["RNN", "LSTM", "GRU"]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"num_layers": 2, "batch_first": True},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "bias": False},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 3)], ids=["batch", "alone"])
def test_layer_from_zeros(kind: str, settings: dict[str, Any], shape: tuple[int, ...]) -> None:
    compare(Case(kind, (3, 5), inputs=(shape,), kwargs=settings))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alone", [False, True])
def test_layer_from_a_state(kind: str, alone: bool) -> None:
    state: Any = (4, 5) if alone else (4, 2, 5)
    first: Any = [state, state] if kind == "LSTM" else state
    shape = (6, 3) if alone else (6, 2, 3)
    settings = {"num_layers": 2, "bidirectional": True}
    compare(Case(kind, (3, 5), inputs=(shape, first), kwargs=settings))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_other_settings() -> None:
    compare(Case("RNN", (3, 5), inputs=((4, 2, 3),), kwargs={"nonlinearity": "relu"}))
    compare(Case("RNN", (3, 5, 2, "relu"), inputs=((4, 2, 3),)))
    compare(
        Case(
            "LSTM",
            (3, 5),
            inputs=((4, 2, 3),),
            kwargs={"proj_size": 2, "num_layers": 2, "bidirectional": True},
        )
    )
    compare(Case("LSTM", (3, 5, 2), inputs=((4, 2, 3),), kwargs={"dropout": 0.5}, train=False))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("lengths", [[4, 4, 2, 1], [2, 4, 1, 3]], ids=["sorted", "mixed"])
def test_packed(kind: str, settings: dict[str, Any], lengths: list[int]) -> None:
    mine, theirs = pair(Case(kind, (3, 5), kwargs=settings))
    rows = [torch.randn(length, 3, requires_grad=True) for length in lengths]
    own = [to_ours(row) for row in rows]
    in_order = lengths == sorted(lengths, reverse=True)
    packed = torch.nn.utils.rnn.pack_sequence(rows, enforce_sorted=in_order)
    own_packed = ours.nn.utils.rnn.pack_sequence(own, enforce_sorted=in_order)
    assert_alike(tuple(own_packed), tuple(packed))
    expected, state = theirs(packed)
    out, own_state = mine(own_packed)
    assert isinstance(out, ours.nn.utils.rnn.PackedSequence)
    assert_alike(out.data, expected.data)
    assert_alike(own_state, state)
    padded = torch.nn.utils.rnn.pad_packed_sequence(expected, batch_first=True)
    own_padded = ours.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    assert_alike(own_padded, padded)
    for a, b in ((own_padded[0], padded[0]), (float_leaves(own_state)[0], float_leaves(state)[0])):
        seed = torch.randn(b.shape)
        b.backward(seed, retain_graph=True)
        a.backward(to_ours(seed), retain_graph=True)
    for a, b in zip([*own, *mine.parameters()], [*rows, *theirs.parameters()], strict=True):
        assert_alike(a.grad, b.grad, 1e-4)


def test_packed_with_a_state_in_another_order() -> None:
    mine, theirs = pair(Case("LSTM", (3, 5)))
    rows = [torch.randn(length, 3) for length in (1, 3, 2)]
    first = (torch.randn(1, 3, 5), torch.randn(1, 3, 5))
    packed = torch.nn.utils.rnn.pack_sequence(rows, enforce_sorted=False)
    own = ours.nn.utils.rnn.pack_sequence([*map(to_ours, rows)], enforce_sorted=False)
    assert_alike(mine(own, to_ours(first))[1], theirs(packed, first)[1])


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("alone", [False, True])
def test_cell(kind: str, bias: bool, alone: bool) -> None:
    shape, state = ((3,), (5,)) if alone else ((2, 3), (2, 5))
    first: Any = [state, state] if kind == "LSTMCell" else state
    compare(Case(kind, (3, 5), inputs=(shape,), kwargs={"bias": bias}))
    compare(Case(kind, (3, 5), inputs=(shape, first), kwargs={"bias": bias}))


MISTAKES = [
    (lambda t, m: m(t.zeros(2, 2, 4)), "size(-1) must be equal to input_size. Expected 3, got 4"),
    (lambda t, m: m(t.zeros(1, 2, 2, 3)), "Expected input to be 2D or 3D, got 4D"),
    (lambda t, m: m(t.zeros(2, 2, 3).double()), "does not match weight dtype"),
    (
        lambda t, m: m(t.zeros(2, 2, 3), (t.zeros(1, 3, 5), t.zeros(1, 2, 5))),
        "Expected hidden[0] size (1, 2, 5), got [1, 3, 5]",
    ),
    (
        lambda t, m: m(t.zeros(2, 2, 3), (t.zeros(2, 5), t.zeros(2, 5))),
        "For batched 3-D input, hx and cx should also be 3-D but got (2-D, 2-D) tensors",
    ),
    (lambda t, m: t.nn.LSTM(3, 5, dropout=2), "dropout should be a number in range [0, 1]"),
    (lambda t, m: t.nn.LSTM(3, 0), "hidden_size must be greater than zero"),
    (lambda t, m: t.nn.LSTM(3, 5, bias=1), "bias should be of type bool, got: int"),
    (lambda t, m: t.nn.GRU(3, 5, proj_size=2), "only supported for LSTM, not RNN or GRU"),
    (lambda t, m: t.nn.RNN(3, 5, nonlinearity="x"), "Unknown nonlinearity 'x'"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_mistakes_are_told_as_pytorch_tells_them(mistake: Any, message: str) -> None:
    mine, theirs = pair(Case("LSTM", (3, 5)))
    with pytest.raises(Exception) as theirs_raised:  # noqa: PT011  the type is what is looked up
        mistake(torch, theirs)
    with pytest.raises(type(theirs_raised.value)) as raised:
        mistake(ours, mine)
    assert message in str(raised.value)
    assert message in str(theirs_raised.value)


def test_weights_are_named_and_found() -> None:
    layer = ours.nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    layer.flatten_parameters()
    assert [len(weights) for weights in layer.all_weights] == [4] * 4
    assert layer.all_weights[3][0] is layer.weight_ih_l1_reverse


def test_dropout_between_layers_draws_anew() -> None:
    ours.manual_seed(0)
    layer = ours.nn.GRU(3, 50, num_layers=2, dropout=0.5)
    x = ours.randn(2, 1, 3)
    assert not ours.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert ours.equal(layer(x)[0], layer(x)[0])
