"""Resampling at places that are data.

Idea: a grid says for each cell of the result where in the input it lies, -1 to 1 along each dim;
    the result is a sum over the neighbours of that place, gathered and weighed, so that gradients
    flow to the input and to the grid.
Not here: other sizes at fixed places (interpolation.py).
Read next: shuffles.py
"""

from __future__ import annotations

import warnings
from itertools import product
from math import prod
from typing import Any

from minitorch.errors import ConfigError
from minitorch.rules import where
from minitorch.selection import Gather
from minitorch.tensor_functions import row_function
from minitorch.torch.creation import ones, tensor
from minitorch.torch.face import op
from minitorch.torch.linalg import matmul
from minitorch.torch.nn.functional.interpolation import cubic_weights
from minitorch.torch.nn.functional.parts import INT64, NotForDtypeError, SizeError

__all__ = ["affine_grid", "grid_sample", "sampled"]

Where = row_function(where)
MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


def _warn_corners(name: str) -> None:
    warnings.warn(
        f"Default {name} and grid_sample behavior has changed to align_corners=False since 1.3.0. "
        "Please specify align_corners=True if the old behavior is desired. See the documentation of"
        " grid_sample for details.",
        stacklevel=4,
    )


@op(function=False, method=False)
def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: Any = None,
) -> Any:
    """The input at the places of a grid: (N, C, H, W) and (N, h, w, 2) to (N, C, h, w).

    Args:
        input: images, or volumes (N, C, D, H, W).
        grid: places (x, y) or (x, y, z), -1 to 1 from one end of a dim to the other.
        mode: "bilinear", "nearest" or "bicubic" (for images).
        padding_mode: what is outside: "zeros", "border" or "reflection".
        align_corners: -1 and 1 are the centres of the outer cells, not their edges.

    Raises:
        ConfigError: an unknown mode.
        SizeError: sizes that do not fit.
    """
    if mode not in MODES:
        raise ConfigError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ConfigError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        _warn_corners("grid_sample")
        align_corners = False
    return sampled(input, grid, mode, padding_mode, bool(align_corners))


def sampled(input: Any, grid: Any, mode: str, padding: str, align: bool) -> Any:
    """The sum over the neighbours of each place, weighed."""
    dims = input.dims - 2
    _check(input, grid, mode, dims)
    sizes = list(input.shape[2:])
    places = [grid[..., dims - 1 - k] for k in range(dims)]  # the grid names the last dim first
    places = [_unscaled(x, n, align) for x, n in zip(places, sizes, strict=True)]
    if mode != "bicubic":
        places = [_bounded(x, n, padding, align) for x, n in zip(places, sizes, strict=True)]
    if mode == "nearest":
        rounded = [x.detach().round() for x in places]
        return _read(input, rounded, sizes)
    total: Any = None
    reach = range(-1, 3) if mode == "bicubic" else range(2)
    floors = [x.detach().floor() for x in places]
    weights = [_weights(x - low, mode) for x, low in zip(places, floors, strict=True)]
    for corner in product(reach, repeat=dims):
        at = [low + k for low, k in zip(floors, corner, strict=True)]
        if mode == "bicubic":
            at = [_bounded(x, n, padding, align) for x, n in zip(at, sizes, strict=True)]
        weight: Any = None
        for part, k in zip(weights, corner, strict=True):
            one = part[k - reach.start]
            weight = one if weight is None else weight * one
        term = _read(input, at, sizes) * weight.unsqueeze(1)
        total = term if total is None else total + term
    return total


def _check(input: Any, grid: Any, mode: str, dims: int) -> None:
    if dims not in (2, 3) or grid.dims != input.dims:
        raise SizeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but "
            f"got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0]:
        raise SizeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with "
            f"sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != dims:
        raise SizeError(
            f"grid_sampler(): expected grid to have size {dims} in last dimension, but got grid "
            f"with sizes {list(grid.shape)}"
        )
    if input.dtype is not grid.dtype:
        raise SizeError(
            f"grid_sampler(): expected input and grid to have same dtype, but input has "
            f"{input.dtype} and grid has {grid.dtype}"
        )
    if mode == "bicubic" and dims == 3:
        raise NotForDtypeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _unscaled(x: Any, size: int, align: bool) -> Any:
    """Places from -1..1 as places in cells."""
    return (x + 1) * ((size - 1) / 2) if align else ((x + 1) * size - 1) * 0.5


