"""What all tests share: where the real data is, how hypothesis draws, a private cache on request.

Idea: the environment is settled here, before any test imports minitorch, because
    `minitorch.config` reads it once.
Not here: fixtures of one room (tests/ROOM/conftest.py).
Read next: tests/layout/
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

_shared_data = ROOT.parent / "shared" / "data"
if not os.environ.get("MINITORCH_DATA") and _shared_data.is_dir():
    os.environ["MINITORCH_DATA"] = str(_shared_data)
# Curves are drawn to files; no test may open a window.
os.environ.setdefault("MPLBACKEND", "agg")

# The first example of an op may wait for a compiler, so no example has a deadline.
hypothesis.settings.register_profile(
    "work",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# The same examples on every run, so that a red build is red again when it is looked into.
hypothesis.settings.register_profile(
    "ci",
    parent=hypothesis.settings.get_profile("work"),
    derandomize=True,
    print_blob=True,
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "work")


@pytest.fixture
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kernels are compiled before their first launch, here and in processes started by the test.

    Else most of a test's kernels are too small to be compiled at all.
    """
    from minitorch.tiers import at_once

    monkeypatch.setenv("MINITORCH_COMPILE", "always")
    with at_once():
        yield


@pytest.fixture
def cache_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that processes started by the test use as their cache.

    Tests share the user's cache otherwise, so that a kernel is compiled once per machine.
    """
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("MINITORCH_CACHE", str(folder))
    return folder
