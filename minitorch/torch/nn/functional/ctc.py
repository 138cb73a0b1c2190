"""The loss of a sequence whose alignment is unknown.

Idea: the probability of the labels is a sum over all alignments, which a recursion over time adds
    up: alpha[t, s] = probability[t, label s] * (alpha[t-1, s] + alpha[t-1, s-1] + alpha[t-1, s-2]),
    s counting labels with blanks between them; in logarithms. Graves and others, "Connectionist
    temporal classification", 2006.
Not here: losses of single labels (classification.py).
Read next: classification.py
"""

from __future__ import annotations

from typing import Any

from minitorch.rules import where
from minitorch.selection import Gather
from minitorch.tensor_functions import row_function
from minitorch.torch.creation import tensor
from minitorch.torch.face import op
from minitorch.torch.nn.functional.padding import pad
from minitorch.torch.nn.functional.parts import SizeError, floats_only
from minitorch.torch.nn.functional.reduction import reduction_of

__all__ = ["ctc_loss"]

NEVER = -1e30  # the logarithm of 0, kept finite so that gradients stay numbers
Where = row_function(where)


def _ints(values: Any) -> list[int]:
    return [int(it) for it in (values.tolist() if hasattr(values, "tolist") else values)]


@op(method=False)
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative log-probability of the targets under all alignments with the inputs.

    Args:
        log_probs: (T, N, C), or (T, C) for one sequence; logarithms of probabilities.
        targets: (N, S), or all labels one after the other in one dim.
        input_lengths: of the N sequences; at most T.
        target_lengths: of the N targets.
        blank: the class that stands for no label.
        reduction: "none", "sum", or "mean" of the losses divided by the target lengths.
        zero_infinity: count an impossible target as 0.

    Raises:
        SizeError: the sizes do not fit.
    """
    reduction = reduction_of(None, None, reduction)
    floats_only("ctc_loss_cpu", log_probs)
    single = log_probs.dims == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dims == 1 else targets
    steps, count, classes = log_probs.shape
    times = _lengths(input_lengths, count, "input_lengths")
    sizes = _lengths(target_lengths, count, "target_lengths")
    _check(times, sizes, steps, blank, classes)
    losses = _losses(log_probs, _labels(targets, sizes), times, sizes, blank)
    if zero_infinity:
        losses = Where.apply(losses == float("inf"), 0.0, losses)
    if reduction == "mean":
        return (losses / tensor([max(n, 1) for n in sizes], dtype=losses.dtype)).mean()
    if reduction == "sum":
        return losses.sum()
    return losses.reshape(()) if single else losses


def _lengths(given: Any, count: int, name: str) -> list[int]:
    found = [int(given)] if getattr(given, "dims", 1) == 0 else _ints(given)
    if len(found) != count:
        raise SizeError(f"{name} must be of size batch_size")
    return found


def _check(times: list[int], sizes: list[int], steps: int, blank: int, classes: int) -> None:
    if not 0 <= blank < classes:
        raise SizeError("blank must be in label range")
    for b, n in enumerate(times):
        if not 0 <= n <= steps:
            raise SizeError(
                f"Expected input_lengths to have value at most {steps}, but got value {n} (while "
                f"checking batch {b})"
            )
    if min(sizes, default=0) < 0:
        raise SizeError("Expected target_lengths to have value at least 0")


def _labels(targets: Any, sizes: list[int]) -> list[list[int]]:
    """The labels of each sequence."""
    given = targets.tolist()
    if targets.dims == 2:
        return [row[:n] for row, n in zip(given, sizes, strict=True)]
    if sum(sizes) != len(given):
        raise SizeError(f"Expected {sum(sizes)} targets in one dim, but got {len(given)}")
    starts = [sum(sizes[:b]) for b in range(len(sizes))]
    return [given[start : start + n] for start, n in zip(starts, sizes, strict=True)]


def _losses(
    log_probs: Any, labels: list[list[int]], times: list[int], sizes: list[int], blank: int
) -> Any:
    """The losses of N sequences, of which the one with most labels has S: (N,)."""
    steps, count, _ = log_probs.shape
    width = 2 * max(sizes, default=0) + 1
    spread = [[blank] * width for _ in labels]
    jumps = [[False] * width for _ in labels]  # past the blank between two different labels
    for b, row in enumerate(labels):
        for k, label in enumerate(row):
            spread[b][2 * k + 1] = int(label)
            jumps[b][2 * k + 1] = k > 0 and row[k - 1] != label
    index = tensor(spread).reshape(1, count, width).expand(steps, count, width)
    scores = Gather.apply(log_probs, 2, index)  # (T, N, 2 S + 1)
    kind = log_probs.dtype
    reached = tensor([[0.0, *[NEVER] * (width - 1)]] * count, dtype=kind)  # before the first step
    jump = tensor(jumps)
    lengths = tensor(times).unsqueeze(1)
    for t in range(steps):
        skipped = Where.apply(jump, _shifted(reached, 2), NEVER)
        ways = [reached, _shifted(reached, 1), skipped]
        step = _log_sum(ways) + scores[t]
        reached = Where.apply(lengths > t, step, reached)
    last = tensor([[2 * n, max(2 * n - 1, 0)] for n in sizes])
    ends = Gather.apply(reached, 1, last)
    empty = tensor([[False, n == 0] for n in sizes])
    ends = Where.apply(empty, NEVER, ends)
    total = _log_sum([ends[:, 0], ends[:, 1]])
    losses = Where.apply(total < NEVER / 2, float("inf"), -total)
    return losses + _share(log_probs, lengths, losses)


def _shifted(x: Any, places: int) -> Any:
    """Moved to the right by so many labels."""
    return pad(x, (places, 0), value=NEVER)[:, : x.shape[1]]


def _log_sum(ways: list[Any]) -> Any:
    """ln of the sum of e^way."""
    top = ways[0].detach()
    for way in ways[1:]:
        top = top.maximum(way.detach())
    total = (ways[0] - top).exp()
    for way in ways[1:]:
        total = total + (way - top).exp()
    return total.log() + top


def _share(log_probs: Any, lengths: Any, losses: Any) -> Any:
    """Zeros, whose gradient is the probabilities.

    PyTorch's gradient is that of normalised log-probabilities: the probabilities, less the share of
    each class in all alignments. After log_softmax it comes to the same.
    """
    steps = log_probs.shape[0]
    counted = (tensor(list(range(steps))).unsqueeze(1) < lengths.squeeze(1)).unsqueeze(2)
    infinite = (losses.detach() == float("inf")).reshape(1, -1, 1)
    total = Where.apply(counted & ~infinite, log_probs.exp(), 0.0).sum((0, 2))
    return total - total.detach()
