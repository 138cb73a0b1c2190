"""SparseAdam: absent, for there are no sparse gradients here.

Idea: a name that a program may look up; making one tells what to use.
Not here: Adam (adam.py).
Read next: adam.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import NotSupportedError
from minitorch.torch.optim.optimizer import Optimizer

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Refused: gradients are dense here.

    Raises:
        NotSupportedError: always; Adam takes the same arguments.

    >>> SparseAdam([])
    Traceback (most recent call last):
    minitorch.errors.NotSupportedError: SparseAdam is not supported: there are no sparse tensors ...
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        raise NotSupportedError(
            "SparseAdam is not supported: there are no sparse tensors here, and all gradients are "
            "dense. Please consider Adam instead, which takes the same arguments."
        )
