"""Ratios, quartiles, files, tables and options."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from minitorch.bench.__main__ import main, report_failures
from minitorch.bench.cases import SUBJECT, Case
from minitorch.bench.results import Results, Spread, spread
from minitorch.bench.tables import BEGIN, END, duration, markdown, put_between_marks, ratio, show
from minitorch.bench.worker import Measured

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
        "case", "minitorch", "PyTorch", "/ PyTorch", "first call, compiling", "from disk",
    ]  # fmt: skip
    assert rule.count("---") == 6
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "case", "2.00 ms", "8.00 ms", "0.50 [0.50, 0.50]", "5.00 s", "1.00 s",
    ]  # fmt: skip


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
    assert main(["--list", "--only", "matmul 64"]) == 0
    assert capsys.readouterr().out.split("\n") == ["Layers: matmul 64x64", ""]
    assert main(["--only", "no such case"]) == 2
    assert "No case matches --only no such case; --list names them." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--rounds", "0"])
    assert "--rounds 0: expected 1 or more; the default is 7." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--only", "("])
    assert "--only (: not a regular expression" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_said_before_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, path, problem in (
        ("--json", tmp_path / "no" / "x.json", "there is no such folder; make it first."),
        ("--markdown", tmp_path / "page.md", "lacks the lines"),
    ):
        with pytest.raises(SystemExit):
            main([option, str(path)])
        assert problem in capsys.readouterr().err


def test_a_file_is_shown_again(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = tmp_path / "results.json", tmp_path / "page.md"
    results.write(file)
    page.write_text(f"{BEGIN}\n{END}\n")
    assert main(["--read", str(file), "--markdown", str(page)]) == 0
    assert "0.50 [0.50, 0.50]" in capsys.readouterr().out
    assert "| case | 2.00 ms |" in page.read_text()


@pytest.mark.slow
@pytest.mark.jit
def test_a_run_measures_shows_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    assert main(["--quick", "--only", "matmul 64x64", "--json", str(file)]) == 0
    (row,) = Results.read(file).rows.values()
    measured = {side: sorted(rounds) for side, rounds in row.measured.items()}
    assert measured[SUBJECT] == measured["numpy"] == [0, 1]
    assert row.ratio("numpy") is not None
    assert "matmul 64x64" in capsys.readouterr().out
