from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from minitorch.cli import main
from minitorch.cli.main import run


@dataclass
class Answer:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line in this process, with a console that writes to the captured stream."""

    def call(*arguments: object) -> Answer:
        with monkeypatch.context() as patch:
            patch.setattr(main, "console", main.Console(width=200))
            status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a few digits, trained once for all tests."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    arguments = ["train", "digits", "--limit", "200", "--epochs", "8", "--out", str(folder)]
    assert run(arguments) == 0
    return folder
