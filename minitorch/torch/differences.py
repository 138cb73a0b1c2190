"""Differences of neighbours, and areas under what they connect.

Idea: two slices of one tensor, moved by a cell against each other.
Not here: running sums (scans.py).
Read next: shaping.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from minitorch.errors import GradientError
from minitorch.tensor_functions import Slice
from minitorch.torch.bitwise import logical_xor
from minitorch.torch.face import check_dim, op
from minitorch.torch.joining import cat
from minitorch.torch.scans import cumsum
from minitorch.torch.tensor import Tensor

__all__ = ["cumulative_trapezoid", "diff", "gradient", "trapezoid"]


def _part(x: Any, k: int, start: int, stop: int) -> Any:
    """The cells from start to stop, counted from the end where stop is not positive."""
    size = x._tensor.shape[k]
    stop = size + stop if stop <= 0 else stop
    return Slice.apply(x, k, min(start, size), max(min(stop, size), min(start, size)))


@op()
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The n-th difference along a dim, after something was put before and behind.

    Raises:
        GradientError: of a tensor without dims, or a negative n.
    """
    if input.dims == 0:
        raise GradientError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise GradientError(f"order must be non-negative but got {n}")
    k = check_dim(dim, input.dims)
    if n == 0:
        return input.clone()
    parts = [it for it in (prepend, input, append) if it is not None]
    x: Any = cat(parts, k) if len(parts) > 1 else input
    for _ in range(min(n, x._tensor.shape[k])):
        after, before = _part(x, k, 1, 0), _part(x, k, 0, -1)
        x = logical_xor(after, before) if x._tensor.dtype.kind == "b" else after - before
    return x


def _steps(y: Any, x: Any, dx: Any, k: int) -> Any:
    """The distances between neighbours: a number, or a tensor that broadcasts to them."""
    if x is None:
        return dx
    if x.dims == 1 and y.dims > 1:
        apart = diff(x)
        return apart.reshape([-1 if j == k else 1 for j in range(y.dims)])
    missing = y.dims - x.dims
    wide = x.reshape((1,) * missing + tuple(x._tensor.shape)) if missing > 0 else x
    return diff(wide, dim=k)


def _areas(y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    k = check_dim(dim, y.dims)
    if not isinstance(x, Tensor) and x is not None:
        x, dx = None, x
    both = _part(y, k, 1, 0) + _part(y, k, 0, -1)
    return both * _steps(y, x, dx, k) / 2.0, k


@op(method=False, also=("trapz",))
def trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Any:
    """The area under the lines that connect the numbers along a dim."""
    areas, k = _areas(y, x, dx, dim)
    return areas.sum(k)


@op(method=False)
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Any:
    """The area up to each number but the first."""
    areas, k = _areas(y, x, dx, dim)
    return cumsum(areas, k)


# Derivatives of what was sampled.


def _spacings(spacing: Any, dims: list[int]) -> list[Any]:
    """For each dim the distance, or the places, of the samples."""
    if isinstance(spacing, tuple | list):
        given = list(cast("Sequence[Any]", spacing))
        if len(given) != len(dims):
            raise GradientError(
                "torch.gradient expected spacing to be unspecified, a scalar, or it's spacing and "
                f"dim arguments to have the same length, but got a spacing argument of length "
                f"{len(given)} and a dim argument of length {len(dims)}."
            )
        return given
    return [1 if spacing is None else spacing] * len(dims)


@op(method=False)
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> Any:
    """The slope along each dim, from samples: central inside, one-sided at the ends.

    Args:
        input: the samples.
        spacing: their distance, or their places, for all dims or for each.
        dim: one or several; by default all.
        edge_order: how many neighbours are looked at, at the ends: 1 or 2.

    Raises:
        GradientError: fewer samples than that along a dim.
    """
    given = range(input.dims) if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
    dims = [check_dim(k, input.dims) for k in cast("Sequence[int]", given)]
    if edge_order not in (1, 2):
        raise GradientError("torch.gradient only supports edge_order=1 and edge_order=2.")
    slopes: list[Any] = []
    for k, it in zip(dims, _spacings(spacing, dims), strict=True):
        if input._tensor.shape[k] < edge_order + 1:
            raise GradientError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )
        slopes.append(_slope(input, it, k, edge_order))
    return tuple(slopes)


def _slope(y: Any, spacing: Any, k: int, edge_order: int) -> Any:
    """The slope along one dim: Fornberg's weights for three places in a row."""
    if isinstance(spacing, Tensor) and spacing.dims:
        apart = diff(spacing).reshape([-1 if j == k else 1 for j in range(y.dims)])
    else:
        apart = None
    rises = diff(y, dim=k)
    rates = rises / (spacing if apart is None else apart)
    if apart is None:
        inner = (_part(rates, k, 1, 0) + _part(rates, k, 0, -1)) / 2.0
        first, last = 0.5, 0.5
    else:
        left, right = _part(apart, k, 0, -1), _part(apart, k, 1, 0)
        inner = (_part(rates, k, 0, -1) * right + _part(rates, k, 1, 0) * left) / (left + right)
        if edge_order == 2:
            first = _part(left, k, 0, 1) / (_part(left, k, 0, 1) + _part(right, k, 0, 1))
            end = left._tensor.shape[k]
            last_left, last_right = _part(left, k, end - 1, 0), _part(right, k, end - 1, 0)
            last = last_right / (last_left + last_right)
        else:
            first = last = 0.5
    count = rates._tensor.shape[k]
    at_first, at_last = _part(rates, k, 0, 1), _part(rates, k, count - 1, 0)
    if edge_order == 2:
        at_first = at_first + (at_first - _part(rates, k, 1, 2)) * first
        at_last = at_last + (at_last - _part(rates, k, count - 2, -1)) * last
    return cat([at_first, inner, at_last], k)
