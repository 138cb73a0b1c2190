"""The accuracies that the defaults of the command must reach, on data that needs no download."""

from __future__ import annotations

from pathlib import Path

import pytest

from minitorch.train import start


@pytest.mark.slow
@pytest.mark.jit
@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("simple", 0.98), ("diag", 0.98), ("split", 0.98), ("xor", 0.98), ("circle", 0.98),
        ("spiral", 0.95), ("digits", 0.97),
    ],
)  # fmt: skip
def test_accuracy_after_the_last_epoch(what: str, least: float, tmp_path: Path) -> None:
    outcome = start(what, {}, tmp_path)
    assert outcome.evaluation is not None
    assert outcome.evaluation.accuracy >= least
