"""Rounds of fresh processes that take turns; a side that fails; who is left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from minitorch.bench.cases import Case
from minitorch.bench.harness import ROOT, TurnError, Worker, command, measure_peaks, run_cases
from minitorch.bench.results import Results
from minitorch.bench.sides import SIDES, SUBJECT, SUBJECT_BACKEND, Side, environment, installed
from minitorch.bench.starts import Start, run_starts
from minitorch.bench.worker import Effort, Turn

BRIEF = Effort(seconds=0.0, samples=1)
MODULE = "tests.bench.fake_side"
FAKES = {
    SUBJECT: Side("A", MODULE, "minitorch", {"FAKE_NAME": "A"}),
    "torch": Side("B", MODULE, "minitorch", {"FAKE_NAME": "B"}),
}


def fake_case(op: str, **options: Any) -> Case:
    return Case("fakes", op, op, options=options, sides=(SUBJECT, "torch"))


def run(*cases: Case, rounds: int = 1, sides: dict[str, Side] = FAKES) -> Results:
    results = Results({})
    run_cases(cases, rounds, BRIEF, results, sides=sides)
    return results


def test_sides_take_turns_in_alternating_order_in_fresh_processes(tmp_path: Path) -> None:
    log = tmp_path / "turns"
    results = run(fake_case("note", path=str(log)), rounds=3)
    turns = [line.split() for line in log.read_text().splitlines()]
    assert [name for name, _ in turns] == ["A", "B", "B", "A", "A", "B"]
    assert len({pid for _, pid in turns}) == 6
    (row,) = results.rows.values()
    assert {side: sorted(rounds) for side, rounds in row.measured.items()} == {
        SUBJECT: [0, 1, 2],
        "torch": [0, 1, 2],
    }
    assert results.titles == {SUBJECT: "A on 1 thread", "torch": "B on 1 thread"}


def test_cases_alternate_within_a_round(tmp_path: Path) -> None:
    log = tmp_path / "turns"
    first = fake_case("note", path=str(log))
    second = Case("fakes", "again", "note", options={"path": str(log)}, sides=first.sides)
    run(first, second)
    names = [line.split()[0] for line in log.read_text().splitlines()]
    assert names == ["A", "B", "A", "B"]
    assert len({line.split()[1] for line in log.read_text().splitlines()}) == 2


def test_a_side_that_fails_is_noted_and_the_others_go_on() -> None:
    results = run(fake_case("broken_here", name="B"), fake_case("chatter"), rounds=2)
    broken, chatter = results.rows.values()
    assert sorted(broken.measured[SUBJECT]) == [0, 1]
    assert "torch" not in broken.measured
    assert "ArithmeticError: not on this side" in broken.errors["torch"]
    assert [(row.name, side) for row, side, _ in results.failures()] == [("broken_here", "torch")]
    assert sorted(chatter.measured) == [SUBJECT, "torch"]


def test_a_process_that_ends_is_an_error_that_says_so(tmp_path: Path) -> None:
    with Worker(FAKES[SUBJECT], tmp_path) as worker:
        worker.title()
        with pytest.raises(TurnError, match="ended with status 3"):
            worker.measure(Turn("leave", effort=BRIEF))
        with pytest.raises(TurnError, match="ended with status 3"):
            worker.measure(Turn("chatter", effort=BRIEF))
    assert worker.process.returncode == 3


def test_a_worker_is_gone_after_its_block(tmp_path: Path) -> None:
    worker = Worker(FAKES[SUBJECT], tmp_path)

    def interrupted() -> None:
        with worker:
            assert worker.process.poll() is None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert worker.process.poll() is not None


def test_processes_run_at_one_thread_with_a_cache_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("MINITORCH_BACKEND", "simple")
    monkeypatch.setenv("MINITORCH_SHORTCUTS", "0")
    found = environment(SIDES[SUBJECT], tmp_path)
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        assert found[f"{library}_NUM_THREADS"] == "1"
    assert "OPENBLAS_CORETYPE" not in found
    assert "MINITORCH_SHORTCUTS" not in found
    assert found["MINITORCH_CACHE"] == str(tmp_path)
    assert found["MINITORCH_BACKEND"] == SUBJECT_BACKEND
    assert found["NPROC"] == "1"
    assert environment(SIDES[SUBJECT], tmp_path, threads=2)["NUMBA_NUM_THREADS"] == "2"
    assert environment(SIDES["simple"], tmp_path)["MINITORCH_BACKEND"] == "simple"
    assert "PATH" in found


def test_a_library_that_is_missing_is_left_out() -> None:
    results = run(fake_case("chatter"), sides={SUBJECT: FAKES[SUBJECT]})
    (row,) = results.rows.values()
    assert list(row.measured) == [SUBJECT]
    assert row.ratio("torch") is None


def test_a_side_that_cannot_start_is_left_out_with_its_reason(tmp_path: Path) -> None:
    sides = {SUBJECT: FAKES[SUBJECT], "torch": Side("B", "no_such_module", "minitorch")}
    results = run(fake_case("chatter"), rounds=2, sides=sides)
    (row,) = results.rows.values()
    assert sorted(row.measured[SUBJECT]) == [0, 1]
    assert list(results.absent) == ["torch"]
    assert "No module named 'no_such_module'" in results.absent["torch"]
    assert not results.failures()


def test_a_peers_process_does_not_import_minitorch(tmp_path: Path) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(
        "import sys\nTITLE = f\"{'numba' in sys.modules} {'minitorch.tensor' in sys.modules}\"\n"
    )
    for needs, seen in (("numpy", "False False"), ("minitorch", "True True")):
        done = subprocess.run(
            command(Side("probe", "probe", needs)),
            cwd=ROOT, env={**environment(SIDES["numpy"], tmp_path), "PYTHONPATH": str(tmp_path)},
            capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert json.loads(done.stdout) == {"title": seen}


def test_bytes_at_the_peak_are_asked_for_and_a_side_without_a_count_is_noted() -> None:
    results = Results({})
    sides = {SUBJECT: FAKES[SUBJECT], "torch": SIDES["numpy"]}
    measure_peaks([fake_case("chatter")], results, sides=sides)
    (row,) = results.rows.values()
    assert row.peaks == {SUBJECT: (1234, 234)}
    assert "peak_bytes" in results.absent["torch, bytes"]
    assert not results.failures()


def test_installed_asks_for_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed("numpy")
    monkeypatch.setitem(
        SIDES, "torch", Side("PyTorch", "minitorch.bench.with_torch", "no_such_torch")
    )
    assert not installed("torch")
    monkeypatch.setitem(SIDES, "captured", Side("", "", "minitorch:no_such_name"))
    assert not installed("captured")
    assert not installed("no such side")


def test_starts_time_whole_processes_and_give_them_empty_caches(tmp_path: Path) -> None:
    log = tmp_path / "caches"
    program = (
        "import os, pathlib; cache = pathlib.Path(os.environ['MINITORCH_CACHE']); "
        f"print(len(list(cache.iterdir())), file=open({str(log)!r}, 'a')); (cache / 'x').touch()"
    )
    programs = {
        SUBJECT: (sys.executable, "-c", program),
        "numpy": (sys.executable, "-c", "import time; time.sleep(0.05)"),
    }
    results = Results({})
    starts = [
        Start("kept", programs, most=2),
        Start("empty", programs, empty=True, most=2),
        Start("kept again", programs, most=1),
    ]
    run_starts(starts, 5, results, lambda text: None, list(programs))
    fill, kept, empty, again = ["0"], ["1", "1"], ["0", "0"], ["1"]
    assert log.read_text().split() == fill + kept + empty + again
    for row in results.rows.values():
        assert sorted(row.measured["numpy"]) == [0, 1][: 1 if row.name == "kept again" else 2]
        assert all(it.values[0] >= 0.05 for it in row.measured["numpy"].values())


def test_a_start_that_fails_is_noted_and_the_others_go_on() -> None:
    no = "raise SystemExit('no such number')"
    programs = {SUBJECT: (sys.executable, "-c", "pass"), "numpy": (sys.executable, "-c", no)}
    results = Results({})
    run_starts([Start("start", programs)], 2, results, lambda text: None, list(programs))
    ((row, side, text),) = results.failures()
    assert (row.name, side, text.strip()) == ("start", "numpy", "status 1: no such number")
    assert sorted(row.measured[SUBJECT]) == [0, 1]
