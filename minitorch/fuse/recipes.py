"""Recipes: a composition of ops that is met again and again, recorded as one node.

Idea: recording softmax takes six ops each time, and comes to the same expression each time. So the
    ops are recorded once; afterwards one node stands for them, and the plan that was made for the
    ops serves the node. Where it cannot, the node is written out into the ops it stands for.
Not here: which compositions there are (nn.py).
Read next: build.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minitorch.fuse.nodes import Node, Op, operand, pending, record, recorded
from minitorch.fuse.trace import Trace
from minitorch.tensor_data import Cell, Ints, TensorData, contiguous_strides

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["EXPAND", "composed", "expand", "is_writing_out"]

EXPAND = -1  # the plan of an expression whose recipes are written out each time
RECIPES = 1024  # so many are remembered

_recipes: dict[Any, Op] = {}
_writing: list[Node] = []  # what is being written out, by whoever holds the lock of build.py


def is_writing_out() -> bool:
    """True while a recipe is written out: its operands were checked when it was recorded."""
    return bool(_writing)


@dataclass(frozen=True)
class Recipe:
    """A function of tensors, and tensors like those it is called with."""

    formula: Callable[..., Tensor]
    settings: Mapping[str, Any]
    like: Tensor
    shapes: tuple[Ints, ...]
    shape: Ints

    def write_out(self, node: Node) -> None:
        """Turn the node into the ops that it stands for."""
        given = [
            self.like._new(_data_of(child, layout, shape))
            for (child, layout), shape in zip(node.reads, self.shapes, strict=True)
        ]
        _writing.append(node)
        try:
            last = self.formula(*given, **self.settings)._tensor
        finally:
            _writing.pop()
        root = pending(last)
        node.release()
        if root is None or root.shape != node.shape or last.offset or root.readers:
            node.finish(last.contiguous().cell.array)
            return
        # Its operands are read by this node from now on.
        node.form, node.parameters = root.form, root.parameters
        node.operands, root.operands = root.operands, ()
        node.weight = root.weight


def _data_of(child: Node, layout: Any, shape: Ints) -> TensorData:
    """A view of what a node stands for; it does not count as holding it."""
    strides, offset = layout or (contiguous_strides(shape), 0)
    if child.array is None:
        cell = Cell.later(child, child.dtype)
    else:
        cell = Cell(child.array)
        cell.node = child
    return TensorData(cell, shape, strides, offset)


def composed(formula: Callable[..., Tensor], *tensors: Tensor, **settings: Any) -> Tensor:
    """formula(*tensors, **settings), recorded as one node once its ops are known.

    The formula depends on shapes, dtypes and settings only, and computes with its tensors alone.
    What it would have to check of their numbers, such as indices, is checked before.
    """
    first = tensors[0]
    known: list[Any] = [formula, first.backend, first.__class__]
    nodes: list[Node] = []  # of the operands that are read as they are
    for tensor in tensors:
        data, shape = tensor._tensor, tensor._tensor.shape
        known.append(shape)
        known.append(data.dtype)
        node = data.cell.node
        plain = data.offset == 0 and data.strides is contiguous_strides(shape)
        if plain and node.__class__ is Node:
            nodes.append(node)
    known += settings.items()
    key = tuple(known)
    op = _recipes.get(key)
    if op is None:
        return _first_time(key, formula, tensors, settings)
    shape = op.recipe.shape
    if len(nodes) == len(tensors):
        return first._new(recorded(op.form(shape), tuple(nodes), ()))
    read = [
        operand(it, it.shape, contiguous_strides(it.shape))
        for it in [tensor._tensor for tensor in tensors]
    ]
    return first._new(record(op, shape, tuple(read)))


def _first_time(
    key: Any, formula: Callable[..., Tensor], tensors: tuple[Tensor, ...], settings: Any
) -> Tensor:
    out = formula(*tensors, **settings)
    root = pending(out._tensor)
    if root is not None and root.shape == out.shape and not out._tensor.offset:
        if len(_recipes) >= RECIPES:
            _recipes.clear()
        op = Op("compose", root.dtype)
        like = tensors[0]._new(TensorData.empty((0,), root.dtype))
        shapes = tuple(tensor.shape for tensor in tensors)
        op.recipe = Recipe(formula, settings, like, shapes, out.shape)
        below = {tensor._tensor.cell.node for tensor in tensors}
        known = sum(node.weight for node in below if isinstance(node, Node))
        op.weight = max(1, root.weight - known)
        _recipes[key] = op
    return out


def expand(traced: Trace) -> None:
    """Write out every recipe of an expression."""
    for node in traced.nodes:
        if node.array is None and node.op.kind == "compose":
            node.op.recipe.write_out(node)
