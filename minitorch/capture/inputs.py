"""What a step depends on besides its launches: arguments, state, and values it is guarded by.

Idea: the function's code names what it reads. From its arguments, closure, globals and `self` a
    walk goes through modules, optimisers, containers and attributes; a tensor found is *state* (a
    place that a step may read and replace), everything else is a *guard*: the value, or the
    object, that must stand there again.
Not here: what is done with memory (record.py).
Read next: results.py
"""

from __future__ import annotations

import dis
import enum
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeGuard, cast

import numpy as np

from minitorch.autodiff import Variable
from minitorch.module import Parameter, Tree
from minitorch.optim import Optimizer
from minitorch.random import Generator

__all__ = ["Inputs", "Place", "describe", "is_tensor"]

ROOT = -1  # the depth of what the walk starts from
DEPTH = 4  # attributes of attributes that are followed
LARGE = 256  # entries of a list or dict from which on only its length is guarded
PLAIN = (
    *(bool, int, float, complex, str, bytes, type(None), enum.Enum, range, slice),
    *(np.generic, np.dtype),
)
MISSING = object()


def is_tensor(value: Any) -> TypeGuard[Any]:
    """True for a tensor of either face."""
    return isinstance(value, Variable) and "_tensor" in value.__dict__


class Contents:
    """A cell of a closure, read and written like a dict of one entry."""

    def __init__(self, cell: CellType) -> None:
        self.cell = cell

    def __getitem__(self, key: Any) -> Any:
        try:
            return self.cell.cell_contents
        except ValueError:
            raise KeyError(key) from None

    def __setitem__(self, key: Any, value: Any) -> None:
        self.cell.cell_contents = value


class Place:
    """Where a tensor of the state stands: container[key]; or, with a parent, its derivative."""

    def __init__(self, container: Any, key: Any, path: str, parent: Place | None = None) -> None:
        self.container, self.key, self.path, self.parent = container, key, path, parent

    def get(self) -> Any:
        """What stands there now; None where nothing does."""
        if self.parent is not None:
            owner = self.parent.get()
            return owner.derivative if is_tensor(owner) else None
        try:
            return self.container[self.key]
        except (KeyError, IndexError):
            return None

    def set(self, tensor: Any) -> None:
        """Replace it."""
        if self.parent is not None:
            self.parent.get().derivative = tensor
        else:
            self.container[self.key] = tensor


def standing(tensor: Any) -> tuple[Any, ...] | None:
    """What a replay must find at a place, besides the numbers; None where no tensor stands."""
    if not is_tensor(tensor):
        return None
    data, history = tensor._tensor, tensor.history
    graph = "none" if history is None else "leaf" if history.last_fn is None else "graph"
    if history is not None and history.freed:
        graph = "freed"
    layout = data.shape, data.strides, data.offset, data.cell.array.size
    return (cast(Any, type(tensor)), data.dtype, *layout, id(tensor.backend), graph)


def stands(tensor: Any, before: tuple[Any, ...] | None) -> bool:
    """Whether `standing(tensor) == before`; quicker for tensors that a replay made."""
    if before is None or not is_tensor(tensor):
        return before is None and not is_tensor(tensor)
    history = tensor.history
    if tensor._tensor.stamp is before and id(tensor.backend) == before[6]:
        graph = before[7]
        if graph == "leaf" and history is not None and history.last_fn is None:
            return True
        if graph == "none" and history is None:
            return True
    return standing(tensor) == before


