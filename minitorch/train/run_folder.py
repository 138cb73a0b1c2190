"""The folder of one run: settings, metrics, checkpoints, pictures; one process at a time.

Idea: `config.json` says what the run is, `metrics.jsonl` grows by one line per report, and a
    checkpoint remembers how long metrics.jsonl was: a resumed run cuts the file to that length,
    so no line is there twice and none is lost.
Not here: what a checkpoint holds (loop.py), the pictures (plots.py).
Read next: loop.py
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from minitorch import checkpoint
from minitorch.errors import CheckpointError, OutputError
from minitorch.train.config import RunConfig

__all__ = ["RunFolder", "new_path", "newest_path"]

CONFIG = "config.json"
METRICS = "metrics.jsonl"
VOCABULARY = "vocabulary.json"
LOCK = ".lock"
PICTURES = ("curves.png", "boundary.png", "confusion.png", "mistakes.png")

logger = logging.getLogger(__name__)


class RunFolder:
    """The files of a run at `path`.

    >>> RunFolder("runs/digits-1").config.name
    'config.json'
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.config = self.path / CONFIG
        self.metrics = self.path / METRICS
        self.vocabulary = self.path / VOCABULARY

    def holds_a_run(self) -> bool:
        """Tell whether a run was begun here."""
        return self.config.exists()

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep other processes out of the folder; the lock ends with the process, however it ends.

        Raises:
            OutputError: another process trains here.
        """
        with (self.path / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutputError(
                    error.errno,
                    f"{self.path} is in use by another run of minitorch; expected a folder of its "
                    "own for each. Wait for it to end, or choose another folder.",
                ) from error
            yield

    def clear(self) -> None:
        """Remove what an earlier run left here, and nothing else."""
        for name in (CONFIG, METRICS, VOCABULARY, *PICTURES):
            (self.path / name).unlink(missing_ok=True)
        for path in self.path.glob("*checkpoint-*"):
            shutil.rmtree(path, ignore_errors=True)

    def begin(self, config: RunConfig, vocabulary: list[str] | None) -> None:
        """Write the settings and, for text, the vocabulary; start an empty metrics file."""
        self.metrics.write_bytes(b"")
        if vocabulary is not None:
            self.write_json(self.vocabulary, vocabulary)
        self.write_json(self.config, config.model_dump())

    def write_json(self, path: Path, content: object) -> None:
        """Write JSON so that a reader sees all of it or nothing.

        Raises:
            OutputError: the file cannot be written.
        """
        partial = path.with_name(f".{path.name}.partial")
        try:
            partial.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
            partial.rename(path)
        except OSError as error:
            raise OutputError(
                error.errno, f"{path} cannot be written ({error.strerror}). Choose another folder."
            ) from error

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line to metrics.jsonl.

        Raises:
            OutputError: the file cannot be written.
        """
        try:
            with self.metrics.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, allow_nan=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                error.errno,
                f"{self.metrics} cannot be written ({error.strerror}); a line of metrics was to be "
                "added. Free some space and go on with --resume.",
            ) from error

    def metrics_length(self) -> int:
        """Return the bytes of metrics.jsonl, which a checkpoint remembers."""
        return self.metrics.stat().st_size

    def cut_metrics(self, length: int) -> None:
        """Forget the lines that were written after the checkpoint that remembers `length`."""
        found = self.metrics.stat().st_size if self.metrics.exists() else 0
        if found < length:
            logger.warning(
                "%s has %d bytes where the checkpoint says %d: lines are missing",
                self.metrics, found, length,
            )  # fmt: skip
            length = found
        with self.metrics.open("a", encoding="utf-8") as file:
            file.truncate(length)

    def read_metrics(self) -> list[dict[str, Any]]:
        """Return the lines of metrics.jsonl.

        Raises:
            CheckpointError: a line is not JSON.
        """
        try:
            lines = self.metrics.read_text(encoding="utf-8").splitlines()
            return [cast("dict[str, Any]", json.loads(line)) for line in lines]
        except ValueError as error:
            raise CheckpointError(
                f"{self.metrics} holds a line that is not JSON ({error}). Remove that line."
            ) from error

    def read_vocabulary(self) -> list[str]:
        """Return the words of the run, in the order of their ids.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        try:
            words = json.loads(self.vocabulary.read_text(encoding="utf-8"))
            return [str(word) for word in cast("list[object]", words)]
        except (OSError, ValueError, TypeError) as error:
            raise CheckpointError(
                f"{self.vocabulary} cannot be read ({error}); expected the list of words that the "
                "run wrote. Restore the file, or train again."
            ) from error

    def checkpoint(self) -> checkpoint.Checkpoint:
        """Return the newest complete checkpoint of the run."""
        return checkpoint.load(self.path)


def new_path(what: str, root: Path = Path("runs")) -> Path:
    """Return the first of `runs/<what>-1`, `-2`, ... after those that are there.

    >>> new_path("digits", Path("no-such-folder")).name
    'digits-1'
    """
    return root / f"{what}-{max(_numbers(what, root), default=0) + 1}"


def newest_path(what: str, root: Path = Path("runs")) -> Path:
    """Return the path of the last run of `what`, which `--resume` without `--out` goes on with.

    Raises:
        CheckpointError: there is none.
    """
    numbers = _numbers(what, root)
    if not numbers:
        raise CheckpointError(
            f"There is no run of {what} in {root}/ to resume; expected a folder {what}-<number>. "
            "Give the folder of the run with --out, or leave --resume away."
        )
    return root / f"{what}-{max(numbers)}"


def _numbers(what: str, root: Path) -> list[int]:
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    found = [re.fullmatch(rf"{re.escape(what)}-(\d+)", name) for name in names]
    return [int(match[1]) for match in found if match]
