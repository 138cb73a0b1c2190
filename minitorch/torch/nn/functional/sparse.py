"""Embeddings: rows of a table by their numbers.

Idea: an embedding is a gather of rows; that a row gets no gradient, or less of it, is a scale of
    the gradient of what was looked up (`ScaleGradient`).
Not here: gather and its adjoint (../../../selection.py).
Read next: attention.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import nn
from minitorch.autodiff import no_grad
from minitorch.errors import ConfigError, GradientError, IndexingError
from minitorch.rules import where
from minitorch.selection import Gather, ScaleGradient, ScatterAdd, check_index
from minitorch.tensor_functions import Slice, row_function
from minitorch.torch.creation import tensor, zeros
from minitorch.torch.dtypes import kind_of
from minitorch.torch.face import converted, op
from minitorch.torch.nn.functional.parts import INT64, NotForDtypeError, SizeError
from minitorch.torch.ranges import arange
from minitorch.torch.views import overwrite

__all__ = ["embedding", "embedding_bag", "one_hot"]

Where = row_function(where)


class RowError(IndexingError):
    """A number that is no row: an IndexError."""


def _ids(input: Any) -> Any:
    if input.dtype.name not in ("int64", "int32"):
        raise GradientError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {kind_of(input.dtype)}Type instead (while checking arguments for "
            "embedding)"
        )
    return converted(input, INT64)


def _check(ids: Any, rows: int) -> None:
    try:
        check_index(ids, rows, 0)
    except IndexingError:
        raise RowError("index out of range in self") from None


def _counts(ids: Any, rows: int) -> Any:
    """How often each row is looked up."""
    flat = ids.reshape(-1)
    ones = (flat * 0 + 1).to(INT64)
    return ScatterAdd.apply(ones, 0, flat, rows)


def _renormalise(weight: Any, ids: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up to a norm of at most max_norm, in place."""
    with no_grad():
        norms = weight.detach().norm(norm_type, 1, keepdim=True)
        seen = (_counts(ids, weight.shape[0]) > 0).unsqueeze(1)
        scale = Where.apply(seen & (norms > max_norm), max_norm / (norms + 1e-7), 1.0)
        overwrite(weight.detach(), weight.detach() * scale)


