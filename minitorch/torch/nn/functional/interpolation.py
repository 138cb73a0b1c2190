"""Images, signals and volumes in other sizes.

Idea: one dim after the other. Each cell of the result is a sum of a few cells of the input times
    weights, and where these are depends on its place alone: gathers by fixed indices.
Not here: resampling at places that are data (grids.py), means of windows (averages.py).
Read next: grids.py
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, cast

from minitorch.errors import ConfigError, DtypeError
from minitorch.torch.creation import tensor
from minitorch.torch.face import op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn.functional.averages import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
)
from minitorch.torch.nn.functional.padding import chosen
from minitorch.torch.nn.functional.parts import NotForDtypeError, SizeError, floats_only

__all__ = ["cubic_weights", "interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

Taps = list[tuple[list[int], list[float]]]  # for each tap: a place and a weight per cell
DIMS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}


def _nearest(size: int, count: int, scale: float, exact: bool) -> Taps:
    shift = 0.5 if exact else 0.0
    places = [min(math.floor((i + shift) * scale), size - 1) for i in range(count)]
    return [(places, [1.0] * count)]


def _source(i: int, scale: float, align_corners: bool) -> float:
    """Where in the input a cell of the result lies."""
    return scale * i if align_corners else scale * (i + 0.5) - 0.5


def _linear(size: int, count: int, scale: float, align_corners: bool) -> Taps:
    low: list[int] = []
    high: list[int] = []
    share: list[float] = []
    for i in range(count):
        at = max(_source(i, scale, align_corners), 0.0)
        first = min(int(at), size - 1)
        low.append(first)
        high.append(min(first + 1, size - 1))
        share.append(min(max(at - first, 0.0), 1.0))
    return [(low, [1.0 - w for w in share]), (high, share)]


def cubic_weights(t: Any, a: float = -0.75) -> list[Any]:
    """The weights of four neighbours at distance t from the second (Keys 1981)."""

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _cubic(size: int, count: int, scale: float, align_corners: bool) -> Taps:
    taps: Taps = [([], []) for _ in range(4)]
    for i in range(count):
        at = _source(i, scale, align_corners)
        first = math.floor(at)
        for k, weight in enumerate(cubic_weights(at - first)):
            taps[k][0].append(min(max(first - 1 + k, 0), size - 1))
            taps[k][1].append(weight)
    return taps


def _applied(x: Any, dim: int, taps: Taps) -> Any:
    """The sum over the taps of the cells at their places times their weights."""
    total: Any = None
    for places, weights in taps:
        part = x if places == list(range(x.shape[dim])) else chosen(x, dim, places)
        if any(w != 1.0 for w in weights):
            column = tensor(weights, dtype=x.dtype).reshape(-1, *[1] * (x.dims - dim - 1))
            part = part * column
        total = part if total is None else total + part
    return total


def _antialiased(x: Any, dim: int, count: int, scale: float, align: bool, cubic: bool) -> Any:
    """A dim made smaller by windows as wide as the step: a matrix of weights."""
    size = x.shape[dim]
    wide = max(scale, 1.0)
    reach = (2.0 if cubic else 1.0) * wide
    rows: list[list[float]] = []
    for i in range(count):
        centre = scale * (i + 0.5)
        first = max(int(centre - reach + 0.5), 0)
        stop = min(int(centre + reach + 0.5), size)
        weights = [_filter((j + 0.5 - centre) / wide, cubic) for j in range(first, stop)]
        total = sum(weights) or 1.0
        row = [0.0] * size
        row[first:stop] = [w / total for w in weights]
        rows.append(row)
    moved = x.transpose(dim, -1)
    return matmul(moved, tensor(rows, dtype=x.dtype).transpose(0, 1)).transpose(dim, -1)


def _filter(x: float, cubic: bool) -> float:
    x = abs(x)
    if not cubic:
        return max(1.0 - x, 0.0)
    if x >= 2.0:
        return 0.0
    weights = cubic_weights(x if x < 1.0 else x - 1.0, -0.5)
    return weights[1] if x < 1.0 else weights[0]


@op(function=False, method=False)
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Any:
    """(N, C, sizes..) in other sizes.

    Args:
        input: with one to three dims after the channels.
        size: of the result; one int for all dims, or one for each.
        scale_factor: of the sizes, in place of them.
        mode: "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear" or "area".
        align_corners: the outer cells' centres stay where they are, not the edges.
        recompute_scale_factor: use the scale that whole sizes come to.
        antialias: take means over wider windows where the result is smaller.

    Raises:
        ConfigError: settings that do not fit.
        NotForDtypeError: a mode for another number of dims: a NotImplementedError.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ConfigError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear "
            "| bicubic | trilinear"
        )
    sizes, factors = _sizes(input, size, scale_factor, recompute_scale_factor)
    if antialias and (mode not in ("bilinear", "bicubic") or input.dims != 4):
        raise ConfigError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires "
            "a 4-D tensor as input"
        )
    if mode == "area" or recompute_scale_factor:
        factors = None
    _check(input, mode, sizes)
    if mode == "area":
        pools = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)
        return pools[input.dims - 3](input, sizes)
    if mode not in ("nearest", "nearest-exact"):
        floats_only(f"upsample_{mode}", input)
    out = input
    for k, count in enumerate(sizes):
        factor = None if factors is None else factors[k]
        out = _resized(out, 2 + k, count, factor, mode, bool(align_corners), antialias)
    return out + 0 if out is input else out


