"""Folds side by side: the innermost loop walks neighbours, each of which has a fold of its own.

Idea: to sum the columns of a matrix is to add its rows to a row of sums. So the loop over columns
    stands inside the loop over rows, and what a column has gathered, or what later walks need of
    it, is a cell of an array along the columns:
        for each row:  for each column:  fold[column] = add(fold[column], x[row, column])
Not here: folds one after the other (rows.py).
Read next: build.py
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from math import prod

from minitorch.fuse.nest import DEAR, Value
from minitorch.fuse.writer import Loop, Writer, fold_dtype, fold_name, start_of

__all__ = ["Columns"]

LONG = 256  # folds of more rows than that are in float64: one number after the other is added


class Columns:
    """The loops over rows and columns; `known` and `opened` are what stands around them."""

    def __init__(
        self, write: Writer, column: Loop, rows: list[Loop], known: set[Value], opened: set[int]
    ) -> None:
        self.put = write
        self.column = column
        self.rows = rows
        self.known = known
        self.opened = opened
        self.wide = prod(loop.size for loop in rows) > LONG
        self.kept: dict[Value, str] = {}  # by value, the array along the columns that holds it
        self.folds = [v for v in write.wanted if v.group]
        self.cells = [v for v in write.targets if write.along_rows(v)]  # written for each row
        self.rest = [v for v in write.targets if v not in self.cells]  # and once per column

    def write(self) -> None:
        """Walk over all rows once per stage, and after each along the columns."""
        last = max(v.stage for v in self.folds)
        final = last + any(v.stage == last for v in self.cells)
        self.finish(0, [])
        for stage in range(1, final + 1):
            here = [v for v in self.folds if v.stage == stage]
            self.walk(stage, here, self.cells if stage == final else [])
            if here:
                self.finish(stage, here)

    def walk(self, stage: int, folds: list[Value], written: list[Value]) -> None:
        """One walk over all rows: a cell of each fold per column."""
        put, column = self.put, self.column
        for value in folds:
            dtype = fold_dtype(value, self.wide)
            put.allocate(f"{fold_name(value)} = np.empty({column.extent}, {dtype})")
            put(f"{fold_name(value)}[:] = {start_of(value, dtype)}")
        goals = [v.operands[0] for v in folds] + written
        loads = self.loads(goals)
        wanted = put.needed(goals, self.known | set(self.kept))
        local, opened = set(self.known), set(self.opened)
        with ExitStack() as stack:
            for loop in self.rows:
                stack.enter_context(put.block(loop))
                opened.add(loop.number)
                put.settle(wanted, local, opened, None, stage - 1)
            put.slices(column, [v for v in wanted if v not in local], written)
            stack.enter_context(put.block(column))
            opened.add(column.number)
            for value in loads:
                put(f"{value.name} = {self.kept[value]}[{column.name}]")
                local.add(value)
            put.settle(wanted, local, opened, column, stage - 1)
            for value in folds:
                cell = f"{fold_name(value)}[{column.name}]"
                put.fold(value, cell, fold_dtype(value, self.wide))
            for value in written:
                put.store(value, column)

    def finish(self, stage: int, folds: list[Value]) -> None:
        """A walk along the columns: results of folds, what follows from them, what is kept."""
        put, column = self.put, self.column
        keep = self.worth_keeping(stage, folds)
        written = [v for v in self.rest if v.stage == stage or (v.stage == 0 and stage == 1)]
        written = written if folds else []
        if not (keep or written):
            return
        goals = [*keep, *written]
        loads = self.loads(goals)
        local = self.known | set(folds) | set(loads)
        put.slices(column, put.needed(goals, local), written)
        for value in keep:
            self.kept[value] = f"column{value.name[1:]}"
            put.allocate(f"{self.kept[value]} = np.empty({column.extent}, {value.op.dtype})")
        with put.block(column):
            for value in folds:
                put(f"{value.name} = {value.op.dtype}({fold_name(value)}[{column.name}])")
            for value in loads:
                put(f"{value.name} = {self.kept[value]}[{column.name}]")
            wanted = put.needed(goals, local)
            put.settle(wanted, local, self.opened | {column.number}, column, stage)
            for value in keep:
                put(f"{self.kept[value]}[{column.name}] = {value.name}")
            for value in written:
                put.store(value, column)

    def worth_keeping(self, stage: int, folds: list[Value]) -> list[Value]:
        """What the next walk over the rows would compute anew in each row; dear values at first."""
        put = self.put
        goals = [v.operands[0] for v in self.folds if v.stage > stage] + self.cells
        goals += [v for v in self.rest if v.stage > max(stage, 1) or (folds and v.stage > stage)]
        needed = put.needed(goals, self.known | set(self.kept))
        along = [
            v
            for v in needed
            if not v.deps & put.inside
            and v.stage == stage
            and (stage or v.op.cost >= DEAR)
            and any(put.loops[k] is self.column for k in v.deps)
        ]
        return [
            v
            for v in along
            if stage == 0
            or v in goals
            or any(v in it.operands and it not in along for it in needed)
        ]

    def loads(self, goals: Iterable[Value]) -> list[Value]:
        """What is needed for the goals and was kept."""
        return [v for v in self.put.needed(goals, self.known) if v in self.kept]
