"""An expression as its plan sees it: the nodes below one, in a canonical order, and a key.

Idea: two expressions with the same key (forms of nodes, who reads whom, who is held) have the same
    plan; so a step that was seen before costs a walk over its nodes and a look into a dict.
Not here: how nodes are recorded (nodes.py), what the plan is (build.py).
Read next: nest.py
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from minitorch.fuse.nodes import Layout, Node, Op
from minitorch.tensor_data import Ints

__all__ = ["Part", "Trace", "describe", "trace"]


class Part(NamedTuple):
    """What a plan knows of a node of a trace; `refs` are the places of its operands."""

    op: Op
    shape: Ints
    domain: Ints | None
    refs: Ints
    layouts: tuple[Layout, ...] | None
    held: bool  # by somebody outside of expressions
    tracked: bool
    leaf: bool
    closed: bool  # only nodes of this trace read it

    @property
    def reads(self) -> list[tuple[int, Layout]]:
        """The places of the operands, each with the layout through which it is read."""
        return list(zip(self.refs, self.layouts or (None,) * len(self.refs), strict=True))


class Trace:
    """The nodes of an expression, operands first, and a key: two with the same key are alike."""

    __slots__ = ("key", "nodes")

    def __init__(self, nodes: list[Node], key: tuple[Any, ...]) -> None:
        self.nodes = nodes
        self.key = key

    def parts(self) -> list[Part]:
        """The nodes, as their plan sees them: all that it may depend on."""
        found, unclosed = self.key
        parts: list[Part] = []
        for k, (form, refs, held, tracked) in enumerate(found):
            made = form.op, form.shape, form.domain, refs or (), form.layouts
            parts.append(Part(*made, held is True, tracked, refs is None, k not in unclosed))
        return parts


def trace(root: Node) -> Trace:
    """The expression below a node, in a canonical order."""
    places: dict[Node, int] = {}
    parts: list[Any] = []
    shared: list[int] = []
    _visit(root, places, parts, shared)
    nodes = list(places)
    unclosed = [k for k in sorted(set(shared)) if nodes[k].readers != shared.count(k)]
    return Trace(nodes, (tuple(parts), tuple(unclosed)))


# A function of its own: one that calls itself from inside `trace` would be a cycle, and hold all
# that it saw, arrays too, until the collector of cycles comes by.
def _visit(node: Node, places: dict[Node, int], parts: list[Any], shared: list[int]) -> int:
    """Append a node and what is below it, operands first; returns its place.

    `shared` are the places of nodes with several readers, once for each reader that is met: the
    others may be outside of the trace.
    """
    refs: Ints = ()
    for child in node.operands:
        place = places.get(child)
        if place is None:
            place = _visit(child, places, parts, shared)
        if child.readers > 1:
            shared.append(place)
        refs += (place,)
    # Only now, whether anybody holds it.
    if node.array is None:
        parts.append((node.form, refs, node.cell() is not None, node.tracked))
    else:  # an array that nobody holds may be written to, if its size suits
        parts.append((node.form, None, node.cell() is not None or -node.array.size, False))
    places[node] = place = len(places)
    return place


def describe(traced: Trace) -> str:
    """The expression in one line, leaves as x0, x1, ..., what is shared as t0, t1, ..."""
    parts = traced.parts()
    uses = Counter(place for part in parts for place in part.refs)
    names: list[str] = []
    leaves = shared = 0
    said: list[str] = []
    for k, part in enumerate(parts):
        op = part.op
        if part.leaf:
            names.append(f"x{leaves}")
            leaves += 1
            continue
        if op.kind == "number":
            names.append("number")
            continue
        if op.kind == "counter":
            names.append("position")
            continue
        arguments = ", ".join(names[place] for place in part.refs)
        name = getattr(op.fn, "__name__", "")
        if op.kind == "reduce":
            text = f"fold({name}, {arguments}, dims={list(op.dims)})"
        elif op.kind == "pick":
            text = f"pick({arguments}, dim={op.dims[0]})"
        else:
            text = f"{name}({arguments})"
        if uses[k] > 1 and k != len(parts) - 1:
            said.append(f"t{shared} = {text}")
            text = f"t{shared}"
            shared += 1
        names.append(text)
    return "; ".join([*said, names[-1]])
