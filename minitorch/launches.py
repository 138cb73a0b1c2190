"""The one door through which memory is computed on, so that somebody may watch.

Idea: what reads or writes arrays is called as `launched(fn, *writes)(*args)`. With nobody watching
    that is fn(*args); while a step is recorded (capture/) each call is noted, to be replayed.
    What Python learns from an array in between (`note`), and numbers that are another at each
    step (`live`), pass by here too.
Not here: recording and replaying (capture/).
Read next: tensor_data.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

__all__ = [
    "ABOUT",
    "NOTHING",
    "Live",
    "LiveFloat",
    "LiveInt",
    "Watcher",
    "about",
    "launched",
    "live",
    "note",
    "tables",
]

Function = Callable[..., Any]


class Watcher(Protocol):
    """Who records a step."""

    def launched(self, fn: Function, writes: tuple[int, ...]) -> Function:
        """What is called in the place of fn."""
        ...

    def layout(self, array: Any) -> None:
        """An array that holds sizes or strides, and no numbers of a tensor, is about to be read."""
        ...

    def live(self, fn: Function, args: tuple[Any, ...]) -> Any:
        """The result of fn, which a replay asks for again."""
        ...

    def note(self, reason: str) -> None:
        """Something happened that no replay can repeat."""
        ...


NOTHING = -1
ABOUT: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # what compiled functions compute
watcher: Watcher | None = None  # of the step that is being recorded, in whatever thread


def launched(fn: Function, *writes: int) -> Function:
    """What to call to run fn: fn itself where nobody watches.

    `writes` are the positions of the arrays that fn writes to, by default the first; NOTHING says
    that it writes to none.

    >>> launched(max)(1, 2)
    2
    """
    if watcher is None:
        return fn
    return watcher.launched(fn, () if writes == (NOTHING,) else writes or (0,))


def about(fn: Function) -> str:
    """What a function computes, in one line; its name where nobody said more.

    >>> about(max)
    'max'
    """
    try:
        return ABOUT[fn]
    except (KeyError, TypeError):
        return getattr(fn, "__name__", type(fn).__name__)


def tables(*arrays: Any) -> None:
    """Say that arrays about to be read hold sizes or the like, and no numbers of a tensor."""
    if watcher is not None:
        for array in arrays:
            watcher.layout(array)


def live(fn: Function, *args: Any) -> Any:
    """fn(*args), a number that changes from step to step as fn says; a replay calls fn again.

    >>> live(max, 1, 2)
    2
    """
    return fn(*args) if watcher is None else watcher.live(fn, args)


def note(reason: str) -> None:
    """Say that Python reads or writes numbers, or does what a replay could not repeat."""
    if watcher is not None:
        watcher.note(reason)


class Live:
    """A number of a step that is being recorded: launches may take it, Python may not use it."""

    slot: int  # its place among the live numbers of the recording
    maker: Watcher


class LiveFloat(Live, float):
    """A float that changes from step to step."""


class LiveInt(Live, int):
    """A whole number that changes from step to step."""


_ARITHMETIC = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "divmod"),
    *("lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "abs", "bool", "int", "float", "round"),
    *("and", "or", "xor", "lshift", "rshift", "invert", "index", "trunc", "floor", "ceil"),
    *("repr", "format"),
)


def _noting(kind: type, name: str) -> Function:
    """The method of the kind, which says first that a live number was used in Python."""
    plain = getattr(kind, name)

    def method(self: Any, *others: Any) -> Any:
        note("Python computed with a number that changes from step to step")
        return plain(self, *others)

    return method


for _kind, _base in ((LiveFloat, float), (LiveInt, int)):
    for _word in _ARITHMETIC:
        for _name in (f"__{_word}__", f"__r{_word}__"):
            if _name in vars(_base):
                setattr(_kind, _name, _noting(_base, _name))
    type.__setattr__(_kind, "__hash__", _base.__hash__)  # goes with __eq__
