"""What a pickle may find and call: next to nothing, or, where that is asked for, anything.

Idea: `SafePolicy` knows a list of names, as PyTorch's `weights_only=True` does, and what a
    program added with `add_safe_globals`. Nothing is imported; what a listed class is made of is
    checked; and the items that a file makes us copy are counted, so that it cannot copy its own
    lists for ever.
Not here: the names (names.py), the checks (rebuild.py).
Read next: loading.py
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, cast

from minitorch.errors import MinitorchError, UnpicklingError
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.serialization.names import KNOWN, import_name, public_module
from minitorch.torch.serialization.rebuild import FUNCTIONS, MAKERS

__all__ = [
    "AnyPolicy",
    "SafePolicy",
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "safe_globals",
]

BLOCKED = {"sys", "os", "posix", "nt"}  # never, even where a program lists them
KEY_PARTS = 4096  # of tuples as keys: hashing visits them all, again for each time they are met
KEY_DEPTH = 32
CONTAINERS: dict[type, tuple[tuple[type, ...], str]] = {
    list: ((list,), "append to lists"),
    dict: ((dict, OrderedDict, Counter), "SETITEM for dict, OrderedDict, Counter"),
    set: ((set,), "add to sets"),
    frozenset: ((), "make lists, tuples, dicts and sets"),
}
_listed: list[Any] = []


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files name these classes and functions, each one itself or (it, "its.full.path").

    >>> class Settings: ...
    >>> add_safe_globals([Settings])
    >>> get_safe_globals() == [Settings]
    True
    >>> clear_safe_globals()
    """
    _listed.extend(it for it in safe_globals if it not in _listed)


def get_safe_globals() -> list[Any]:
    """What files may name besides the usual."""
    return list(_listed)


def clear_safe_globals() -> None:
    """Let files name the usual only."""
    _listed.clear()


