"""`minitorch bench`: the table of speed, with the peers that are installed as columns.

Idea: the options are read here and handed over as a Plan.
Not here: what is measured and how (bench/).
Read next: ../bench/program.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from minitorch.bench.program import Plan, run
from minitorch.bench.sides import SIDES

__all__ = ["bench_command"]

WIDE = 180  # columns, where no terminal tells how many it has


def bench_command(
    only: Annotated[
        str, typer.Option(metavar="PATTERN", help="Cases whose group or name matches.")
    ] = "",
    sides: Annotated[
        str, typer.Option(metavar="A,B", help=f"Some of {', '.join(SIDES)}.", show_default="all")
    ] = "",
    rounds: Annotated[int, typer.Option(help="Alternating processes per side.")] = 7,
    quick: Annotated[bool, typer.Option("--quick", help="Two rounds of short samples.")] = False,
    threads: Annotated[int, typer.Option(help="Threads of every side.")] = 1,
    memory: Annotated[bool, typer.Option(help="Count bytes at the peak of each step.")] = True,
    listing: Annotated[bool, typer.Option("--list", help="Name the cases and end.")] = False,
    dispatch: Annotated[
        bool, typer.Option("--dispatch", help="Tell where the time of ten tiny ops goes, and end.")
    ] = False,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write pyperf's format there.")
    ] = None,
    read: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show that file, measure nothing.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put the tables between the marks of a page."),
    ] = None,
) -> None:
    """Measure speed, as ratios against the peers that are installed."""
    plan = Plan(
        only, sides, rounds, quick, threads, memory, listing, dispatch, json, read, markdown
    )
    status = run(plan, Console(width=None if sys.stdout.isatty() else WIDE))
    if status:
        raise typer.Exit(status)
