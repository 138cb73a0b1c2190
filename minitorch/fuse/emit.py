"""The source text of a kernel: loops that call operators.

Idea: a value is computed in the outermost loop in which all it depends on is known. Without
    reductions that is one nest of loops. With them each row is walked once per stage:
        for each row:  fold what needs no fold;  fold what needs those;  ...;  write the rest
    Where neighbours in memory belong to different results, many folds go side by side.
    A formula is called, never written: an operator is a name of the module it is defined in.
Not here: which loops there are (nest.py), compiling (build.py).
Read next: build.py
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np

from minitorch import operators
from minitorch.fuse.nest import DEAR, Access, Nest, Value

__all__ = ["Kernel", "emit"]

ROW = 1 << 16  # a row up to so long is kept for the next stage, else computed again
LONG = 8192  # folds of more numbers than that are in float64
LONG_COLUMN = 256  # the same where one number after the other is added, not LANES side by side
SELECTS = (operators.max, operators.logical_and)  # folds that are exact in any dtype


@dataclass(frozen=True)
class Kernel:
    """A kernel's text, and what it is called with: outputs, arrays, sizes and steps, parameters.

    `functions` are the functions of numbers it names: (name, function, dtype, is a sum).
    """

    text: str
    about: str
    functions: tuple[tuple[str, Any, str, bool], ...]
    arrays: tuple[Access, ...]
    numbers: tuple[int, ...]
    parameters: tuple[tuple[int, int], ...]  # (place of the node, which of its parameters)
    outputs: tuple[tuple[int, int], ...]  # (place of the node, the access whose array it takes)


class _Writer:
    """Lines of text, indented."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1

    def __call__(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, line: str) -> Generator[None]:
        self(line)
        self.depth += 1
        yield
        self.depth -= 1


@dataclass
class _Loop:
    """A loop of the text: merged from those of the nest; `number` is that of the innermost."""

    number: int
    size: int
    merged: tuple[int, ...]
    name: str = ""
    extent: str = ""
    local: str = ""  # the index in a row, where the loop walks only a part of it


