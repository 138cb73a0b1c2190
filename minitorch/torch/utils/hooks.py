"""torch.utils.hooks: what registering a hook gives, and what takes the hook back.

Idea: hooks stand in an ordered dict under the handle's number; `remove` takes that entry out.
Not here: who calls hooks (../nn/modules/hooks.py, ../optim/optimizer.py).
Read next: ../handles.py
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from minitorch.torch.handles import RemovableHandle

__all__ = ["RemovableHandle", "register"]


def register(hooks: OrderedDict[int, Any], hook: Any, *, first: bool = False) -> RemovableHandle:
    """Add a hook to an ordered dict, at its end or its beginning; the handle takes it out again.

    >>> hooks = OrderedDict()
    >>> with register(hooks, print):
    ...     len(hooks)
    1
    >>> len(hooks)
    0
    """
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if first:
        hooks.move_to_end(handle.id, last=False)
    return handle