class Inputs:
    """The places and guards of a function, found by a walk from it and from its arguments."""

    def __init__(self, roots: Iterable[tuple[str, Any]]) -> None:
        self.places: list[Place] = []
        self.guards: list[tuple[Any, Any, Any]] = []  # container, key, what stands there
        self.paths: list[str] = []  # of the guards
        self.lengths: list[tuple[Any, int]] = []
        self.arrays: list[Any] = []  # NumPy arrays that the program holds
        self._seen: set[tuple[int, Any]] = set()
        self._walked: set[int] = set()
        self._live: list[tuple[dict[str, Any], str, str]] = []  # what launches are told anew
        self._names: set[str] = set()  # of attributes in the user's code
        self._kept: list[Any] = []  # what `_walked` knows by its id
        for name, root in roots:
            self._look([root], 0, name, ROOT)
        for members, name, path in self._live:
            if name in self._names:  # the user's code may compute with it
                self._look(members, name, path, 0)
        self.standing = [standing(place.get()) for place in self.places]

    # Checking.

    def hold(self) -> bool:
        """Whether all is as it was found."""
        return self.changed() is None

    def changed(self) -> str | None:
        """The path of the first thing that is not as it was found."""
        guard = self.changed_guard()
        if guard is not None:
            return guard
        for place, before in zip(self.places, self.standing, strict=True):
            if not stands(place.get(), before):
                return place.path
        return None

    def changed_guard(self) -> str | None:
        """The same of guards alone; a step replaces tensors."""
        for k, (container, key, value) in enumerate(self.guards):
            try:
                now = container[key]
            except (KeyError, IndexError):
                return self.paths[k]
            if now is not value and not _equal(now, value):
                return self.paths[k]
        for container, length in self.lengths:
            if len(container) != length:
                return f"the length of a {type(container).__name__}"
        return None

    def knows(self, owner: Any) -> bool:
        """Whether the walk came to this object."""
        return id(owner) in self._walked

    def fingerprint(self) -> tuple[Any, ...]:
        """Equal for two walks that found the same."""
        values = [_hashable(value) for _, _, value in self.guards]
        return (
            *zip(self.paths, values, strict=True),
            *[place.path for place in self.places],
            *self.standing,
            *[length for _, length in self.lengths],
        )

    # The walk.

    def _look(self, container: Any, key: Any, path: str, depth: int) -> None:
        try:
            value = container[key]
        except (KeyError, IndexError):
            return
        mark = (id(getattr(container, "cell", container)), key)
        if mark in self._seen:
            return
        self._seen.add(mark)
        self._kept.append(container)
        if is_tensor(value):
            place = Place(container, key, path)
            self.places += [place, Place(None, None, f"the derivative of {path}", place)]
            return
        wrapped = getattr(value, "__wrapped__", None)  # also of a compiled step inside another
        if isinstance(wrapped, FunctionType | MethodType):
            self._look([wrapped], 0, path, depth)
        library = _is_library(value) and depth != ROOT  # what is compiled is the user's
        if library and isinstance(value, FunctionType | ModuleType | type):
            return
        self.guards.append((container, key, value))
        self.paths.append(path)
        if library or isinstance(value, PLAIN):
            return
        if id(value) not in self._walked:
            self._walked.add(id(value))
            self._kept.append(value)
            self._walk(value, path, depth)

    def _walk(self, value: Any, path: str, depth: int) -> None:
        kind = cast(Any, type(value))
        if issubclass(kind, np.ndarray):
            self.arrays.append(value)
        elif kind is FunctionType:
            self._walk_function(value, depth < 0)
        elif kind is MethodType:
            self._look([value.__self__], 0, "self", depth)
            self._look([value.__func__], 0, path, depth)
        elif kind is partial:
            for k, it in enumerate((value.func, value.args, value.keywords)):
                self._look((it,), 0, f"{path}, part {k}", depth)
        elif issubclass(kind, list | tuple):
            self._walk_entries(value, cast(Any, enumerate(value)), path, depth)
        elif issubclass(kind, dict):
            self._walk_entries(value, value.items(), path, depth)
        elif issubclass(kind, set | frozenset):
            self.lengths.append((value, len(value)))
        else:
            self._walk_object(value, path, depth)

    def _walk_entries(
        self, entries: Any, items: Iterable[tuple[Any, Any]], path: str, depth: int
    ) -> None:
        self.lengths.append((entries, len(entries)))
        if len(entries) <= LARGE and depth < DEPTH + 4:
            for key, _ in list(items):
                self._look(entries, key, f"{path}[{key!r}]", depth + 1)

    def _walk_object(self, value: Any, path: str, depth: int) -> None:
        ours = isinstance(value, Tree | Parameter | Optimizer | Generator)
        members: dict[str, Any] | None = getattr(value, "__dict__", None)
        if members is None or isinstance(value, type) or (depth >= DEPTH and not ours):
            return
        live: tuple[str, ...] = ()
        if isinstance(value, Generator):
            live = ("offset",)
        elif isinstance(value, Optimizer):
            live = ("lr", "steps") if type(value).__module__ == "minitorch.optim" else ("steps",)
        self._live += [(members, name, f"{path}.{name}") for name in live]
        below = 0 if ours else depth + 1
        for name in list(members):
            if name not in live:
                self._look(members, name, f"{path}.{name}", below)
        for kind in type(value).__mro__:
            for it in list(vars(kind).values()):
                fn = getattr(it, "__func__", getattr(it, "fget", it))
                if isinstance(fn, FunctionType) and not _is_library(fn):
                    self._walk_function(fn)

    def _walk_function(self, fn: FunctionType, root: bool = False) -> None:
        if (_is_library(fn) and not root) or id(fn.__code__) in self._walked:
            return
        self._walked.add(id(fn.__code__))
        for k, cell in enumerate(fn.__closure__ or ()):
            self._look(Contents(cast(Any, cell)), id(cell), fn.__code__.co_freevars[k], 0)
        defaults = cast(Any, fn.__defaults__ or ())
        for k in range(len(defaults)):
            self._look(defaults, k, f"a default of {fn.__name__}", 0)
        keywords = fn.__kwdefaults__ or {}
        for name in keywords:
            self._look(keywords, name, f"a default of {fn.__name__}", 0)
        for code in _codes(fn.__code__):
            self._names.update(code.co_names)
            for name in _globals_named(code):
                module = fn.__globals__.get(name)
                if isinstance(module, ModuleType) and not _is_library(module):
                    for attribute in code.co_names:
                        self._look(vars(module), attribute, f"{name}.{attribute}", 0)
                else:
                    self._look(fn.__globals__, name, name, 0)


