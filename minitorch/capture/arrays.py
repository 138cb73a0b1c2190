"""NumPy arrays among the arguments, handed to a step that is being recorded.

Idea: `from_numpy(x)` reads an argument anew at each replay, but what the step computes from x with
    NumPy, or decides in Python, no replay would. So it gets a view that says so when it is used.
Not here: reading tensors, which says so itself (tensor_data.py).
Read next: step.py
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from minitorch.launches import note

__all__ = ["Watched", "holds_arrays", "watched"]

# What neither reads numbers nor makes new ones.
QUIET = frozenset(
    {
        *("shape", "dtype", "ndim", "size", "strides", "itemsize", "nbytes", "base", "flags"),
        *("reshape", "view", "__class__", "__dict__", "__array_interface__", "__array_struct__"),
        *("__array_finalize__", "__len__", "__getitem__", "__array_priority__", "__module__"),
    }
)


def _said() -> None:
    note("it computes with an array among its arguments, outside of tensors; make it a tensor")


def _plain(value: Any) -> Any:
    """Without the watch, also in what a ufunc or function of NumPy is called with."""
    kind = cast(Any, type(value))
    if kind is Watched:
        return value.view(np.ndarray)
    if kind in (list, tuple):
        return cast(Any, kind)([_plain(it) for it in value])
    if kind is dict:
        return {key: _plain(it) for key, it in value.items()}
    return value


class Watched(np.ndarray[Any, Any]):
    """A view of an array that notes each use in Python."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        _said()
        return getattr(ufunc, method)(*_plain(inputs), **_plain(kwargs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        _said()
        return func(*_plain(args), **_plain(kwargs))

    def __getattribute__(self, name: str) -> Any:
        if name not in QUIET:
            _said()
        return super().__getattribute__(name)

    def __getitem__(self, key: Any) -> Any:
        keys = cast(Any, key if type(key) is tuple else (key,))
        if not all(isinstance(it, slice) for it in keys):  # a slice is a view, and reads nothing
            _said()
        return cast(Any, np.ndarray).__getitem__(self, key)


def _noting(name: str) -> Any:
    plain = getattr(np.ndarray, name)

    def method(self: Watched, *args: Any) -> Any:
        _said()
        return plain(self.view(np.ndarray), *args)

    return method


for _name in ("bool", "int", "float", "complex", "index", "iter", "contains", "setitem", "repr",
              "str", "format", "copy", "deepcopy", "reduce", "reduce_ex"):  # fmt: skip
    setattr(Watched, f"__{_name}__", _noting(f"__{_name}__"))


def watched(value: Any) -> Any:
    """An argument with its arrays watched."""
    kind = cast(Any, type(value))
    if kind is np.ndarray:
        return value.view(Watched)
    if kind is tuple:
        return tuple([watched(it) for it in value])
    return value


def holds_arrays(value: Any) -> bool:
    """Whether a list or dict among the arguments holds an array, which cannot be watched there."""
    kind = cast(Any, type(value))
    entries: Any = value.values() if issubclass(kind, dict) else value
    if issubclass(kind, list | dict):
        return any(isinstance(it, np.ndarray) or holds_arrays(it) for it in entries)
    return issubclass(kind, tuple) and any(holds_arrays(it) for it in entries)
