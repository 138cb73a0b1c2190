"""Results as tables: on a terminal, and in Markdown between two marks of a page.

Idea: a row is a case; times are medians, ratios are `median [lower, upper quartile]`.
Not here: the arithmetic (results.py).
Read next: __main__.py
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.cases import SIDES, SUBJECT
from benchmarks.results import Results, Row, Spread

__all__ = ["BEGIN", "END", "markdown", "put_between_marks", "show", "split_at_marks"]

BEGIN = "<!-- benchmarks: begin -->"
END = "<!-- benchmarks: end -->"
SLOW = 3.0  # ratios above it are marked


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
    digits = 2 if it.median >= 0.095 else 1 - math.floor(math.log10(it.median))
    return f"{it.median:.{digits}f} [{it.low:.{digits}f}, {it.high:.{digits}f}]"


def peers_of(rows: Iterable[Row]) -> list[str]:
    """The peers that any of the rows was measured on."""
    found = {side for row in rows for side in row.measured}
    return [side for side in SIDES if side in found and side != SUBJECT]


def titles(rows: Sequence[Row]) -> list[str]:
    """The heads of a table's columns."""
    heads = ["case", "minitorch"]
    for peer in peers_of(rows):
        heads += [SIDES[peer].title, f"/ {SIDES[peer].title}"]
    if compiles(rows):
        heads += ["first call, compiling", "from disk"]
    return heads


def compiles(rows: Sequence[Row]) -> bool:
    """True where first calls are another thing than the calls themselves."""
    firsts = [it for row in rows for sides in row.measured.values() for it in sides.values()]
    return any([it.first] != it.values for it in firsts)


def cells(row: Row, rows: Sequence[Row]) -> list[str]:
    """What stands in the columns."""
    out = [row.name, timed(row, SUBJECT)]
    for peer in peers_of(rows):
        out += [timed(row, peer), ratio(row.ratio(peer))]
    if compiles(rows):
        out += [duration(row.compiling()), duration(row.loading())]
    return out


def timed(row: Row, side: str) -> str:
    """A side's time, or that it failed."""
    if side in row.errors:
        return "failed"
    seconds = row.seconds(side)
    return duration(seconds.median if seconds else None)


def about(results: Results) -> str:
    """One sentence on what was compared, where and when."""
    it = results.metadata
    versions = ", ".join(dict.fromkeys(results.titles.values()))
    commit = f", commit {it['commit']}" if it["commit"] else ""
    return (
        f"{versions}; Python {it['python_version']}, {it['cpu_model_name']}, {it['cpu_count']} "
        f"cores, one thread, load {it['load_avg_1min']:.1f} at the start, {it['date'][:10]}"
        f"{commit}."
    )


def show(results: Results, console: Console) -> None:
    """Print a table per group."""
    for group, rows in results.groups().items():
        table = Table(title=group, title_justify="left", title_style="bold")
        for head in titles(rows):
            justify = "left" if head == "case" else "right"
            table.add_column(head, justify=justify, overflow="fold")
        for row in rows:
            table.add_row(*(styled(text) for text in cells(row, rows)))
        console.print(table)
    console.print(about(results), style="dim")


def styled(text: str) -> Text:
    """Ratios in colour: green where minitorch is faster, red where it takes more than SLOW."""
    if not text.endswith("]"):
        return Text(text)
    value = float(text.split(" ")[0])
    return Text(text, "green" if value < 1.0 else "red" if value > SLOW else "")


def markdown(results: Results) -> str:
    """The same tables in Markdown."""
    lines = [about(results), ""]
    for group, rows in results.groups().items():
        heads = titles(rows)
        lines += [f"### {group}", "", line(heads), line(["---"] + ["---:"] * (len(heads) - 1))]
        lines += [line(cells(row, rows)) for row in rows]
        lines.append("")
    return "\n".join(lines)


def line(parts: Iterable[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(parts) + " |"


def split_at_marks(path: Path) -> tuple[str, str]:
    """What stands before and after the two marks of a page.

    Raises:
        ValueError: the page lacks one of them.
    """
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"{path} lacks the lines '{BEGIN}' and '{END}', between which the tables go; "
            "write them where the tables are wanted."
        )
    return before, after


def put_between_marks(path: Path, text: str) -> None:
    """Replace what stands between the two marks of a page."""
    before, after = split_at_marks(path)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
