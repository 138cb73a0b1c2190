"""Several dims to one and back: Flatten and Unflatten.

Idea: the numbers stay where they are; only the shape changes.
Not here: `Tensor.flatten`.
Read next: fold.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import KindError
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.utils import settings

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """The dims from `start_dim` to `end_dim` as one.

    >>> import minitorch.torch as torch
    >>> Flatten()(torch.zeros(32, 1, 5, 5)).shape
    torch.Size([32, 25])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return settings(self, "start_dim", "end_dim")


class Unflatten(Module):
    """One dim as several.

    >>> import minitorch.torch as torch
    >>> Unflatten(1, (2, 5, 5))(torch.zeros(2, 50)).shape
    torch.Size([2, 2, 5, 5])
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(unflattened_size, tuple | list):
            raise KindError(
                "unflattened_size must be a tuple of ints, but found type "
                f"{type(unflattened_size).__name__}"
            )
        sizes: Any = unflattened_size
        for position, size in enumerate(sizes):
            if not isinstance(size, int):
                raise KindError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {position}"
                )
        self.dim = dim
        self.unflattened_size: Any = sizes

    def forward(self, input: Any) -> Any:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return settings(self, "dim", "unflattened_size")
