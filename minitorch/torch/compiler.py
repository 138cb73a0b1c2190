"""torch.compile and torch.compiler: compiling is asked for, and done anyway.

Idea: without gradients, a function or module is recorded and replayed (../capture/), or runs as
    ever where that cannot be. With them it runs as ever: its kernels are composed and compiled
    whoever asks for it (../fuse/). A compiled module has PyTorch's longer names in its state_dict.
Not here: what a replay does and does not see (../capture/step.py).
Read next: ../capture/step.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from minitorch.autodiff import is_grad_enabled
from minitorch.capture import Compiled
from minitorch.errors import ConfigError
from minitorch.torch.missing import getattr_of
from minitorch.torch.nn.modules.module import Module

__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
    "set_stance",
]

F = TypeVar("F")
MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
BACKENDS = ("inductor", "eager", "aot_eager", "cudagraphs")


class OptimizedModule(Module):
    """A module that was compiled: it holds the module, and passes everything on to it.

    >>> import minitorch.torch as torch
    >>> model = compile(torch.nn.Linear(2, 1))
    >>> list(model.state_dict()), model.in_features
    (['_orig_mod.weight', '_orig_mod.bias'], 2)
    """

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._orig_mod = module
        self.training = module.training
        object.__setattr__(self, "_call", _compiled(module.__call__))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._modules["_orig_mod"], name)


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """A module or function, to be called as before; without one, a decorator.

    Raises:
        ConfigError: an unknown mode or backend, or mode and options together.

    >>> @compile
    ... def double(x):
    ...     return 2 * x
    >>> double(3)
    6
    """
    if mode is not None and options is not None:
        raise ConfigError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    if mode not in MODES:
        known = ", ".join(repr(it) for it in MODES if it)
        raise ConfigError(f"Unrecognized mode={mode}, should be one of: {known}")
    if not callable(backend) and backend not in BACKENDS:
        raise ConfigError(f"Invalid backend: {backend!r}, see `torch._dynamo.list_backends()`")
    if model is None:
        return lambda it: compile(  # pyright: ignore[reportUnknownLambdaType] -- of anything
            it, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
            disable=disable,
        )  # fmt: skip
    if not callable(model):
        raise ConfigError("torch.compile: expected a module or a function.")
    if disable:
        return model
    if isinstance(model, Module):
        return OptimizedModule(model)
    return _compiled(model)


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(function, type):
        return function

    captured = Compiled(function, silent=True)

    @wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        # What is recorded for a backward pass leaves its graph behind, which a replay cannot.
        return function(*args, **kwargs) if is_grad_enabled() else captured(*args, **kwargs)

    compiled.captured = captured  # type: ignore[attr-defined]  # tells what came of it

    compiled._torchdynamo_orig_callable = function  # type: ignore[attr-defined]  # as PyTorch's
    return compiled


def is_compiling() -> bool:
    """False: nothing is traced.

    >>> is_compiling()
    False
    """
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself, as a decorator with or without brackets."""
    return (lambda it: it) if fn is None else fn  # pyright: ignore[reportUnknownLambdaType] -- of anything


def allow_in_graph(fn: F) -> F:
    """The function itself."""
    return fn


assume_constant_result = allow_in_graph


def reset() -> None:
    """Accepted."""


def cudagraph_mark_step_begin() -> None:
    """Accepted."""


class set_stance:
    """Accepted: as a call, or as a `with`."""

    def __init__(self, stance: str = "default", **_: Any) -> None:
        self.stance = stance

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """The names that `compile` takes.

    >>> list_backends()
    ['inductor', 'eager', 'aot_eager', 'cudagraphs']
    """
    return list(BACKENDS)


__getattr__ = getattr_of(__name__)
