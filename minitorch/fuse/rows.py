"""Folds along rows: each row is walked once per stage, and then the next one.

Idea: softmax needs the maximum of its row before it can add, and the sum before it can divide:
    three walks over a row that stays in the cache. What a walk has computed dearly is kept in an
    array as long as a row, and read again by the next.
Not here: folds of neighbours, side by side (columns.py).
Read next: columns.py
"""

from __future__ import annotations

from contextlib import ExitStack
from math import prod
from typing import Any

from minitorch import operators
from minitorch.config import config
from minitorch.fast_math import ROW_FOLDS
from minitorch.fuse.nest import DEAR, Value
from minitorch.fuse.writer import SELECTS, Loop, Writer, fold_dtype, fold_name, start_of

__all__ = ["Rows"]

ROW = 1 << 16  # a row up to so long is kept for the next stage, else computed again
LONG = 8192  # folds of more numbers than that are in float64


class Rows:
    """The stages of one row; `known` and `opened` are what stands around them."""

    def __init__(
        self, write: Writer, rows: list[Loop], known: set[Value], opened: set[int]
    ) -> None:
        self.put = write
        self.rows = rows
        self.outside = known
        self.known = set(known)
        self.opened = set(opened)
        self.length = prod(loop.size for loop in rows)
        self.wide = self.length > LONG
        self.scratch: dict[Value, str] = {}  # by value, the array that holds a row of it

    def write(self, fold: list[Loop]) -> None:
        """One row; or, with `fold`, rows whose results are folded in turn."""
        put, around = self.put, set(self.opened)
        folds = [v for v in put.wanted if v.group and v.group is put.nest.fold]
        for value in folds:
            put(f"{fold_name(value)} = {start_of(value, fold_dtype(value, wide=True))}")
        with ExitStack() as stack:
            for loop in fold:
                stack.enter_context(put.block(loop))
                self.opened.add(loop.number)
                put.settle(put.wanted, self.known, self.opened)
            self.row()
            for value in folds:
                put.fold(value, fold_name(value), fold_dtype(value, wide=True))
        for value in folds:
            put(f"{value.name} = {value.op.dtype}({fold_name(value)})")
            self.outside.add(value)
        if folds:
            put.settle(put.wanted, self.outside, around, over=True)
            for value in put.targets:
                if value.after or value in folds:
                    put.store(value, None)

    def row(self) -> None:
        """The stages of one row."""
        put, nest = self.put, self.put.nest
        folds = [v for v in put.wanted if v.group is nest.group]
        last = max(v.stage for v in folds)
        cells = [v for v in put.targets if put.along_rows(v)]
        final = last + any(v.stage == last for v in cells)
        for stage in range(1, final + 1):
            here = [v for v in folds if v.stage == stage]
            later = [v.operands[0] for v in folds if v.stage > stage]
            if stage == final:
                self.stage(stage, here, cells, later)
            else:
                self.stage(stage, here, [], later + cells)
            self.known.update(here)
            put.settle(put.wanted, self.known, self.opened, stage=stage)
        for value in put.targets:
            outer_fold = value.group is not None and value.group is nest.fold
            if value not in cells and not value.after and not outer_fold:
                put.store(value, None)

    def stage(
        self, stage: int, folds: list[Value], written: list[Value], later: list[Value]
    ) -> None:
        """One walk along the row: folds, what later walks need again, and what is written."""
        put = self.put
        sides = [
            v
            for v in folds  # eight parts side by side
            if len(self.rows) == 1 and v.op.fn in SELECTS and v.operands[0].deps & put.inside
        ]
        kept = self.known | set(self.scratch)
        keep = self.worth_keeping([v.operands[0] for v in folds] + written, sides, later)
        walked = [v for v in folds if v not in sides]
        direct = [v for v in sides if v.operands[0] in kept or self.is_row(v.operands[0])]
        goals = [v.operands[0] for v in folds if v not in direct] + written
        for value in walked:
            put(f"{fold_name(value)} = {start_of(value, fold_dtype(value, self.wide))}")
        if goals:
            self.walk(stage, walked, written, keep, goals)
        for value in sides:
            self.fold_side_by_side(value)
        for value in walked:
            put(f"{value.name} = {value.op.dtype}({fold_name(value)})")

    def worth_keeping(
        self, goals: list[Value], sides: list[Value], later: list[Value]
    ) -> list[Value]:
        """What is kept of a walk: what is dear and needed again, and what is folded after it."""
        kept = self.known | set(self.scratch)
        wanted = self.put.needed(goals, kept)
        again = set(self.put.needed(later, kept))
        loops = self.put.loops
        keep = [
            v
            for v in wanted
            if v in again
            and v.op.cost >= DEAR
            and any(loops[k] is self.rows[-1] for k in v.deps if self.rows)
        ]
        keep += [v.operands[0] for v in sides if v.operands[0] in wanted]
        if self.length > ROW and not sides:
            return []
        return [v for v in dict.fromkeys(keep) if not self.is_row(v)]

    def walk(
        self,
        stage: int,
        folds: list[Value],
        written: list[Value],
        keep: list[Value],
        goals: list[Value],
    ) -> None:
        """The loops of a stage."""
        put, rows = self.put, self.rows
        inner = rows[-1] if rows else None
        local, opened = set(self.known), set(self.opened)
        wanted = put.needed(goals, local | set(self.scratch))
        loads = [v for v in put.needed(goals, local) if v in self.scratch]
        for value in keep:
            self.scratch[value] = f"row{value.name[1:]}"
            extent = " * ".join(loop.extent for loop in rows) or "1"
            put.allocate(f"{self.scratch[value]} = np.empty({extent}, {value.op.dtype})")
        with ExitStack() as stack:
            for loop in rows:
                if loop is inner:
                    put.slices(loop, [v for v in wanted if v not in local], written)
                stack.enter_context(put.block(loop))
                opened.add(loop.number)
                if loop is inner:
                    for value in loads:
                        put(f"{value.name} = {self.scratch[value]}[{self.place()}]")
                        local.add(value)
                put.settle(wanted, local, opened, inner if loop is inner else None, stage - 1)
            if not rows:
                put.settle(wanted, local, opened, None, stage - 1)
            for value in keep:
                put(f"{self.scratch[value]}[{self.place()}] = {value.name}")
            for value in folds:
                adds = value.op.fn in (operators.add, operators.mul)
                put.fold(value, fold_name(value), fold_dtype(value, self.wide), adds)
            for value in written:
                put.store(value, inner)

    def place(self) -> str:
        """The place in a kept row."""
        place = ""
        for loop in self.rows:
            place = f"({place}) * {loop.extent} + {loop.local}" if place else loop.local
        return place or "0"

    def is_row(self, value: Value) -> bool:
        """True for an array whose neighbours the row walks: it needs not be computed."""
        if len(self.rows) != 1 or value.access is None:
            return False
        return self.put.step(value.access, self.rows[0]) == 1

    def fold_side_by_side(self, value: Value) -> None:
        """Fold a row that lies in memory, eight parts of it at a time."""
        put, source = self.put, value.operands[0]
        fn: Any = value.op.fn
        dtype = str(value.op.dtype)
        form = ROW_FOLDS.get(fn) if dtype == "float32" and config.shortcuts else None
        if form is not None:
            fold = put.function(form, dtype)
        else:
            name = put.function(fn, dtype)
            put.helpers[name] = SIDE_BY_SIDE.format(fn=name)
            fold = f"{name}_over"
        if self.is_row(source) and source.access:
            put.slices(self.rows[0], [source], [])
            row = put.rows[put.accesses[source.access]]
        else:
            row = self.scratch[source]
        put(f"{value.name} = {fold}({row}, {start_of(value, dtype)})")


SIDE_BY_SIDE = """
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
