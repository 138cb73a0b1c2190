"""`python -m benchmarks`: measure, show, write.

Idea: the options say which cases, how often, and where the results go.
Not here: the cases (cases.py).
Read next: cases.py
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.cases import CASES, SIDES
from benchmarks.harness import ROOT, installed, run_cases
from benchmarks.results import Results
from benchmarks.starts import STARTS, run_starts
from benchmarks.tables import markdown, put_between_marks, show, split_at_marks
from benchmarks.worker import Effort

__all__ = ["main"]


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, read."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Speed of minitorch as ratios against PyTorch and NumPy, at one thread.",
    )
    parser.add_argument("--only", metavar="PATTERN", help="cases whose group or name matches")
    parser.add_argument("--rounds", type=int, default=7, help="alternating processes per side")
    parser.add_argument("--quick", action="store_true", help="two rounds of short samples")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write pyperf's format there")
    parser.add_argument("--read", type=Path, metavar="FILE", help="show that file, measure nothing")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="put the tables between the marks of a page"
    )
    options = parser.parse_args(arguments)
    try:
        options.pattern = re.compile(options.only or "", re.IGNORECASE)
    except re.error as error:
        parser.error(f"--only {options.only}: not a regular expression ({error}).")
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: expected 1 or more; the default is 7.")
    # What could not be written is said now, not in six minutes.
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json {options.json}: there is no such folder; make it first.")
    if options.markdown:
        try:
            split_at_marks(options.markdown)
        except ValueError as error:
            parser.error(f"--markdown: {error}")
    return options


def newest_source() -> float:
    """When a source file of minitorch was last written."""
    return max(path.stat().st_mtime for path in (ROOT / "minitorch").rglob("*.py"))


def report_failures(results: Results, console: Console) -> None:
    """Say who failed in what; the first traceback in full, of the others the last line."""
    for number, (row, side, text) in enumerate(results.failures()):
        console.print(f"{row.group}: {row.name} failed in {SIDES[side].title}:", markup=False)
        shown = text.strip() if number == 0 else text.strip().splitlines()[-1]
        console.print(shown, markup=False, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the options ask for; 1 where a case failed."""
    options = options_of(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    cases = [case for case in CASES if options.pattern.search(f"{case.group}: {case.name}")]
    starts = [start for start in STARTS if options.pattern.search(f"{start.group}: {start.name}")]
    if not cases and not starts:
        console.print(f"No case matches --only {options.only}; --list names them.", markup=False)
        return 2
    if options.list:
        for it in [*cases, *starts]:
            console.print(f"{it.group}: {it.name}", highlight=False)
        return 0
    results = Results.read(options.read) if options.read else Results()
    before = newest_source()
    if not options.read:
        effort = Effort(0.02, 1) if options.quick else Effort()
        rounds = 2 if options.quick else options.rounds
        sides = {name: side for name, side in SIDES.items() if installed(name)}
        try:
            with console.status(f"{rounds} rounds of {len(cases)} cases") as status:
                run_cases(cases, rounds, effort, results, status.update, sides)
                run_starts(starts, rounds, results, status.update, list(sides))
        except KeyboardInterrupt:
            console.print("Stopped; what was measured until now:")
    if newest_source() != before:
        console.print("minitorch changed while it was measured: the rounds may not agree.")
    show(results, console)
    report_failures(results, console)
    if options.json:
        results.write(options.json)
    if options.markdown:
        put_between_marks(options.markdown, markdown(results))
    return 1 if results.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
