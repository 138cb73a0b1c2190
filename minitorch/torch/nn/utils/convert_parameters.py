"""Parameters as one vector, and back.

Idea: the vector is the numbers of each parameter, one after the other.
Not here: which parameters (nn/modules/walks.py).
Read next: clip_grad.py
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.errors import KindError
from minitorch.torch.joining import cat
from minitorch.torch.nn.modules.utils import typename
from minitorch.torch.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters as one vector, with its graph.

    >>> import minitorch.torch as torch
    >>> parameters_to_vector([torch.zeros(2, 2), torch.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    return cat([parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Let each parameter hold its part of a vector.

    Raises:
        KindError: not a tensor.

    >>> import minitorch.torch as torch
    >>> weight = torch.zeros(2, 2)
    >>> vector_to_parameters(torch.arange(4.0), [weight])
    >>> weight
    tensor([[0., 1.],
            [2., 3.]])
    """
    if not isinstance(vec, Tensor):
        raise KindError(f"expected torch.Tensor, but got: {typename(vec)}")
    start = 0
    for parameter in parameters:
        size = parameter.numel()
        parameter.data = vec.narrow(0, start, size).view_as(parameter).data
        start += size
