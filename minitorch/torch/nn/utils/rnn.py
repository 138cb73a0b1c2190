"""Sequences of different lengths in one tensor: padded, or packed.

Idea: packed, the first elements of all sequences stand first, then all second ones ...; sorted by
    length, the sequences that still go on at a step are the first `batch_sizes[t]`.
Not here: recurrent layers (nn/modules/rnn.py).
Read next: ../modules/recurrence.py
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple, Self

from minitorch.errors import ConfigError, MismatchError
from minitorch.torch.creation import tensor
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.joining import cat, stack
from minitorch.torch.missing import getattr_of
from minitorch.torch.ranges import arange
from minitorch.torch.tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    """What a PackedSequence holds."""

    data: Any  # (sum of lengths, ...)
    batch_sizes: Any  # int64, (longest,)
    sorted_indices: Any  # from the order given to that by length, or None
    unsorted_indices: Any  # and back


class PackedSequence(_Packed):
    """Sequences by steps: what `pack_padded_sequence` and `pack_sequence` make.

    >>> import minitorch.torch as torch
    >>> pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])]).data
    tensor([1, 4, 2, 3])
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any = None,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> Self:
        """Out of its parts; the order back is worked out if it is not given."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not isinstance(data, tuple | list) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The sequences on another device or of another dtype."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        orders = (
            None if order is None else order.to(data.device)
            for order in (self.sorted_indices, self.unsorted_indices)
        )
        return type(self)(data, self.batch_sizes, *orders)

    def cuda(self, *args: Any, **kwargs: Any) -> Self:
        """The sequences on a GPU."""
        return self.to(*(args or ("cuda",)), **kwargs)

    def cpu(self) -> Self:
        """The sequences on the CPU."""
        return self.to("cpu")

    def double(self) -> Self:
        """The sequences as float64."""
        return self.to(Dtype.named["float64"])

    def float(self) -> Self:
        """The sequences as float32."""
        return self.to(Dtype.named["float32"])

    def half(self) -> Self:
        """The sequences as float16."""
        return self.to(Dtype.named["float16"])

    def long(self) -> Self:
        """The sequences as int64."""
        return self.to(Dtype.named["int64"])

    def pin_memory(self) -> Self:
        """Itself: no memory needs to be pinned."""
        return self

    def is_pinned(self) -> bool:
        """False."""
        return False

    @property
    def is_cuda(self) -> bool:
        """True where the sequences are on a GPU."""
        return self.data.device.type == "cuda"


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes one; None for None.

    >>> import minitorch.torch as torch
    >>> invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    counts = arange(permutation.numel(), device=permutation.device)
    return permutation.new_empty(permutation.shape).scatter_(0, permutation, counts)


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack (T, B, ...), or (B, T, ...) with `batch_first`, given the lengths of the sequences.

    Raises:
        MismatchError: lengths that are not positive, do not fit, or, with `enforce_sorted`, are
            not descending.

    >>> import minitorch.torch as torch
    >>> padded = torch.tensor([[1, 2, 0], [3, 0, 0]])
    >>> packed = pack_padded_sequence(padded, [2, 1], batch_first=True)
    >>> packed.data, packed.batch_sizes
    (tensor([1, 3, 2]), tensor([2, 1]))
    """
    counts: list[int] = lengths.tolist() if isinstance(lengths, Tensor) else [*map(int, lengths)]
    if not batch_first:
        input = input.transpose(0, 1)  # (B, T, ...)
    order = None
    if not enforce_sorted:
        places = sorted(range(len(counts)), key=lambda place: -counts[place])
        order = tensor(places, dtype=Dtype.named["int64"], device=input.device)
        counts = [counts[place] for place in places]
        input = input.index_select(0, order)
    _check_lengths(counts, input)
    sizes = [sum(count > step for count in counts) for step in range(counts[0])]
    data = cat([input[:size, step] for step, size in enumerate(sizes)])
    return PackedSequence(data, tensor(sizes, dtype=Dtype.named["int64"]), order, None)


def _check_lengths(counts: list[int], input: Any) -> None:
    if not counts or counts[-1] <= 0:
        raise MismatchError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if any(here < after for here, after in pairwise(counts)):
        raise MismatchError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if len(counts) != input.shape[0]:
        raise MismatchError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size="
            f"{input.shape[0]})"
        )
    if counts[0] > input.shape[1]:
        raise MismatchError(
            f"Expected sequence length to be larger than or equal to max(lengths), got "
            f"{input.shape[1]} and {counts[0]}"
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """The padded tensor and the lengths of packed sequences.

    Raises:
        ConfigError: `total_length` is less than the longest sequence.

    >>> import minitorch.torch as torch
    >>> pad_packed_sequence(pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]), True)
    (tensor([[1, 2],
            [3, 0]]), tensor([2, 1]))
    """
    data, batch_sizes, _, back = sequence
    sizes: list[int] = batch_sizes.tolist()
    length = len(sizes) if total_length is None else total_length
    if length < len(sizes):
        raise ConfigError(
            "Expected total_length to be at least the length of the longest sequence in input, but "
            f"got total_length={total_length} and max sequence length being {len(sizes)}"
        )
    rest = data.shape[1:]
    steps = [
        cat([part, part.new_full((sizes[0] - size, *rest), padding_value)])
        if size < sizes[0]
        else part
        for part, size in zip(data.split(sizes), sizes, strict=True)
    ]
    steps += [data.new_full((sizes[0], *rest), padding_value)] * (length - len(sizes))
    padded = stack(steps, 1 if batch_first else 0)
    counts = [sum(size > place for size in sizes) for place in range(sizes[0])]
    lengths = tensor(counts, dtype=Dtype.named["int64"])
    if back is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, back), lengths.index_select(0, back)


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """Sequences (T_i, ...) as one tensor (T, B, ...), or (B, T, ...), of the longest length.

    Raises:
        MismatchError: not an iterable of tensors, or none.

    >>> import minitorch.torch as torch
    >>> pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise MismatchError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    rows: list[Any] = list(sequences)
    if not rows:
        raise MismatchError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise MismatchError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    longest = max(row.shape[0] for row in rows)
    padded: list[Any] = []
    for row in rows:
        missing = longest - row.shape[0]
        if missing:
            blank = row.new_full((missing, *row.shape[1:]), padding_value)
            row = cat([row, blank] if padding_side == "right" else [blank, row])
        padded.append(row)
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences of a padded tensor, each of its own length.

    >>> import minitorch.torch as torch
    >>> unpad_sequence(torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    counts: list[int] = lengths.tolist()
    return [row[:count] for row, count in zip(rows, counts, strict=True)]


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (T_i, ...).

    >>> import minitorch.torch as torch
    >>> pack_sequence([torch.tensor([1]), torch.tensor([2, 3])], enforce_sorted=False).data
    tensor([2, 1, 3])
    """
    lengths = [sequence.shape[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences that were packed, in the order in which they were given.

    >>> import minitorch.torch as torch
    >>> unpack_sequence(pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


__getattr__ = getattr_of(__name__)
