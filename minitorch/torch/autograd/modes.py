"""no_grad, enable_grad, inference_mode, set_grad_enabled: whether a graph is recorded.

Idea: each is a block, a decorator with or without parentheses, or, for set_grad_enabled, a call.
Not here: the mode itself, one value per context (../../modes.py).
Read next: gradients.py
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from dataclasses import replace
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

from minitorch.modes import Mode, current

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]


class _GradMode:
    """A block or a decorator in which a graph is recorded, or not."""

    recording = False

    def __new__(cls, function: Any = None) -> Any:
        """A block, or with a function that function inside such a block."""
        made = super().__new__(cls)
        return made(function) if callable(function) else made

    def __init__(self, function: Any = None) -> None:
        self._tokens: list[Token[Mode]] = []

    def __enter__(self) -> None:
        self._tokens.append(current.set(replace(current.get(), recording=self.recording)))

    def __exit__(self, *_: object) -> None:
        current.reset(self._tokens.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        recording = self.recording

        def block() -> _GradMode:
            made = object.__new__(type(self))
            made._tokens = []
            made.recording = recording
            return made

        if isgeneratorfunction(function):

            @wraps(function)
            def steps(*args: Any, **kwargs: Any) -> Any:
                generator = function(*args, **kwargs)
                while True:
                    with block():
                        try:
                            item = next(generator)
                        except StopIteration as stop:
                            return stop.value
                    yield item

            return steps

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with block():
                return function(*args, **kwargs)

        return call


class no_grad(_GradMode):
    """A block, or a function, in which no graph is recorded.

    >>> import minitorch.torch as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """


class enable_grad(_GradMode):
    """A block, or a function, in which a graph is recorded, also inside `no_grad`.

    >>> import minitorch.torch as torch
    >>> with torch.no_grad(), torch.enable_grad():
    ...     torch.is_grad_enabled()
    True
    """

    recording = True


class inference_mode(_GradMode):
    """As `no_grad`; with mode=False, a block in which nothing changes.

    >>> import minitorch.torch as torch
    >>> with torch.inference_mode():
    ...     torch.is_grad_enabled()
    False
    """

    def __init__(self, mode: Any = True) -> None:
        pass

    def __new__(cls, mode: Any = True) -> Any:
        """A block, or with a function that function inside such a block."""
        made = object.__new__(cls)
        made._tokens = []
        if callable(mode):
            return made(mode)
        made.recording = False if mode else current.get().recording
        return made


class set_grad_enabled(_GradMode):
    """Record a graph or not, from now on; as a block, until its end.

    >>> import minitorch.torch as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    def __new__(cls, mode: bool) -> Any:
        """Set the mode."""
        made = object.__new__(cls)
        made.recording = bool(mode)
        made._tokens = [current.set(replace(current.get(), recording=bool(mode)))]
        return made

    def __init__(self, mode: bool) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function inside such a block; nothing is set now."""
        current.reset(self._tokens.pop())
        return super().__call__(function)