class Emitter:
    """Writes one kernel."""

    def __init__(self, nest: Nest, spare: dict[int, int], parallel: bool) -> None:
        self.nest = nest
        self.parallel = parallel
        self.spare = spare  # of an output, the leaf whose array it may take
        self.write = _Writer()
        self.numbers: list[int] = []
        self.number_names: list[str] = []
        self.functions: dict[tuple[Any, str, bool], str] = {}
        self.accesses: dict[Access, str] = {}
        self.parameters: dict[tuple[int, int], str] = {}
        self.rows: dict[str, str] = {}  # of an array, its contiguous part that the loop walks
        self.scratch: dict[Value, str] = {}
        self.helpers: dict[str, str] = {}
        self.wanted: list[Value] = []
        self.marks: list[tuple[int, int]] = []
        self.loops: dict[int, _Loop] = {}
        for value in nest.values:
            if value.access and value.access not in self.accesses:
                self.accesses[value.access] = f"x{len(self.accesses)}"
        self.targets: dict[Value, tuple[str, Access]] = {}
        self.outputs: list[tuple[int, int]] = []
        taken = {access.place: access for access in self.accesses}
        fresh = 0
        for value, access in nest.outputs:
            donor = spare.get(value.place)
            source = taken.get(donor) if donor is not None else None
            if source is not None and source.steps == access.steps:
                self.targets[value] = (self.accesses[source], access)
                self.outputs.append((value.place, list(self.accesses).index(source)))
            else:
                self.targets[value] = (f"y{fresh}", access)
                self.outputs.append((value.place, -1))
                fresh += 1
        self.fresh = fresh
        for k, value in enumerate(nest.values):
            value.name = f"v{k}"

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
        if name not in self.number_names:
            self.number_names.append(name)
            self.numbers.append(value)
        return name

    def parameter(self, place: int, which: int) -> str:
        """An argument that holds a number of the expression."""
        key = (place, which)
        if key not in self.parameters:
            self.parameters[key] = f"p{len(self.parameters)}"
        return self.parameters[key]

    # Loops.

    def merge(self, loops: Iterable[int]) -> list[_Loop]:
        """Loops that all arrays walk without a gap in between become one."""
        out: list[_Loop] = []
        walked = [*self.accesses, *(access for _, access in self.targets.values())]
        counters = [v.index[1] for v in self.nest.values if v.index]
        steps = [dict(a.steps) for a in walked] + [dict(it) for it in counters]
        for k in loops:
            size = self.nest.sizes[k]
            if out:
                last = out[-1]
                if all(s.get(last.number, 0) == s.get(k, 0) * size for s in steps):
                    out[-1] = _Loop(k, last.size * size, (*last.merged, k))
                    continue
            out.append(_Loop(k, size, (k,)))
        for loop in out:
            label = len({it.number for it in self.loops.values()})
            loop.name = loop.local = f"i{label}"
            loop.extent = self.number(f"n{label}", loop.size)
            for k in loop.merged:
                self.loops[k] = loop
        return out

    def term(self, name: str, access: Access, skip: int | None = None) -> str:
        """The position of an access, as text; without the part of loop `skip`."""
        parts: list[str] = []
        for k, step in access.steps:
            if k in self.nest.picks:
                index = self.nest.picks[k].name
                parts.append(self.times(index, name, k, step))
            elif self.loops[k].number == k and k != skip:
                parts.append(self.times(self.loops[k].name, name, k, step))
        return " + ".join(parts) or "0"

    def step(self, access: Access, inner: _Loop) -> int:
        """How far one turn of the loop moves; 0 also where data says how far."""
        if any(
            self.loops[j] is inner
            for k, _ in access.steps
            if k in self.nest.picks
            for j in self.nest.picks[k].deps
        ):
            return 0
        return access.step(inner.number)

    def times(self, index: str, name: str, loop: int, step: int) -> str:
        return index if step == 1 else f"{index} * {self.number(f'{name}_{index}', step)}"

    def place(self, name: str, access: Access, inner: _Loop | None) -> str:
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
        self, inner: _Loop, values: Iterable[Value], targets: Iterable[Value], first: str = ""
    ) -> None:
        """Cut out the rows that the innermost loop walks, so that their indices start at 0."""
        wanted = [(self.accesses[v.access], v.access) for v in values if v.access]
        wanted += [self.targets[v] for v in targets]
        for name, access in dict(wanted).items():
            if self.step(access, inner) == 1:
                base = self.term(name, access, inner.number)
                if first:
                    base = first if base == "0" else f"{base} + {first}"
                row = self.rows[name] = f"{name}r"
                part = f":{inner.extent}" if base == "0" else f"{base} : {base} + {inner.extent}"
                self.write(f"{row} = {name}[{part}]")

    # Values.

    def compute(self, value: Value, inner: _Loop | None) -> None:
        """Write the line that computes a value."""
        op = value.op
        if op.kind == "number":
            name = self.parameter(value.place, 0)
            self.write(f"{value.name} = {_typed(name, op.dtype)}")
        elif op.kind == "counter":
            assert value.index is not None
            first = self.parameter(value.place, 0)
            base, steps = value.index
            if base:
                first = f"{first} + {self.number(f'c{value.place}', base)}"
            term = self.term(f"c{value.place}", Access(value.place, 0, steps))
            self.write(f"{value.name} = {first} + {term}")
        elif value.access:
            cell = self.place(self.accesses[value.access], value.access, inner)
            self.write(f"{value.name} = {cell}")
        elif op.kind == "pick":
            value.name = value.operands[0].name
        else:
            arguments = [
                v.name if op.whole else _cast(v.name, v.op.dtype, op.dtype) for v in value.operands
            ]
            for k in range(op.parameters):
                name = self.parameter(value.place, k)
                arguments.append(
                    name if op.whole or op.dtype.kind != "f" else f"{op.dtype}({name})"
                )
            call = f"{self.function(op.fn, str(op.dtype))}({', '.join(arguments)})"
            call = _typed(call, op.dtype) if op.whole else _wrapped(call, op.dtype)
            self.write(f"{value.name} = {call}")

    def settle(
        self,
        wanted: Iterable[Value],
        done: set[Value],
        open_loops: set[int],
        inner: _Loop | None = None,
        stage: int = 0,
        over: bool = False,
    ) -> None:
        """Compute what has become known: its loops are open, the reductions it needs are over."""
        for value in wanted:
            if value in done or value.group or value.stage > stage or (value.after and not over):
                continue
            if {self.loops[k].number for k in value.deps} <= open_loops:
                self.compute(value, inner)
                done.add(value)

    def store(self, value: Value, inner: _Loop | None) -> None:
        """Write a value to its array."""
        name, access = self.targets[value]
        self.write(f"{self.place(name, access, inner)} = {value.name}")

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

    # Shapes of kernels.

    def body(self) -> None:
        """Write the loops."""
        nest = self.nest
        outer = self.merge(nest.outer)
        fold = self.merge(nest.fold.loops) if nest.fold else []
        rows = self.merge(nest.group.loops) if nest.group else []
        column = self.column(outer, rows) if nest.group and not nest.fold else None
        done: set[Value] = set()
        self.wanted = self.needed([value for value, _ in nest.outputs], set(), through=True)
        self.settle(self.wanted, done, set())
        if nest.group is None:
            self.elementwise(outer, done)
        elif column is not None:
            outer.remove(column)
            self.around(outer, done, partial(self.columns, column, rows))
        else:
            self.around(outer, done, partial(self.folded, fold, rows))

    def column(self, outer: list[_Loop], rows: list[_Loop]) -> _Loop | None:
        """The loop over neighbours, if it is none of the reductions'."""
        if not rows:
            return None
        weight: dict[int, int] = {}
        for access in self.accesses:
            loops = {self.loops[k].number for k, _ in access.steps if k not in self.nest.picks}
            for k, step in access.steps:
                if step == 1 and k not in self.nest.picks:
                    number = self.loops[k].number
                    size = prod(it.size for it in (*outer, *rows) if it.number in loops)
                    weight[number] = weight.get(number, 0) + size
        best = max(weight, key=lambda k: weight[k], default=None)
        folds = [value for value in self.nest.values if value.group]
        for loop in outer:
            if loop.number == best:
                alike = any(all(self.loops[k] is not loop for k in v.deps) for v in folds)
                return None if alike else loop  # a fold that all columns share is a row's
        return None

    def around(
        self,
        outer: list[_Loop],
        done: set[Value],
        inside: Callable[[set[Value], set[int]], None],
    ) -> None:
        """The loops around rows; the outermost one is shared out to the threads."""
        open_loops: set[int] = set()
        with ExitStack() as stack:
            for depth, loop in enumerate(outer):
                if depth == 0 and self.parallel:
                    blocks = f"min({loop.extent}, BLOCKS)"
                    stack.enter_context(self.write.block(f"for block in prange({blocks}):"))
                    self.marks.append((len(self.write.lines), self.write.depth))
                    first = f"block * {loop.extent} // {blocks}"
                    end = f"(block + 1) * {loop.extent} // {blocks}"
                    header = f"for {loop.name} in range({first}, {end}):"
                else:
                    if depth == 0:
                        self.marks.append((len(self.write.lines), self.write.depth))
                    header = f"for {loop.name} in range({loop.extent}):"
                stack.enter_context(self.write.block(header))
                open_loops.add(loop.number)
                self.settle(self.wanted, done, open_loops)
            if not outer:
                self.marks.append((len(self.write.lines), self.write.depth))
            inside(done, open_loops)

    def allocate(self, line: str) -> None:
        """Room that all rows of a thread share, made before its first row."""
        place, depth = self.marks[-1]
        self.write.lines.insert(place, "    " * depth + line)

    def elementwise(self, loops: list[_Loop], done: set[Value]) -> None:
        """One nest of loops; every value in the outermost one in which it is known."""
        open_loops: set[int] = set()
        targets = list(self.targets)
        with ExitStack() as stack:
            for depth, loop in enumerate(loops):
                inner = loop if depth == len(loops) - 1 else None
                shared = depth == 0 and self.parallel
                if shared and inner:
                    self.shared_row(loop, stack, targets)
                else:
                    if inner:
                        self.slices(loop, [v for v in self.wanted if v not in done], targets)
                    call = "prange" if shared else "range"
                    header = f"for {loop.name} in {call}({loop.extent}):"
                    stack.enter_context(self.write.block(header))
                open_loops.add(loop.number)
                self.settle(self.wanted, done, open_loops, inner)
            for value in targets:
                self.store(value, loops[-1] if loops else None)

    def shared_row(self, loop: _Loop, stack: ExitStack, targets: list[Value]) -> None:
        """The only loop, shared out in blocks: each block walks rows of its own from 0."""
        stack.enter_context(self.write.block("for block in prange(BLOCKS):"))
        self.write(f"first = block * {loop.extent} // BLOCKS")
        self.write(f"count = (block + 1) * {loop.extent} // BLOCKS - first")
        loop.local, extent, loop.extent = f"j{loop.name[1:]}", loop.extent, "count"
        self.slices(loop, self.wanted, targets, first="first")
        loop.extent = extent
        stack.enter_context(self.write.block(f"for {loop.local} in range(count):"))
        self.write(f"{loop.name} = first + {loop.local}")

    def columns(
        self, column: _Loop, rows: list[_Loop], known: set[Value], opened: set[int]
    ) -> None:
        """Folds side by side: `column` walks neighbours, each of which has its own fold.

        What later walks need of a column is kept in arrays along it.
        """
        folds = [v for v in self.wanted if v.group]
        last = max(v.stage for v in folds)
        inner_targets = [v for v in self.targets if self.along_rows(v)]
        final = last + any(v.stage == last for v in inner_targets)
        rest = [v for v in self.targets if v not in inner_targets]
        kept: dict[Value, str] = {}
        self.finish_columns(column, 0, [], folds, inner_targets, rest, kept, known, opened)
        for stage in range(1, final + 1):
            here = [v for v in folds if v.stage == stage]
            written = inner_targets if stage == final else []
            self.walk_columns(column, rows, stage, here, written, kept, known, opened)
            if here:
                later = [v for v in folds if v.stage > stage]
                self.finish_columns(
                    column, stage, here, later, inner_targets, rest, kept, known, opened
                )

    def walk_columns(
        self,
        column: _Loop,
        rows: list[_Loop],
        stage: int,
        folds: list[Value],
        written: list[Value],
        kept: dict[Value, str],
        known: set[Value],
        opened: set[int],
    ) -> None:
        """One walk over all rows: a cell of each fold per column."""
        wide = prod(loop.size for loop in rows) > LONG_COLUMN
        for value in folds:
            dtype = _fold_dtype(value, wide)
            self.allocate(f"fold{value.name[1:]} = np.empty({column.extent}, {dtype})")
            self.write(f"fold{value.name[1:]}[:] = {_start(value, dtype)}")
        goals = [v.operands[0] for v in folds] + written
        loads = [v for v in self.needed(goals, known) if v in kept]
        wanted = self.needed(goals, known | set(kept))
        local, open_loops = set(known), set(opened)
        with ExitStack() as stack:
            for loop in rows:
                header = f"for {loop.name} in range({loop.extent}):"
                stack.enter_context(self.write.block(header))
                open_loops.add(loop.number)
                self.settle(wanted, local, open_loops, None, stage - 1)
            self.slices(column, [v for v in wanted if v not in local], written)
            header = f"for {column.name} in range({column.extent}):"
            stack.enter_context(self.write.block(header))
            open_loops.add(column.number)
            for value in loads:
                self.write(f"{value.name} = {kept[value]}[{column.name}]")
                local.add(value)
            self.settle(wanted, local, open_loops, column, stage - 1)
            for value in folds:
                dtype = _fold_dtype(value, wide)
                fn = self.function(value.op.fn, dtype)
                term = _cast(value.operands[0].name, value.op.dtype, np.dtype(dtype))
                cell = f"fold{value.name[1:]}[{column.name}]"
                self.write(f"{cell} = {fn}({cell}, {term})")
            for value in written:
                self.store(value, column)

    def finish_columns(
        self,
        column: _Loop,
        stage: int,
        folds: list[Value],
        later: list[Value],
        inner_targets: list[Value],
        rest: list[Value],
        kept: dict[Value, str],
        known: set[Value],
        opened: set[int],
    ) -> None:
        """A walk along the columns: results of folds, what follows from them, what is kept."""
        goals = [v.operands[0] for v in later] + inner_targets
        goals += [v for v in rest if v.stage > max(stage, 1) or (folds and v.stage > stage)]
        needed = self.needed(goals, known | set(kept))
        along = [
            v
            for v in needed
            if not v.deps & self.inside
            and v.stage == stage
            and (stage or v.op.cost >= DEAR)
            and any(self.loops[k] is column for k in v.deps)
        ]
        keep = [
            v
            for v in along
            if stage == 0
            or v in goals
            or any(v in it.operands and it not in along for it in needed)
        ]
        written = [v for v in rest if v.stage == stage or (v.stage == 0 and stage == 1)]
        written = written if folds else []
        if not (keep or written):
            return
        goals = [*keep, *written]
        loads = [v for v in self.needed(goals, known) if v in kept]
        local = known | set(folds) | set(loads)
        self.slices(column, self.needed(goals, local), written)
        for value in keep:
            kept[value] = f"column{value.name[1:]}"
            self.allocate(f"{kept[value]} = np.empty({column.extent}, {value.op.dtype})")
        with self.write.block(f"for {column.name} in range({column.extent}):"):
            for value in folds:
                cell = f"fold{value.name[1:]}[{column.name}]"
                self.write(f"{value.name} = {value.op.dtype}({cell})")
            for value in loads:
                self.write(f"{value.name} = {kept[value]}[{column.name}]")
            wanted = self.needed(goals, local)
            self.settle(wanted, local, opened | {column.number}, column, stage)
            for value in keep:
                self.write(f"{kept[value]}[{column.name}] = {value.name}")
            for value in written:
                self.store(value, column)

    def folded(
        self, fold: list[_Loop], rows: list[_Loop], done: set[Value], open_loops: set[int]
    ) -> None:
        """Rows one after the other; with `fold`, what each of them gives is folded in turn."""
        outer_folds = [v for v in self.wanted if v.group and v.group is self.nest.fold]
        for value in outer_folds:
            dtype = _fold_dtype(value, wide=True)
            self.write(f"fold{value.name[1:]} = {_start(value, dtype)}")
        known, opened = set(done), set(open_loops)
        with ExitStack() as stack:
            for loop in fold:
                header = f"for {loop.name} in range({loop.extent}):"
                stack.enter_context(self.write.block(header))
                opened.add(loop.number)
                self.settle(self.wanted, known, opened)
            self.row(rows, known, opened)
            for value in outer_folds:
                dtype = _fold_dtype(value, wide=True)
                fn = self.function(value.op.fn, dtype)
                term = _cast(value.operands[0].name, value.op.dtype, np.dtype(dtype))
                self.write(f"fold{value.name[1:]} = {fn}(fold{value.name[1:]}, {term})")
        if not outer_folds:
            return
        for value in outer_folds:
            self.write(f"{value.name} = {value.op.dtype}(fold{value.name[1:]})")
            done.add(value)
        self.settle(self.wanted, done, open_loops, over=True)
        for value in self.targets:
            if value.after or value in outer_folds:
                self.store(value, None)

    def row(self, rows: list[_Loop], known: set[Value], opened: set[int]) -> None:
        """The stages of one row."""
        assert self.nest.group is not None
        folds = [v for v in self.wanted if v.group is self.nest.group]
        last = max(v.stage for v in folds)
        inner_targets = [v for v in self.targets if self.along_rows(v)]
        final = last + any(v.stage == last for v in inner_targets)
        for stage in range(1, final + 1):
            here = [v for v in folds if v.stage == stage]
            written = inner_targets if stage == final else []
            later = [v.operands[0] for v in folds if v.stage > stage]
            later += [] if stage == final else inner_targets
            self.stage(rows, stage, here, written, later, known, opened)
            known.update(here)
            self.settle(self.wanted, known, opened, stage=stage)
        for value in self.targets:
            outer_fold = value.group is not None and value.group is self.nest.fold
            if value not in inner_targets and not value.after and not outer_fold:
                self.store(value, None)

    def stage(
        self,
        rows: list[_Loop],
        stage: int,
        folds: list[Value],
        written: list[Value],
        later: list[Value],
        known: set[Value],
        opened: set[int],
    ) -> None:
        """One walk along the row: folds, what later walks need again, and what is written."""
        length = prod(loop.size for loop in rows)
        goals = [v.operands[0] for v in folds] + written
        kept = known | set(self.scratch)
        wanted = self.needed(goals, kept)
        again = set(self.needed(later, kept))
        sides = [
            v
            for v in folds  # eight parts side by side
            if len(rows) == 1 and v.op.fn in SELECTS and v.operands[0].deps & self.inside
        ]
        keep = [
            v
            for v in wanted
            if v in again
            and v.op.cost >= DEAR
            and any(self.loops[k] is rows[-1] for k in v.deps if rows)
        ]
        keep += [v.operands[0] for v in sides if v.operands[0] in wanted]
        keep = [v for v in dict.fromkeys(keep) if not self.is_row(v, rows)]
        if length > ROW and not sides:
            keep = []
        direct = [
            v for v in sides if v.operands[0] not in wanted or self.is_row(v.operands[0], rows)
        ]
        goals = [v.operands[0] for v in folds if v not in direct] + written
        wanted = self.needed(goals, kept)
        for value in folds:
            if value not in sides:
                dtype = _fold_dtype(value, length > LONG)
                self.write(f"fold{value.name[1:]} = {_start(value, dtype)}")
        if wanted or goals:
            self.walk(rows, stage, folds, sides, written, keep, wanted, known, opened, goals)
        for value in sides:
            source = value.operands[0]
            if self.is_row(source, rows):
                self.slices(rows[0], [source], [])
                row = self.rows[self.accesses[source.access]]  # type: ignore[index]
            else:
                row = self.scratch[source]
            helper = self.side_by_side(value)
            self.write(f"{value.name} = {helper}({row}, {_start(value, str(value.op.dtype))})")
        for value in folds:
            if value not in sides:
                self.write(f"{value.name} = {value.op.dtype}(fold{value.name[1:]})")

    def walk(
        self,
        rows: list[_Loop],
        stage: int,
        folds: list[Value],
        sides: list[Value],
        written: list[Value],
        keep: list[Value],
        wanted: list[Value],
        known: set[Value],
        opened: set[int],
        goals: list[Value],
    ) -> None:
        """The loops of a stage."""
        length = prod(loop.size for loop in rows)
        inner = rows[-1] if rows else None
        local, open_loops = set(known), set(opened)
        loads = [v for v in self.needed(goals, known) if v in self.scratch]
        for value in keep:
            self.scratch[value] = f"row{value.name[1:]}"
            extent = " * ".join(loop.extent for loop in rows) or "1"
            self.allocate(f"row{value.name[1:]} = np.empty({extent}, {value.op.dtype})")
        with ExitStack() as stack:
            for loop in rows:
                if loop is inner:
                    self.slices(loop, [v for v in wanted if v not in local], written)
                header = f"for {loop.name} in range({loop.extent}):"
                stack.enter_context(self.write.block(header))
                open_loops.add(loop.number)
                place = self.row_place(rows)
                if loop is inner:
                    for value in loads:
                        self.write(f"{value.name} = {self.scratch[value]}[{place}]")
                        local.add(value)
                self.settle(wanted, local, open_loops, inner if loop is inner else None, stage - 1)
            if not rows:
                self.settle(wanted, local, open_loops, None, stage - 1)
            for value in keep:
                self.write(f"{self.scratch[value]}[{self.row_place(rows)}] = {value.name}")
            for value in folds:
                if value not in sides:
                    dtype = _fold_dtype(value, length > LONG)
                    adds = value.op.fn in (operators.add, operators.mul)
                    fn = self.function(value.op.fn, dtype, adds)
                    term = _cast(value.operands[0].name, value.op.dtype, np.dtype(dtype))
                    name = f"fold{value.name[1:]}"
                    self.write(f"{name} = {fn}({name}, {term})")
            for value in written:
                self.store(value, inner)

    def along_rows(self, value: Value) -> bool:
        """True for what is written to each cell of a row."""
        _, access = self.targets[value]
        return any(k in self.inside for k, _ in access.steps)

    @property
    def inside(self) -> set[int]:
        """The loops of the nest along a row."""
        return set(self.nest.group.loops) if self.nest.group else set()

    def row_place(self, rows: list[_Loop]) -> str:
        """The place in a kept row."""
        place = ""
        for loop in rows:
            place = f"({place}) * {loop.extent} + {loop.local}" if place else loop.local
        return place or "0"

    def is_row(self, value: Value, rows: list[_Loop]) -> bool:
        """True for an array whose neighbours the row walks: it needs not be computed."""
        return bool(len(rows) == 1 and value.access and self.step(value.access, rows[0]) == 1)

    def side_by_side(self, value: Value) -> str:
        """A function that folds a row, eight parts of it at a time."""
        name = self.function(value.op.fn, str(value.op.dtype))
        self.helpers[name] = _SIDE_BY_SIDE.format(fn=name)
        return f"{name}_over"


