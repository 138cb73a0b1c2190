"""The table of speed as a program: measure, show, write.

Idea: a Plan says which cases, which sides, how often, and where the results go; `run` carries it
    out and returns what the process ends with.
Not here: the cases (cases.py), the command's options (../cli/bench.py).
Read next: cases.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from minitorch.bench.cases import CASES, STEPS, Case
from minitorch.bench.dispatch import dispatch
from minitorch.bench.harness import ROOT, measure_peaks, run_cases
from minitorch.bench.results import Named, Results
from minitorch.bench.sheets import dispatch_sheet
from minitorch.bench.sides import SIDES, SUBJECT, installed
from minitorch.bench.starts import STARTS, Start, run_starts
from minitorch.bench.tables import (
    markdown,
    put_between_marks,
    show,
    show_sheet,
    split_at_marks,
)
from minitorch.bench.worker import Effort
from minitorch.errors import ConfigError

__all__ = ["Plan", "report_failures", "run"]

QUICK = Effort(0.02, 1)
It = TypeVar("It", bound=Named)


@dataclass(frozen=True)
class Plan:
    """What is to be measured and written; the options of `minitorch bench`."""

    only: str = ""
    sides: str = ""
    rounds: int = 7
    quick: bool = False
    threads: int = 1
    memory: bool = True
    listing: bool = False
    dispatch: bool = False
    json: Path | None = None
    read: Path | None = None
    page: Path | None = None

    def check(self) -> None:
        """Say now what would fail in minutes.

        Raises:
            ConfigError: an option is wrong, or a place cannot be written.
        """
        if self.rounds < 1:
            raise ConfigError(f"--rounds {self.rounds}: expected 1 or more; the default is 7.")
        if self.threads < 1:
            raise ConfigError(f"--threads {self.threads}: expected 1 or more; the default is 1.")
        if self.json and not self.json.resolve().parent.is_dir():
            raise ConfigError(f"--json {self.json}: there is no such folder; make it first.")
        if self.page:
            try:
                split_at_marks(self.page)
            except ValueError as error:
                raise ConfigError(f"--markdown: {error}") from None

    def matching(self, those: Iterable[It]) -> list[It]:
        """Those of the cases, or of the starts, that --only asks for."""
        try:
            pattern = re.compile(self.only, re.IGNORECASE)
        except re.error as error:
            raise ConfigError(f"--only {self.only}: not a regular expression ({error}).") from None
        return [it for it in those if pattern.search(f"{it.group}: {it.name}")]

    def chosen(self) -> list[str]:
        """The sides that take part: minitorch, and those that are wanted and installed.

        Raises:
            ConfigError: --sides names one that is not known.
        """
        wanted = [name for name in self.sides.split(",") if name] or list(SIDES)
        for name in wanted:
            if name not in SIDES:
                raise ConfigError(
                    f"--sides {self.sides}: {name!r} is not known; expected some of "
                    f"{', '.join(SIDES)}."
                )
        return [name for name in SIDES if name in {SUBJECT, *wanted} and installed(name)]


def newest_source() -> float:
    """When a source file of minitorch was last written."""
    return max(path.stat().st_mtime for path in (ROOT / "minitorch").rglob("*.py"))


def report_failures(results: Results, console: Console) -> None:
    """Say who failed in what; the first traceback in full, of the others the last line."""
    for number, (row, side, text) in enumerate(results.failures()):
        console.print(f"{row.group}: {row.name} failed in {SIDES[side].title}:", markup=False)
        shown = text.strip() if number == 0 else text.strip().splitlines()[-1]
        console.print(shown, markup=False, highlight=False)


def measure(
    plan: Plan, cases: Sequence[Case], starts: Sequence[Start], console: Console
) -> Results:
    """Carry out the measurements; what was measured until Ctrl-C is kept."""
    results, before = Results(), newest_source()
    results.metadata["threads"] = plan.threads
    effort = QUICK if plan.quick else Effort()
    rounds = 2 if plan.quick else plan.rounds
    sides = {name: SIDES[name] for name in plan.chosen()}
    try:
        with console.status(f"{rounds} rounds of {len(cases)} cases") as status:
            run_cases(cases, rounds, effort, results, status.update, sides, plan.threads)
            steps = [case for case in cases if case.group == STEPS]
            if plan.memory and steps:
                measure_peaks(steps, results, status.update, sides)
            able = [name for name in sides if name not in results.absent]
            run_starts(starts, rounds, results, status.update, able, plan.threads)
    except KeyboardInterrupt:
        console.print("Stopped; what was measured until now:")
    if newest_source() != before:
        console.print("minitorch changed while it was measured: the rounds may not agree.")
    return results


def run(plan: Plan, console: Console) -> int:
    """Do what the plan says; 1 where a case failed, 2 where none matches.

    Raises:
        ConfigError: the plan cannot be carried out.
    """
    plan.check()
    if plan.dispatch:
        show_sheet(dispatch_sheet(dispatch()), console)
        return 0
    cases, starts = plan.matching(CASES), plan.matching(STARTS)
    if not cases and not starts:
        console.print(f"No case matches --only {plan.only}; --list names them.", markup=False)
        return 2
    if plan.listing:
        for it in [*cases, *starts]:
            console.print(f"{it.group}: {it.name}", highlight=False, markup=False)
        return 0
    results = Results.read(plan.read) if plan.read else measure(plan, cases, starts, console)
    show(results, console)
    report_failures(results, console)
    if plan.json:
        results.write(plan.json)
    if plan.page:
        put_between_marks(plan.page, markdown(results))
    return 1 if results.failures() else 0
