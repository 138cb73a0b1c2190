"""The graph of a result as a list of nodes with names, for whoever draws it.

Idea: the histories that autodiff keeps are the graph; leaves are named as the model names its
    parameters, and ops are numbered in the order in which they were called.
Not here: drawing (tensorboard.py).
Read next: tensorboard.py
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from minitorch.torch.tensor import Tensor

__all__ = ["GraphNode", "graph_nodes"]


@dataclass(frozen=True)
class GraphNode:
    """An op, a parameter or an input, and the names of what it takes."""

    name: str
    op: str
    inputs: tuple[str, ...]


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(cast("dict[Any, Any]", value).values())
    if isinstance(value, tuple | list):
        return [it for part in cast("list[Any]", value) for it in _tensors(part)]
    return []


def graph_nodes(result: Any, model: Any = None) -> list[GraphNode]:
    """The nodes that led to a result, each after those it takes from; only what tracks gradients.

    Args:
        result: a tensor, or tensors nested in tuples, lists and dicts.
        model: a module, whose parameters are named.

    >>> import minitorch.torch as torch
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> [(node.name, node.inputs) for node in graph_nodes(x * x)]
    [('leaf', ()), ('Mul', ('leaf', 'leaf'))]
    """
    known = {} if model is None else {id(p): name for name, p in model.named_parameters()}
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    nodes: list[GraphNode] = []
    waiting: list[tuple[Any, bool]] = [(it, False) for it in reversed(_tensors(result))]
    while waiting:  # depth first, without recursion
        value, ready = waiting.pop()
        history = value.history
        if history is None or id(_identity(value)) in names:
            continue
        inputs = [it for it in history.inputs or () if isinstance(it, Tensor) and it.history]
        if not ready:
            waiting.append((value, True))
            waiting.extend((it, False) for it in reversed(inputs))
            continue
        if history.last_fn is None:
            title, op = known.get(id(value), "leaf").replace(".", "/"), "Parameter"
        else:
            op = title = history.last_fn.__name__.strip("_")
        name = f"{title}_{used[title]}" if used[title] else title
        used[title] += 1
        names[id(_identity(value))] = name
        taken = tuple(names[id(_identity(it))] for it in inputs)
        nodes.append(GraphNode(name, op, taken))
    return nodes


def _identity(value: Any) -> Any:
    """What two tensors share that stand for the same node: a leaf itself, else its history."""
    return value if value.history.last_fn is None else value.history
