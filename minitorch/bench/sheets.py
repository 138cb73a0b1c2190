"""The tables of a run: what was reached, each group of cases, bytes at the peak, first calls.

Idea: a Sheet is a title, heads and cells of text; a cell of a peer is its time and, below it,
    minitorch's time over it.
Not here: the arithmetic (results.py), where a sheet is shown (tables.py).
Read next: tables.py
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from minitorch.bench.cases import CASES, Goal
from minitorch.bench.dispatch import Dispatch
from minitorch.bench.results import Results, Row, Spread
from minitorch.bench.sides import SIDES, SUBJECT
from minitorch.bench.starts import STARTS
from minitorch.bench.worker import Measured

__all__ = [
    "Sheet",
    "dispatch_sheet",
    "duration",
    "must_reach",
    "ratio",
    "reached",
    "sheets",
    "size",
]

GOALS = {(it.group, it.name): it.goal for it in (*CASES, *STARTS) if it.goal is not None}
RIVALS = ("torch", "compiled", "jax")  # the fastest of them is to be beaten on a whole step


@dataclass
class Sheet:
    """One table."""

    title: str
    heads: list[str]
    rows: list[list[str]] = field(default_factory=list[list[str]])


def duration(seconds: float | None) -> str:
    """A time with three digits.

    >>> duration(0.0012345), duration(2.5e-7), duration(12.3), duration(None)
    ('1.23 ms', '0.250 us', '12.3 s', '')
    """
    if seconds is None:
        return ""
    unit, factor = ("us", 1e6) if seconds < 1e-3 else ("ms", 1e3) if seconds < 1.0 else ("s", 1.0)
    value = seconds * factor
    digits = 3 if value < 1.0 else 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def ratio(it: Spread | None) -> str:
    """A ratio with its quartiles, to two digits after the point, or two that are not zero.

    >>> ratio(Spread(0.5, 0.45, 0.612)), ratio(Spread(0.00312, 0.003, 0.0034))
    ('0.50 [0.45, 0.61]', '0.0031 [0.0030, 0.0034]')
    """
    if it is None:
        return ""
    digits = 2 if it.median >= 0.095 or it.median <= 0.0 else 1 - math.floor(math.log10(it.median))
    return f"{it.median:.{digits}f} [{it.low:.{digits}f}, {it.high:.{digits}f}]"


def size(count: int) -> str:
    """A number of bytes with three digits.

    >>> size(512), size(1_234_567)
    ('0.512 kB', '1.23 MB')
    """
    unit, value = ("kB", count / 1e3) if count < 1e6 else ("MB", count / 1e6)
    digits = 3 if value < 1.0 else 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def sheets(results: Results) -> Iterator[Sheet]:
    """All tables that have rows."""
    made = [
        must_reach(results),
        *(group_sheet(group, rows) for group, rows in results.groups().items()),
        peaks(results),
        first_calls(results),
    ]
    return (sheet for sheet in made if sheet.rows)


def must_reach(results: Results) -> Sheet:
    """Each case that has a goal: what was measured, the goal, and whether it is reached."""
    sheet = Sheet("Must reach", ["case", "/ PyTorch", "must", "stretch", "reached"])
    rows = [(row, GOALS[key]) for key, row in results.rows.items() if key in GOALS]
    captured = any("captured" in row.measured for row, _ in rows)
    fused = any("fast" in row.measured for row, _ in rows)
    sheet.heads += ["/ FastOps"] if fused else []
    sheet.heads += ["captured, / PyTorch"] if captured else []
    sheet.heads += ["fastest rival", "/ fastest rival"]
    for row, goal in rows:
        found = row.ratio("torch") if goal.relative else row.seconds(SUBJECT)
        if found is None:
            continue
        limits = (goal.must, goal.stretch)
        if goal.relative:
            cells = [ratio(found), *("" if it is None else f"{it:g}" for it in limits)]
        else:
            cells = [duration(found.median), *("" if it is None else f"{it:g} s" for it in limits)]
        line = [row.name, *cells, reached(found.median, goal)]
        line += [ratio(row.ratio("fast"))] if fused else []
        line += [ratio(row.ratio("torch", "captured"))] if captured else []
        sheet.rows.append(line + against_rivals(row, goal))
    return sheet


def reached(value: float, goal: Goal) -> str:
    """What of a goal is reached.

    >>> [reached(value, Goal(0.8, 0.5)) for value in (0.4, 0.7, 0.9)]
    ['stretch', 'must', 'no']
    """
    if goal.stretch is not None and value <= goal.stretch:
        return "stretch"
    return "must" if value <= goal.must else "no"


def against_rivals(row: Row, goal: Goal) -> list[str]:
    """The fastest of the rivals, and the time of minitorch at its best over it."""
    rival = row.fastest(RIVALS) if goal.relative and row.group != STARTS[0].group else None
    best = row.fastest((SUBJECT, "captured"))
    if rival is None or best is None:
        return ["", ""]
    return [SIDES[rival].title, ratio(row.ratio(rival, best))]


def dispatch_sheet(it: Dispatch) -> Sheet:
    """Where the time of ten tiny ops goes."""
    rows = [[name, f"{us:.1f} us"] for name, us in it.parts.items()]
    rows.append(["kernels launched", f"{it.launches:g}"])
    return Sheet("Ten ops on 8 numbers, both ways", ["part", "time"], rows)


def peers_of(rows: Iterable[Row]) -> list[str]:
    """The peers that any of the rows was measured on."""
    found = {side for row in rows for side in row.measured}
    return [side for side in SIDES if side in found and side != SUBJECT]


def group_sheet(group: str, rows: Sequence[Row]) -> Sheet:
    """The cases of a group: times, ratios, first calls."""
    sheet = Sheet(group, ["case", "minitorch", *(SIDES[peer].title for peer in peers_of(rows))])
    compiles = any([it.first] != it.values for it in measured(rows))
    sheet.heads += ["first call, compiling", "from disk"] if compiles else []
    counted = any(row.compiled is not None for row in rows)
    sheet.heads += ["kernels compiled"] if counted else []
    for row in rows:
        cells = [row.name, timed(row, SUBJECT), *(compared(row, peer) for peer in peers_of(rows))]
        cells += [duration(row.compiling()), duration(row.loading())] if compiles else []
        cells += ["" if row.compiled is None else str(row.compiled)] if counted else []
        sheet.rows.append(cells)
    return sheet


def measured(rows: Iterable[Row]) -> Iterator[Measured]:
    """All that was measured of some rows."""
    return (it for row in rows for rounds in row.measured.values() for it in rounds.values())


def timed(row: Row, side: str) -> str:
    """A side's time, or that it failed."""
    if side in row.errors:
        return "failed"
    seconds = row.seconds(side)
    return duration(seconds.median if seconds else None)


