"""Attention and transformers against PyTorch's: masks, places of the norms, evaluation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import Case, assert_alike, pair, to_ours, torch

pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor is True", "ignore:The PyTorch")


def run(case: Case, inputs: tuple[Any, ...], **given: Any) -> None:
    """Outputs and the gradients of parameters and inputs."""
    mine, theirs = pair(case)
    own_inputs = to_ours(inputs)
    expected = theirs(*inputs, **given)
    out = mine(*own_inputs, **{key: to_ours(value) for key, value in given.items()})
    assert_alike(out, expected, 2e-5)
    first, own_first = (x[0] if isinstance(x, tuple) else x for x in (expected, out))
    seed = torch.randn(first.shape)
    first.backward(seed)
    own_first.backward(to_ours(seed))
    leaves = zip([*own_inputs, *mine.parameters()], [*inputs, *theirs.parameters()], strict=True)
    for a, b in leaves:
        if b.grad is not None:
            assert_alike(a.grad, b.grad, 1e-4, "gradient")


def draw(*shapes: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(torch.randn(shape, requires_grad=True) for shape in shapes)


HIDDEN = torch.tensor([[False, False, False, True], [False, False, True, True]])  # padding, (B, S)
LATER = torch.ones(3, 4).triu(2).bool()
ATTENTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"bias": False}, {"need_weights": False}),
    ({"add_bias_kv": True}, {"average_attn_weights": False}),
    ({"add_zero_attn": True}, {"key_padding_mask": HIDDEN}),
    ({}, {"attn_mask": LATER}),
    ({}, {"attn_mask": torch.randn(4, 3, 4), "need_weights": False}),
    ({}, {"attn_mask": LATER, "key_padding_mask": HIDDEN, "need_weights": False}),
]


@pytest.mark.parametrize(("settings", "given"), ATTENTIONS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_attention(settings: dict[str, Any], given: dict[str, Any], batch_first: bool) -> None:
    shapes = [(3, 2, 6), (4, 2, 6), (4, 2, 6)]
    if batch_first:
        shapes = [(b, t, e) for t, b, e in shapes]
    case = Case("MultiheadAttention", (6, 2), kwargs={**settings, "batch_first": batch_first})
    run(case, draw(*shapes), **given)


def test_attention_of_other_sizes_alone_and_to_itself() -> None:
    run(Case("MultiheadAttention", (6, 2)), draw((3, 6), (4, 6), (4, 6)))
    sizes = {"kdim": 5, "vdim": 7}
    run(Case("MultiheadAttention", (6, 3), kwargs=sizes), draw((3, 2, 6), (4, 2, 5), (4, 2, 7)))
    mine, theirs = pair(Case("MultiheadAttention", (6, 2), kwargs={"batch_first": True}))
    x = torch.randn(2, 3, 6)
    own = to_ours(x)
    assert_alike(mine(own, own, own), theirs(x, x, x))


LAYERS: list[dict[str, Any]] = [
    {},
    {"batch_first": True, "norm_first": True, "activation": "gelu"},
    {"bias": False, "activation": torch.tanh},
]


@pytest.mark.parametrize("settings", LAYERS, ids=str)
def test_layers(settings: dict[str, Any]) -> None:
    settings = {**settings, "dropout": 0.0}
    if callable(settings.get("activation")):
        settings["activation"] = "relu"
    sizes = (6, 2, 10)
    run(Case("TransformerEncoderLayer", sizes, kwargs=settings), draw((3, 2, 6)))
    inputs = (
        draw((2, 3, 6), (2, 4, 6)) if settings.get("batch_first") else draw((3, 2, 6), (4, 2, 6))
    )
    run(Case("TransformerDecoderLayer", sizes, kwargs=settings), inputs)


def test_any_activation() -> None:
    layer = ours.nn.TransformerEncoderLayer(6, 2, 10, activation=ours.tanh)
    assert layer(ours.zeros(3, 2, 6)).shape == (3, 2, 6)
    for library in (torch, ours):
        with pytest.raises(RuntimeError, match="activation should be relu/gelu, not swish"):
            library.nn.TransformerEncoderLayer(6, 2, activation="swish")


def test_transformer_with_masks() -> None:
    settings = {"num_encoder_layers": 2, "num_decoder_layers": 1, "dim_feedforward": 8}
    case = Case("Transformer", (6, 2), kwargs={**settings, "dropout": 0.0, "batch_first": True})
    mask = torch.nn.Transformer.generate_square_subsequent_mask(3)
    assert_alike(ours.nn.Transformer.generate_square_subsequent_mask(3), mask)
    run(case, draw((2, 4, 6), (2, 3, 6)), tgt_mask=mask)
    padded = torch.zeros(2, 4).masked_fill(HIDDEN, float("-inf"))
    run(
        case,
        draw((2, 4, 6), (2, 3, 6)),
        tgt_mask=mask,
        src_key_padding_mask=padded,
        memory_key_padding_mask=padded,
    )


def test_transformer_checks_sizes() -> None:
    for library in (torch, ours):
        net = library.nn.Transformer(6, 2, 1, 1, 8)
        with pytest.raises(RuntimeError, match="batch number of src and tgt must be equal"):
            net(library.zeros(4, 2, 6), library.zeros(3, 1, 6))
        with pytest.raises(RuntimeError, match="must be equal to d_model"):
            net(library.zeros(4, 2, 5), library.zeros(3, 2, 5))


def encoders() -> tuple[Any, Any]:
    made: list[Any] = []
    for library in (torch, ours):
        layer = library.nn.TransformerEncoderLayer(6, 2, 10, dropout=0.0, batch_first=True)
        made.append(library.nn.TransformerEncoder(layer, 2, norm=library.nn.LayerNorm(6)))
    theirs, mine = made
    mine.load_state_dict({key: to_ours(value) for key, value in theirs.state_dict().items()})
    assert repr(mine) == repr(theirs)
    return mine, theirs


def test_encoder_leaves_zeros_where_padding_is_skipped() -> None:
    """Inference skips what is padded; training, and inference with gradients, do not."""
    mine, theirs = encoders()
    x = torch.randn(2, 4, 6)
    for training in (True, False):
        for recorded in (True, False):
            theirs.train(training)
            mine.train(training)
            with torch.set_grad_enabled(recorded), ours.set_grad_enabled(recorded):
                expected = theirs(x, src_key_padding_mask=HIDDEN)
                out = mine(to_ours(x), src_key_padding_mask=to_ours(HIDDEN))
            assert_alike(out, expected, 2e-5)


def test_layers_of_an_encoder_are_copies() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = ours.nn.TransformerEncoderLayer(6, 2, 10)
        encoder = ours.nn.TransformerEncoder(layer, 2)
    first, second = encoder.layers
    assert first.linear1.weight is not second.linear1.weight
    np.testing.assert_array_equal(
        first.linear1.weight.detach().numpy(), second.linear1.weight.detach().numpy()
    )


def test_why_padding_is_not_skipped_is_said() -> None:
    for library in (torch, ours):
        layer = library.nn.TransformerEncoderLayer(6, 2, 10)
        with pytest.warns(UserWarning, match="self_attn.batch_first was not True"):
            library.nn.TransformerEncoder(layer, 1)
