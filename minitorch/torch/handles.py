"""RemovableHandle: what undoes the registration of a hook.

Idea: hooks stand in a dict by number; a handle knows the dict and its number.
Not here: the hooks of modules (nn/modules/hooks.py).
Read next: nn/modules/hooks.py
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from itertools import count
from typing import Any

__all__ = ["RemovableHandle"]

_numbers = count()


class RemovableHandle:
    """`handle.remove()`, or the end of a `with` block, takes a hook out of its dict.

    >>> from collections import OrderedDict
    >>> hooks = OrderedDict()
    >>> handle = RemovableHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> len(hooks)
    0
    """

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.id = next(_numbers)
        extra = extra_dict if isinstance(extra_dict, Sequence) else [extra_dict]
        # Weakly: a handle that is kept does not keep a module.
        tables: list[Any] = [hooks_dict, *extra]
        self._tables = [weakref.ref(table) for table in tables if table is not None]

    def remove(self) -> None:
        """Take the hook out of its dict; again, nothing happens."""
        for reference in self._tables:
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def __getstate__(self) -> Any:
        return [reference() for reference in self._tables], self.id

    def __setstate__(self, state: Any) -> None:
        tables, self.id = state
        self._tables = [weakref.ref(table) for table in tables if table is not None]
