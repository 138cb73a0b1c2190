"""Which loops compute an expression: every value as a function of the loops' indices.

Idea: a node's index is an affine function of the loop indices, sum_j steps[j] * i_j + base; read
    through a layout it is another one. So views, broadcasts and permutations vanish, and each
    array is walked by one step per loop. A reduction runs over loops of its own, or, where its
    result is broadcast back (softmax), over the loops that the result does not depend on.
Not here: the text of the loops (emit.py).
Read next: emit.py
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

from minitorch.fuse.nodes import Layout, Op
from minitorch.fuse.trace import Trace
from minitorch.tensor_data import Ints, contiguous_strides

__all__ = ["Access", "Cut", "Group", "Nest", "Value", "plan_loops"]

# (base, ((loop, step), ..)): base + sum of step * index of the loop.
Affine: TypeAlias = "tuple[int, tuple[tuple[int, int], ...]]"
At: TypeAlias = "tuple[Affine, ...]"  # one per dim of a node

DEAR = 8  # what a value costs at least that is not computed again for every row it is broadcast to
RECOMPUTE = 40  # what an expression that the graph keeps costs at most to be computed once more


class Cut(Exception):
    """The node at `place` must be computed first, by a kernel of its own."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class _Split(Exception):
    """A loop must be two: the index of a view runs over a part of a dim."""

    def __init__(self, loop: int, inner: int) -> None:
        super().__init__(loop, inner)
        self.loop, self.inner = loop, inner


@dataclass(frozen=True)
class Access:
    """An array as it is walked: offset, and a step per loop; `place` is that of its leaf."""

    place: int
    offset: int
    steps: tuple[tuple[int, int], ...]

    def step(self, loop: int) -> int:
        """How far one turn of the loop moves."""
        return next((step for it, step in self.steps if it == loop), 0)


@dataclass(eq=False)
class Group:
    """Reductions that share loops. `extra` loops are those that no result walks."""

    loops: tuple[int, ...]
    extra: bool
    inside: Group | None = None  # the group whose loops these run in


@dataclass(eq=False)
class Value:
    """One number of the kernel: what computes it, from what, and in which loops it changes."""

    op: Op
    place: int
    operands: tuple[Value, ...] = ()
    deps: frozenset[int] = frozenset()
    stage: int = 0  # how many rounds of reductions must be over before it can be computed
    access: Access | None = None  # of a leaf
    index: Affine | None = None  # of a counter
    group: Group | None = None  # of a reduction
    after: frozenset[int] = frozenset()  # places of the outer reductions that it waits for
    at: At = ()
    name: str = ""


@dataclass(eq=False)
class Nest:
    """Loops, values in an order in which they can be computed, and what is written."""

    sizes: list[int]
    values: list[Value]
    outputs: list[tuple[Value, Access]]
    group: Group | None = None  # the innermost reductions
    fold: Group | None = None  # reductions over rows of `group`
    picks: dict[int, Value] = field(default_factory=dict[int, Value])  # index variables from data

    @property
    def outer(self) -> tuple[int, ...]:
        """The loops that no reduction runs over, in order."""
        inner = {k for g in (self.group, self.fold) if g for k in g.loops}
        return tuple(k for k in range(len(self.sizes)) if k not in inner and k not in self.picks)


