"""The examples are short, say what they show, and stand on what users are offered."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import minitorch
import minitorch.data
import minitorch.train.layers

from .conftest import EXAMPLES

FILES = sorted(EXAMPLES.glob("*.py"))
LINES = 110
DOORS = (minitorch, minitorch.data, minitorch.train.layers)


def test_the_programs_of_the_course_are_there() -> None:
    assert {path.stem for path in FILES} >= {
        "parallel_check",
        "run_fast_tensor",
        "run_manual",
        "run_mlp",
        "run_mnist",
        "run_scalar",
        "run_sentiment",
        "run_tensor",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_is_short_and_says_its_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES
    header = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    assert len(header) <= 12
    for part in ("Idea:", "Not here:", "Read next:"):
        assert sum(line.startswith(part) for line in header) == 1, part
    after = header[-1].removeprefix("Read next: ")
    assert (EXAMPLES / after).exists(), f"read next {after}: not there"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_uses_public_names_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    doors = {door.__name__: door for door in DOORS}
    public = {"data", "fast_ops", *minitorch.__all__}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("minitorch"):
            door = doors.get(node.module or "")
            assert door, f"{node.module} is not a door"
            allowed = public if door is minitorch else set(door.__all__)
            assert {alias.name for alias in node.names} <= allowed
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "minitorch"
        ):
            assert node.attr in public, f"minitorch.{node.attr}"
            assert not node.attr.startswith("_")
