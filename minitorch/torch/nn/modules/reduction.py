"""What all losses have: how the losses of the samples become one number.

Idea: "none" keeps them, "mean" and "sum" reduce them; two older booleans said the same.
Not here: the losses (loss.py).
Read next: loss.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.torch.nn.modules.module import Module

__all__ = ["_Loss", "_WeightedLoss", "legacy_reduction"]


def legacy_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """What the two older arguments meant, with a warning that names the new one.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     legacy_reduction(False, None)
    'sum'
    """
    reduced = "sum" if size_average is False else "mean"
    meant = "none" if reduce is False else reduced
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.",
        stacklevel=4,
    )
    return meant


class _Loss(Module):
    """A loss with a reduction."""

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        older = size_average is not None or reduce is not None
        self.reduction = legacy_reduction(size_average, reduce) if older else reduction


class _WeightedLoss(_Loss):
    """A loss with a weight per class, or per sample, or None."""

    weight: Any

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
