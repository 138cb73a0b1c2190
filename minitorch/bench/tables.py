"""Tables on a terminal, and in Markdown between two marks of a page.

Idea: ratios are `median [lower, upper quartile]`; on a terminal they are green where minitorch is
    faster.
Not here: what stands in the tables (sheets.py).
Read next: program.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from minitorch import __version__
from minitorch.bench.results import Results
from minitorch.bench.sheets import Sheet, sheets
from minitorch.bench.sides import SIDES

__all__ = [
    "BEGIN",
    "END",
    "markdown",
    "put_between_marks",
    "show",
    "show_sheet",
    "split_at_marks",
]

BEGIN = "<!-- benchmarks: begin -->"
END = "<!-- benchmarks: end -->"
SLOW = 3.0  # ratios above it are marked


def about(results: Results) -> str:
    """One sentence on what was compared, where and when, and one on who is left out."""
    it = results.metadata
    versions = ", ".join(dict.fromkeys(results.titles.values())) or f"minitorch {__version__}"
    commit = f", commit {it['commit']}" if it["commit"] else ""
    count = it.get("threads", 1)
    threads = "one thread" if count == 1 else f"{count} threads"
    left = "".join(
        f" Left out, {SIDES[side].title}: {text.strip().splitlines()[-1]}"
        for side, text in results.absent.items()
        if side in SIDES
    )
    return (
        f"{versions}; Python {it['python_version']}, {it['cpu_model_name']}, {it['cpu_count']} "
        f"cores, {threads}, load {it['load_avg_1min']:.1f} at the start, {it['date'][:10]}"
        f"{commit}.{left}"
    )


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    for sheet in sheets(results):
        show_sheet(sheet, console)
    console.print(about(results), style="dim", markup=False, highlight=False)


def show_sheet(sheet: Sheet, console: Console) -> None:
    """Print one table."""
    table = Table(title=sheet.title, title_justify="left", title_style="bold")
    for number, head in enumerate(sheet.heads):
        table.add_column(head, justify="right" if number else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(styled(text) for text in row))
    console.print(table)


def styled(text: str) -> Text:
    """Ratios in colour: green where minitorch is faster, red where it takes more than SLOW."""
    if text in ("stretch", "must", "no", "failed"):
        return Text(text, "green" if text in ("stretch", "must") else "red")
    before, _, last = text.rpartition("\n")
    if not last.endswith("]"):
        return Text(text)
    value = float(last.split(" ")[0])
    colour = "green" if value < 1.0 else "red" if value > SLOW else ""
    return Text(f"{before}\n" if before else "").append(last, colour)


def markdown(results: Results) -> str:
    """The same tables in Markdown."""
    lines = [about(results), ""]
    for sheet in sheets(results):
        lines += [f"### {sheet.title}", "", line(sheet.heads)]
        lines += [line(["---"] + ["---:"] * (len(sheet.heads) - 1))]
        lines += [line(row) for row in sheet.rows]
        lines.append("")
    return "\n".join(lines)


def line(parts: Iterable[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(part.replace("\n", "<br>") for part in parts) + " |"


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
