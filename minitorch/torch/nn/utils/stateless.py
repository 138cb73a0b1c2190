"""Calling a module with other parameters than its own.

Idea: the parameters that are given stand in the tables of the tree while it runs, so that the
    graph leads to them.
Not here: gradients of functions (torch.func).
Read next: parametrize.py
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from minitorch.errors import MismatchError

__all__ = ["functional_call"]


def functional_call(
    module: Any,
    parameters_and_buffers: Mapping[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What a module computes with the tensors given by dotted name instead of its own.

    Raises:
        MismatchError: strictly, a name is missing or unknown.

    >>> import minitorch.torch as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> given = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
    >>> functional_call(layer, given, torch.ones(3, 2))
    tensor([[2.],
            [2.],
            [2.]])
    """
    args = () if args is None else args
    with _replaced(module, parameters_and_buffers, tie_weights, strict):
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))


def _places(module: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """Dotted name to (table, name in it), of every parameter and buffer."""
    return {
        f"{path}.{name}" if path else name: (table, name)
        for path, node in module.named_modules(remove_duplicate=False)
        for table in (node._parameters, node._buffers)
        for name, tensor in table.items()
        if tensor is not None
    }


@contextmanager
def _replaced(
    module: Any, given: Mapping[str, Any], tie_weights: bool, strict: bool
) -> Generator[None]:
    places = _places(module)
    unknown = [key for key in given if key not in places]
    missing = [key for key in places if key not in given]
    if strict and (unknown or missing):
        problems = [
            f"{what} key(s): {', '.join(map(repr, keys))}."
            for what, keys in (("Unexpected", unknown), ("Missing", missing))
            if keys
        ]
        listed = "\n\t".join(problems)
        raise MismatchError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{listed}")
    new = {key: tensor for key, tensor in given.items() if key in places}
    if tie_weights:  # a shared tensor is replaced under all its names
        shared = {id(places[key][0][places[key][1]]): tensor for key, tensor in new.items()}
        for key, (table, name) in places.items():
            if id(table[name]) in shared:
                new.setdefault(key, shared[id(table[name])])
    old = {key: places[key][0][places[key][1]] for key in new}
    try:
        for key, tensor in new.items():
            table, name = places[key]
            table[name] = tensor
        yield
    finally:
        for key, tensor in old.items():
            table, name = places[key]
            table[name] = tensor
