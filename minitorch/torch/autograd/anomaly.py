"""detect_anomaly: find the op whose backward made the first NaN, and the line that called it.

Idea: one observer of autodiff notes where each op was called, and looks at each derivative.
Not here: the observer's seam (../../modes.py).
Read next: graph.py
"""

from __future__ import annotations

import traceback
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from minitorch.errors import GradientError
from minitorch.modes import Event, current
from minitorch.torch.tensor import Node, Tensor

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class _Watcher:
    """Notes the line of each op, and raises at the first derivative with a NaN."""

    def __init__(self) -> None:
        self.lines: weakref.WeakKeyDictionary[Any, list[str]] = weakref.WeakKeyDictionary()

    def __call__(self, event: Event) -> None:
        if event.kind == "forward":
            history = getattr(event.output, "history", None)
            if history is not None:
                self.lines[history] = traceback.format_stack()[:-3]
        elif event.kind == "backward":
            for k, d in enumerate(event.derivatives):
                if isinstance(d, Tensor) and has_nan(d):
                    history = event.output.history
                    called = "".join(self.lines.get(history, []))
                    raise GradientError(
                        f"Function '{Node(history).name()}' returned nan values in its {k}th "
                        f"output. The op was called here:\n{called}"
                    )


def has_nan(x: Any) -> bool:
    """True where a cell is NaN: it differs from itself."""
    return bool((x != x).any())


@contextmanager
def detect_anomaly(check_nan: bool = True) -> Generator[None]:
    """A block in which a NaN in the backward pass raises, and names the op that made it.

    Raises:
        GradientError: in backward, with the lines that called the op.
    """
    now = current.get()
    watchers = (*now.observers, _Watcher()) if check_nan else now.observers
    token = current.set(replace(now, observers=watchers))
    try:
        yield
    finally:
        current.reset(token)


def set_detect_anomaly(mode: bool, check_nan: bool = True) -> None:
    """Watch for NaN in backward passes from now on, or stop."""
    now = current.get()
    rest = tuple([it for it in now.observers if not isinstance(it, _Watcher)])
    current.set(replace(now, observers=(*rest, _Watcher()) if mode and check_nan else rest))
