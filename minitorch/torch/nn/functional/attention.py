"""Attention: each query takes the mean of the values, weighed by how well the keys fit it.

Idea: softmax(query @ key^T / sqrt(E) + mask) @ value; several heads are one more batch dim. Where a
    mask leaves nothing to a query, its weights are 0.
Not here: softmax (probability.py), the module with its parameters (../modules/activation.py).
Read next: probability.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch import nn
from minitorch.errors import GradientError, MinitorchError
from minitorch.rules import where
from minitorch.tensor_functions import Permute, Slice, row_function
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import converted, op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn import functional
from minitorch.torch.nn.functional.conv import linear
from minitorch.torch.nn.functional.padding import pad
from minitorch.torch.nn.functional.parts import SizeError, floats_only
from minitorch.torch.ranges import arange

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]

Where = row_function(where)


class ExpectationError(MinitorchError, AssertionError):
    """What PyTorch asserts of the arguments of attention."""


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise ExpectationError(message)


def _swapped(x: Any) -> Any:
    order = list(range(x.dims))
    order[-1], order[-2] = order[-2], order[-1]
    return Permute.apply(x, *order)


def _causal(queries: int, keys: int) -> Any:
    """True where a key is not later than the query."""
    return arange(keys) <= arange(queries).unsqueeze(1)


def _weights(scores: Any, attn_mask: Any, is_causal: bool) -> Any:
    """Softmax over the keys of the scores that a mask leaves."""
    last = scores.dims - 1
    if is_causal:
        allowed = _causal(*scores.shape[-2:])
        return nn.Softmax.apply(Where.apply(allowed, scores, finfo(scores.dtype).min), last)
    if attn_mask is None:
        return nn.Softmax.apply(scores, last)
    if attn_mask._tensor.dtype.kind == "b":
        allowed = attn_mask
    else:
        scores = scores + attn_mask
        allowed = attn_mask.detach() != -math.inf
    # Not minus infinity, whose softmax in a row without anything else is NaN.
    weights = nn.Softmax.apply(Where.apply(allowed, scores, finfo(scores.dtype).min), last)
    some = allowed.any(allowed.dims - 1, keepdim=True)
    return Where.apply(some, weights, 0.0)


def _check_attention(query: Any, key: Any, value: Any, attn_mask: Any, is_causal: bool) -> None:
    for it in (query, key, value):
        if it.dims < 2:
            raise SizeError(
                "Expected query, key, and value to all be at least 2 dimensional, but got query.dim"
                f"(): {query.dims}, key.dim(): {key.dims} and value.dim(): {value.dims} instead."
            )
        if it._tensor.dtype != query._tensor.dtype:
            raise GradientError(
                "Expected query, key, and value to have the same dtype, but got query.dtype: "
                f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead."
            )
    if is_causal and attn_mask is not None:
        raise GradientError("Explicit attn_mask should not be set when is_causal=True")
    allowed: Any = (None, query._tensor.dtype)
    found: Any = None if attn_mask is None else attn_mask._tensor.dtype
    if found not in allowed and found.kind != "b":
        raise GradientError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {attn_mask.dtype} and  query.dtype: {query.dtype} instead."
        )


@op(function=False, method=False)
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: Any = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query @ key^T * scale + mask) @ value: the values, weighed by how well keys fit.

    Args:
        query: what is asked, (.., L, E).
        key: what fits, (.., S, E).
        value: what is given, (.., S, Ev); the result is (.., L, Ev).
        attn_mask: true where a key counts; or numbers that are added to the scores.
        dropout_p: the probability that a weight is dropped.
        is_causal: a key later than the query does not count.
        scale: by default 1 / sqrt(E).
        enable_gqa: several heads of the query share a head of keys and values.

    Raises:
        SizeError: less than two dims.
        GradientError: dtypes differ, or a mask besides is_causal.

    >>> import minitorch.torch as torch
    >>> q = torch.zeros(1, 2, 4)
    >>> torch.nn.functional.scaled_dot_product_attention(q, q, torch.ones(1, 2, 1)).tolist()
    [[[1.0], [1.0]]]
    """
    _check_attention(query, key, value, attn_mask, is_causal)
    floats_only("scaled_dot_product_attention", query)
    if enable_gqa:
        count = query.shape[-3] // key.shape[-3]
        key = key.repeat_interleave(count, -3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    factor = 1.0 / math.sqrt(max(query.shape[-1], 1)) if scale is None else float(scale)
    scores = matmul(query * factor, _swapped(key))
    weights = _weights(scores, attn_mask, is_causal)
    if dropout_p > 0.0:
        weights = functional.dropout(weights, dropout_p)
    return matmul(weights, value)


# Several heads.


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
    """Attention of several heads, with the projections before and after it.

    Vaswani and others, "Attention is all you need", 2017.

    Args:
        query: (L, N, E) or (L, E).
        key: (S, N, Ek).
        value: (S, N, Ev).
        embed_dim_to_check: what E must be.
        num_heads: it divides E.
        in_proj_weight: (3 E, E), for query, key and value.
        in_proj_bias: (3 E,).
        bias_k: a further key, (1, 1, E).
        bias_v: its value.
        add_zero_attn: a further key and value of zeros.
        dropout_p: the probability that a weight is dropped in training.
        out_proj_weight: (E, E).
        out_proj_bias: (E,).
        training: whether weights are dropped.
        key_padding_mask: (N, S), true where a key does not count, or numbers to add to its scores.
        need_weights: return the weights too.
        attn_mask: (L, S) or (N * num_heads, L, S), true where a key does not count, or numbers.
        use_separate_proj_weight: the next three, and not in_proj_weight.
        q_proj_weight: (E, E).
        k_proj_weight: (E, Ek).
        v_proj_weight: (E, Ev).
        static_k: (N * num_heads, S, E / num_heads), in place of the projected keys.
        static_v: likewise.
        average_attn_weights: return the mean of the heads' weights.
        is_causal: attn_mask is the causal one.

    Returns:
        The result, (L, N, E), and the weights, (N, L, S), or (N, num_heads, L, S), or None.

    Raises:
        ExpectationError: sizes that do not fit: an AssertionError.
        GradientError: is_causal without a mask.
    """
    batched = _batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = query is key is value
        query = query.unsqueeze(1)
        key, value = (query, query) if same else (key.unsqueeze(1), value.unsqueeze(1))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    if is_causal and attn_mask is None:
        raise GradientError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    length, batch, size = query.shape
    _expect(
        size == embed_dim_to_check,
        f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}",
    )
    _expect(size % num_heads == 0, f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        _expect(
            key.shape[:2] == value.shape[:2],
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}",
        )
    else:
        _expect(
            key.shape == value.shape,
            f"key shape {key.shape} does not match value shape {value.shape}",
        )
    weights: Any = in_proj_weight
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    _expect(weights is not None, "use_separate_proj_weight is False but in_proj_weight is None")
    _expect((bias_k is None) == (bias_v is None), "bias_k is set but bias_v is None")
    q, k, v = _projected(query, key, value, weights, in_proj_bias)
    mask = _as_scores(attn_mask, query.dtype, "attn_mask")
    mask = _check_mask(mask, batch, num_heads, length, key.shape[0])
    padding = _as_scores(key_padding_mask, query.dtype, "key_padding_mask")
    if bias_k is not None:
        k, v = _longer(k, bias_k, 0), _longer(v, bias_v, 0)
        mask, padding = (None if it is None else pad(it, (0, 1)) for it in (mask, padding))
    q, k, v = (_heads(it, num_heads) for it in (q, k, v))  # (N * heads, .., E / heads)
    k = k if static_k is None else static_k
    v = v if static_v is None else static_v
    if add_zero_attn:
        k, v = _longer(k, None, 1), _longer(v, None, 1)
        mask, padding = (None if it is None else pad(it, (0, 1)) for it in (mask, padding))
    mask = _merged(mask, padding, batch, num_heads, k.shape[1])
    drop = dropout_p if training else 0.0
    out, shares = _attended(q, k, v, mask, drop)
    out = out.transpose(0, 1).reshape(length * batch, size)
    out = linear(out, out_proj_weight, out_proj_bias).view(length, batch, -1)
    if not batched:
        out = out.squeeze(1)
    if not need_weights:
        return out, None
    shares = shares.view(batch, num_heads, length, k.shape[1])
    shares = shares.mean(1) if average_attn_weights else shares
    return out, shares if batched else shares.squeeze(0)


def _heads(x: Any, heads: int) -> Any:
    """(L, N, E) as (N * heads, L, E / heads)."""
    length, batch, size = x.shape
    return x.reshape(length, batch * heads, size // heads).transpose(0, 1)


def _merged(mask: Any, padding: Any, batch: int, heads: int, keys: int) -> Any:
    """What is added to the scores: (N * heads or 1, L or 1, S)."""
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
    scores = matmul(q * math.sqrt(1.0 / q.shape[-1]), _swapped(k))
    weights = _weights(scores, mask, False)
    if dropout_p > 0.0:
        weights = functional.dropout(weights, dropout_p)
    return matmul(weights, v), weights