_SIDE_BY_SIDE = """
@njit(error_model="numpy")
def {fn}_over(row, start):
    a = b = c = d = e = f = g = h = start
    eighth = len(row) // 8
    for k in range(unsigned(eighth)):
        j = k * unsigned(8)
        a, b = {fn}(a, row[j]), {fn}(b, row[j + unsigned(1)])
        c, d = {fn}(c, row[j + unsigned(2)]), {fn}(d, row[j + unsigned(3)])
        e, f = {fn}(e, row[j + unsigned(4)]), {fn}(f, row[j + unsigned(5)])
        g, h = {fn}(g, row[j + unsigned(6)]), {fn}(h, row[j + unsigned(7)])
    for k in range(8 * eighth, len(row)):
        a = {fn}(a, row[k])
    return {fn}({fn}({fn}(a, b), {fn}(c, d)), {fn}({fn}(e, f), {fn}(g, h)))
"""


def emit(nest: Nest, spare: dict[int, int], parallel: bool, about: str) -> Kernel:
    """The kernel of a nest of loops.

    Args:
        nest: loops and values.
        spare: of a place whose value is written, the place of a leaf whose array it may take.
        parallel: share the outermost loop out to threads.
        about: the expression, in one line.
    """
    it = Emitter(nest, spare, parallel)
    it.body()
    arrays = list(it.accesses.items())
    used = [name for _, name in arrays]
    arguments = [f"y{k}" for k in range(it.fresh)] + used
    arguments += it.number_names + list(it.parameters.values())
    lines = [f"def kernel({', '.join(arguments)}):", *it.write.lines]
    text = "\n".join(["".join(it.helpers.values()), "{decorator}", *lines, ""])
    functions = tuple((name, fn, dtype, adds) for (fn, dtype, adds), name in it.functions.items())
    return Kernel(
        text,
        about,
        functions,
        tuple(access for access, _ in arrays),
        tuple(it.numbers),
        tuple(it.parameters),
        tuple(it.outputs),
    )


def _fold_dtype(value: Value, wide: bool) -> str:
    """In which dtype a fold runs: its own where that loses nothing, else float64."""
    dtype = value.op.dtype
    exact = value.op.fn in SELECTS or (value.op.fn is operators.add and not wide)
    return str(dtype) if exact or dtype.kind != "f" else "float64"


def _start(value: Value, dtype: str) -> str:
    return f"{dtype}({value.op.start})"


def _typed(name: str, dtype: np.dtype[Any]) -> str:
    return {"f": f"{dtype}({name})", "i": f"int64({name})", "b": f"int64({name})"}[dtype.kind]


def _cast(name: str, given: np.dtype[Any], wanted: np.dtype[Any]) -> str:
    return name if given == wanted else _typed(name, wanted)


def _wrapped(call: str, dtype: np.dtype[Any]) -> str:
    if dtype.kind == "f":
        return call
    return f"int64({call})" if dtype.kind == "i" else f"int64({call} != 0)"