def compared(row: Row, peer: str) -> str:
    """A peer's time, and minitorch's over it on a second line."""
    found = row.ratio(peer)
    return timed(row, peer) if found is None else f"{timed(row, peer)}\n{ratio(found)}"


def peaks(results: Results) -> Sheet:
    """Bytes of buffers at the peak of each step, and of them those above what it began with."""
    rows = [row for row in results.rows.values() if row.peaks]
    sides = [side for side in SIDES if any(side in row.peaks for row in rows)]
    sheet = Sheet("Bytes at the peak", ["case", *(SIDES[it].title for it in sides), "/ PyTorch"])
    for row in rows:
        ours, theirs = row.peaks.get(SUBJECT), row.peaks.get("torch")
        over = f"{ours[0] / theirs[0]:.2f}" if ours and theirs and theirs[0] else ""
        found = [row.peaks.get(side) for side in sides]
        cells = [f"{size(it[0])}\n+ {size(it[1])}" if it else "" for it in found]
        sheet.rows.append([row.name, *cells, over])
    return sheet


def first_calls(results: Results) -> Sheet:
    """How long the first call takes where a peer compiles too: on an empty cache, from disk."""
    names = [name for name, side in SIDES.items() if side.compiles]
    rows = [row for row in results.rows.values() if len(row.measured.keys() & set(names)) > 1]
    shown = [name for name in names if any(name in row.measured for row in rows)]
    rows = [row for row in rows if any([it.first] != it.values for it in measured([row]))]
    sheet = Sheet("First calls: compiling, then from disk", ["case"])
    sheet.heads += [SIDES[name].title for name in shown]
    for row in rows:
        cells = [(duration(row.compiling(name)), duration(row.loading(name))) for name in shown]
        sheet.rows.append([row.name, *(" then ".join(filter(None, it)) for it in cells)])
    return sheet
