"""Distances and similarities of pairs of vectors, as layers.

Idea: a layer keeps the settings, and gives them to the function of nn/functional/.
Not here: the functions.
Read next: margin_loss.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.nn import functional as F
from minitorch.torch.nn.modules.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps over the last dim.

    >>> import minitorch.torch as torch
    >>> PairwiseDistance(p=1)(torch.zeros(2, 4), torch.ones(2, 4))
    tensor([4.0000, 4.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle between x1 and x2 along a dim.

    >>> import minitorch.torch as torch
    >>> CosineSimilarity()(torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, -3.0]])).abs() < 1e-6
    tensor([True])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
