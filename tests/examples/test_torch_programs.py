"""Each program of examples/torch/ prints the same with minitorch as with PyTorch.

Idea: all numbers a program starts from come from Python's generator, so what it prints differs by
    rounding only; both run as a user would run them, at a small size.
Not here: programs of others, and the ops one by one (tests/torch/).
Read next: ../../examples/torch/mlp.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from math import isclose
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "examples" / "torch"

# Options that make a run small, and how far a number may be from PyTorch's, relatively.
PROGRAMS: dict[str, tuple[list[str], float]] = {
    "mlp": (["--steps", "20"], 1e-3),
    "custom_function": (["--steps", "20"], 1e-3),
    "mnist_cnn": (["--images", "200", "--epochs", "1"], 1e-2),
    "vae": (["--images", "100", "--epochs", "2"], 1e-3),
    "dcgan": (["--images", "50", "--epochs", "1"], 1e-2),
    "char_rnn": (["--steps", "5"], 1e-3),
    "char_rnn --cell gru": (["--steps", "5"], 1e-3),
    "translation": (["--steps", "5"], 1e-3),
    "gpt": (["--steps", "3", "--width", "32"], 1e-3),
    "text_cnn": (["--sentences", "80", "--epochs", "2"], 1e-3),
    "reinforce": (["--episodes", "3"], 1e-2),
    "gcn": (["--steps", "20"], 1e-3),
    "resnet": (["--steps", "2"], 1e-2),
    "time_series": (["--steps", "2"], 1e-4),
    "checkpoints": ([], 1e-3),
    "schedulers": ([], 1e-4),
}
NUMBER = re.compile(r"[-+]?\d+\.\d+(?:e[-+]?\d+)?")


def printed(command: list[str]) -> str:
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER.parent.parent)}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environ, cwd=FOLDER
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_program_is_listed() -> None:
    named = {name.partition(" ")[0] for name in PROGRAMS} | {"draws"}
    assert named == {path.stem for path in FOLDER.glob("*.py")}


@pytest.mark.jit
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_it_prints_with_pytorch(name: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    options, tolerance = PROGRAMS[name]
    program, *more = name.split()
    command = [f"{program}.py", *more, *options]
    ours = printed(["-m", "minitorch", "run", *command])
    theirs = printed(command)
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    for a, b in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True):
        assert isclose(float(a), float(b), rel_tol=tolerance, abs_tol=tolerance), (ours, theirs)
