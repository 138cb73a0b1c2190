"""Windows of images as columns, and back.

Idea: the windows of a padded image are a view of it (../../../strided.py); to add columns back into
    an image is the adjoint of that view.
Not here: convolution (conv.py).
Read next: pooling.py
"""

from __future__ import annotations

from typing import Any

from minitorch.strided import AsStrided, IntoStrided, Layout
from minitorch.tensor_data import contiguous_strides
from minitorch.tensor_functions import Copy, Pad, Slice
from minitorch.torch.face import op
from minitorch.torch.nn.functional.parts import SizeError, tuple_of

__all__ = ["fold", "unfold", "windows_of"]

Ints = tuple[int, ...]


def _counts(sizes: Any, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Ints:
    """How many windows lie along each dim."""
    return tuple(
        [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, d, p, s in zip(sizes, kernel, dilation, padding, stride, strict=True)
        ]
    )


def _window_layout(shape: Any, kernel: Ints, dilation: Ints, stride: Ints, counts: Ints) -> Layout:
    """(N, C, k.., counts..) over a contiguous (N, C, sizes..)."""
    steps = contiguous_strides(tuple(shape))
    inner = steps[2:]
    return Layout(
        (*shape[:2], *kernel, *counts),
        (
            *steps[:2],
            *(s * d for s, d in zip(inner, dilation, strict=True)),
            *(s * t for s, t in zip(inner, stride, strict=True)),
        ),
    )


def windows_of(x: Any, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Any:
    """(N, C, sizes..) as the view (N, C, k.., counts..) of its windows, padded by zeros."""
    counts = _counts(x.shape[2:], kernel, dilation, padding, stride)
    for k, p in enumerate(padding):
        if p:
            x = Pad.apply(x, 2 + k, p, x.shape[2 + k] + 2 * p)
    x = Copy.apply(x)
    layout = _window_layout(x.shape, kernel, dilation, stride, counts)
    return AsStrided.apply(x, layout._replace(offset=x._tensor.offset))


def _settings(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> list[Ints]:
    found = [tuple_of(it, 2) for it in (kernel_size, dilation, padding, stride)]
    for name, it, least in (
        ("kernel size", found[0], 1), ("dilation", found[1], 1), ("padding", found[2], 0),
        ("stride", found[3], 1),
    ):  # fmt: skip
        if min(it) < least:
            word = "greater than zero" if least else "non-negative"
            raise SizeError(
                f"{name} should be {word}, but got {name.replace(' ', '_')}_height: {it[0]} "
                f"{name.replace(' ', '_')}_width: {it[1]}"
            )
    return found


@op(function=False, method=False)
def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """(N, C, H, W) to (N, C * kh * kw, windows): each window of the image as a column.

    Raises:
        SizeError: the input is no batch of images, or no window fits.
    """
    kernel, spread, pads, step = _settings(kernel_size, dilation, padding, stride)
    if input.dims not in (3, 4) or 0 in input.shape[-3:]:
        raise SizeError(
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got: {list(input.shape)}"
        )
    x = input if input.dims == 4 else input.unsqueeze(0)
    counts = _counts(x.shape[2:], kernel, spread, pads, step)
    if min(counts) < 1:
        raise SizeError(
            f"Given input with spatial size ({x.shape[2]}, {x.shape[3]}), kernel_size={kernel}, "
            f"dilation={spread}, padding={pads}, calculated shape of the array of sliding blocks "
            f"as {counts}, but its components must be at least one."
        )
    columns = x.shape[1] * kernel[0] * kernel[1]
    out = windows_of(x, kernel, spread, pads, step)
    out = out.reshape(x.shape[0], columns, counts[0] * counts[1])
    return out if input.dims == 4 else out.squeeze(0)


@op(function=False, method=False)
def fold(
    input: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """(N, C * kh * kw, windows) to (N, C, H, W): columns added where `unfold` took them from.

    Raises:
        SizeError: the sizes do not fit.
    """
    kernel, spread, pads, step = _settings(kernel_size, dilation, padding, stride)
    sizes = tuple_of(output_size, 2, "output_size")
    if input.dims not in (2, 3):
        raise SizeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
            f"non-zero dimensions for input, but got: {list(input.shape)}"
        )
    x = input if input.dims == 3 else input.unsqueeze(0)
    cells = kernel[0] * kernel[1]
    if x.shape[1] % cells:
        raise SizeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={x.shape[1]} and kernel_size={kernel}."
        )
    counts = _counts(sizes, kernel, spread, pads, step)
    if min(counts) < 1 or counts[0] * counts[1] != x.shape[2]:
        raise SizeError(
            f"Given output_size={sizes}, kernel_size={kernel}, dilation={spread}, padding={pads}, "
            f"stride={step}, expected size of input's dimension 2 to match the calculated number "
            f"of sliding blocks {counts[0]} * {counts[1]} = {counts[0] * counts[1]}, but got "
            f"input.size(2)={x.shape[2]}."
        )
    shape = (
        x.shape[0],
        x.shape[1] // cells,
        *(n + 2 * p for n, p in zip(sizes, pads, strict=True)),
    )
    part = _window_layout(shape, kernel, spread, step, counts)
    out = IntoStrided.apply(x.reshape(part.shape), Layout(shape, contiguous_strides(shape)), part)
    for k, p in enumerate(pads):
        if p:
            out = Slice.apply(out, 2 + k, p, p + sizes[k])
    return out if input.dims == 3 else out.squeeze(0)
