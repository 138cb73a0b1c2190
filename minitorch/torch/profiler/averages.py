"""Averages: the events of a recording, summed up by name, and the table of them.

Idea: total time counts what happened within an event, self time does not; so the self times add up
    to the whole.
Not here: how events come about (recording.py).
Read next: trace.py
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.profiler.recording import SPAN, TimedEvent

__all__ = ["EventAverage", "EventList", "format_time"]

MICRO = 1e6


def format_time(microseconds: float) -> str:
    """A time with its unit.

    >>> format_time(12.5), format_time(1234.5), format_time(2.5e6)
    ('12.500us', '1.234ms', '2.500s')
    """
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3f}{unit}"
    return f"{microseconds:.3f}us"


class EventAverage:
    """All events of a name: how many, and their times in microseconds."""

    def __init__(self, key: str, shapes: Any, kind: str) -> None:
        self.key = key
        self.input_shapes = shapes
        self.is_user_annotation = kind == SPAN
        self.count = 0
        self.cpu_time_total = 0.0
        self.self_cpu_time_total = 0.0
        self.device_time_total = self.self_device_time_total = 0.0
        self.device_type = "cpu"

    def add(self, event: TimedEvent) -> None:
        """Count one more."""
        self.count += 1
        self.cpu_time_total += event.seconds * MICRO
        self.self_cpu_time_total += event.own_seconds * MICRO

    @property
    def cpu_time(self) -> float:
        """The average time of one."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        """The same with its unit."""
        return format_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """The time of all, with its unit."""
        return format_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """The time of all without what happened within, with its unit."""
        return format_time(self.self_cpu_time_total)

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str} input_shapes={self.input_shapes}>"
        )


SORTS = {
    "count": "count",
    "cpu_time": "cpu_time",
    "cpu_time_total": "cpu_time_total",
    "self_cpu_time_total": "self_cpu_time_total",
    "key": "key",
}
# Of devices that are not there; nothing is to be told apart by them.
for _name in ("cuda", "device", "xpu"):
    for _sort in ("time", "time_total"):
        SORTS[f"{_name}_{_sort}"] = "cpu_time_total"
    SORTS[f"self_{_name}_time_total"] = "self_cpu_time_total"


class EventList(list[EventAverage]):
    """Averages by name.

    >>> import minitorch.torch as torch
    >>> with torch.profiler.profile() as profile:
    ...     with torch.profiler.record_function("mine"):
    ...         y = torch.ones(3) + 1
    >>> [row.count for row in profile.key_averages() if row.key == "mine"]
    [1]
    """

    @staticmethod
    def of(events: Iterable[TimedEvent], by_shape: bool = False) -> EventList:
        """The averages of events."""
        found: dict[Any, EventAverage] = {}
        for event in events:
            shapes = [list(it) for it in event.shapes]
            key = event.name, event.kind, str(shapes) if by_shape else ""
            if key not in found:
                found[key] = EventAverage(event.name, shapes if by_shape else [], event.kind)
            found[key].add(event)
        out = EventList(found.values())
        out.by_shape = by_shape
        return out

    by_shape = False

    @property
    def self_cpu_time_total(self) -> float:
        """The time of everything, in microseconds."""
        return sum(row.self_cpu_time_total for row in self)

    def total_average(self) -> EventAverage:
        """One row that stands for all."""
        out = EventAverage("Total", [], "")
        for row in self:
            out.count += row.count
            out.cpu_time_total += row.cpu_time_total
            out.self_cpu_time_total += row.self_cpu_time_total
        return out

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """The averages as text.

        Args:
            sort_by: the column by which the rows are ordered, the largest first.
            row_limit: so many rows are shown; -1 shows all.
            max_src_column_width: accepted; no sources are shown.
            max_name_column_width: longer names are cut.
            max_shapes_column_width: longer shapes are cut.
            header: a line above.
            top_level_events_only: accepted; a table of averages has no levels.

        Raises:
            ValueError: an unknown column.
        """
        rows: list[EventAverage] = list(self)
        if sort_by is not None:
            if sort_by not in SORTS:
                raise ConfigError(f"sort_by={sort_by!r}: expected one of {', '.join(SORTS)}")
            attribute = SORTS[sort_by]
            rows.sort(key=lambda row: getattr(row, attribute), reverse=attribute != "key")
        rows = rows if row_limit < 0 else rows[:row_limit]
        titles = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg"]
        titles.append("# of Calls")
        if self.by_shape:
            titles.append("Input Shapes")
        whole = self.self_cpu_time_total
        lines = [
            _cells(row, whole, max_name_column_width, max_shapes_column_width, self.by_shape)
            for row in rows
        ]
        text = _laid_out(titles, lines)
        title = "" if header is None else header + "\n"
        return f"{title}{text}\nSelf CPU time total: {format_time(whole)}\n"

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__


def _cut(text: str, width: int | None) -> str:
    return text if not width or width < 0 or len(text) <= width else text[: width - 3] + "..."


def _cells(
    row: EventAverage, whole: float, name_width: int, shapes_width: int, by_shape: bool
) -> list[str]:
    def part(time: float) -> str:
        return f"{100.0 * time / whole if whole else 0.0:.2f}%"

    cells = [
        _cut(row.key, name_width),
        part(row.self_cpu_time_total),
        row.self_cpu_time_total_str,
        part(row.cpu_time_total),
        row.cpu_time_total_str,
        row.cpu_time_str,
        str(row.count),
    ]
    return [*cells, _cut(str(row.input_shapes), shapes_width)] if by_shape else cells


def _laid_out(titles: list[str], lines: list[list[str]]) -> str:
    """Columns under their titles, right-aligned, between rules."""
    widths = [
        max(12 if k else 0, *(len(line[k]) for line in [titles, *lines]))
        for k in range(len(titles))
    ]
    rule = "  ".join("-" * width for width in widths) + "  "
    rows = [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + "  "
        for line in [titles, *lines]
    ]
    return "\n".join([rule, rows[0], rule, *rows[1:], rule])
