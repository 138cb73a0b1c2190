"""Each module opens with what it is, its idea, what is not in it, and where to read on."""

from __future__ import annotations

import ast

import pytest

from .house import MODULES, PACKAGE, ROOT, SourceFile

HEADER_LINES = 12


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_header_says_what_idea_not_here_and_read_next(file: SourceFile) -> None:
    header = ast.get_docstring(file.tree, clean=True)
    assert header, f"{file.place} has no header"
    lines = header.splitlines()
    assert len(lines) <= HEADER_LINES, f"{file.place}: {len(lines)} lines of header"
    assert lines[0].rstrip().endswith((".", ":", ";", ",")) or len(lines[0]) > 20
    for part in ("Idea:", "Not here:", "Read next:"):
        starts = sum(line.startswith(part) for line in lines)
        assert starts == 1, f"{file.place}: the header says {part!r} {starts} times, expected once"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_read_next_names_a_file_that_exists(file: SourceFile) -> None:
    header = ast.get_docstring(file.tree, clean=True) or ""
    after = header.partition("Read next:")[2].split("\n\n")[0]
    words = [word.rstrip(".,;:)`").lstrip("(`") for word in after.split()]
    named = [word for word in words if word.endswith((".py", ".md", ".toml", "/"))]
    assert named, f"{file.place}: 'Read next:' names no file: {after.strip()!r}"
    for word in named:
        places = (file.path.parent / word, PACKAGE / word, ROOT / word)
        assert any(place.exists() for place in places), f"{file.place}: read next {word}: not there"
