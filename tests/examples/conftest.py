"""What the tests of the examples share: a way to run one as its reader does.

Idea: `python examples/NAME.py OPTIONS` in a process of its own, with warnings as errors.
Not here: what each must print (test_programs.py).
Read next: test_programs.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..data.conftest import real_data as real_data

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

Program = Callable[..., str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Run an example in an empty folder; returns what it printed."""

    def call(name: str, *options: object) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, options)],
            cwd=tmp_path,
            # Beside other load, idle threads of BLAS cost more than they give.
            env={"OMP_NUM_THREADS": "1", **os.environ},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return call
