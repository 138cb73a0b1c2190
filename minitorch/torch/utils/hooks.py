"""RemovableHandle: what registering a hook gives, and what takes the hook back.

Idea: hooks stand in an ordered dict under the handle's number; `remove` takes that entry out.
Not here: who calls hooks (../nn/, ../optim/optimizer.py).
Read next: ../optim/optimizer.py
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping
from itertools import count
from typing import Any

__all__ = ["RemovableHandle", "register"]

_numbers = count()


class RemovableHandle:
    """Takes back a hook: `handle.remove()`, or at the end of a `with`.

    Args:
        hooks_dict: where the hook stands, under `handle.id`.
        extra_dict: other dicts with an entry of that number, or one of them.

    >>> hooks = {}
    >>> handle = RemovableHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> hooks
    {}
    """

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.id = next(_numbers)
        extra: list[Any] = extra_dict if isinstance(extra_dict, list) else [extra_dict]
        held = [it for it in (hooks_dict, *extra) if it is not None]
        # An ordered dict can be held weakly, so that a handle keeps no module alive.
        self._dicts: list[Callable[[], Any]] = [_reference(it) for it in held]

    def remove(self) -> None:
        """Forget the hook; does nothing where it is gone already."""
        for reference in self._dicts:
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _reference(hooks: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(hooks)
    except TypeError:  # a plain dict
        return lambda: hooks


def register(hooks: MutableMapping[int, Any], hook: Any, *, first: bool = False) -> RemovableHandle:
    """Add a hook to an ordered dict, at its end or its beginning; the handle takes it out again.

    >>> from collections import OrderedDict
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
        ordered: Any = hooks
        ordered.move_to_end(handle.id, last=False)
    return handle
