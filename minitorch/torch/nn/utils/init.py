"""Making a module whose parameters are filled later.

Idea: there is nothing to save: a module is made as ever.
Not here: filling (nn/init.py).
Read next: ../init.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import MismatchError
from minitorch.torch.nn.modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: type[Any], *args: Any, **kwargs: Any) -> Any:
    """A module of a class, whose parameters may hold anything.

    Raises:
        MismatchError: not a class of modules.

    >>> import minitorch.torch as torch
    >>> skip_init(torch.nn.Linear, 5, 1)
    Linear(in_features=5, out_features=1, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise MismatchError(f"Expected a Module; got {module_cls}")
    return module_cls(*args, **kwargs)