def plan_loops(traced: Trace) -> Nest:
    """The loops that compute the last node of a trace, and what else is worth writing.

    Raises:
        Cut: a node below must be computed first.
    """
    factors: dict[Any, tuple[int, ...]] = {}
    walk = _Walk(traced, factors)
    for _ in range(16):
        try:
            return walk.nest()
        except _Split as split:
            origin, part = walk.origins[split.loop]
            sizes = list(walk.factors[origin])
            sizes[part : part + 1] = [sizes[part] // split.inner, split.inner]
            factors[origin] = tuple(sizes)
            walk = _Walk(traced, factors)
    raise Cut(walk.deepest())


class _Walk:
    """One attempt: a walk from the last node to the leaves, in index functions."""

    def __init__(self, traced: Trace, factors: dict[Any, tuple[int, ...]]) -> None:
        self.trace = traced
        self.parts = traced.parts()
        self.factors = dict(factors)
        self.sizes: list[int] = []
        self.origins: list[tuple[Any, int]] = []  # of a loop: which dim, which factor of it
        self.values: dict[Any, Value] = {}
        self.visits: dict[int, set[At]] = {}
        self.groups: list[Group] = []
        self.picks: dict[int, Value] = {}

    def nest(self) -> Nest:
        root = len(self.parts) - 1
        shape = self.parts[root].shape
        at = self.loops_for([("root", k, size) for k, size in enumerate(shape)])
        out = self.visit(root, at)
        self.order_reductions()
        self.check(out)
        fold, group = None, self.groups[-1] if self.groups else None
        if len(self.groups) == 2:
            fold = self.groups[0]
        nest = Nest(self.sizes, list(self.values.values()), [], group, fold, self.picks)
        nest.outputs = self.outputs(nest, out)
        return nest

    def deepest(self) -> int:
        """A pending node whose operands are leaves: computing it first makes the rest simpler."""
        return next(k for k, part in enumerate(self.parts) if part.refs)

    # Loops.

    def loops_for(self, dims: list[tuple[Any, int, int]]) -> At:
        """New loops over dims, given as (name, number, size); returns the index in each dim."""
        at: list[Affine] = []
        for name, k, size in dims:
            parts = self.factors.setdefault((name, k), (size,))
            steps: list[tuple[int, int]] = []
            if size != 1:
                for part, length in enumerate(parts):
                    steps.append((len(self.sizes), prod(parts[part + 1 :])))
                    self.sizes.append(length)
                    self.origins.append(((name, k), part))
            at.append((0, tuple(steps)))
        return tuple(at)

    def compose(self, at: At, layout: Layout, shape: Ints) -> Affine:
        """The position in storage of the index `at` of a node of this shape, read by a layout."""
        strides, base = (contiguous_strides(shape), 0) if layout is None else layout
        steps: dict[int, int] = {}
        for (start, terms), stride in zip(at, strides, strict=True):
            base += start * stride
            for loop, step in terms:
                steps[loop] = steps.get(loop, 0) + step * stride
        return base, tuple((loop, step) for loop, step in sorted(steps.items()) if step)

    def index_of(self, position: Affine, shape: Ints, place: int) -> At:
        """The index whose position in a contiguous array of this shape is given.

        Raises:
            _Split: it is one, once a loop is made two.
            Cut: it is not affine.
        """
        base, steps = position
        strides = contiguous_strides(shape)
        starts = [base // stride % max(n, 1) for n, stride in zip(shape, strides, strict=True)]
        terms: list[list[tuple[int, int]]] = [[] for _ in shape]
        last = list(starts)
        for loop, step in steps:
            k = next((k for k, s in enumerate(strides) if s <= step and shape[k] > 1), None)
            if k is None or step % strides[k]:
                raise Cut(place)
            q, size = step // strides[k], self.sizes[loop]
            if q * (size - 1) >= shape[k]:  # the loop walks over the end of the dim
                inner = shape[k] // q
                if shape[k] % q or size % inner or inner == 1 or starts[k] or loop in self.picks:
                    raise Cut(place)
                raise _Split(loop, inner)
            last[k] += q * (size - 1)
            terms[k].append((loop, q))
        if any(end >= max(n, 1) for end, n in zip(last, shape, strict=True)):
            raise Cut(place)
        return tuple((start, tuple(it)) for start, it in zip(starts, terms, strict=True))

    # Values.

    def read(self, place: int, layout: Layout, at: At, shape: Ints) -> Value:
        """The operand at `place`, read by a layout at an index of its reader's."""
        part = self.parts[place]
        op = part.op
        if op.kind in ("leaf", "foreign", "counter", "number"):
            offset, steps = self.compose(at, layout, shape)
            if op.kind == "number":
                offset, steps = 0, ()
            return self.source(op, place, offset, steps)
        inner = part.shape
        if layout is None and inner == shape:
            return self.visit(place, at)
        return self.visit(place, self.index_of(self.compose(at, layout, shape), inner, place))

    def source(self, op: Op, place: int, offset: int, steps: Any) -> Value:
        key = (place, offset, steps)
        if key not in self.values:
            deps = self.deps_of(steps)
            value = Value(op, place, deps=deps)
            if op.kind == "counter":
                value.index = (offset, steps)
            elif op.kind != "number":
                value.access = Access(place, offset, steps)
            value.operands = tuple(self.picks[k] for k, _ in steps if k in self.picks)
            self.values[key] = value
        return self.values[key]

    def deps_of(self, steps: Any) -> frozenset[int]:
        deps: set[int] = set()
        for loop, _ in steps:
            deps |= self.picks[loop].deps if loop in self.picks else {loop}
        return frozenset(deps)

    def visit(self, place: int, at: At) -> Value:
        key = (place, at)
        known = self.values.get(key)
        if known is not None:
            return known
        op = self.parts[place].op
        self.visits.setdefault(place, set()).add(at)
        if len(self.visits[place]) > 1 and (op.cost >= DEAR or op.kind == "reduce"):
            raise Cut(place)  # else it would be computed twice
        if op.kind in ("leaf", "foreign"):  # the root itself
            raise AssertionError("a leaf needs no kernel")
        if op.kind == "reduce":
            value = self.reduction(op, place, at)
        elif op.kind == "pick":
            value = self.pick(op, place, at)
        else:
            value = self.mapped(op, place, at)
        value.at = at
        return self.values.setdefault(key, value)

    def mapped(self, op: Op, place: int, at: At) -> Value:
        part = self.parts[place]
        operands = tuple(self.read(child, layout, at, part.shape) for child, layout in part.reads)
        deps = frozenset[int]().union(*(it.deps for it in operands))
        return Value(op, place, operands, deps)

    def pick(self, op: Op, place: int, at: At) -> Value:
        """a[.., index, ..]: an index variable that is no loop."""
        part = self.parts[place]
        shape, domain = part.shape, part.domain
        assert domain is not None, "a pick reads over a domain"
        (child, layout), (chosen, chosen_layout) = part.reads
        index = self.read(chosen, chosen_layout, at, shape)
        variable = len(self.sizes)
        self.sizes.append(domain[op.dims[0]])
        self.origins.append((None, 0))
        self.picks[variable] = index
        there = list(at)
        there[op.dims[0]] = (0, ((variable, 1),))
        value = self.read(child, layout, tuple(there), domain)
        return Value(op, place, (value, index), value.deps | index.deps)

    # Reductions.

    def reduction(self, op: Op, place: int, at: At) -> Value:
        shape = self.parts[place].domain
        assert shape is not None, "a fold reads over a domain"
        ((child, layout),) = self.parts[place].reads
        used = frozenset(loop for _, terms in at for loop, _ in terms)
        if any(loop in self.picks for loop in used):
            raise Cut(place)
        lengths = [shape[k] for k in op.dims]
        group = self.group_for(place, op, used, lengths)
        within = {k for it in self.groups[self.groups.index(group) :] for k in it.loops}
        around = {k for k in range(len(self.sizes)) if k not in self.picks and k not in within}
        if set(used) != around:
            raise Cut(place)  # it would be computed again for each turn of a loop around it
        inner = list(at)
        for k, index in zip(op.dims, self.spread(group, lengths, place), strict=True):
            inner[k] = index
        value = self.read(child, layout, tuple(inner), shape)
        return Value(op, place, (value,), value.deps - frozenset(group.loops), group=group)

    def group_for(self, place: int, op: Op, used: frozenset[int], lengths: list[int]) -> Group:
        """The loops that this reduction runs over: those of others, free ones, or new ones."""
        count = prod(lengths)
        for group in reversed(self.groups):
            if not used & frozenset(group.loops):
                if prod(self.sizes[k] for k in group.loops) == count:
                    return group
                raise Cut(place)
        if self.groups and (len(self.groups) > 1 or not self.groups[0].extra):
            raise Cut(place)
        free: list[int] = []
        for loop in range(len(self.sizes) - 1, -1, -1):
            if self.groups:
                break
            if loop not in used and loop not in self.picks:
                free.insert(0, loop)
                if prod(self.sizes[k] for k in free) == count and count != 1:
                    group = Group(tuple(free), extra=False)
                    self.groups.append(group)
                    return group
        if free and count != 1:
            raise Cut(place)
        first = len(self.sizes)
        self.loops_for([(place, k, size) for k, size in zip(op.dims, lengths, strict=True)])
        group = Group(tuple(range(first, len(self.sizes))), extra=True)
        group.inside = self.groups[-1] if self.groups else None
        self.groups.append(group)
        return group

    def spread(self, group: Group, lengths: list[int], place: int) -> list[Affine]:
        """The index in each reduced dim, the loops of the group taken as one number."""
        out: list[Affine] = []
        loops = list(group.loops)
        for length in reversed(lengths):
            steps: list[tuple[int, int]] = []
            step = 1
            while step < length:
                loop = loops.pop()
                size = self.sizes[loop]
                if length % (step * size):
                    inner = length // step
                    if size % inner:
                        raise Cut(place)
                    raise _Split(loop, inner)
                steps.insert(0, (loop, step))
                step *= size
            if length == 0:
                steps = [(loops.pop(), 1)] if loops else []
            out.insert(0, (0, tuple(steps)))
        return out

    # What is written.

    def order_reductions(self) -> None:
        """Which round of reductions each value waits for; the outer ones wait for all the others.

        Raises:
            Cut: a value would be needed before the outer reduction that it waits for is over.
        """
        outer = self.groups[0] if len(self.groups) == 2 else None
        inside = frozenset(k for g in self.groups if g.extra for k in g.loops)
        for value in self.values.values():
            value.stage = max((it.stage for it in value.operands), default=0)
            value.after = frozenset[int]().union(*(it.after for it in value.operands))
            if value.after and (value.group or value.deps & inside):
                raise Cut(next(iter(value.after)))
            if value.group is not None and value.group is outer:
                value.stage, value.after = 0, frozenset({value.place})
            elif value.group is not None:
                value.stage += 1

    def check(self, out: Value) -> None:
        """No dear value may be computed again and again.

        Raises:
            Cut: one would be.
        """
        order = {loop: k for k, loop in enumerate(self.order())}
        for value in self.values.values():
            if value.op.kind != "map" or value.op.cost < DEAR or not value.deps:
                continue
            innermost = max(order[k] for k in value.deps)
            repeated = [k for k in order if k not in value.deps and order[k] < innermost]
            if value is not out and prod(self.sizes[k] for k in repeated) > 1:
                raise Cut(value.place)

    def order(self) -> list[int]:
        """All loops, outermost first."""
        inner = [k for g in self.groups for k in g.loops]
        rest = [k for k in range(len(self.sizes)) if k not in inner and k not in self.picks]
        return rest + inner

    def outputs(self, nest: Nest, out: Value) -> list[tuple[Value, Access]]:
        """The root, and whatever is held and not cheap to compute once more."""
        written = [(out, self.access_to(out))]
        loops = set(nest.outer) | set(nest.fold.loops if nest.fold else ())
        row = prod(self.sizes[k] for k in loops)
        full = row * prod(self.sizes[k] for k in (nest.group.loops if nest.group else ()))
        price: dict[Value, int] = {out: 0}
        for value in nest.values:
            price.setdefault(value, value.op.cost + sum(price.get(v, 0) for v in value.operands))
            if value is out or value.op.kind not in ("map", "reduce", "pick"):
                continue
            part = self.parts[value.place]
            shape, held = part.shape, part.held
            dear = value.op.kind == "reduce" or price[value] > RECOMPUTE
            shared = value.op.kind == "reduce" and not part.closed
            if not (shared or (held and (dear or not part.tracked))):
                if value.op.kind == "reduce":
                    price[value] = RECOMPUTE + 1  # what hangs on it is not to be folded again
                continue  # nobody wants it, or it is cheap to compute once more
            used = [loop for _, terms in value.at for loop, _ in terms]
            once = len(set(used)) == len(used) and not any(k in self.picks for k in used)
            once = once and prod(shape) == prod(self.sizes[k] for k in used)
            here = full if nest.group and set(used) & set(nest.group.loops) else row
            if value.after:
                here = prod(self.sizes[k] for k in nest.outer)
            if once and prod(shape) == here and all(base == 0 for base, _ in value.at):
                written.append((value, self.access_to(value)))
                price[value] = 0
            elif dear and held:
                raise Cut(value.place)
        return written

    def access_to(self, value: Value) -> Access:
        base, steps = self.compose(value.at, None, self.parts[value.place].shape)
        return Access(value.place, base, steps)
