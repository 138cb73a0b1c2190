"""Windows placed by chance, and the way back from what pooling chose.

Idea: fractional pooling moves each window by a sequence of steps that depends on one random number
    (Graham 2014); unpooling writes numbers where indices say, and zeros elsewhere.
Not here: regular windows (pooling.py), the generator (../../random.py).
Read next: pooling.py
"""

from __future__ import annotations

from math import prod
from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.creation import zeros
from minitorch.torch.face import op
from minitorch.torch.nn.functional.dropout import noise_like
from minitorch.torch.nn.functional.parts import SizeError, tuple_of
from minitorch.torch.nn.functional.pooling import ONE, largest, planes_of
from minitorch.windows import Windows

__all__ = [
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def _placed(sample: float, size: int, count: int, kernel: int) -> Windows:
    """`count` windows, the last at the end, the others by steps that a random number decides."""
    first = [size - kernel] * count
    if count > 1:
        step = (size - kernel) / (count - 1)
        for i in range(count - 1):
            first[i] = int((i + sample) * step) - int(sample * step)
    return Windows(tuple(first), tuple([it + kernel - 1 for it in first]))


def _fractional(
    dims: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Any
) -> Any:
    name = f"fractional_max_pool{dims}d"
    if output_size is None and output_ratio is None:
        raise ConfigError(f"{name} requires specifying either an output_size or an output_ratio")
    planes = planes_of(name, input, dims)
    sizes = input.shape[-dims:]
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, tuple | list) else (output_ratio,) * dims
        output_size = [int(n * r) for n, r in zip(sizes, ratios, strict=True)]
    counts = tuple_of(output_size, dims, "output_size")
    kernel = tuple_of(kernel_size, dims, "kernel_size")
    for n, k, c in zip(sizes, kernel, counts, strict=True):
        if c + k - 1 > n:
            raise SizeError(f"{name}(): pool size {k} too large relative to input size {n}")
    if samples is None:
        samples = noise_like(input, (*input.shape[:-dims], dims))
    drawn = samples.detach().reshape(planes.shape[0], dims).tolist()
    rows: list[tuple[Windows, Windows, Windows]] = []
    if not drawn:  # no planes: any row serves
        drawn = [[0.0] * dims]
    for row in drawn:
        order = list(reversed(row)) if dims == 2 else row  # PyTorch's image takes the width first
        placed = [_placed(*it) for it in zip(order, sizes, counts, kernel, strict=True)]
        three = [ONE] * (3 - dims) + placed
        rows.append((three[0], three[1], three[2]))
    return largest(input, planes, dims, *rows)


def _pool(dims: int) -> tuple[Any, Any]:
    name = f"fractional_max_pool{dims}d"

    def with_indices(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        return _fractional(dims, input, kernel_size, output_size, output_ratio, _random_samples)

    def pool(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        both = _fractional(dims, input, kernel_size, output_size, output_ratio, _random_samples)
        return both if return_indices else both[0]

    with_indices.__doc__ = f"`{name}`, and where in its plane each number stands."
    pool.__doc__ = f"""The largest numbers of windows that chance places over the last {dims} dims.

    Raises:
        ConfigError: neither output_size nor output_ratio is given.
        SizeError: the sizes do not fit.
    """
    with_indices.__name__ = f"{name}_with_indices"
    pool.__name__ = name
    plain = op(function=False, method=False)
    return plain(pool), plain(with_indices)


fractional_max_pool2d, fractional_max_pool2d_with_indices = _pool(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _pool(3)


def _unpool(
    dims: int,
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_size: Any,
) -> Any:
    kernel = tuple_of(kernel_size, dims, "kernel_size")
    step = kernel if stride is None else tuple_of(stride, dims, "stride")
    pads = tuple_of(padding, dims, "padding")
    if indices.dtype.name != "int64":
        raise SizeError(f"elements in indices should be type int64 but got: {indices.dtype.name}")
    if indices.shape != input.shape:
        raise SizeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}"
            f") but got indices tensor with shape: {list(indices.shape)}"
        )
    usual = [
        (n - 1) * s + k - 2 * p
        for n, s, k, p in zip(input.shape[-dims:], step, kernel, pads, strict=True)
    ]
    sizes = _wanted(usual, step, output_size, dims)
    planes = prod(input.shape[:-dims])
    cells = prod(sizes)
    flat = indices.reshape(planes, -1)
    if flat._tensor.size and (int(flat.min()) < 0 or int(flat.max()) >= cells):
        raise SizeError(
            f"Found an invalid max index: {int(flat.max())} (output volumes are of size "
            f"{'x'.join(map(str, sizes))}"
        )
    room = zeros(planes, cells, dtype=input.dtype)
    out = room.scatter(1, flat, input.reshape(planes, -1)) if planes else room
    return out.reshape(*input.shape[:-dims], *sizes)


def _wanted(usual: list[int], step: tuple[int, ...], output_size: Any, dims: int) -> list[int]:
    """The sizes of the result, which may be asked for if they differ by less than a stride.

    Raises:
        ConfigError: other sizes.
    """
    if output_size is None:
        return usual
    given = [int(n) for n in output_size]
    if len(given) == dims + 2:
        given = given[2:]
    if len(given) != dims:
        raise ConfigError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it "
            f"has a length of '{len(given)}'"
        )
    for n, wanted, s in zip(usual, given, step, strict=True):
        if not n - s < wanted < n + s:
            raise ConfigError(
                f'invalid output_size "{given}" (dim 0 must be between {n - s} and {n + s})'
            )
    return given


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Any:
    """Numbers at the places that `max_pool1d` took them from, zeros elsewhere."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Any:
    """Numbers at the places that `max_pool2d` took them from, zeros elsewhere."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Any:
    """Numbers at the places that `max_pool3d` took them from, zeros elsewhere."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)
