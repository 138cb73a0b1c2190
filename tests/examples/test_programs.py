"""Each program of examples/ runs as its reader would run it, and learns.

Idea: a small setting with a fixed seed; the loss falls, and the accuracy is what it should be.
Not here: the accuracies of whole runs (docs/results.md).
Read next: ../../examples/run_manual.py
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

from minitorch import datasets

from .conftest import Program


@dataclass
class Line:
    """What a training program prints of an epoch."""

    epoch: int
    loss: float
    right: float  # a share, 0 to 1


def epochs(printed: str) -> list[Line]:
    """Read the lines of a training program; there is no other line."""
    lines: list[Line] = []
    for text in printed.splitlines():
        match = re.match(r"epoch (\d+)  loss (\S+)  .*?(?:(\d+)/(\d+)|(\S+)%)", text)
        assert match, f"not a line of an epoch: {text!r}"
        number, loss, correct, count, percent = match.groups()
        right = float(percent) / 100 if percent else int(correct) / int(count)
        lines.append(Line(int(number), float(loss), right))
    return lines


@pytest.mark.parametrize(
    ("dataset", "weights", "bias"), [("Simple", (-10, 0), 5), ("Diag", (-10, -10), 5)]
)
def test_weights_set_by_hand_separate_what_a_line_can(
    program: Program, dataset: str, weights: tuple[int, int], bias: int
) -> None:
    options = ["--dataset", dataset, "--weights", *weights, "--bias", bias, "--points", 40]
    assert program("run_manual.py", *options).endswith(f"{dataset}: 40 of 40 points are right\n")


def test_weights_set_by_hand_draw_their_half_of_the_square(program: Program) -> None:
    rows = program("run_manual.py", "--weights", 0, -10).splitlines()[1:-1]
    assert rows == ["." * 20] * 5 + ["#" * 20] * 5, "class 1 is where y < 0.5, and y goes upwards"


def test_no_line_separates_xor(program: Program) -> None:
    last = program("run_manual.py", "--dataset", "Xor", "--points", 60).splitlines()[-1]
    found = re.fullmatch(r"Xor: (\d+) of 60 points are right", last)
    assert found
    labels = datasets["Xor"](60, 0).y
    assert 15 < int(found[1]) < 45, f"of {sum(labels)} points of class 1"


def test_scalars_learn(program: Program) -> None:
    lines = epochs(program("run_scalar.py", "--points", 30, "--epochs", 60))
    assert [line.epoch for line in lines] == [10, 20, 30, 40, 50, 60]
    assert lines[-1].loss < 0.6 * lines[0].loss
    assert lines[-1].right >= 0.8


def test_tensors_learn_as_scalars_do_to_the_last_printed_digit(program: Program) -> None:
    """One engine: the same numbers, whether one at a time or all at once."""
    options = ["--points", 20, "--epochs", 20, "--dataset", "Diag", "--seed", 3]
    printed = program("run_scalar.py", *options)
    assert len(epochs(printed)) == 2
    assert program("run_tensor.py", *options) == printed


@pytest.mark.jit
def test_fast_tensors_learn_as_simple_ones_do(program: Program) -> None:
    options = ["--points", 60, "--epochs", 30, "--hidden", 8, "--rate", 0.3]
    fast = epochs(program("run_fast_tensor.py", *options))
    simple = epochs(program("run_fast_tensor.py", *options, "--backend", "simple"))
    assert fast[-1].loss < 0.8 * fast[0].loss
    assert [line.right for line in fast] == [line.right for line in simple]
    assert [line.loss for line in fast] == pytest.approx([line.loss for line in simple], abs=2e-4)


@pytest.mark.slow
@pytest.mark.jit
def test_loops_run_on_all_cores(program: Program) -> None:
    """Each of the four has a `prange` that the compiler took at its word, and shows its text."""
    printed = program("parallel_check.py", "--level", 1)
    for name in ("MAP", "ZIP", "REDUCE", "MATRIX MULTIPLY"):
        section = printed.partition(f"{name}\n")[2]
        rows = [row for row in indented(section) if "prange" in row]
        assert rows, name
        assert all(row.endswith("-> on all cores") for row in rows), rows
    assert printed.count("Parallel Accelerator Optimizing") == 4


def indented(text: str) -> list[str]:
    """The lines at the beginning that are indented."""
    return list(takewhile(lambda line: line.startswith(" "), text.splitlines()))


@pytest.mark.slow
@pytest.mark.jit
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_two_layers_learn_digits(program: Program, real_data: Path, optimizer: str) -> None:
    options = ["--data", real_data, "--limit", 1000, "--epochs", 3, "--optimizer", optimizer]
    lines = epochs(program("run_mlp.py", *options))
    assert lines[-1].loss < 0.6 * lines[0].loss
    assert lines[-1].right > 0.7, "one in ten is what guessing gives"


@pytest.mark.slow
@pytest.mark.jit
def test_lenet_learns_digits(program: Program, real_data: Path) -> None:
    options = ["--data", real_data, "--limit", 1000, "--epochs", 3]
    lines = epochs(program("run_mnist.py", *options))
    assert lines[-1].loss < 0.5 * lines[0].loss
    assert lines[-1].right > 0.6, "one in ten is what guessing gives"


@pytest.mark.slow
@pytest.mark.jit
def test_kim_cnn_learns_phrases(program: Program, real_data: Path) -> None:
    options = ["--data", real_data, "--limit", 2000, "--epochs", 4]
    lines = epochs(program("run_sentiment.py", *options))
    assert lines[-1].loss < 0.85 * lines[0].loss
    assert lines[-1].right > 0.55, "half is what guessing gives"