def _equal(a: Any, b: Any) -> bool:
    alike = type(a) is type(b) and issubclass(cast(Any, type(a)), PLAIN)
    return alike and repr(a) == repr(b)  # tells -0.0 from 0.0, and finds nan equal to itself


def _hashable(value: Any) -> Any:
    kind = cast(Any, type(value))
    return (kind, repr(value)) if issubclass(kind, PLAIN) else id(value)


def _is_library(value: Any) -> bool:
    """Whether it belongs to a library, whose code and settings are taken not to change."""
    if isinstance(value, ModuleType):
        home: str = value.__name__
    elif isinstance(value, FunctionType | type):
        home = value.__module__ or ""
    else:
        kind = cast(Any, type(value))
        if issubclass(kind, Tree | Parameter | Optimizer | Generator):
            return False
        home = kind.__module__
        if home in ("builtins", "numpy", "types", "enum", "functools"):
            return callable(value) and not isinstance(value, MethodType | partial)
    if home.startswith(("minitorch.train", "minitorch.bench")):
        return False
    top = home.partition(".")[0]
    return top in ("minitorch", "numpy", "numba", "torch") or top in sys.stdlib_module_names - {
        "__main__"
    }


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _globals_named(code: CodeType) -> list[str]:
    named = ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL")
    return list(dict.fromkeys(it.argval for it in dis.get_instructions(code) if it.opname in named))


def describe(value: Any, leaves: list[Any], roots: list[Any]) -> Any:
    """What an argument is, besides its numbers; its tensors and arrays go to `leaves`.

    Objects that are no data go to `roots`: they are walked.
    """
    if is_tensor(value):
        leaves.append(value)
        data = value._tensor
        tracked = value.history is not None
        return (type(value), data.dtype, data.shape, data.strides, data.offset,
                id(value.backend), tracked)  # fmt: skip
    kind = cast(Any, type(value))
    if issubclass(kind, np.ndarray):
        leaves.append(value)
        return ("array", kind, value.dtype, value.shape, value.flags.c_contiguous)
    if issubclass(kind, PLAIN):
        return (kind, repr(value) if kind is float else value)  # -0.0 equals 0.0, nan nothing
    if kind is list or kind is tuple:
        return (kind, *[describe(it, leaves, roots) for it in value])
    if kind is dict:
        return (kind, *[(key, describe(it, leaves, roots)) for key, it in value.items()])
    roots.append(value)
    return id(value)
