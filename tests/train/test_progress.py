from __future__ import annotations

import io
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from minitorch import kernel_store
from minitorch.train import (
    LiveReporter,
    PlainReporter,
    Reporter,
    RunFolder,
    Trainer,
    load_data,
    make_config,
    progress,
    start,
)
from minitorch.train.progress import Status, describe_record

STATUS = Status(
    epoch=2, epochs=3, step=15, steps=30, loss=0.5, accuracy=0.75,
    examples_per_second=1234.5, seconds_left=3661.0,
)  # fmt: skip
RECORD = {
    "epoch": 2, "train_loss": 0.5, "train_accuracy": 0.75, "test_loss": None,
    "test_accuracy": 0.5, "seconds": 59.7,
}  # fmt: skip


def test_a_status_says_loss_accuracy_speed_and_time_left() -> None:
    assert str(STATUS) == (
        "epoch 2/3  step 15/30  loss 0.5000  accuracy 75.00%  1,234 examples/s  1:01:01 left"
    )


def test_a_record_without_a_finite_loss() -> None:
    assert describe_record(RECORD) == (
        "epoch 2  train loss 0.5000 accuracy 75.00%  test loss not finite accuracy 50.00%  0:01:00"
    )


def test_plain_lines_have_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    file = io.StringIO()
    reporter = PlainReporter(Console(file=file, width=40))
    with reporter:
        assert not reporter.due()  # six seconds after the start
        assert reporter.due()  # twelve
        reporter.stepped(STATUS)
        assert not reporter.due()
        reporter.reported(RECORD)
        reporter.note("in [runs]/x")
    assert file.getvalue().splitlines() == [str(STATUS), describe_record(RECORD), "in [runs]/x"]


def test_the_bar_shows_where_the_run_is() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=160, color_system=None)
    reporter = LiveReporter(console)
    with reporter:
        assert reporter.due()
        reporter.stepped(STATUS)
        reporter.reported(RECORD)
        reporter._progress.refresh()  # pyright: ignore[reportPrivateUsage]  # what a timer does
    shown = file.getvalue()
    for part in ("epoch 2/3", "50%", "loss 0.5000", "75.00%", "1,234 examples/s", "1:01:01 left"):
        assert part in shown
    assert describe_record(RECORD) in shown


def compile_for(seconds: float) -> None:
    """Tell whoever listens that a kernel was compiled, and let it take that long."""
    for ending in (None, seconds):
        for observer in tuple(kernel_store.on_compile):
            observer("f of [g], float32", ending)
        if ending is None:
            time.sleep(seconds)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LONG_COMPILATION", 0.05)


def test_plain_lines_tell_of_long_compilations_only(impatient: None) -> None:
    file = io.StringIO()
    with PlainReporter(Console(file=file, width=40)) as reporter:
        for seconds in (0.0, 0.3, 0.0):
            compile_for(seconds)
        reporter.note("next")
    compile_for(0.1)  # nobody listens any more
    assert file.getvalue() == "compiling kernel f of [g], float32 ... 0.3 s\nnext\n"


def test_the_bar_tells_of_a_long_compilation_while_it_lasts(impatient: None) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=160, color_system=None)
    reporter = LiveReporter(console)
    seen: list[str] = []
    with reporter:
        reporter.stepped(STATUS)
        before = reporter._progress.tasks[0].fields["status"]  # pyright: ignore[reportPrivateUsage]
        look = threading.Timer(
            0.3,
            lambda: seen.append(reporter._progress.tasks[0].fields["status"]),  # pyright: ignore[reportPrivateUsage]
        )
        look.start()
        compile_for(0.6)
        look.join()
        after = reporter._progress.tasks[0].fields["status"]  # pyright: ignore[reportPrivateUsage]
    assert seen == ["compiling kernel f of [g], float32 ..."]
    assert after == before
    assert "loss 0.5000" in after


def test_an_alarm_that_comes_too_late_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compilation ends while the alarm waits for its turn."""
    alarms: list[Any] = []

    class Alarm:
        daemon = False

        def __init__(self, _: float, ring: Any) -> None:
            alarms.append(ring)

        def start(self) -> None: ...
        def cancel(self) -> None: ...

    monkeypatch.setattr(progress.threading, "Timer", Alarm)
    file = io.StringIO()
    with PlainReporter(Console(file=file)):
        compile_for(0.0)
        alarms[0]()
        compile_for(0.0)
    assert file.getvalue() == ""


@pytest.mark.jit
def test_the_compiler_is_what_tells(impatient: None) -> None:
    source = """
from numba import njit


@njit
def slow(x):
    return sorted([x, 2.0 * x])[0]
"""
    file = io.StringIO()
    with PlainReporter(Console(file=file)):
        least = kernel_store.load(source, "slow", "the lesser of x and 2x", namespace={})
        assert least(3.0) == 3.0
        assert least(-3.0) == -6.0
    (line,) = file.getvalue().splitlines()
    assert line.startswith("compiling kernel the lesser of x and 2x ... ")
    assert line.endswith(" s")


class Recorder(Reporter):
    def __init__(self) -> None:
        self.statuses: list[Status] = []
        self.records: list[dict[str, object]] = []
        self.notes: list[str] = []

    def due(self) -> bool:
        return True

    def stepped(self, status: Status) -> None:
        self.statuses.append(status)

    def reported(self, record: object) -> None:
        assert isinstance(record, dict)
        self.records.append(record)

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_what_the_loop_reports(tmp_path: Path) -> None:
    recorder = Recorder()
    options = {"model": "scalar", "limit": 10, "batch": 4, "hidden": 2, "epochs": 7}
    outcome = start("xor", {**options, "report_every": 3}, tmp_path, reporter=recorder)
    # Three batches an epoch, of 4, 4 and 2; the first step only warms up.
    assert [status.step for status in recorder.statuses] == list(range(2, 22))
    assert {status.steps for status in recorder.statuses} == {21}
    assert [status.epoch for status in recorder.statuses] == [
        1 + step // 3 for step in range(1, 21)
    ]
    assert all(0.0 <= status.accuracy <= 1.0 for status in recorder.statuses)
    assert all(status.examples_per_second > 0 for status in recorder.statuses)
    assert [record["epoch"] for record in recorder.records] == [3, 6, 7]
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == recorder.records
    assert "10 examples to train on and 10 to test on" in recorder.notes[0]
    # The accuracy of an epoch is a count of its ten examples.
    shares = [float(str(record["train_accuracy"])) * 10 for record in recorder.records]
    assert all(share == round(share) for share in shares)
    assert outcome.evaluation is not None
    assert outcome.evaluation.accuracy == recorder.records[-1]["test_accuracy"]


def test_every_epoch_has_an_order_of_its_own(tmp_path: Path) -> None:
    config = make_config("xor", {"model": "scalar", "limit": 30, "batch": 7, "hidden": 2})
    trainer = Trainer(config, load_data(config), RunFolder(tmp_path))
    orders = [[int(row) for rows in trainer.rest_of_epoch() for row in rows] for _ in range(3)]
    for order in orders:
        assert sorted(order) == list(range(30))
        assert order != sorted(order)
    assert len({tuple(order) for order in orders}) == 3
