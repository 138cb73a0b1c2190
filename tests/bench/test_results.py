"""Ratios, quartiles, files, tables and options."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from minitorch.bench.cases import CASES, Case, Goal
from minitorch.bench.program import report_failures
from minitorch.bench.results import Results, Spread, spread
from minitorch.bench.sheets import duration, must_reach, ratio, reached, sheets, size
from minitorch.bench.sides import SUBJECT
from minitorch.bench.starts import STARTS
from minitorch.bench.tables import BEGIN, END, markdown, put_between_marks, show
from minitorch.bench.worker import Measured
from minitorch.cli import run

CASE = Case("Group", "case", "op")
MACHINE = {
    "python_version": "3.11",
    "cpu_model_name": "cpu",
    "cpu_count": 2,
    "load_avg_1min": 0.5,
    "date": "2024-02-29T00:00:00",
    "commit": "abc1234",
}


@pytest.fixture
def results() -> Results:
    it = Results(MACHINE)
    it.titles = {SUBJECT: "minitorch 1", "torch": "PyTorch 2"}
    # The machine is three times as slow in round 1, for both: the ratios do not notice.
    for number, pace in enumerate((1.0, 3.0, 1.0)):
        first = 5.0 if number == 0 else 0.5 * pace
        it.add(CASE, SUBJECT, number, Measured(first, 4, [0.001 * pace, 0.002 * pace, 0.9]))
        it.add(CASE, "torch", number, Measured(0.1, 8, [0.004 * pace, 0.004 * pace]))
    it.add(CASE, "torch", 3, Measured(0.1, 8, [99.0]))  # no partner: no ratio
    return it


def test_quartiles() -> None:
    assert spread([5.0]) == Spread(5.0, 5.0, 5.0)
    assert spread([1.0, 3.0]) == Spread(2.0, 1.5, 2.5)
    assert spread([7.0, 1.0, 2.0, 3.0, 6.0, 5.0, 4.0]) == Spread(4.0, 2.5, 5.5)


def test_ratios_pair_the_rounds(results: Results) -> None:
    (row,) = results.rows.values()
    assert row.ratio("torch") == Spread(0.5, 0.5, 0.5)
    assert row.ratio("numpy") is None
    ours = row.seconds(SUBJECT)
    assert ours == Spread(0.002, 0.002, 0.004)


def test_a_side_that_failed_in_any_round_has_no_ratio(results: Results) -> None:
    (row,) = results.rows.values()
    results.fail(CASE, "torch", "no")
    assert row.ratio("torch") is None
    assert "failed" in markdown(results)


def test_compile_time_is_apart(results: Results) -> None:
    (row,) = results.rows.values()
    assert row.compiling() == 5.0
    assert row.loading() == 1.0  # of 1.5 and 0.5


def test_file_is_in_the_format_of_pyperf_and_read_back_alike(
    results: Results, tmp_path: Path
) -> None:
    path = tmp_path / "results.json"
    results.write(path)
    data = json.loads(path.read_text())
    assert data["version"] == "1.0"
    ours, theirs = data["benchmarks"]
    assert ours["metadata"]["name"] == "Group: case (minitorch)"
    assert ours["metadata"]["unit"] == "second"
    assert ours["runs"][0] == {
        "metadata": {"round": 0, "loops": 4},
        "warmups": [[1, 5.0]],
        "values": [0.001, 0.002, 0.9],
    }
    assert len(theirs["runs"]) == 4
    again = Results.read(path)
    assert again.rows == results.rows
    assert again.titles == results.titles
    assert again.metadata == results.metadata


def test_markdown_says_medians_ratios_and_first_calls(results: Results) -> None:
    text = markdown(results)
    assert "minitorch 1, PyTorch 2; Python 3.11, cpu, 2 cores, one thread" in text
    assert "2024-02-29, commit abc1234." in text
    heads, rule, line = re.findall(r"^\|.*\|$", text, re.MULTILINE)
    assert [cell.strip() for cell in heads.strip("|").split("|")] == [
        "case", "minitorch", "PyTorch", "first call, compiling", "from disk",
    ]  # fmt: skip
    assert rule.count("---") == 5
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "case", "2.00 ms", "8.00 ms<br>0.50 [0.50, 0.50]", "5.00 s", "1.00 s",
    ]  # fmt: skip


def add_round(results: Results, name: str, **seconds: float) -> None:
    """One round of a real case."""
    case = next(it for it in [*CASES, *STARTS] if it.name == name)
    for side, value in seconds.items():
        results.add(case, side, 0, Measured(1.0, 1, [value]))


def test_what_must_be_reached_is_held_against_what_was_measured() -> None:
    results = Results(MACHINE)
    step = "LeNet, batch 16, Adam"
    add_round(
        results, step, minitorch=0.7, captured=0.4, fast=1.4, torch=1.0, compiled=2.0, jax=0.8
    )
    add_round(results, "matmul 64x64", minitorch=1.5, torch=1.0)
    add_round(results, "first LeNet step, kernels on disk", minitorch=1.25)
    sheet, two = must_reach(results), ["", ""]
    assert sheet.heads == [
        "case", "/ PyTorch", "must", "stretch", "reached",
        "/ FastOps", "captured, / PyTorch", "fastest rival", "/ fastest rival",
    ]  # fmt: skip
    assert sheet.rows == [
        [
            step, "0.70 [0.70, 0.70]", "0.8", "0.5", "must",
            "0.50 [0.50, 0.50]", "0.40 [0.40, 0.40]", "JAX jit", "0.50 [0.50, 0.50]",
        ],
        ["matmul 64x64", "1.50 [1.50, 1.50]", "1", "", "no", *two, "PyTorch", "1.50 [1.50, 1.50]"],
        ["first LeNet step, kernels on disk", "1.25 s", "2 s", "", "must", *two, *two],
    ]  # fmt: skip


def test_goals_are_kept_or_missed() -> None:
    assert [reached(value, Goal(0.8)) for value in (0.1, 0.8, 0.81)] == ["must", "must", "no"]
    assert all(it.goal is None or it.goal.must > (it.goal.stretch or 0.0) for it in CASES)


def test_bytes_and_compiled_kernels_are_written_read_and_shown(
    results: Results, tmp_path: Path
) -> None:
    (row,) = results.rows.values()
    row.peaks, row.compiled = {SUBJECT: (1_500_000, 20_000), "torch": (3_000_000, 0)}, 7
    results.write(tmp_path / "results.json")
    again = Results.read(tmp_path / "results.json")
    assert again.rows == results.rows
    group, peaks = sheets(again)
    assert (group.heads[-1], group.rows[0][-1]) == ("kernels compiled", "7")
    assert peaks.rows == [["case", "1.50 MB\n+ 20.0 kB", "3.00 MB\n+ 0.000 kB", "0.50"]]
    assert size(12_340) == "12.3 kB"


def test_first_calls_of_all_that_compile_stand_side_by_side(results: Results) -> None:
    for number, first in ((0, 9.0), (1, 2.0), (2, 4.0)):
        results.add(CASE, "jax", number, Measured(first, 1, [0.001]))
    *_, last = sheets(results)
    assert last.heads == ["case", "minitorch", "JAX jit"]
    assert last.rows == [["case", "5.00 s then 1.00 s", "9.00 s then 3.00 s"]]


def test_a_side_that_could_not_start_is_named_below_the_tables(results: Results) -> None:
    results.absent["compiled"] = "Traceback\nRuntimeError: no C++ compiler"
    assert "Left out, torch.compile: RuntimeError: no C++ compiler" in markdown(results)


def test_terminal_shows_the_same_and_who_failed(results: Results) -> None:
    results.fail(CASE, "numpy", "no")
    results.add(Case("Group", "other", "op"), "numpy", 0, Measured(1.0, 1, [1.0]))
    console = Console(width=160, record=True, file=io.StringIO())
    show(results, console)
    report_failures(results, console)
    text = console.export_text()
    assert "0.50 [0.50, 0.50]" in text
    assert "failed" in text
    assert "Group: case failed in NumPy:\nno\n" in text


def test_numbers_are_short() -> None:
    assert duration(0.0) == "0.000 us"
    assert duration(0.09999) == "100 ms"
    assert ratio(Spread(12.345, 11.0, 14.0)) == "12.35 [11.00, 14.00]"
    assert ratio(Spread(0.00032, 0.0003, 0.0004)) == "0.00032 [0.00030, 0.00040]"
    assert ratio(None) == ""


def test_page_keeps_all_but_what_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put_between_marks(page, "new")
    put_between_marks(page, "newer")
    assert page.read_text() == f"before\n{BEGIN}\n\nnewer\n{END}\nafter\n"


def test_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{END} before {BEGIN}")
    with pytest.raises(ValueError, match="lacks the lines") as error:
        put_between_marks(page, "new")
    assert BEGIN in str(error.value)
    assert page.read_text() == f"{END} before {BEGIN}"


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--list", "--only", "matmul 64"]) == 0
    assert capsys.readouterr().out.split("\n") == ["Layers: matmul 64x64", ""]
    assert run(["bench", "--only", "no such case"]) == 2
    assert "No case matches --only no such case; --list names them." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--rounds", "0"], "--rounds 0: expected 1 or more; the default is 7."),
        (["--threads", "0"], "--threads 0: expected 1 or more; the default is 1."),
        (["--only", "("], "--only (: not a regular expression"),
        (["--sides", "torch,abacus"], "--sides torch,abacus: 'abacus' is not known; expected some"),
    ],
)
def test_a_wrong_option_is_one_line(
    options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", *options]) == 2
    assert problem in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_said_before_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, path, problem in (
        ("--json", tmp_path / "no" / "x.json", "there is no such folder; make it first."),
        ("--markdown", tmp_path / "page.md", "lacks the lines"),
    ):
        assert run(["bench", option, str(path)]) == 2
        assert problem in capsys.readouterr().err


def test_a_file_is_shown_again(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = tmp_path / "results.json", tmp_path / "page.md"
    results.write(file)
    page.write_text(f"{BEGIN}\n{END}\n")
    assert run(["bench", "--read", str(file), "--markdown", str(page)]) == 0
    assert "0.50 [0.50, 0.50]" in capsys.readouterr().out
    assert "| case | 2.00 ms |" in page.read_text()


@pytest.mark.slow
@pytest.mark.jit
def test_a_run_measures_shows_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    options = ["--quick", "--only", "matmul 64x64", "--sides", "numpy", "--json", str(file)]
    assert run(["bench", *options]) == 0
    (row,) = Results.read(file).rows.values()
    measured = {side: sorted(rounds) for side, rounds in row.measured.items()}
    assert measured == {SUBJECT: [0, 1], "numpy": [0, 1]}
    assert row.ratio("numpy") is not None
    assert "matmul 64x64" in capsys.readouterr().out
