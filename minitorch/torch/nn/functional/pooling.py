"""Pooling by the largest number of each window.

Idea: where the largest number stands is found once, without a graph (../../../windows.py); the
    numbers are then a gather, and its adjoint puts gradients back. A signal, an image and a volume
    are all volumes. Windows are regular, or cover the input evenly (adaptive).
Not here: averages (averages.py), windows by chance and the way back (unpooling.py).
Read next: averages.py
"""

from __future__ import annotations

from typing import Any

from minitorch.selection import Gather
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import op
from minitorch.torch.nn.functional.parts import NotForDtypeError, SizeError, tuple_of
from minitorch.windows import Windows, window_positions

__all__ = [
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "largest",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "output_sizes",
    "planes_of",
    "pooled_size",
    "sized_by",
]

Ints = tuple[int, ...]
ONE = Windows((0,), (0,))


def pooled_size(n: int, kernel: int, stride: int, pad: int, dilation: int, ceil: bool) -> int:
    """How many windows lie along a dim; `ceil`: also one that ends outside."""
    free = n + 2 * pad - dilation * (kernel - 1) - 1
    count = (free + (stride - 1 if ceil else 0)) // stride + 1
    return count - 1 if ceil and (count - 1) * stride >= n + pad else count


def planes_of(name: str, x: Any, dims: int) -> Any:
    """(N, C, sizes..) or (C, sizes..) as (planes, D, H, W).

    Raises:
        SizeError: another number of dims, or a dim without cells.
    """
    if x.dims not in (dims + 1, dims + 2):
        raise SizeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D input tensor, but got {list(x.shape)}"
        )
    if 0 in x.shape[1:] if x.dims == dims + 2 else 0 in x.shape:
        raise SizeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 "
            f"dim batch size for input, but got: {list(x.shape)}"
        )
    planes = 1
    for n in x.shape[:-dims]:
        planes *= n
    return x.reshape(planes, *[1] * (3 - dims), *x.shape[-dims:])


def largest(x: Any, planes: Any, dims: int, *rows: tuple[Windows, Windows, Windows]) -> Any:
    """The largest number of each window, and where it stands: two tensors like x."""
    if planes._tensor.dtype.kind == "b":
        raise NotForDtypeError(f"\"max_pool\" not implemented for '{kind_of(x.dtype)}'")
    places: Any = window_positions(planes.detach(), *rows)
    count = planes.shape[0]
    cells = planes.shape[1] * planes.shape[2] * planes.shape[3]
    flat = places.reshape(count, places._tensor.size // max(count, 1))
    chosen: Any = Gather.apply(planes.reshape(count, cells), 1, flat)
    shape = (*x.shape[:-dims], *places.shape[4 - dims :])
    return chosen.reshape(shape), places.reshape(shape)


def _row(windows: list[Windows]) -> tuple[Windows, Windows, Windows]:
    three = [ONE] * (3 - len(windows)) + windows
    return three[0], three[1], three[2]


def output_sizes(
    x: Any, kernel: Ints, step: Ints, pads: Ints, spread: Ints, ceil_mode: bool
) -> Ints:
    """How many windows there are along each dim.

    Raises:
        SizeError: a setting makes no sense, or no window fits.
    """
    if min(kernel) < 1:
        raise SizeError(f"kernel size should be greater than zero, but got {list(kernel)}")
    if min(step) < 1:
        raise SizeError("stride should not be zero")
    if min(spread) < 1:
        raise SizeError(f"dilation should be greater than zero, but got {list(spread)}")
    for p, k, d in zip(pads, kernel, spread, strict=True):
        if p < 0:
            raise SizeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise SizeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, "
                f"kernel_size={k} and dilation={d}"
            )
    sizes = x.shape[-len(kernel) :]
    found = tuple(
        [pooled_size(*it, ceil_mode) for it in zip(sizes, kernel, step, pads, spread, strict=True)]
    )
    if min(found) < 1:
        channels = x.shape[-len(kernel) - 1]
        shown, made = ("x".join(map(str, (channels, *it))) for it in (sizes, found))
        raise SizeError(
            f"Given input size: ({shown}). Calculated output size: ({made}). Output size is too "
            "small"
        )
    return found


