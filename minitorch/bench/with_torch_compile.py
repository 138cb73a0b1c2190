"""The ops of the cases in PyTorch, compiled: `torch.compile` around what with_torch.py calls.

Idea: the forward function and the update of the optimiser are compiled, as a user would; autograd
    compiles the way back. Without a C++ compiler this side is left out.
Not here: the ops (with_torch.py).
Read next: with_torch.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from minitorch.bench import with_torch

__all__ = ["TITLE"]

TITLE = f"torch.compile of PyTorch {torch.__version__}"

compiled = partial(torch.compile, dynamic=False)  # each case has its own shapes

compiled(torch.exp)(torch.ones(2))  # fails here, and says why, where nothing can be compiled


def __getattr__(op: str) -> Callable[..., Any]:
    function = getattr(with_torch, op)

    def make(*arrays: Any, **options: Any) -> Any:
        torch.compiler.reset()  # what the case before has compiled is no model for this one
        return function(*arrays, **options, wrap=compiled)

    return make
