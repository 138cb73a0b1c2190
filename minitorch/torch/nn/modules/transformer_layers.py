"""Layers of transformers: one of the encoder, one of the decoder.

Idea: a layer adds to its input what attention makes of it, then what a two-layer network makes of
    that; a norm stands after each sum, or before each part (norm_first). A decoder layer also
    attends to what the encoder returned, the memory.
Not here: attention (attention.py), stacks of layers (transformer.py).
Read next: transformer.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minitorch.errors import MismatchError
from minitorch.torch.creation import zeros
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.activation import GELU, ReLU
from minitorch.torch.nn.modules.attention import MultiheadAttention
from minitorch.torch.nn.modules.dropout import Dropout
from minitorch.torch.nn.modules.linear import Linear
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.normalization import LayerNorm

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer", "float_mask"]


def _activation_named(activation: Any) -> Any:
    if not isinstance(activation, str):
        return activation
    if activation == "relu":
        return F.relu
    if activation == "gelu":
        return F.gelu
    raise MismatchError(f"activation should be relu/gelu, not {activation}")


def float_mask(mask: Any, name: str, dtype: Any, other: Any = None, other_name: str = "") -> Any:
    """A mask as numbers to add: -inf where a bool mask is True.

    Raises:
        AssertionError: neither bool nor floating.
    """
    if mask is None:
        return None
    if other is not None and other.dtype != mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both "
            "instead.",
            stacklevel=3,
        )
    if mask.is_floating_point():
        return mask
    if str(mask.dtype) != "torch.bool":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    blank = zeros(mask.shape, dtype=dtype, device=mask.device)
    return blank.masked_fill(mask, float("-inf"))


class _Layer(Module):
    """What layers of encoder and decoder have in common: attention to itself, and a network."""

    attentions: int  # how many parts are summed before the network's

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made = {"bias": bias, "device": device, "dtype": dtype}
        names = ("self_attn", "multihead_attn")[: self.attentions]
        for name in names:  # registered in this order, which a state dict keeps
            attention = MultiheadAttention(
                d_model, nhead, dropout=dropout, batch_first=batch_first, **made
            )
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        parts = range(1, self.attentions + 2)
        for part in parts:
            setattr(self, f"norm{part}", LayerNorm(d_model, eps=layer_norm_eps, **made))
        for part in parts:
            setattr(self, f"dropout{part}", Dropout(dropout))
        self.activation = _activation_named(activation)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if not hasattr(self, "activation"):
            self.activation = F.relu

    def _sa_block(
        self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False
    ) -> Any:
        """Attention to itself, and dropout."""
        x = self.self_attn(
            x,
            x,
            x,
            attn_mask=attn_mask,
            key_padding_mask=key_padding_mask,
            need_weights=False,
            is_causal=is_causal,
        )[0]
        return self.dropout1(x)

    def _network(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Attention to itself and a two-layer network: (L, B, d_model), or (B, L, d_model).

    >>> import minitorch.torch as torch
    >>> TransformerEncoderLayer(d_model=8, nhead=2)(torch.zeros(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    attentions = 1

    @property
    def activation_relu_or_gelu(self) -> int:
        """1 for the rectifier, 2 for GELU, 0 for another activation."""
        if self.activation is F.relu or isinstance(self.activation, ReLU):
            return 1
        return 2 if self.activation is F.gelu or isinstance(self.activation, GELU) else 0

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Any:
        padding = float_mask(
            src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask"
        )
        mask = float_mask(src_mask, "src_mask", src.dtype)
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), mask, padding, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, mask, padding, is_causal))
        return self.norm2(x + self._ff_block(x))

    def _ff_block(self, x: Any) -> Any:
        """The network, and dropout."""
        return self.dropout2(self._network(x))


class TransformerDecoderLayer(_Layer):
    """Attention to itself and to the memory, and a two-layer network.

    >>> import minitorch.torch as torch
    >>> layer = TransformerDecoderLayer(d_model=8, nhead=2)
    >>> layer(torch.zeros(4, 3, 8), torch.zeros(5, 3, 8)).shape
    torch.Size([4, 3, 8])
    """

    attentions = 2

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        of_memory = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), *of_memory)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, *of_memory))
        return self.norm3(x + self._ff_block(x))

    def _mha_block(
        self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False
    ) -> Any:
        """Attention to the memory, and dropout."""
        x = self.multihead_attn(
            x,
            mem,
            mem,
            attn_mask=attn_mask,
            key_padding_mask=key_padding_mask,
            need_weights=False,
            is_causal=is_causal,
        )[0]
        return self.dropout2(x)

    def _ff_block(self, x: Any) -> Any:
        """The network, and dropout."""
        return self.dropout3(self._network(x))
