"""What was measured, and the ratios that follow from it.

Idea: a side's value in a round is the median of its samples; a ratio belongs to a round,
        ratio = value of minitorch / value of the peer, below 1 where minitorch is faster
    and what is shown is the median and the quartiles of the rounds' ratios.
Not here: measuring (harness.py), laying out (tables.py).
Read next: tables.py
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from minitorch.bench.sides import SUBJECT
from minitorch.bench.worker import Measured

__all__ = ["Results", "Row", "Spread", "machine", "spread"]

VERSION = "1.0"  # of pyperf's format


@dataclass(frozen=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles of one or more numbers.

    >>> spread([1.0, 2.0, 4.0])
    Spread(median=2.0, low=1.5, high=3.0)
    """
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(middle, low, high)


@dataclass
class Row:
    """One case: what each side measured, by round, and which sides failed and how."""

    group: str
    name: str
    measured: dict[str, dict[int, Measured]] = field(default_factory=dict[str, dict[int, Measured]])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    # Bytes of buffers at the peak of a call: all, and those above what it began with.
    peaks: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    compiled: int | None = None  # kernels that minitorch compiled, where that is counted

    def seconds(self, side: str) -> Spread | None:
        """Seconds per call of a side; None where it has none."""
        values = [statistics.median(it.values) for it in self.measured.get(side, {}).values()]
        return spread(values) if values else None

    def ratio(self, peer: str, subject: str = SUBJECT) -> Spread | None:
        """Time of minitorch over that of a peer; None where they share no round, or one failed."""
        if {subject, peer} & self.errors.keys():
            return None
        ours, theirs = self.measured.get(subject, {}), self.measured.get(peer, {})
        values = [
            statistics.median(ours[k].values) / statistics.median(theirs[k].values)
            for k in sorted(ours.keys() & theirs.keys())
        ]
        return spread(values) if values else None

    def fastest(self, peers: Sequence[str]) -> str | None:
        """The one of these peers that takes the least time; None where none was measured."""
        times = {peer: self.seconds(peer) for peer in peers if peer not in self.errors}
        known = {peer: it.median for peer, it in times.items() if it is not None}
        return min(known, key=known.__getitem__, default=None)

    def compiling(self, side: str = SUBJECT) -> float | None:
        """Seconds of a side's first call in the first round, on an empty cache."""
        first = self.measured.get(side, {}).get(0)
        return first.first if first else None

    def loading(self, side: str = SUBJECT) -> float | None:
        """Seconds of its first call in the later rounds, which find the kernels on disk."""
        later = [it.first for k, it in self.measured.get(side, {}).items() if k > 0]
        return statistics.median(later) if later else None


class Named(Protocol):
    """A case or a start: what has a row."""

    @property
    def group(self) -> str: ...

    @property
    def name(self) -> str: ...


class Results:
    """All rows of a run, in order, with the versions compared and the machine."""

    def __init__(self, metadata: dict[str, Any] | None = None) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.titles: dict[str, str] = {}
        self.absent: dict[str, str] = {}  # sides that could not start, and why
        self.metadata = machine() if metadata is None else metadata

    def row(self, group: str, name: str) -> Row:
        """The row of this name, made where it is missing."""
        return self.rows.setdefault((group, name), Row(group, name))

    def add(self, case: Named, side: str, number: int, it: Measured) -> None:
        """Note what a side measured in a round."""
        self.row(case.group, case.name).measured.setdefault(side, {})[number] = it

    def fail(self, case: Named, side: str, text: str) -> None:
        """Note that a side cannot run a case; it is not asked again."""
        self.row(case.group, case.name).errors[side] = text

    def failed(self, case: Named, side: str) -> bool:
        """True where a side could not run the case."""
        return side in self.row(case.group, case.name).errors

    def groups(self) -> dict[str, list[Row]]:
        """The rows by group, in order."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows.values():
            groups.setdefault(row.group, []).append(row)
        return groups

    def failures(self) -> list[tuple[Row, str, str]]:
        """Each side that failed in a case: its row, the side, what it said."""
        return [
            (row, side, text) for row in self.rows.values() for side, text in row.errors.items()
        ]

    def to_pyperf(self) -> dict[str, Any]:
        """The results in pyperf's format: a benchmark per case and side, a run per round."""
        benchmarks: list[dict[str, Any]] = []
        for row in self.rows.values():
            for side, rounds in row.measured.items():
                name = f"{row.group}: {row.name} ({side})"  # unique, and the same in every version
                runs = [
                    {
                        "metadata": {"round": k, "loops": it.loops},
                        "warmups": [[1, it.first]],
                        "values": it.values,
                    }
                    for k, it in sorted(rounds.items())
                ]
                about: dict[str, Any] = {"name": name, "group": row.group}
                about |= {"case": row.name, "side": side}
                about |= {"peak_bytes": row.peaks[side]} if side in row.peaks else {}
                if side == SUBJECT and row.compiled is not None:
                    about["kernels_compiled"] = row.compiled
                benchmarks.append({"metadata": {**about, "unit": "second"}, "runs": runs})
        titles = {f"title_{side}": title for side, title in self.titles.items()}
        return {
            "version": VERSION,
            "metadata": {**self.metadata, **titles},
            "benchmarks": benchmarks,
        }

    def write(self, path: Path) -> None:
        """Write pyperf's format to a file."""
        path.write_text(json.dumps(self.to_pyperf(), indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def read(path: Path) -> Results:
        """What `write` wrote."""
        it = json.loads(path.read_text(encoding="utf-8"))
        metadata = it["metadata"]
        titles = {k.removeprefix("title_"): v for k, v in metadata.items() if k[:6] == "title_"}
        results = Results({k: v for k, v in metadata.items() if k[:6] != "title_"})
        results.titles = titles
        for benchmark in it["benchmarks"]:
            about = benchmark["metadata"]
            row = results.row(about["group"], about["case"])
            if "peak_bytes" in about:
                row.peaks[about["side"]] = tuple(about["peak_bytes"])
            row.compiled = about.get("kernels_compiled", row.compiled)
            row.measured[about["side"]] = {
                run["metadata"]["round"]: Measured(
                    run["warmups"][0][1], run["metadata"]["loops"], run["values"]
                )
                for run in benchmark["runs"]
            }
        return results


def machine() -> dict[str, Any]:
    """Where and when: processor, cores, system, Python, load."""
    return {
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu_model_name": processor(),
        "cpu_count": os.cpu_count() or 1,
        "platform": platform.platform(),
        "python_version": platform.python_version(),
        "load_avg_1min": os.getloadavg()[0],
    }


def commit() -> str:
    """The commit measured, with `-dirty` where files differ from it; empty outside a clone."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""  # an installed package; a repository around it is another's
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def processor() -> str:
    """The processor's name, as Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
