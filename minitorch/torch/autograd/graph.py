"""torch.autograd.graph: the nodes of a graph, and where they are kept.

Idea: a node is what `x.grad_fn` shows of a History.
Not here: History (../../autodiff.py).
Read next: functional.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.tensor import Node, Tensor

__all__ = ["Node", "get_gradient_edge"]


def get_gradient_edge(tensor: Tensor) -> Any:
    """The node that made the tensor, and which of its results it is."""
    return tensor.grad_fn, 0
