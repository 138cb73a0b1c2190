"""The source text of a kernel: loops that call operators.

Idea: a value is computed in the outermost loop in which all it depends on is known. Without
    reductions that is one nest of loops. With them each row is walked once per stage:
        for each row:  fold what needs no fold;  fold what needs those;  ...;  write the rest
    Where neighbours in memory belong to different results, many folds go side by side.
Not here: which loops there are (nest.py), the single lines (writer.py), compiling (build.py).
Read next: rows.py
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from typing import Any

from minitorch.fuse.columns import Columns
from minitorch.fuse.nest import Access, Nest, Value
from minitorch.fuse.rows import Rows
from minitorch.fuse.writer import Loop, Writer

__all__ = ["Kernel", "emit"]


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
    extents: tuple[int, ...]  # which of its arguments are sizes of loops


def emit(nest: Nest, spare: dict[int, int], parallel: bool, about: str) -> Kernel:
    """The kernel of a nest of loops.

    Args:
        nest: loops and values.
        spare: of a place whose value is written, the place of a leaf whose array it may take.
        parallel: share the outermost loop out to threads.
        about: the expression, in one line.
    """
    write = Writer(nest, spare, parallel)
    _body(write)
    arguments = [*write.made, *write.accesses.values(), *write.numbers, *write.parameters.values()]
    lines = [f"def kernel({', '.join(arguments)}):", *write.lines]
    functions = [(name, fn, dtype, adds) for (fn, dtype, adds), name in write.functions.items()]
    return Kernel(
        "\n".join(["".join(write.helpers.values()), "{decorator}", *lines, ""]),
        about,
        tuple(functions),
        tuple(write.accesses),
        tuple(write.numbers.values()),
        tuple(write.parameters),
        tuple(write.outputs),
        tuple(arguments.index(it) for it in {loop.extent for loop in write.loops.values()}),
    )


def _body(write: Writer) -> None:
    """Write the loops: one nest, or rows with folds along them, or folds side by side."""
    nest = write.nest
    outer = write.merge(nest.outer)
    fold = write.merge(nest.fold.loops) if nest.fold else []
    rows = write.merge(nest.group.loops) if nest.group else []
    column = _column(write, outer, rows) if nest.group and not nest.fold else None
    done: set[Value] = set()
    write.settle(write.wanted, done, set())
    if nest.group is None:
        _elementwise(write, outer, done)
    elif column is not None:
        outer.remove(column)
        with write.around(outer, done) as opened:
            Columns(write, column, rows, done, opened).write()
    else:
        with write.around(outer, done) as opened:
            Rows(write, rows, done, opened).write(fold)


def _column(write: Writer, outer: list[Loop], rows: list[Loop]) -> Loop | None:
    """The loop over neighbours, if it is none of the reductions'."""
    if not rows:
        return None
    picks = write.nest.picks
    weight: dict[int, int] = {}
    for access in write.accesses:
        loops = {write.loops[k].number for k, _ in access.steps if k not in picks}
        for k, step in access.steps:
            if step == 1 and k not in picks:
                number = write.loops[k].number
                size = prod(it.size for it in (*outer, *rows) if it.number in loops)
                weight[number] = weight.get(number, 0) + size
    best = max(weight, key=lambda k: weight[k], default=None)
    folds = [value for value in write.nest.values if value.group]
    for loop in outer:
        if loop.number == best:
            # A fold that does not change along the loop is one for all: no column's, a row's.
            varies = all(any(write.loops[k] is loop for k in v.deps) for v in folds)
            return loop if varies else None
    return None


def _elementwise(write: Writer, loops: list[Loop], done: set[Value]) -> None:
    """One nest of loops; every value in the outermost one in which it is known."""
    opened: set[int] = set()
    targets = list(write.targets)
    with ExitStack() as stack:
        for depth, loop in enumerate(loops):
            inner = loop if depth == len(loops) - 1 else None
            shared = depth == 0 and write.parallel
            if shared and inner:
                _shared_row(write, loop, stack)
            else:
                if inner:
                    write.slices(loop, [v for v in write.wanted if v not in done], targets)
                call = "prange" if shared else "range"
                stack.enter_context(write.block(f"for {loop.name} in {call}({loop.extent}):"))
            opened.add(loop.number)
            write.settle(write.wanted, done, opened, inner)
        for value in targets:
            write.store(value, loops[-1] if loops else None)


def _shared_row(write: Writer, loop: Loop, stack: ExitStack) -> None:
    """The only loop, shared out in blocks: each block walks rows of its own from 0."""
    stack.enter_context(write.block("for block in prange(BLOCKS):"))
    write(f"first = block * {loop.extent} // BLOCKS")
    write(f"count = (block + 1) * {loop.extent} // BLOCKS - first")
    loop.local, extent, loop.extent = f"j{loop.name[1:]}", loop.extent, "count"
    write.slices(loop, write.wanted, write.targets, first="first")
    loop.extent = extent
    stack.enter_context(write.block(f"for {loop.local} in range(count):"))
    write(f"{loop.name} = first + {loop.local}")
