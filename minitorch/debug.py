"""The debug switch: every op is computed at once, and the line that made a NaN is named.

Idea: autodiff tells an observer of each forward and backward step. This one reads the numbers,
    which makes a pending tensor compute, and compares them with themselves: only NaN differs.
Not here: infinite losses of a training run (train/diagnose.py).
Read next: testing.py
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from minitorch.autodiff import Event, History, no_grad, observe
from minitorch.config import config
from minitorch.errors import NonFiniteError
from minitorch.tensor import Tensor

__all__ = ["watch_nan"]

PACKAGE = str(Path(__file__).parent)


@contextmanager
def watch_nan() -> Generator[None]:
    """A context in which each op computes at once, and raises where it makes the first NaN.

    MINITORCH_DEBUG=1 puts a whole program into it.

    Raises:
        NonFiniteError: an op gave NaN from operands without; it names the user's line.

    >>> from minitorch import tensor
    >>> with watch_nan():
    ...     tensor([-1.0]).log()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    minitorch.errors.NonFiniteError: Log gave NaN from numbers at <doctest ...
    """
    lines: WeakKeyDictionary[History, str] = WeakKeyDictionary()
    looking = False

    def observer(event: Event) -> None:
        nonlocal looking
        if not looking:  # what looking is made of is not looked at
            looking = True
            try:
                look(event)
            finally:
                looking = False

    def look(event: Event) -> None:
        function = event.function.__name__ if event.function else "backward"
        if event.kind == "forward":
            line = _users_line()
            history = getattr(event.output, "history", None)
            if history is not None:
                lines[history] = line
            if _has_nan(event.output) and not any(map(_has_nan, event.inputs)):
                raise NonFiniteError(f"{function} gave NaN from numbers at {line}")
        elif event.kind == "backward" and not _has_nan(event.derivative):
            here = any(map(_has_nan, event.derivatives)) and not any(map(_has_nan, event.inputs))
            line = lines.get(event.output.history, "an op before the watch began")
            if here:
                raise NonFiniteError(f"the backward of {function} gave NaN; forward was at {line}")

    with observe(observer):
        yield


def _has_nan(value: Any) -> bool:
    """True where a tensor holds a NaN; computes it if it is pending."""
    if not isinstance(value, Tensor) or value.dtype.kind != "f" or not value.size:
        return False
    value._tensor.tuple()  # computes it
    numbers = value.detach()
    with no_grad():
        same = numbers.backend.eq_zip(numbers, numbers)
        return not same.all().item()


def _users_line() -> str:
    """The line of the innermost frame outside of this package."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    path, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, number).strip()
    return f"{path}:{number}: {text}" if text else f"{path}:{number}"


if config.debug:
    _watch = watch_nan()
    _watch.__enter__()  # to the end of the program
