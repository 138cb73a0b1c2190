from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minitorch.train import DEFAULTS

from .conftest import Command

TINY = ("--model", "scalar", "--limit", "8", "--hidden", "2", "--epochs", "2")


def test_the_version(command: Command) -> None:
    answer = command("--version")
    assert answer.status == 0
    assert answer.out.startswith("minitorch 0.")


def test_help_names_the_data_sets_and_options(command: Command) -> None:
    answer = command("train", "--help")
    assert answer.status == 0
    for name in DEFAULTS:
        assert name in answer.out
    for option in (
        "--model", "--backend", "--dtype", "--epochs", "--batch", "--lr", "--hidden",
        "--optimiser", "--seed", "--data", "--out", "--resume", "--limit",
    ):  # fmt: skip
        assert option in answer.out


def test_a_run_writes_its_folder(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    answer = command("train", "xor", *TINY, "--out", folder)
    assert answer.status == 0
    assert {path.name for path in folder.iterdir()} == {
        ".lock", "boundary.png", "checkpoint-2", "config.json", "curves.png", "metrics.jsonl",
    }  # fmt: skip
    config = json.loads((folder / "config.json").read_text())
    assert (config["what"], config["hidden"], config["backend"]) == ("xor", 2, "none")
    (line,) = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
    assert line["epoch"] == line["step"] == 2
    assert 0 <= line["train_accuracy"] <= 1
    assert 0 <= line["test_accuracy"] <= 1
    assert f"test accuracy {line['test_accuracy']:.2%}" in answer.out
    for name in ("curves.png", "boundary.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_a_run_without_out_gets_a_folder_of_its_own(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert command("train", "xor", *TINY).status == 0
    assert command("train", "xor", "--epochs", "3", "--resume").status == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["xor-1", "xor-2"]
    assert [json.loads((tmp_path / "runs" / name / "config.json").read_text())["epochs"]
            for name in ("xor-1", "xor-2")] == [2, 3]  # fmt: skip


@pytest.mark.jit
def test_a_run_on_digits_draws_its_mistakes(digits_run: Path) -> None:
    names = {path.name for path in digits_run.iterdir()}
    assert {"curves.png", "confusion.png", "mistakes.png"} <= names
    assert "boundary.png" not in names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digitz"], "Error: Unknown data set 'digitz'; expected one of simple"),
        (["digitz"], "Did you mean 'digits'?"),
        (
            ["digits", "--backend", "fsat"],
            "Unknown backend 'fsat'; expected one of simple, fast, fused.",
        ),
        (["digits", "--model", "lenet"], "Unknown model of digits 'lenet'; expected one of cnn."),
        (["digits", "--dtype", "float16"], "Unknown --dtype 'float16'; expected one of float32"),
        (["digits", "--optimiser", "adem"], "Did you mean 'adam'?"),
        (["digits", "--epochs", "0"], "--epochs 0 is not allowed"),
        (["digits", "--lr", "-1"], "--lr -1.0 is not allowed"),
        (["digits", "--resume", "--overwrite"], "--resume and --overwrite were given together"),
        (["digitz", "--resume"], "Unknown data set 'digitz'"),
        (["digits", "--resume"], "There is no run of digits in runs/ to resume"),
    ],
)
def test_wrong_use_is_told_in_a_line(
    arguments: list[str], message: str, command: Command, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    answer = command("train", *arguments)
    assert answer.status == 2
    assert message in answer.err
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["digits", "--epochs", "many"], ["digits", "--epoch", "3"], ["digits", "more"]],
)
def test_what_the_parser_refuses(arguments: list[str], command: Command) -> None:
    answer = command("train", *arguments)
    assert answer.status == 2
    assert "Traceback" not in answer.err + answer.out


def test_a_folder_in_use_or_unwritable(command: Command, tmp_path: Path) -> None:
    assert command("train", "xor", *TINY, "--out", tmp_path / "run").status == 0
    answer = command("train", "xor", *TINY, "--out", tmp_path / "run")
    assert answer.status == 2
    assert "holds a run already; expected a new folder" in answer.err
    assert "[Errno" not in answer.err
    assert command("train", "xor", *TINY, "--out", tmp_path / "run", "--overwrite").status == 0
    (tmp_path / "file").write_text("")
    answer = command("train", "xor", *TINY, "--out", tmp_path / "file" / "run")
    assert answer.status == 2
    assert "cannot be written" in answer.err


def test_data_that_is_missing_leaves_no_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    missing = tmp_path / "data" / "nowhere"
    answer = command("train", "mnist", "--data", missing, "--out", tmp_path / "run")
    assert answer.status == 2
    assert f"--data names {missing}, which does not exist" in answer.err
    assert not (tmp_path / "run").exists()


def test_without_matplotlib_a_run_says_so_once_and_goes_on(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr("minitorch.train.plots.available", lambda: False)
    answer = command("train", "xor", *TINY, "--out", tmp_path)
    assert answer.status == 0
    assert caplog.text.count("matplotlib is not installed") == 1
    assert not list(tmp_path.glob("*.png"))


def test_a_number_that_is_not_finite_ends_the_run_with_1(command: Command, tmp_path: Path) -> None:
    options = ("--model", "scalar", "--limit", "10", "--seed", "1", "--optimiser", "sgd")
    answer = command("train", "xor", *options, "--lr", "1e300", "--out", tmp_path)
    assert answer.status == 1
    assert "is not finite at step" in answer.err


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminate"]
)
def test_a_signal_stops_with_a_checkpoint(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    """The command is a process of its own here, as it is for its user."""
    folder = tmp_path / "run"
    options = ["--model", "scalar", "--limit", "20", "--hidden", "2", "--batch", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "minitorch", "train", "xor", *options, "--epochs", "100000",
         "--out", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    try:
        waited = time.monotonic() + 60
        while process.poll() is None and not list(folder.glob("checkpoint-*")):
            assert time.monotonic() < waited, "no checkpoint appeared"
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == status, err
    assert "Stopped after step" in out
    assert f"Go on with: minitorch train xor --out {folder} --resume" in out
    assert "Traceback" not in err
    (checkpoint,) = folder.glob("checkpoint-*")
    assert checkpoint.name.removeprefix("checkpoint-") in out
