"""MultiheadAttention: several attentions side by side, and one projection of what they return.

Idea: queries, keys and values are projected, cut into heads, attended to, joined and projected
    again. The three projections are one weight, unless keys or values have another size.
Not here: attention itself (nn/functional/), whole transformers (transformer.py).
Read next: transformer.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.creation import empty
from minitorch.torch.nn import functional as F
from minitorch.torch.nn import init
from minitorch.torch.nn.modules.linear import NonDynamicallyQuantizableLinear
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import declare_parameter
from minitorch.torch.nn.parameter import Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention in several heads: (L, B, E) queries, (S, B, ..) keys and values to (L, B, E).

    Vaswani et al., "Attention is all you need", 2017. With `batch_first`, (B, L, E); without a
    batch, (L, E). Returns the output, and the weights (B, L, S) or None.

    >>> import minitorch.torch as torch
    >>> attention = MultiheadAttention(8, 2, batch_first=True)
    >>> x = torch.zeros(3, 5, 8)
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    (torch.Size([3, 5, 8]), torch.Size([3, 5, 5]))
    """

    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
    in_proj_bias: Any
    bias_k: Any
    bias_v: Any

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ConfigError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self._declare(bias, add_bias_kv, device, dtype)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _declare(self, bias: bool, add_bias_kv: bool, device: Any, dtype: Any) -> None:
        size, together = self.embed_dim, self._qkv_same_embed_dim
        made = (device, dtype)
        apart = {"q": size, "k": self.kdim, "v": self.vdim}
        if together:
            declare_parameter(self, "in_proj_weight", (3 * size, size), True, *made)
        for name, width in apart.items():
            declare_parameter(self, f"{name}_proj_weight", (size, width), not together, *made)
        if not together:
            self.register_parameter("in_proj_weight", None)
        declare_parameter(self, "in_proj_bias", 3 * size, bias, *made)
        self.out_proj = NonDynamicallyQuantizableLinear(size, size, bias, *made)
        self.bias_k = self.bias_v = None
        if add_bias_kv:
            self.bias_k = Parameter(empty((1, 1, size), device=device, dtype=dtype))
            self.bias_v = Parameter(empty((1, 1, size), device=device, dtype=dtype))

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        if self.bias_k is not None:
            init.xavier_normal_(self.bias_k)
            init.xavier_normal_(self.bias_v)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("_qkv_same_embed_dim", True)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        turned = self.batch_first and query.dim() == 3
        if turned:
            query, key, value = _turned(query, key, value)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(0, 1) if turned else output), weights


def _turned(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """(B, L, E) to (L, B, E); what was one tensor stays one, so that it is projected at once."""
    new_value = value.transpose(0, 1)
    new_key = new_value if key is value else key.transpose(0, 1)
    return (new_key if query is key else query.transpose(0, 1)), new_key, new_value
