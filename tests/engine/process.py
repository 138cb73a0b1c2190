"""Programs run in processes of their own, with a cache of their own.

Idea: what a kernel leaves on disk shows only when another process comes by.
Not here: the tests (test_cache.py, test_processes.py).
Read next: test_cache.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Counts what Numba compiles, from before the first kernel on; `compiled()` is the number so far.
COUNTING = """
import numba.core.event as events
recorder = events.RecordingListener()
events.register("numba:compile", recorder)

def compiled():
    return len(recorder.buffer)
"""


def start(program: str, **environment: str) -> subprocess.Popen[str]:
    """Start a program that may use `compiled()`."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", COUNTING + textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MINITORCH_COMPILE": "always", **environment},
    )


def finish(process: subprocess.Popen[str]) -> str:
    """What the program printed; it must end well within two minutes, and not complain."""
    try:
        out, problems = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, problems
    return out.strip()


def run(program: str, **environment: str) -> str:
    """Start a program and wait for what it prints."""
    return finish(start(program, **environment))


def kernel_files(cache: Path) -> dict[str, int]:
    """The files of a cache folder, with the times of their last change."""
    return {
        str(path.relative_to(cache)): path.stat().st_mtime_ns
        for path in sorted((cache / "kernels").rglob("*"))
        if path.is_file()
    }
