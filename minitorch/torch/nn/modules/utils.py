"""Small helpers of layers: one number for every dim, and how settings and kinds are printed.

Idea: a layer takes `3` or `(3, 3)` and keeps `(3, 3)`; it prints its settings as name=value.
Not here: layers.
Read next: module.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

from minitorch.torch.creation import empty
from minitorch.torch.nn.parameter import Parameter
from minitorch.torch.tensor import Tensor

__all__ = [
    "_list_with_default",
    "_reverse_repeat_tuple",
    "consume_prefix_in_state_dict_if_present",
    "declare_parameter",
    "settings",
    "typename",
]


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that repeats a single value n times, and makes anything iterable a tuple."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


_single = _ntuple(1, "_single")
_pair = _ntuple(2, "_pair")
_triple = _ntuple(3, "_triple")
_quadruple = _ntuple(4, "_quadruple")


def _reverse_repeat_tuple(t: Iterable[Any], n: int) -> tuple[Any, ...]:
    """(a, b) to (b, b, a, a) for n = 2: padding per dim, as `F.pad` wants it."""
    return tuple(x for x in reversed(tuple(t)) for _ in range(n))


def _list_with_default(out_size: Any, defaults: Any) -> Any:
    """The sizes wanted, None standing for the input's own."""
    if isinstance(out_size, int):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(f"Input dimension should be at least {len(out_size) + 1}")
    own = defaults[-len(out_size) :]
    return [
        size if size is not None else default for size, default in zip(out_size, own, strict=True)
    ]


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Drop a prefix such as "module." from the keys of a state dict, in place.

    >>> state = {"module.weight": 1, "bias": 2}
    >>> consume_prefix_in_state_dict_if_present(state, "module.")
    >>> state
    {'bias': 2, 'weight': 1}
    """
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
    metadata = getattr(state_dict, "_metadata", {})
    for key in list(metadata):
        if key and (key == prefix.replace(".", "") or key.startswith(prefix)):
            metadata[key[len(prefix) :]] = metadata.pop(key)


def declare_parameter(
    module: Any, name: str, shape: Any, wanted: bool = True, device: Any = None, dtype: Any = None
) -> None:
    """Give a module a parameter without values yet; None under its name if it is not wanted."""
    made = Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None
    module.register_parameter(name, made)


def settings(module: Any, *names: str, inplace: bool = False) -> str:
    """`name=value` of each attribute, and `inplace=True` where that is asked for and set.

    >>> from types import SimpleNamespace
    >>> settings(SimpleNamespace(alpha=1.0, inplace=True), "alpha", inplace=True)
    'alpha=1.0, inplace=True'
    """
    shown = [f"{name}={getattr(module, name)}" for name in names]
    return ", ".join([*shown, "inplace=True"] if inplace and module.inplace else shown)


def typename(value: Any) -> str:
    """What a value is called in messages: "int", "torch.FloatTensor", "package.Class".

    >>> typename(3)
    'int'
    """
    if isinstance(value, Tensor):
        return value.type()
    kind = value if hasattr(value, "__qualname__") else type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