def _check(input: Any, mode: str, sizes: Sequence[int]) -> None:
    known = (*DIMS, "nearest", "nearest-exact", "area")
    if input.dims not in (3, 4, 5) or mode not in known:
        raise NotForDtypeError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.dims}D) for the "
            "modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | "
            f"nearest-exact (got {mode})"
        )
    if DIMS.get(mode, input.dims) != input.dims:
        raise NotForDtypeError(
            f"Got {input.dims}D input, but {mode} mode needs {DIMS[mode]}D input"
        )
    if min(*sizes, *input.shape[2:]) < 1:
        raise SizeError(
            "Input and output sizes should be greater than 0, but got input "
            f"{list(input.shape[2:])} output {list(sizes)}"
        )


def _sizes(
    input: Any, size: Any, scale_factor: Any, recompute: Any
) -> tuple[list[int], list[float] | None]:
    """The sizes of the result, and the factors that were given.

    Raises:
        ConfigError: both or neither were given, or one for each of other dims.
    """
    dims = input.dims - 2
    if size is not None and scale_factor is not None:
        raise ConfigError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ConfigError("either size or scale_factor should be defined")
    given: Any = scale_factor if size is None else size
    if isinstance(given, tuple | list):
        values = list(cast("Sequence[Any]", given))
        if len(values) != dims:
            word = "scale_factor of shape" if size is None else "output size of"
            raise ConfigError(
                "Input and output must have the same number of spatial dimensions, but got input "
                f"with spatial dimensions of {list(input.shape[2:])} and {word} {given}. Please "
                "provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, "
                "...,oK) format."
            )
    else:
        values = [given] * dims
    if size is None:
        factors = [float(it) for it in values]
        return [int(n * f) for n, f in zip(input.shape[2:], factors, strict=True)], factors
    if recompute:
        raise ConfigError("recompute_scale_factor is not meaningful with an explicit size.")
    if not all(hasattr(it, "__index__") for it in values):
        raise DtypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, "
            f"int], but got size with types {[type(it) for it in values]}"
        )
    return [int(it) for it in values], None


def _resized(
    x: Any, dim: int, count: int, factor: Any, mode: str, align: bool, antialias: bool
) -> Any:
    """One dim in another size."""
    size = x.shape[dim]
    scale = size / count if factor is None else 1.0 / factor
    if mode in ("nearest", "nearest-exact"):
        return _repeated(x, dim, count, _nearest(size, count, scale, mode != "nearest"))
    if align:
        scale = (size - 1) / (count - 1) if count > 1 else 0.0
    if size == count and (factor is None or factor == 1.0):
        return x
    if antialias:
        return _antialiased(x, dim, count, scale, align, mode == "bicubic")
    find: Callable[[int, int, float, bool], Taps] = _cubic if mode == "bicubic" else _linear
    return _applied(x, dim, find(size, count, scale, align))


def _repeated(x: Any, dim: int, count: int, taps: Taps) -> Any:
    """Cells repeated: a view where each is repeated as often as the others, else a gather."""
    size = x.shape[dim]
    times = count // size if size else 0
    if times and times * size == count and taps[0][0] == [i // times for i in range(count)]:
        if times == 1:
            return x
        wide = x.unsqueeze(dim + 1)
        shape = list(wide.shape)
        shape[dim + 1] = times
        return wide.expand(shape).reshape(*x.shape[:dim], count, *x.shape[dim + 1 :])
    return _applied(x, dim, taps)


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=3,
    )


def upsample(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
) -> Any:
    """`interpolate`, by its old name."""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` by the nearest cell, by its old name."""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` between neighbours with corners aligned, by its old name."""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)