def _max_pool(
    dims: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Any:
    name = f"max_pool{dims}d"
    kernel = tuple_of(kernel_size, dims, "kernel_size")
    missing = stride is None or (isinstance(stride, tuple | list) and not stride)
    step = kernel if missing else tuple_of(stride, dims, "stride")
    pads = tuple_of(padding, dims, "padding")
    spread = tuple_of(dilation, dims, "dilation")
    planes = planes_of(name, input, dims)
    counts = output_sizes(input, kernel, step, pads, spread, ceil_mode)
    sizes = input.shape[-dims:]
    windows = [
        Windows.regular(*it) for it in zip(sizes, kernel, step, pads, spread, counts, strict=True)
    ]
    return largest(input, planes, dims, _row(windows))


def _pool(dims: int) -> tuple[Any, Any]:
    """max_poolNd, and the form that gives the places as well."""

    def with_indices(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        return _max_pool(dims, input, kernel_size, stride, padding, dilation, ceil_mode)

    def pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        both = _max_pool(dims, input, kernel_size, stride, padding, dilation, ceil_mode)
        return both if return_indices else both[0]

    pool.__doc__ = f"""The largest number of each window, over the last {dims} dims.

    Args:
        input: (N, C, sizes..) or (C, sizes..).
        kernel_size: of the windows.
        stride: from one window to the next; by default the kernel_size.
        padding: how far windows reach over the edges.
        dilation: the distance of a window's cells.
        ceil_mode: count a window that begins inside and ends outside.
        return_indices: also return where, in its plane, each number stands.

    Raises:
        SizeError: the sizes do not fit.
    """
    with_indices.__doc__ = f"`max_pool{dims}d`, and where in its plane each number stands."
    with_indices.__name__ = f"max_pool{dims}d_with_indices"
    pool.__name__ = f"max_pool{dims}d"
    return (op(method=False)(pool), op(method=False)(with_indices))


max_pool1d, max_pool1d_with_indices = _pool(1)
max_pool2d, max_pool2d_with_indices = _pool(2)
max_pool3d, max_pool3d_with_indices = _pool(3)


# Adaptive pooling.


def sized_by(input: Any, output_size: Any, dims: int) -> Ints:
    """The sizes that are asked for; None for a dim that stays.

    Raises:
        SizeError: another number of sizes.
    """
    given = output_size if isinstance(output_size, tuple | list) else (output_size,) * dims
    if len(given) == 1:
        given = tuple(given) * dims
    if len(given) != dims or len(input.shape) < dims:
        raise SizeError(f"adaptive pooling: internal error: output_size.size() must be {dims}")
    return tuple(
        [n if it is None else int(it) for it, n in zip(given, input.shape[-dims:], strict=True)]
    )


def _adaptive(dims: int) -> tuple[Any, Any]:
    """adaptive_max_poolNd, and the form that gives the places as well."""
    name = f"adaptive_max_pool{dims}d"

    def found(input: Any, output_size: Any) -> Any:
        sizes = sized_by(input, output_size, dims)
        planes = planes_of(name, input, dims)
        windows = [
            Windows.adaptive(n, count) for n, count in zip(input.shape[-dims:], sizes, strict=True)
        ]
        return largest(input, planes, dims, _row(windows))

    def with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        return found(input, output_size)

    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        both = found(input, output_size)
        return both if return_indices else both[0]

    with_indices.__doc__ = f"`{name}`, and where in its plane each number stands."
    pool.__doc__ = (
        f"The largest numbers of windows that cover the last {dims} dims as evenly as can be."
    )
    with_indices.__name__ = f"{name}_with_indices"
    pool.__name__ = name
    both = op(function=dims == 1, method=False)(with_indices)
    return (op(function=False, method=False)(pool), both)


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive(3)