@op(function=False, method=False)
def embedding(
    input: Any,
    weight: Any,
    padding_idx: Any = None,
    max_norm: Any = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of a weight (V, D) by their numbers: input.shape + (D,).

    Args:
        input: whole numbers from 0 to V - 1.
        weight: the table.
        padding_idx: a row that gets no gradient.
        max_norm: rows that are looked up are first scaled, in place, to at most this norm.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide a row's gradient by how often it was looked up.
        sparse: accepted; gradients are dense.

    Raises:
        GradientError: the numbers are not whole.
        RowError: one is out of range: an IndexError.

    >>> import minitorch.torch as torch
    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding(torch.tensor([1, 0]), table)
    tensor([[3., 4.],
            [1., 2.]])
    """
    if weight.dims != 2:
        raise SizeError("'weight' must be 2-D")
    ids = _ids(input)
    _check(ids, weight.shape[0])
    padding_idx = _padding_row(padding_idx, weight.shape[0])
    if max_norm is not None:
        _renormalise(weight, ids, float(max_norm), float(norm_type))
    out = nn.embedding(weight, ids)
    return _scaled(out, ids, weight, padding_idx, scale_grad_by_freq)


def _padding_row(padding_idx: Any, rows: int) -> Any:
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise _PaddingError("Padding_idx must be within num_embeddings")
    return padding_idx % rows


class _PaddingError(SizeError, AssertionError):
    """What PyTorch asserts."""


def _scaled(out: Any, ids: Any, weight: Any, padding_idx: Any, by_frequency: bool) -> Any:
    """Looked up rows, whose gradients are scaled as the settings say."""
    if weight.history is None or (padding_idx is None and not by_frequency):
        return out
    scale: Any = 1.0
    if by_frequency:
        counts = _counts(ids, weight.shape[0])
        scale = 1.0 / Gather.apply(counts, 0, ids.reshape(-1)).reshape(ids.shape).to(out.dtype)
    if padding_idx is not None:
        scale = Where.apply(ids == padding_idx, 0.0, scale)
    return ScaleGradient.apply(out, converted(scale, out.dtype).unsqueeze(-1))


@op(function=False, method=False)
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """1 at the class of each number, 0 elsewhere: tensor.shape + (num_classes,), int64.

    Raises:
        GradientError: the numbers are not int64, or not between 0 and num_classes - 1.

    >>> import minitorch.torch as torch
    >>> torch.nn.functional.one_hot(torch.tensor([1]), 3)
    tensor([[0, 1, 0]])
    """
    if tensor.dtype.name != "int64":
        raise GradientError("one_hot is only applicable to index tensor of type LongTensor.")
    if not tensor._tensor.size:
        if num_classes <= 0:
            raise GradientError("Can not infer total number of classes from empty tensor.")
        return zeros(*tensor.shape, num_classes, dtype=INT64)
    if int(tensor.min()) < 0:
        raise GradientError("Class values must be non-negative.")
    largest = int(tensor.max())
    if num_classes == -1:
        num_classes = largest + 1
    elif num_classes < 1:
        raise GradientError("num_classes should be positive")
    elif largest >= num_classes:
        raise GradientError("Class values must be smaller than num_classes.")
    return (tensor.unsqueeze(-1) == arange(num_classes)).to(INT64)


# Bags.


def _bags(input: Any, offsets: Any, include_last_offset: bool) -> list[int]:
    """The number of the bag that each entry lies in; at last how many bags there are.

    Raises:
        ConfigError: offsets with a matrix, or none with a vector.
    """
    if input.dims == 2:
        if offsets is not None:
            raise ConfigError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                f"of fixed length sequences. However, found offsets of type {type(offsets)}"
            )
        rows, width = input.shape
        return [b for b in range(rows) for _ in range(width)] + [rows]
    if input.dims != 1:
        raise ConfigError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dims}"
        )
    if offsets is None:
        raise ConfigError("offsets has to be a 1D Tensor but got None")
    if offsets.dims != 1:
        raise ConfigError("offsets has to be a 1D Tensor")
    starts = [int(k) for k in offsets.tolist()]
    if starts and starts[0] != 0:
        raise SizeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {starts[0]}"
        )
    ends = starts[1:] if include_last_offset else [*starts[1:], input.shape[0]]
    if starts and starts[-1] > input.shape[0]:
        raise SizeError(
            f"offsets[-1] can not be greater than input's length({input.shape[0]}) but got "
            f"offsets[-1] of {starts[-1]}"
        )
    return [
        b
        for b, (start, stop) in enumerate(zip(starts, ends, strict=False))
        for _ in range(start, stop)
    ] + [len(ends)]


def _reordered(input: Any, weight: Any) -> tuple[Any, Any]:
    warnings.warn(
        "Argument order of nn.functional.embedding_bag was changed. Usage "
        "`embedding_bag(weight, input, ...)` is deprecated, and should now be "
        "`embedding_bag(input, weight, ...)`.",
        stacklevel=4,
    )
    return input, weight


def _check_bags(
    input: Any, weight: Any, per_sample_weights: Any, mode: str, by_frequency: bool, sparse: bool
) -> None:
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ConfigError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then "
            f"it must have the same shape as the input ({input.shape})"
        )
    if weight.dims != 2:
        raise ConfigError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dims}"
        )
    if mode not in ("sum", "mean", "max"):
        raise ConfigError("mode has to be one of sum, mean or max")
    if mode == "max" and by_frequency:
        raise ConfigError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ConfigError("max mode does not support sparse weights")
    if per_sample_weights is not None and mode != "sum":
        raise NotForDtypeError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )


@op(function=False, method=False)
def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: Any = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: Any = None,
) -> Any:
    """The sum, mean or maximum of the rows of each bag: (bags, D).

    The input is (B, N), each row a bag, or (M,) with the offsets at which bags begin, and with
    include_last_offset where the last one ends. Rows at padding_idx do not count; in sums the rows
    may have weights. For the rest see `embedding`.

    Raises:
        ConfigError: settings that do not fit.
        RowError: a number is out of range.
    """
    if weight.dtype.name == "int64" and input.dtype.is_floating_point:
        input, weight = _reordered(weight, input)
    _check_bags(input, weight, per_sample_weights, mode, scale_grad_by_freq, sparse)
    bags = _bags(input, offsets, include_last_offset)
    ids = _first(_ids(input), len(bags) - 1)
    _check(ids, weight.shape[0])
    padding_idx = _padding_row(padding_idx, weight.shape[0])
    if max_norm is not None:
        _renormalise(weight, ids, float(max_norm), float(norm_type))
    rows = _scaled(nn.embedding(weight, ids), ids, weight, None, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * _first(per_sample_weights, len(bags) - 1).unsqueeze(1)
    counted = None if padding_idx is None else (ids != padding_idx).unsqueeze(1)
    return _pooled(rows, bags[:-1], bags[-1], counted, mode)


def _first(x: Any, count: int) -> Any:
    """The first numbers of x, in one dim."""
    return Slice.apply(x.reshape(-1), 0, 0, count)


def _pooled(rows: Any, bags: list[int], count: int, counted: Any, mode: str) -> Any:
    """The rows (M, D) of each bag made into one."""
    size = rows.shape[1]
    if not bags:
        return rows.sum() * 0 + zeros(count, size, dtype=rows.dtype)
    where_to = tensor(bags)
    index = where_to.unsqueeze(1).expand(len(bags), size)
    if mode == "max":
        return _largest(rows, bags, count, counted)
    if counted is not None:
        rows = Where.apply(counted, rows, 0.0)
    sums = ScatterAdd.apply(rows, 0, index, count)
    if mode == "sum":
        return sums
    ones = (counted.squeeze(1) if counted is not None else where_to >= 0).to(rows.dtype)
    members = ScatterAdd.apply(ones, 0, where_to, count).clamp(min=1)
    return sums / members.unsqueeze(1)


def _largest(rows: Any, bags: list[int], count: int, counted: Any) -> Any:
    """The maximum of each bag, and 0 for an empty one."""
    members: list[list[int]] = [[] for _ in range(count)]
    keep = [True] * len(bags) if counted is None else counted.reshape(-1).tolist()
    for k, b in enumerate(bags):
        if keep[k]:
            members[b].append(k)
    width = max(max(map(len, members)), 1)
    # A short bag repeats its first row, which changes no maximum: the first of equals counts.
    places = tensor([[*it, *[it[0] if it else 0] * (width - len(it))] for it in members])
    chosen = Gather.apply(
        rows, 0, places.reshape(-1, 1).expand(count * width, rows.shape[1])
    ).reshape(count, width, rows.shape[1])
    largest = chosen.max(1)[0]
    empty = tensor([[not it] for it in members])
    return Where.apply(empty, 0.0, largest)
