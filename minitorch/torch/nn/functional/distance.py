"""Distances and angles between vectors, one by one or all pairs.

Idea: a p-norm of differences; all pairs are a broadcast, or, for p = 2 and many points, a matrix
    product: |x - y|^2 = |x|^2 - 2 x y + |y|^2.
Not here: norms themselves (../../linalg.py).
Read next: margins.py
"""

from __future__ import annotations

from typing import Any

from minitorch.rows import powers
from minitorch.rules import where
from minitorch.selection import Gather
from minitorch.tensor_data import shape_broadcast
from minitorch.tensor_functions import Expand, row_function
from minitorch.torch.creation import tensor, zeros
from minitorch.torch.face import check_dim, op
from minitorch.torch.nn.functional.parts import SizeError
from minitorch.torch.nn.functional.reduction import same_float

__all__ = ["cdist", "cosine_similarity", "pairwise_distance", "pdist"]

INFINITY = float("inf")
AbsPower = row_function(powers.abs_power)
Where = row_function(where)


@op(method=False)
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between x1 and x2 along a dim; lengths count as at least eps.

    >>> import minitorch.torch as torch
    >>> torch.cosine_similarity(torch.tensor([1.0, 0.0]), torch.tensor([2.0, 0.0]), 0)
    tensor(1.)
    """
    x1, x2 = same_float(x1, x2)
    dims = max(x1.dims, x2.dims)
    dim = check_dim(dim, dims) - dims if dims else -1
    if not dims:
        return cosine_similarity(x1.reshape(1), x2.reshape(1), 0, eps)
    shape = shape_broadcast(x1._tensor.shape, x2._tensor.shape)
    x1, x2 = Expand.apply(x1, shape), Expand.apply(x2, shape)
    return (x1 / _length(x1, dim, eps) * (x2 / _length(x2, dim, eps))).sum(dim)


def _length(x: Any, dim: int, eps: float) -> Any:
    """The 2-norm along a dim, at least eps, with the gradient of the norm even below it."""
    norm = x.norm(2, dim, keepdim=True)
    seen = norm.detach()
    return Where.apply(seen < eps, norm + (eps - seen), norm)


@op(method=False)
def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    """The p-norm of x1 - x2 + eps over the last dim."""
    return _norm(x1 - x2 + eps, p, keepdim)


def _norm(x: Any, p: float, keepdim: bool = False) -> Any:
    return x.norm(p, -1, keepdim=keepdim)


@op(method=False)
def pdist(input: Any, p: float = 2) -> Any:
    """The p-norms of the differences of all pairs of rows i < j of (N, D), in one dim.

    Raises:
        SizeError: input is not a matrix, or p is negative.
    """
    if input.dims != 2:
        raise SizeError(f"pdist only supports 2D tensors, got: {input.dims}D")
    if p < 0:
        raise SizeError("pdist only supports non-negative p values")
    count, size = input.shape
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    if not pairs or not size:
        return input.sum() * 0 + zeros(len(pairs), dtype=input.dtype)
    left, right = (_rows(input, [pair[k] for pair in pairs]) for k in (0, 1))
    return _difference_norm(left - right, p)


def _rows(x: Any, places: list[int]) -> Any:
    index = tensor(places).reshape(-1, 1).expand(len(places), x.shape[1])
    return Gather.apply(x, 0, index)


def _difference_norm(x: Any, p: float) -> Any:
    """The p-norm over the last dim, whose gradient is 0 where the vector is 0."""
    if p == 0:
        return ((x != 0).to(x.dtype) + x * 0.0).sum(-1)
    if p == INFINITY:
        return x.abs().amax(-1)
    if p == 1:
        return x.abs().sum(-1)
    if p == 2:
        return _root((x * x).sum(-1), 0.5)
    return _root(AbsPower.apply(x, float(p)).sum(-1), 1.0 / p)


def _root(x: Any, power: float) -> Any:
    """x^power, without a gradient at 0."""
    zero = x.detach() == 0
    safe = Where.apply(zero, 1.0, x)
    return Where.apply(zero, 0.0, safe**power)


@op(method=False)
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """(.., P, D) and (.., R, D) to (.., P, R): the p-norms of the differences of all pairs of rows.

    Raises:
        SizeError: the sizes do not fit, or p is negative.
    """
    for name, it in (("X1", x1), ("X2", x2)):
        if it.dims < 2:
            raise SizeError(f"cdist only supports at least 2D tensors, {name} got: {it.dims}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise SizeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if p < 0:
        raise SizeError("cdist only supports non-negative p values")
    euclid = "use_mm_for_euclid_dist"
    large = max(x1.shape[-2], x2.shape[-2]) > 25
    if p == 2 and (compute_mode in (1, euclid) or (compute_mode in (None, 0) and large)):
        return _by_product(x1, x2)
    gaps = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    return _difference_norm(gaps, p)


def _by_product(x1: Any, x2: Any) -> Any:
    squares1 = (x1 * x1).sum(-1, keepdim=True)
    squares2 = (x2 * x2).sum(-1, keepdim=True)
    squares = squares1 - 2.0 * (x1 @ x2.transpose(-2, -1)) + squares2.transpose(-2, -1)
    return _root(squares.clamp_min(0), 0.5)
