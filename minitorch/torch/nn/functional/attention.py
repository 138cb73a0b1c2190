"""Attention: each query takes the mean of the values, weighed by how well the keys fit it.

Idea: softmax(query @ key^T / sqrt(E) + mask) @ value. Where a mask leaves nothing to a query, its
    weights are 0.
Not here: several heads and their projections (heads.py), softmax (probability.py).
Read next: heads.py
"""

from __future__ import annotations

import math
from typing import Any

from minitorch import nn
from minitorch.errors import GradientError
from minitorch.rules import where
from minitorch.tensor_functions import Permute, row_function
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn import functional
from minitorch.torch.nn.functional.parts import SizeError, floats_only
from minitorch.torch.ranges import arange

__all__ = ["scaled_dot_product_attention", "swapped", "weights_of"]

Where = row_function(where)


def swapped(x: Any) -> Any:
    """The last two dims exchanged."""
    order = list(range(x.dims))
    order[-1], order[-2] = order[-2], order[-1]
    return Permute.apply(x, *order)


def _causal(queries: int, keys: int) -> Any:
    """True where a key is not later than the query."""
    return arange(keys) <= arange(queries).unsqueeze(1)


def weights_of(scores: Any, attn_mask: Any, is_causal: bool) -> Any:
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
    found: Any = None if attn_mask is None else attn_mask._tensor.dtype
    if found is not None and found != query._tensor.dtype and found.kind != "b":
        raise GradientError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: torch.{found} and  query.dtype: {query.dtype} instead."
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
    scores = matmul(query * factor, swapped(key))
    weights = weights_of(scores, attn_mask, is_causal)
    if dropout_p > 0.0:
        weights = functional.dropout(weights, dropout_p)
    return matmul(weights, value)
