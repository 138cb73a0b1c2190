"""Files, classes and functions stay small enough to be read in one sitting.

The house aims at 400 lines a file, 40 a function, 300 a class; a test fails a little above the aim.
"""

from __future__ import annotations

import ast

import pytest

from .house import MODULES, SourceFile, functions, lines_of

FILE_LINES = 450
FUNCTION_LINES = 60
CLASS_LINES = 340

# What may be longer, how long, and why. Keep it short: splitting is nearly always better.
LONGER: dict[str, int] = {}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_file_is_short(file: SourceFile) -> None:
    length = len(file.source.splitlines())
    assert length <= LONGER.get(file.place, FILE_LINES), f"{file.place} has {length} lines"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_functions_and_classes_are_short(file: SourceFile) -> None:
    too_long = [
        f"{file.place}:{node.lineno} {node.name} has {lines_of(node)} lines"
        for nodes, limit in (
            (functions(file.tree), FUNCTION_LINES),
            ((n for n in ast.walk(file.tree) if isinstance(n, ast.ClassDef)), CLASS_LINES),
        )
        for node in nodes
        if lines_of(node) > LONGER.get(f"{file.place}:{node.name}", limit)
    ]
    assert not too_long, "\n".join(too_long)


def test_exceptions_are_needed() -> None:
    places = {file.place: file for file in MODULES}
    for entry, allowed in LONGER.items():
        place, _, name = entry.partition(":")
        file = places[place]
        if not name:
            assert FILE_LINES < len(file.source.splitlines()) <= allowed, entry
        else:
            named = [n for n in ast.walk(file.tree) if getattr(n, "name", None) == name]
            assert any(isinstance(n, ast.stmt) and lines_of(n) > FUNCTION_LINES for n in named)
