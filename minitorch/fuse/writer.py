"""A kernel's text as it grows: lines, the names in it, and the line that computes a value.

Idea: a line is written once all that it names is known. An array is read at
    steps[0] * i0 + steps[1] * i1 + ...; where the innermost step is 1 its row is cut out first,
    `x0r = x0[at_x0 : at_x0 + n1]`, so that the loop counts from 0, which vectorises.
    A formula is called, never written: an operator is a name of the module it is defined in.
Not here: in which order the loops stand (emit.py, rows.py, columns.py).
Read next: emit.py
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from minitorch import operators
from minitorch.fuse.nest import Access, Nest, Value
from minitorch.fuse.nodes import Op

__all__ = ["SELECTS", "Loop", "Writer", "cast", "fold_dtype", "fold_name", "start_of"]

Dtype = np.dtype[Any]
SELECTS = (operators.max, operators.logical_and)  # folds that are exact in any dtype


@dataclass
class Loop:
    """A loop of the text: merged from those of the nest; `number` is that of the innermost."""

    number: int
    size: int
    merged: tuple[int, ...]
    name: str = ""  # i0
    extent: str = ""  # n0, an argument
    local: str = ""  # the index in a row, where the loop walks only a part of it

    def __str__(self) -> str:
        return f"for {self.name} in range({self.extent}):"


class Writer:
    """Lines, names and values of one kernel.

    Names: arrays x0, x1, .. that are read and y0, y1, .. that are made, loops i0, i1, .. and their
    sizes n0, n1, .., steps x0_i0, .., parameters p0, .., values v0, v1, ...
    """

    def __init__(self, nest: Nest, spare: dict[int, int], parallel: bool) -> None:
        self.nest = nest
        self.parallel = parallel
        self.lines: list[str] = []
        self.depth = 1
        self.numbers: dict[str, int] = {}  # sizes and steps, by name
        self.functions: dict[tuple[Any, str, bool], str] = {}  # (function, dtype, in any order)
        self.accesses: dict[Access, str] = {}
        self.parameters: dict[tuple[int, int], str] = {}
        self.rows: dict[str, str] = {}  # of an array, its contiguous part that the loop walks
        self.helpers: dict[str, str] = {}  # functions that stand before the kernel
        self.loops: dict[int, Loop] = {}
        for value in nest.values:
            if value.access and value.access not in self.accesses:
                self.accesses[value.access] = f"x{len(self.accesses)}"
        self.targets: dict[Value, tuple[str, Access]] = {}
        self.outputs: list[tuple[int, int]] = []
        self.made: list[str] = []
        self._choose_targets(spare)
        for k, value in enumerate(nest.values):
            value.name = f"v{k}"
        roots = [value for value, _ in nest.outputs]
        self.wanted = self.needed(roots, set(), through=True)

    def _choose_targets(self, spare: dict[int, int]) -> None:
        """Which array each output is written to: a new one, or one that nobody reads after it."""
        taken = {access.place: access for access in self.accesses}
        for value, access in self.nest.outputs:
            source = taken.get(spare.get(value.place, -1))
            if source is not None and source.steps == access.steps:
                self.targets[value] = (self.accesses[source], access)
                self.outputs.append((value.place, list(self.accesses).index(source)))
            else:
                self.made.append(f"y{len(self.made)}")
                self.targets[value] = (self.made[-1], access)
                self.outputs.append((value.place, -1))

    # Lines.

    def __call__(self, line: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, header: str | Loop) -> Generator[None]:
        """A header line, and what is written meanwhile indented below it."""
        self(str(header))
        self.depth += 1
        yield
        self.depth -= 1

    def allocate(self, line: str) -> None:
        """Room that all rows of a thread share, made before its first row."""
        place, depth = self._rows_begin
        self.lines.insert(place, "    " * depth + line)

    # Names.

    def function(self, fn: Any, dtype: str, adds: bool = False) -> str:
        """The name under which the text calls a function of numbers; `adds`: in any order."""
        key = (fn, dtype, adds)
        if key not in self.functions:
            name = getattr(fn, "__name__", "fn").strip("<>")
            if adds:
                name += "_up"
            taken = set(self.functions.values())
            if name in taken or name in ("max", "min", "range"):
                name = f"{name}_{dtype}" if f"{name}_{dtype}" not in taken else name
            while name in taken:
                name += "_"
            self.functions[key] = name
        return self.functions[key]

    def number(self, name: str, value: int) -> str:
        """An argument that holds a size or a step."""
        self.numbers.setdefault(name, value)
        return name

    def parameter(self, place: int, which: int) -> str:
        """An argument that holds a number of the expression."""
        return self.parameters.setdefault((place, which), f"p{len(self.parameters)}")

    # Loops.

    def merge(self, loops: Iterable[int]) -> list[Loop]:
        """Loops that all arrays walk without a gap in between become one."""
        out: list[Loop] = []
        walked = [*self.accesses, *(access for _, access in self.targets.values())]
        counters = [v.index[1] for v in self.nest.values if v.index]
        steps = [dict(a.steps) for a in walked] + [dict(it) for it in counters]
        for k in loops:
            size = self.nest.sizes[k]
            if out:
                last = out[-1]
                if all(s.get(last.number, 0) == s.get(k, 0) * size for s in steps):
                    out[-1] = Loop(k, last.size * size, (*last.merged, k))
                    continue
            out.append(Loop(k, size, (k,)))
        for loop in out:
            label = len({it.number for it in self.loops.values()})
            loop.name = loop.local = f"i{label}"
            loop.extent = self.number(f"n{label}", loop.size)
            for k in loop.merged:
                self.loops[k] = loop
        return out

    @contextmanager
    def around(self, outer: list[Loop], done: set[Value]) -> Generator[set[int]]:
        """The loops around rows; the outermost one is shared out to the threads."""
        opened: set[int] = set()
        with ExitStack() as stack:
            self._rows_begin = len(self.lines), self.depth
            for depth, loop in enumerate(outer):
                header = str(loop)
                if depth == 0 and self.parallel:
                    blocks = f"min({loop.extent}, BLOCKS)"
                    stack.enter_context(self.block(f"for block in prange({blocks}):"))
                    self._rows_begin = len(self.lines), self.depth
                    first = f"block * {loop.extent} // {blocks}"
                    end = f"(block + 1) * {loop.extent} // {blocks}"
                    header = f"for {loop.name} in range({first}, {end}):"
                stack.enter_context(self.block(header))
                opened.add(loop.number)
                self.settle(self.wanted, done, opened)
            yield opened

    # Places in arrays.

    def term(self, name: str, access: Access, skip: int | None = None) -> str:
        """The position of an access, as text; without the part of loop `skip`."""
        parts: list[str] = []
        for k, step in access.steps:
            if k in self.nest.picks:
                parts.append(self._times(self.nest.picks[k].name, name, step))
            elif self.loops[k].number == k and k != skip:
                parts.append(self._times(self.loops[k].name, name, step))
        return " + ".join(parts) or "0"

    def _times(self, index: str, name: str, step: int) -> str:
        return index if step == 1 else f"{index} * {self.number(f'{name}_{index}', step)}"

    def step(self, access: Access, inner: Loop) -> int:
        """How far one turn of the loop moves; 0 also where data says how far."""
        picked = (j for k, _ in access.steps if k in self.nest.picks for j in self._follows(k))
        if any(self.loops[j] is inner for j in picked):
            return 0
        return access.step(inner.number)

    def _follows(self, pick: int) -> frozenset[int]:
        """The loops that an index out of data changes with."""
        return self.nest.picks[pick].deps

    def place(self, name: str, access: Access, inner: Loop | None) -> str:
        """The cell of an array, as text: of a row where the innermost loop walks neighbours."""
        step = self.step(access, inner) if inner else 0
        if inner is None or step == 0:
            return f"{name}[{self.term(name, access)}]"
        if step == 1:
            return f"{self.rows[name]}[{inner.local}]"
        base = self.term(name, access, inner.number)
        factor = self.number(f"{name}_{inner.name}", step)
        return f"{name}[unsigned({base}) + unsigned({inner.name}) * unsigned({factor})]"

    def slices(
        self, inner: Loop, values: Iterable[Value], targets: Iterable[Value], first: str = ""
    ) -> None:
        """Cut out the rows that the innermost loop walks, so that their indices start at 0."""
        wanted = [(self.accesses[v.access], v.access) for v in values if v.access]
        wanted += [self.targets[v] for v in targets]
        for name, access in dict(wanted).items():
            if self.step(access, inner) != 1:
                continue
            base = self.term(name, access, inner.number)
            if first:
                base = first if base == "0" else f"{base} + {first}"
            if " + " in base:
                self(f"at_{name} = {base}")
                base = f"at_{name}"
            row = self.rows[name] = f"{name}r"
            part = f":{inner.extent}" if base == "0" else f"{base} : {base} + {inner.extent}"
            self(f"{row} = {name}[{part}]")

    # Values.

    def compute(self, value: Value, inner: Loop | None) -> None:
        """Write the line that computes a value."""
        if value.op.kind == "pick":  # what it reads is known by another name
            value.name = value.operands[0].name
        else:
            self(f"{value.name} = {self.formula(value, inner)}")

    def formula(self, value: Value, inner: Loop | None) -> str:
        """What a value is: a number, a position, a cell of an array, or a call of an operator."""
        op = value.op
        if op.kind == "number":
            return _typed(self.parameter(value.place, 0), op.dtype)
        if value.index is not None:
            first = self.parameter(value.place, 0)
            base, steps = value.index
            if base:
                first = f"{first} + {self.number(f'c{value.place}', base)}"
            return f"{first} + {self.term(f'c{value.place}', Access(value.place, 0, steps))}"
        if value.access:
            return self.place(self.accesses[value.access], value.access, inner)
        operands = [v.name if op.whole else cast(v, op.compute) for v in value.operands]
        parameters = [self.parameter(value.place, k) for k in range(op.parameters)]
        if op.compute.kind == "f" and not op.whole:
            parameters = [f"{op.compute}({name})" for name in parameters]
        call = f"{self.function(op.fn, str(op.compute))}({', '.join([*operands, *parameters])})"
        return _typed(call, op.dtype) if op.whole else _wrapped(call, op)

    def fold(self, value: Value, cell: str, dtype: str, adds: bool = False) -> None:
        """Write the line that folds one more number into a cell."""
        fn = self.function(value.op.fn, dtype, adds)
        term = cast(value.operands[0], np.dtype(dtype), value.op.dtype)
        self(f"{cell} = {fn}({cell}, {term})")

    def settle(
        self,
        wanted: Iterable[Value],
        done: set[Value],
        opened: set[int],
        inner: Loop | None = None,
        stage: int = 0,
        over: bool = False,
    ) -> None:
        """Compute what has become known: its loops are open, the reductions it needs are over."""
        for value in wanted:
            if value in done or value.group or value.stage > stage or (value.after and not over):
                continue
            if {self.loops[k].number for k in value.deps} <= opened:
                self.compute(value, inner)
                done.add(value)

    def store(self, value: Value, inner: Loop | None) -> None:
        """Write a value to its array."""
        name, access = self.targets[value]
        self(f"{self.place(name, access, inner)} = {value.name}")

    def needed(
        self, goals: Iterable[Value], known: set[Value], through: bool = False
    ) -> list[Value]:
        """The goals and what they are computed from, up to what is known, in order.

        What is folded into a number is among it only where `through` says so.
        """
        found: set[Value] = set()
        stack = list(goals)
        while stack:
            value = stack.pop()
            if value not in found and value not in known:
                found.add(value)
                if through or not value.group:
                    stack.extend(value.operands)
        return [value for value in self.nest.values if value in found]

    # Along a row.

    @property
    def inside(self) -> set[int]:
        """The loops of the nest along a row."""
        return set(self.nest.group.loops) if self.nest.group else set()

    def along_rows(self, value: Value) -> bool:
        """True for what is written to each cell of a row."""
        _, access = self.targets[value]
        return any(k in self.inside for k, _ in access.steps)


# Numbers and their dtypes, as text.


def fold_name(value: Value) -> str:
    """The name of what a reduction has gathered so far."""
    return f"fold{value.name[1:]}"


def fold_dtype(value: Value, wide: bool) -> str:
    """In which dtype a fold runs: its own where that loses nothing, else float64."""
    dtype = value.op.dtype
    exact = value.op.fn in SELECTS or (value.op.fn is operators.add and not wide)
    return str(dtype) if exact or dtype.kind != "f" else "float64"


def start_of(value: Value, dtype: str) -> str:
    """What a fold starts from."""
    return f"{dtype}({value.op.start})"


def cast(value: Value, wanted: Dtype, given: Dtype | None = None) -> str:
    """A value as a number of another dtype."""
    given = value.op.dtype if given is None else given
    return value.name if given == wanted else _typed(value.name, wanted)


def _typed(name: str, dtype: Dtype) -> str:
    return {"f": f"{dtype}({name})", "i": f"int64({name})", "b": f"int64({name})"}[dtype.kind]


def _wrapped(call: str, op: Op) -> str:
    if op.dtype.kind == "f":
        return call if op.dtype == op.compute else f"{op.dtype}({call})"
    return f"int64({call})" if op.dtype.kind == "i" else f"int64({call} != 0)"
