"""torch._dynamo: what programs touch of it, its settings above all.

Idea: nothing is traced, so the settings take what they are given.
Not here: torch.compile (compiler.py).
Read next: compiler.py
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from minitorch.torch.compiler import allow_in_graph, disable, list_backends, reset
from minitorch.torch.compiler import compile as _compile
from minitorch.torch.missing import getattr_of

__all__ = [
    "allow_in_graph",
    "config",
    "disable",
    "graph_break",
    "list_backends",
    "mark_dynamic",
    "mark_static",
    "optimize",
    "reset",
]

config = SimpleNamespace(
    suppress_errors=False,
    cache_size_limit=8,
    recompile_limit=8,
    accumulated_cache_size_limit=256,
    verbose=False,
    capture_scalar_outputs=False,
    optimize_ddp=True,
)


def optimize(backend: Any = "inductor", **_: Any) -> Any:
    """A decorator that compiles."""
    return lambda fn: _compile(fn, backend=backend)  # pyright: ignore[reportUnknownLambdaType] -- of anything


def graph_break(msg: str = "") -> None:
    """Accepted: there is no graph."""


def mark_dynamic(t: Any, index: Any, **_: Any) -> None:
    """Accepted: every size may change."""


mark_static = mark_dynamic
__getattr__ = getattr_of(__name__)