def _bounded(x: Any, size: int, padding: str, align: bool) -> Any:
    """Places brought back into the input, as the padding says."""
    if padding == "zeros":
        return x
    if padding == "reflection":
        x = _reflected(x, 0, 2 * (size - 1)) if align else _reflected(x, -1, 2 * size - 1)
    return _clipped(x, size - 1)


def _clipped(x: Any, last: int) -> Any:
    """x, but at least 0 and at most last; flat at the bounds themselves."""
    inside = (x.detach() > 0) & (x.detach() < last)
    return Where.apply(inside, x, x.detach().clamp(0, last))


def _reflected(x: Any, twice_low: int, twice_high: int) -> Any:
    """x mirrored at two places, which are given doubled, until it lies between them."""
    if twice_low == twice_high:
        return x * 0
    low, span = twice_low / 2, (twice_high - twice_low) / 2
    moved = (x - low).abs()
    flips = (moved.detach() / span).floor()
    rest = moved - flips * span
    return Where.apply(flips.remainder(2) == 0, rest + low, span - rest + low)


def _weights(share: Any, mode: str) -> list[Any]:
    """The weights of the neighbours along one dim."""
    return cubic_weights(share) if mode == "bicubic" else [1 - share, share]


def _read(input: Any, at: list[Any], sizes: list[int]) -> Any:
    """The cells at whole places, zeros outside: (N, C, places..)."""
    inside: Any = None
    position: Any = 0
    for x, n in zip(at, sizes, strict=True):
        x = x.detach()
        within = (x >= 0) & (x <= n - 1)
        inside = within if inside is None else inside & within
        position = position * n + x.clamp(0, n - 1).nan_to_num(0.0).to(INT64)
    batch, channels = input.shape[:2]
    count = prod(position.shape[1:])
    flat = input.reshape(batch, channels, prod(sizes))
    index = position.reshape(batch, 1, count).expand(batch, channels, count)
    found = Gather.apply(flat, 2, index).reshape(batch, channels, *position.shape[1:])
    return Where.apply(inside.unsqueeze(1), found, 0.0)


@op(function=False, method=False)
def affine_grid(theta: Any, size: Any, align_corners: Any = None) -> Any:
    """The grid of an affine map: theta (N, 2, 3) and size (N, C, H, W) to (N, H, W, 2).

    Raises:
        ConfigError: theta is no batch of matrices, or not for so many dims.
    """
    if align_corners is None:
        _warn_corners("affine_grid")
        align_corners = False
    if not theta.dtype.is_floating_point:
        raise ConfigError(f"Expected theta to have floating point type, but got {theta.dtype}")
    given = [int(n) for n in size]
    if len(given) not in (4, 5):
        raise NotForDtypeError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}."
        )
    dims = len(given) - 2
    if theta.dims != 3 or tuple(theta.shape[-2:]) != (dims, dims + 1):
        raise ConfigError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{size}. Got {theta.shape}."
        )
    if min(given) <= 0:
        raise ConfigError(f"Expected non-zero, positive output size. Got {size}")
    sizes = given[2:]
    base: Any = []
    for k in range(dims):  # the last dim first
        dim = dims - 1 - k
        steps = tensor(_steps(sizes[dim], bool(align_corners)), dtype=theta.dtype)
        shape = [1] * dims
        shape[dim] = sizes[dim]
        base.append(steps.reshape(shape).expand(sizes).reshape(1, -1))
    base.append(ones(1, prod(sizes), dtype=theta.dtype))
    rows: Any = None
    for k, it in enumerate(base):  # theta (N, dims, dims + 1) times (dims + 1, places)
        part = matmul(theta[:, :, k : k + 1], it)
        rows = part if rows is None else rows + part
    return rows.transpose(1, 2).reshape(given[0], *sizes, dims)


def _steps(count: int, align: bool) -> list[float]:
    """Places from -1 to 1, evenly."""
    if count <= 1:
        return [0.0] * count
    found = [-1.0 + 2.0 * i / (count - 1) for i in range(count)]
    return found if align else [x * (count - 1) / count for x in found]