class safe_globals:
    """Lets files name these classes and functions inside a `with`.

    >>> with safe_globals([dict]):
    ...     get_safe_globals()
    [<class 'dict'>]
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self.wanted = list(safe_globals)
        self.added: list[Any] = []

    def __enter__(self) -> None:
        self.added = [it for it in self.wanted if it not in _listed]
        add_safe_globals(self.added)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _listed[:] = [it for it in _listed if it not in self.added]


def _named(listed: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for it in listed:
        if isinstance(it, tuple):
            pair = cast("tuple[Any, ...]", it)
            if len(pair) != 2 or not isinstance(pair[1], str):
                raise UnpicklingError(
                    "add_safe_globals takes classes and functions, or pairs of one and its full "
                    f"path as a string; got a tuple of {len(pair)}."
                )
            found[pair[1]] = pair[0]
        else:
            found[f"{public_module(it.__module__, it.__qualname__)}.{it.__qualname__}"] = it
    return found


class SafePolicy:
    """Answers as `weights_only=True` does.

    Args:
        size: of the pickle in bytes; it may make us copy a few times as many items.
    """

    def __init__(self, size: int) -> None:
        self.users = _named(_listed)
        self.found: dict[int, Any] = {}  # what was found, and may be called, by its id
        self.calls: dict[int, Callable[..., Any]] = {}
        self.left = 4 * size + 10_000

    def find(self, module: str, name: str) -> Any:
        """What a listed name stands for.

        Raises:
            UnpicklingError: it is not listed.
        """
        path = f"{module}.{name}"
        if module.partition(".")[0] in BLOCKED:
            raise UnpicklingError(
                f"Trying to load unsupported GLOBAL {path[:200]} whose module {module[:100]} is "
                "blocked."
            )
        if path in self.users:
            thing = self.users[path]
            self.calls[id(thing)] = thing
        elif path in KNOWN:
            thing = KNOWN[path]
            self.calls[id(thing)] = MAKERS.get(path) or FUNCTIONS.get(path) or _no_call(path)
        elif path in MAKERS:
            thing = MAKERS[path]
            self.calls[id(thing)] = thing
        else:
            shown = path.removeprefix("builtins.")[:200]
            raise UnpicklingError(
                f"Unsupported global: GLOBAL {shown} was not an allowed global by default. Please "
                f"use `torch.serialization.add_safe_globals([{shown}])` or the "
                f"`torch.serialization.safe_globals([{shown}])` context manager to allowlist this "
                "global if you trust this class/function."
            )
        self.found[id(thing)] = thing
        return thing

    def call(self, function: Any, arguments: Any) -> Any:
        """The result of a listed function."""
        made_by = self.calls.get(id(function))
        if made_by is None:
            raise UnpicklingError(
                f"Trying to call reduce for unrecognized function: a {type(function).__name__}."
            )
        if any(made_by is it for it in self.users.values()):
            return made_by(*arguments)
        self._count(arguments)
        for items in arguments:
            if isinstance(items, list) and function in (set, OrderedDict):
                self._check_keys(function, cast("list[Any]", items))
        try:
            return made_by(*arguments)
        except MinitorchError:
            raise
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
            raise UnpicklingError(f"the pickle is damaged: {error}.") from error

    def _count(self, arguments: Any) -> None:
        """Count what a call copies."""
        for items in arguments:
            if isinstance(items, list | tuple | dict | set | str | bytes | bytearray):
                self.left -= len(cast("Any", items))
        if self.left < 0:
            raise UnpicklingError(
                "the pickle copies its own lists more often than any that torch.save wrote."
            )

    def _check_keys(self, function: Any, items: list[Any]) -> None:
        for item in items:
            if function is set:
                self.check_key(item)
            elif isinstance(item, list | tuple) and len(cast("Any", item)) == 2:
                self.check_key(cast("Any", item)[0])
            else:
                raise UnpicklingError("an OrderedDict is made of pairs.")

    def new(self, cls: Any, arguments: Any, keywords: Any) -> Any:
        """A new instance of a listed class."""
        known = self.calls.get(id(cls))
        if known is not None and any(cls is it for it in self.users.values()):
            return cls.__new__(cls, *arguments, **keywords)
        if cls is Parameter or known is None or keywords:
            raise UnpicklingError(
                "Can only create new object for nn.Parameter or classes allowlisted via "
                f"`add_safe_globals` but got {_kind(cls)}"
            )
        return self.call(cls, arguments)

    def build(self, instance: Any, state: Any) -> None:
        """Give a state to an OrderedDict, or to an instance of a class that the program listed."""
        if any(type(instance) is it for it in self.users.values()):
            set_state(instance, state)
        elif type(instance) is OrderedDict and isinstance(state, dict):
            given = cast("dict[Any, Any]", state)
            for name in given:
                if not isinstance(name, str) or hasattr(OrderedDict, name):
                    raise UnpicklingError("the state of an OrderedDict hides one of its methods.")
            instance.__dict__.update(given)
        else:
            raise UnpicklingError(
                "Can only build Tensor, Parameter, OrderedDict or types allowlisted via "
                f"`add_safe_globals`, but got {_kind(instance)}"
            )

    def check_key(self, key: Any) -> None:
        """Refuse tuples so deep, or made of so many, that hashing them does not come back."""
        if not isinstance(key, tuple):
            if isinstance(key, list | dict | set | bytearray):
                raise UnpicklingError(f"a {type(key).__name__} cannot be a key.")
            return
        parts, level = 0, [cast("Any", key)]
        for _ in range(KEY_DEPTH):
            level = [it for group in level for it in group]
            parts += len(level)
            if parts > KEY_PARTS:
                break
            if any(isinstance(it, list | dict | set | bytearray) for it in level):
                raise UnpicklingError("a tuple with a list in it cannot be a key.")
            level = [it for it in level if isinstance(it, tuple)]
            if not level:
                self.left -= parts
                return
        raise UnpicklingError("a tuple as a key is too deep, or has too many parts.")

    def check_container(self, thing: Any, kind: type) -> None:
        """Refuse to put items into anything but a list, a dict or a set."""
        allowed, what = CONTAINERS[kind]
        if type(thing) not in allowed:
            raise UnpicklingError(f"Can only {what}, but got {_kind(thing)}")


class AnyPolicy:
    """Finds, imports and calls whatever a pickle asks for: it runs the file's code."""

    def find(self, module: str, name: str) -> Any:
        """What a name stands for, after importing its module."""
        return import_name(module, name)

    def call(self, function: Any, arguments: Any) -> Any:
        """function(*arguments)."""
        return function(*arguments)

    def new(self, cls: Any, arguments: Any, keywords: Any) -> Any:
        """A new instance."""
        return cls.__new__(cls, *arguments, **keywords)

    def build(self, instance: Any, state: Any) -> None:
        """Give an instance its state."""
        set_state(instance, state)

    def check_key(self, key: Any) -> None:
        """Nothing is refused."""

    def check_container(self, thing: Any, kind: type) -> None:
        """Nothing is refused."""


def set_state(instance: Any, state: Any) -> None:
    """Give an instance its state as Python's own pickle does."""
    if hasattr(instance, "__setstate__"):
        instance.__setstate__(state)
        return
    slots: Any = None
    if isinstance(state, tuple) and len(cast("tuple[Any, ...]", state)) == 2:
        state, slots = cast("tuple[Any, Any]", state)
    for name, value in cast("dict[str, Any]", state or {}).items():
        instance.__dict__[name] = value
    for name, value in (slots or {}).items():
        setattr(instance, name, value)


def _kind(thing: Any) -> str:
    return f"<class '{thing.__name__ if isinstance(thing, type) else type(thing).__name__}'>"


def _no_call(path: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise UnpicklingError(f"{path} may be named by a file, but not called.")

    return refuse
