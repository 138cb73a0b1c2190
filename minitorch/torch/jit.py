"""torch.jit: compiling to TorchScript, which is accepted and not done.

Idea: a scripted or traced module computes what the module computes, so it is the module itself. A
    file of TorchScript holds a program in a language of its own: that is refused.
Not here: torch.compile (compiler.py).
Read next: compiler.py
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from minitorch.torch.missing import absent, getattr_of

__all__ = [
    "Final",
    "annotate",
    "export",
    "fork",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "load",
    "optimize_for_inference",
    "optimized_execution",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
    "wait",
]

F = TypeVar("F")
STATE = "Save the module's state_dict with torch.save."


def script(obj: F, *_: Any, **__: Any) -> F:
    """The module, class or function itself.

    >>> script(len) is len
    True
    """
    return obj


def trace(func: F, example_inputs: Any = None, *_: Any, **__: Any) -> F:
    """The module or function itself."""
    return func


def trace_module(mod: F, inputs: Any = None, *_: Any, **__: Any) -> F:
    """The module itself."""
    return mod


def script_method(fn: F) -> F:
    """The method itself."""
    return fn


script_if_tracing = export = interface = script_method


def ignore(drop: Any = False, **_: Any) -> Any:
    """The function itself, as a decorator with or without brackets."""
    return drop if callable(drop) else lambda fn: fn  # pyright: ignore[reportUnknownLambdaType] -- of any function


def unused(fn: F) -> F:
    """The function itself."""
    return fn


def freeze(mod: F, preserved_attrs: Any = None, optimize_numerics: bool = True) -> F:
    """The module itself."""
    return mod


def optimize_for_inference(mod: F, other_methods: Any = None) -> F:
    """The module itself."""
    return mod


def is_scripting() -> bool:
    """False.

    >>> is_scripting(), is_tracing()
    (False, False)
    """
    return False


def is_tracing() -> bool:
    """False."""
    return False


def annotate(the_type: Any, the_value: F) -> F:
    """The value itself."""
    return the_value


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the function returns: it is called at once."""
    return func(*args, **kwargs)


def wait(future: F) -> F:
    """What `fork` returned."""
    return future


@contextmanager
def optimized_execution(should_optimize: bool) -> Generator[None]:
    """Accepted."""
    yield


@absent("torch.jit.save", STATE)
def save(m: Any, f: Any, **_: Any) -> None:
    """Refused: what `script` returns is no TorchScript."""


@absent("torch.jit.load", "Load a state_dict with torch.load.")
def load(f: Any, **_: Any) -> Any:
    """Refused: a file of TorchScript holds a program that cannot be run here."""


__getattr__ = getattr_of(__name__)
