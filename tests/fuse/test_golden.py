"""Emitted kernels are the files of tests/golden, letter by letter.

Idea: a change of the emitter shows as a diff that a person reads. `python -m tests.fuse.golden`
    writes the files anew.
Not here: that the kernels are right (test_graphs.py).
Read next: golden.py
"""

from __future__ import annotations

import ast

import pytest

from .golden import FOLDER, PROGRAMS, emitted


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_kernel_is_emitted_as_it_stands_in_its_file(name: str) -> None:
    expected = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert emitted(name) == expected, "if that is better: python -m tests.fuse.golden"


def test_each_file_has_its_program() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_kernel_restates_no_formula(name: str) -> None:
    """Arithmetic is on indices; what is done to numbers is a call of an operator."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    kernel = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "kernel"
    )
    for node in ast.walk(kernel):
        if isinstance(node, ast.BinOp):
            assert not {it.id for it in ast.walk(node) if isinstance(it, ast.Name)} & {
                target.id
                for it in ast.walk(kernel)
                if isinstance(it, ast.Assign) and isinstance(it.value, ast.Call)
                for target in it.targets
                if isinstance(target, ast.Name)
            }
