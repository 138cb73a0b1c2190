"""AdaptiveLogSoftmaxWithLoss: a softmax over many classes that spends its work on the frequent.

Idea: the first classes have an output each; the others share one output per cluster, behind which
    a smaller network tells them apart. log p = log p(cluster) + log p(class in its cluster).
Not here: softmax (nn/functional/).
Read next: container.py
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from minitorch.errors import ConfigError, MismatchError
from minitorch.torch.joining import cat
from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.container import ModuleList, Sequential
from minitorch.torch.nn.modules.linear import Linear
from minitorch.torch.nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Any  # log probability of each target, (N,)
    loss: Any  # its negative mean


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log probabilities of targets, and their loss.

    Grave et al., "Efficient softmax approximation for GPUs", 2017.

    >>> import minitorch.torch as torch
    >>> softmax = AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs=[5, 10])
    >>> softmax.log_prob(torch.zeros(2, 16)).shape
    torch.Size([2, 20])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if len(cutoffs) == 0:
            raise ConfigError("cutoffs should be a sequence of length larger than 0")
        increasing = all(low < high for low, high in pairwise([0, *cutoffs, n_classes]))
        if not increasing or any(int(cutoff) != cutoff for cutoff in cutoffs):
            raise ConfigError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing "
                "order, where each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        made = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for number, (low, high) in enumerate(pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**number)
            narrow = Linear(in_features, width, bias=False, **made)
            self.tail.append(Sequential(narrow, Linear(width, high - low, bias=False, **made)))

    def reset_parameters(self) -> None:
        """Draw new weights."""
        self.head.reset_parameters()
        for narrow, wide in self.tail:
            narrow.reset_parameters()
            wide.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        _check(input_, target_)
        batched = target_.dim() == 1
        input, target = (input_, target_) if batched else (input_[None], target_[None])
        if ((target < 0) | (target >= self.n_classes)).any():
            raise MismatchError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        output = input.new_zeros(target.shape[0])
        places = target.clone()  # where the head looks: at the class, or at its cluster
        for number, (low, high) in enumerate(pairwise(self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().flatten()
            if rows.numel() == 0:
                continue
            log_probs = F.log_softmax(self.tail[number](input.index_select(0, rows)), dim=1)
            within = (target.index_select(0, rows) - low)[:, None]
            output = output.index_copy(0, rows, log_probs.gather(1, within)[:, 0])
            places = places.index_fill(0, rows, self.shortlist_size + number)
        head = F.log_softmax(self.head(input), dim=1)
        output = output + head.gather(1, places[:, None])[:, 0]
        return _ASMoutput(output if batched else output[0], (-output).mean())

    def log_prob(self, input: Any) -> Any:
        """Log probabilities of all classes: (N, in_features) to (N, n_classes)."""
        head = F.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for number, tail in enumerate(self.tail):
            cluster = head[:, self.shortlist_size + number, None]
            parts.append(F.log_softmax(tail(input), dim=1) + cluster)
        return cat(parts, dim=1)

    def predict(self, input: Any) -> Any:
        """The most probable class of each row: (N, in_features) to (N,)."""
        return self.log_prob(input).argmax(dim=1)


def _check(input: Any, target: Any) -> None:
    """Refuse what is not one row per target."""
    if target.dim() > 1:
        raise MismatchError("0D or 1D target tensor expected, multi-target not supported")
    if input.dim() != target.dim() + 1:
        raise MismatchError(
            f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found "
            f"inputs with size {input.size()}"
        )
    if target.dim() == 1 and input.shape[0] != target.shape[0]:
        raise MismatchError("Input and target should have the same size in the batch dimension.")
