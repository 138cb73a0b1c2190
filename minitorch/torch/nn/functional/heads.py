"""Attention of several heads: each looks at a part of the embedding, after projections of its own.

Idea: the heads are one more batch dim, so that all attend in one matrix product.
Not here: attention itself (attention.py), the module with its parameters (../modules/attention.py).
Read next: attention.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch.errors import GradientError, MinitorchError
from minitorch.rules import where
from minitorch.tensor_functions import Slice, row_function
from minitorch.torch.face import converted
from minitorch.torch.linalg import matmul
from minitorch.torch.nn import functional
from minitorch.torch.nn.functional.attention import swapped, weights_of
from minitorch.torch.nn.functional.conv import linear
from minitorch.torch.nn.functional.padding import pad
from minitorch.torch.nn.functional.parts import SizeError
from minitorch.torch.ranges import arange

__all__ = ["multi_head_attention_forward"]

Where = row_function(where)


class ExpectationError(MinitorchError, AssertionError):
    """What PyTorch asserts of the arguments of attention."""


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise ExpectationError(message)


def _batched(
    query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any, heads: int
) -> bool:
    """Whether the inputs have a batch dim; raises where their dims do not fit."""
    if query.dims not in (2, 3):
        raise ExpectationError(
            "query should be unbatched 2D or batched 3D tensor but received "
            f"{query.dims}-D query tensor"
        )
    word = "batched" if query.dims == 3 else "unbatched"
    _expect(
        key.dims == query.dims and value.dims == query.dims,
        f"For {word} ({query.dims}-D) `query`, expected `key` and `value` to be {query.dims}-D but "
        f"found {key.dims}-D and {value.dims}-D tensors respectively",
    )
    if key_padding_mask is not None:
        _expect(
            key_padding_mask.dims == query.dims - 1,
            f"For {word} ({query.dims}-D) `query`, expected `key_padding_mask` to be `None` or "
            f"{query.dims - 1}-D but found {key_padding_mask.dims}-D tensor instead",
        )
    if attn_mask is not None:
        _expect(
            attn_mask.dims in (2, 3),
            f"For {word} ({query.dims}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D "
            f"but found {attn_mask.dims}-D tensor instead",
        )
        if query.dims == 2 and attn_mask.dims == 3:
            wanted = (heads, query.shape[0], key.shape[0])
            _expect(
                tuple(attn_mask.shape) == wanted,
                f"Expected `attn_mask` shape to be {wanted} but got {tuple(attn_mask.shape)}",
            )
    return query.dims == 3


def _as_scores(mask: Any, kind: Any, name: str) -> Any:
    """A mask as numbers to add: minus infinity where a bool mask is true.

    Raises:
        ExpectationError: a mask of whole numbers.
    """
    if mask is None or mask.dtype.is_floating_point:
        return mask
    _expect(mask._tensor.dtype.kind == "b", f"only bool and floating types of {name} are supported")
    return Where.apply(mask, -math.inf, converted(mask, kind) * 0)


def _projected(query: Any, key: Any, value: Any, weights: Any, bias: Any) -> tuple[Any, ...]:
    """Query, key and value, each by its own matrix; all at once where they are one tensor."""
    size = query.shape[-1]
    if not isinstance(weights, tuple):
        if query is key is value:
            both = linear(query, weights, bias)
            return tuple(
                Slice.apply(both, both.dims - 1, k * size, (k + 1) * size) for k in range(3)
            )
        weights = tuple(Slice.apply(weights, 0, k * size, (k + 1) * size) for k in range(3))
    biases = [
        None if bias is None else Slice.apply(bias, 0, k * size, (k + 1) * size) for k in range(3)
    ]
    return tuple(
        linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)
    )


def _longer(x: Any, row: Any, dim: int) -> Any:
    """x with one more row at the end of a dim; a row of zeros, where none is given."""
    sides = [0] * (2 * (x.dims - dim))
    sides[-1] = 1
    out = pad(x, sides)
    if row is None:
        return out
    size = out.shape[dim]
    shape = [1] * x.dims
    shape[dim] = size
    last = (arange(size) == size - 1).reshape(shape)
    return Where.apply(last, row, out)


def _check_mask(attn_mask: Any, batch: int, heads: int, queries: int, keys: int) -> Any:
    """The mask with a dim for the heads of all members."""
    if attn_mask is None:
        return None
    two, three = (queries, keys), (batch * heads, queries, keys)
    shape = tuple(attn_mask.shape)
    if attn_mask.dims == 2:
        if shape != two:
            raise SizeError(f"The shape of the 2D attn_mask is {shape}, but should be {two}.")
        return attn_mask.unsqueeze(0)
    if shape != three:
        raise SizeError(f"The shape of the 3D attn_mask is {shape}, but should be {three}.")
    return attn_mask


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> Any:
    """Attention of several heads with its projections: the result (L, N, E), and the weights.

    Vaswani and others, "Attention is all you need", 2017. Query (L, N, E), key and value (S, N, ..)
    may lack the batch. Of the masks, (L, S) or (N * heads, L, S) and (N, S), true cells do not
    count, and numbers are added to the scores. bias_k and bias_v, and zeros, are a further key and
    value; static_k and static_v stand in place of the projected ones.

    Raises:
        ExpectationError: sizes do not fit: an AssertionError.
    """
    batched = _batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value, key_padding_mask = _with_batch(query, key, value, key_padding_mask)
    _check(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    _check_settings(attn_mask, is_causal, bias_k, bias_v)
    weights: Any = in_proj_weight
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    _expect(weights is not None, "use_separate_proj_weight is False but in_proj_weight is None")
    q, k, v = _projected(query, key, value, weights, in_proj_bias)
    masks = _masks(query, key, attn_mask, key_padding_mask, num_heads)
    q, k, v, masks = _split(q, k, v, masks, num_heads, bias_k, bias_v)
    k = k if static_k is None else static_k
    v = v if static_v is None else static_v
    if add_zero_attn:
        k, v, masks = _longer(k, None, 1), _longer(v, None, 1), _wider(masks)
    mask = _merged(masks, query.shape[1], num_heads, k.shape[1])
    out, shares = _attended(q, k, v, mask, dropout_p if training else 0.0)
    out = out.transpose(0, 1).reshape(-1, query.shape[2])
    out = linear(out, out_proj_weight, out_proj_bias).view(*query.shape[:2], -1)
    shares = _shown(shares, query.shape[1], average_attn_weights) if need_weights else None
    return (out, shares) if batched else _without_batch(out, shares)


def _without_batch(out: Any, shares: Any) -> tuple[Any, Any]:
    return out.squeeze(1), None if shares is None else shares.squeeze(0)


def _with_batch(query: Any, key: Any, value: Any, key_padding_mask: Any) -> tuple[Any, ...]:
    """The inputs with a batch of one; what was one tensor stays one."""
    made: dict[int, Any] = {id(it): it.unsqueeze(1) for it in (query, key, value)}
    padding = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    return made[id(query)], made[id(key)], made[id(value)], padding


def _check(query: Any, key: Any, value: Any, size: int, heads: int, separate: bool) -> None:
    width = query.shape[2]
    _expect(width == size, f"was expecting embedding dimension of {size}, but got {width}")
    _expect(width % heads == 0, f"embed_dim {width} not divisible by num_heads {heads}")
    if separate:
        _expect(
            key.shape[:2] == value.shape[:2],
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}",
        )
    else:
        _expect(
            key.shape == value.shape,
            f"key shape {key.shape} does not match value shape {value.shape}",
        )


def _check_settings(attn_mask: Any, is_causal: bool, bias_k: Any, bias_v: Any) -> None:
    if is_causal and attn_mask is None:
        raise GradientError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    _expect((bias_k is None) == (bias_v is None), "bias_k is set but bias_v is None")


def _masks(query: Any, key: Any, attn_mask: Any, padding: Any, heads: int) -> tuple[Any, Any]:
    """Both masks as numbers to add."""
    mask = _as_scores(attn_mask, query.dtype, "attn_mask")
    mask = _check_mask(mask, query.shape[1], heads, query.shape[0], key.shape[0])
    return mask, _as_scores(padding, query.dtype, "key_padding_mask")


def _wider(masks: tuple[Any, Any]) -> tuple[Any, Any]:
    """Masks with a further key, which counts."""
    mask, padding = (None if it is None else pad(it, (0, 1)) for it in masks)
    return mask, padding


def _split(
    q: Any, k: Any, v: Any, masks: tuple[Any, Any], heads: int, bias_k: Any, bias_v: Any
) -> tuple[Any, ...]:
    """The heads of query, key and value, with a further key where one is given, and the masks."""
    if bias_k is not None:
        k, v, masks = _longer(k, bias_k, 0), _longer(v, bias_v, 0), _wider(masks)
    q, k, v = (_heads(it, heads) for it in (q, k, v))  # (N * heads, .., E / heads)
    return q, k, v, masks


def _shown(shares: Any, batch: int, average: bool) -> Any:
    """The weights for each member of the batch: their mean over the heads, or those of each."""
    shares = shares.view(batch, -1, *shares.shape[1:])
    return shares.mean(1) if average else shares


def _heads(x: Any, heads: int) -> Any:
    """(L, N, E) as (N * heads, L, E / heads)."""
    length, batch, size = x.shape
    return x.reshape(length, batch * heads, size // heads).transpose(0, 1)


def _merged(masks: tuple[Any, Any], batch: int, heads: int, keys: int) -> Any:
    """What is added to the scores: (N * heads or 1, L or 1, S)."""
    mask, padding = masks
    if padding is None:
        return mask
    _expect(
        tuple(padding.shape) == (batch, keys),
        f"Expected key_padded_mask.shape to be {(batch, keys)}, but got {tuple(padding.shape)}",
    )
    wide = padding.view(batch, 1, 1, keys).expand(batch, heads, 1, keys)
    wide = wide.reshape(batch * heads, 1, keys)
    return wide if mask is None else mask + wide


def _attended(q: Any, k: Any, v: Any, mask: Any, dropout_p: float) -> tuple[Any, Any]:
    """The result, and the weights."""
    scores = matmul(q * math.sqrt(1.0 / q.shape[-1]), swapped(k))
    weights = weights_of(scores, mask, False)
    if dropout_p > 0.0:
        weights = functional.dropout(weights, dropout_p)
    return matmul(weights, v), weights
