"""What the layout tests look at: the files of the repository, parsed.

Idea: `MODULES` is every Python file of the package as (dotted name, path, source, tree);
    each test is a question asked of these.
Not here: the questions (test_*.py beside this file).
Read next: test_door.py
"""

from __future__ import annotations

import ast
import functools
import importlib
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "minitorch"


@dataclass(frozen=True)
class SourceFile:
    """One Python file."""

    path: Path

    @property
    def place(self) -> str:
        """The path from the root of the repository, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def name(self) -> str:
        """The dotted name of the module."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @functools.cached_property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, str(self.path))


def repository_files() -> list[Path]:
    """Every file that belongs to the repository: tracked, or new and not ignored.

    In an unpacked source release, which has no git: every file.
    """
    if not (ROOT / ".git").exists():
        return sorted(path for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".pyc")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    return sorted(path for path in files if path.is_file())


def python_files(folder: str) -> list[SourceFile]:
    """The Python files under one folder of the repository, sorted."""
    return [SourceFile(path) for path in sorted((ROOT / folder).rglob("*.py"))]


MODULES = python_files("minitorch")
OTHERS = [file for folder in ("tests", "examples", "tools") for file in python_files(folder)]

# The files that benchmark the peers import the peers' libraries, each in a process of its own,
# which loads it by name; nothing else imports them.
PEERS = {
    "minitorch.bench.with_torch": "torch",
    "minitorch.bench.with_torch_compile": "torch",
    "minitorch.bench.with_jax": "jax",
    "minitorch.bench.with_tinygrad": "tinygrad",
}


def load(file: SourceFile) -> ModuleType:
    """The module of a file; a test that asks for a peer whose library is absent is skipped."""
    if file.name not in PEERS:
        return importlib.import_module(file.name)
    pytest.importorskip(PEERS[file.name], reason="the library of this peer is not installed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a library says when it is imported is not ours
            return importlib.import_module(file.name)
    except Exception as error:  # a peer, or the compiler it needs, fails in its own ways
        if file.name.endswith(".with_torch"):
            raise  # it needs nothing but itself: the mistake is ours
        pytest.skip(f"this peer cannot start: {error}")


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Each import statement below `tree`, with each module that it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Each function and method below `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.stmt) -> int:
    """How many lines of the file a statement takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1
