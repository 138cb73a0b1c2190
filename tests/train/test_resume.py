from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minitorch import checkpoint
from minitorch.errors import CheckpointError, OutputError
from minitorch.train import Outcome, start

from .killing import contents

SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "scalars, adam": ("xor", {"model": "scalar", "limit": 14, "hidden": 2}),
    "tensors, sgd": (
        "circle",
        {"model": "tensor", "limit": 12, "hidden": 3, "optimiser": "sgd", "momentum": 0.9},
    ),
    "fast, dropout": ("digits", {"limit": 40, "hidden": 8, "batch": 8}),
}
COMMON = {"epochs": 4, "batch": 5, "save_every": 2}


def options_of(name: str) -> tuple[str, dict[str, Any]]:
    what, options = SMALL[name]
    return what, {**COMMON, "report_every": 2, **options}


def stop_after(steps: int) -> Callable[[], bool]:
    left = steps

    def should_stop() -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    return should_stop


@pytest.mark.parametrize(
    "name", ["scalars, adam", "tensors, sgd", pytest.param("fast, dropout", marks=pytest.mark.jit)]
)
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_a_run_in_pieces_equals_the_run_in_one(name: str, stride: int, tmp_path: Path) -> None:
    what, options = options_of(name)
    whole = start(what, options, tmp_path / "whole")
    pieces = 0
    outcome = start(what, options, tmp_path / "cut", should_stop=stop_after(stride))
    while not outcome.finished:
        pieces += 1
        assert pieces <= whole.step, "a resumed run does not get on"
        outcome = start(what, {}, tmp_path / "cut", resume=True, should_stop=stop_after(stride))
    assert pieces >= whole.step // stride - 1
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert outcome.evaluation is not None
    assert whole.evaluation is not None
    assert outcome.evaluation.loss == whole.evaluation.loss


def kill(tmp_path: Path, what: str, options: dict[str, Any], kills: int, longest: float) -> Any:
    arguments = {"folder": str(tmp_path), "what": what, "options": options, "kills": kills}
    command = [sys.executable, str(Path(__file__).with_name("killing.py"))]
    done = subprocess.run(
        [*command, json.dumps({**arguments, "longest": longest})],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_killed_at_50_random_moments(tmp_path: Path) -> None:
    options = {"model": "tensor", "limit": 20, "batch": 2, "hidden": 2, "epochs": 12}
    found = kill(tmp_path, "xor", {**options, "save_every": 1, "report_every": 3}, 50, 0.25)
    assert found["killed"] == 50
    assert found["finished"] >= 1
    assert found["equal"]


@pytest.mark.slow
@pytest.mark.jit
def test_killed_while_kernels_run(tmp_path: Path) -> None:
    options = {"limit": 64, "batch": 8, "hidden": 8, "epochs": 6, "save_every": 3}
    found = kill(tmp_path, "digits", options, 8, 1.0)
    assert found["killed"] == 8
    assert found["equal"]


def run(folder: Path, **options: Any) -> Outcome:
    return start(
        "xor", {"model": "scalar", "limit": 8, "hidden": 2, "epochs": 1, **options}, folder
    )


def test_a_finished_run_can_be_made_longer(tmp_path: Path) -> None:
    start("xor", {"model": "scalar", "limit": 8, "hidden": 2, "epochs": 2}, tmp_path)
    longer = start("xor", {"epochs": 3}, tmp_path, resume=True)
    assert (longer.config.epochs, longer.step) == (3, 3)
    again = start("xor", {"epochs": 3}, tmp_path, resume=True)
    assert again.step == 3
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [2, 3]


def test_a_run_that_was_cut_before_its_first_checkpoint(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    run(tmp_path / "cut")
    for path in (tmp_path / "cut").glob("checkpoint-*"):
        for file in path.iterdir():
            file.unlink()
    start("xor", {}, tmp_path / "cut", resume=True)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_lines_of_metrics_after_the_checkpoint_are_forgotten(tmp_path: Path) -> None:
    run(tmp_path, epochs=10)
    before = contents(tmp_path)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 99}\n{"epo')
    start("xor", {}, tmp_path, resume=True)
    assert contents(tmp_path) == before


def test_missing_metrics_are_told_and_no_reason_to_stop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path)
    (tmp_path / "metrics.jsonl").unlink()
    start("xor", {"epochs": 6}, tmp_path, resume=True)
    assert "has 0 bytes where the checkpoint says" in caplog.text


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OutputError, match=r"holds a run already; expected a new folder.*--resume"):
        run(tmp_path)
    assert contents(tmp_path) == before
    (tmp_path / "mine.txt").write_text("not of the run")
    start(
        "xor", {"model": "scalar", "limit": 8, "hidden": 3, "epochs": 1}, tmp_path, overwrite=True
    )
    assert contents(tmp_path) != before
    assert (tmp_path / "mine.txt").exists()


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist; expected the folder of a run"):
        start("xor", {}, tmp_path, resume=True)


def test_the_checkpoint_of_another_model(tmp_path: Path) -> None:
    run(tmp_path / "small")
    run(tmp_path / "large", hidden=3)
    (small,) = (tmp_path / "small").glob("checkpoint-*")
    (large,) = (tmp_path / "large").glob("checkpoint-*")
    for file in large.iterdir():
        (small / file.name).write_bytes(file.read_bytes())
    with pytest.raises(CheckpointError) as caught:
        start("xor", {}, tmp_path / "small", resume=True)
    text = str(caught.value)
    assert "is the checkpoint of another model" in text
    assert "unexpected: layer1.bias_2, layer1.weight_0_2" in text
    assert "Load it into the model, and with the options, that it was saved from." in text


def test_a_checkpoint_that_is_not_of_a_run(tmp_path: Path) -> None:
    run(tmp_path)
    saved = checkpoint.load(tmp_path)
    checkpoint.save(tmp_path, saved.tensors, {"epoch": 1}, saved.step)
    with pytest.raises(CheckpointError, match="does not hold the state of a training run"):
        start("xor", {}, tmp_path, resume=True)


def test_other_examples_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"limit": 8', '"limit": 7'))
    with pytest.raises(CheckpointError, match="was trained on other examples than xor-train holds"):
        start("xor", {}, tmp_path, resume=True)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    seen: list[str] = []

    def should_stop() -> bool:
        with pytest.raises(OutputError, match="is in use by another run of minitorch") as caught:
            start("xor", {}, tmp_path, resume=True)
        seen.append(str(caught.value))
        return False

    options = {"model": "scalar", "limit": 4, "hidden": 2, "epochs": 1}
    start("xor", options, tmp_path, should_stop=should_stop)
    assert seen


def test_an_unwritable_folder_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "file" / "run")


def test_a_full_disk_is_noticed_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minitorch.train.loop.Trainer.needed_bytes", lambda self: 10**18)
    with pytest.raises(OutputError, match="Free some space or choose another folder"):
        run(tmp_path)
    assert not (tmp_path / "config.json").exists()
