"""The stubs in typings/ tell no lies: each name they declare is in the library as installed."""

from __future__ import annotations

import ast
import importlib
import warnings
from pathlib import Path

import pytest

from .house import ROOT

STUBS = sorted((ROOT / "typings").rglob("*.pyi"))


def declared(body: list[ast.stmt]) -> list[ast.stmt]:
    """The public classes, functions and values of a stub."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AnnAssign
    return [node for node in body if isinstance(node, kinds) and not name_of(node).startswith("_")]


def name_of(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign):
        return node.target.id if isinstance(node.target, ast.Name) else "_"
    return getattr(node, "name", "_")


@pytest.mark.parametrize("stub", STUBS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_declared_names_exist(stub: Path) -> None:
    parts = stub.relative_to(ROOT / "typings").with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library says when it is imported is not ours
        module = importlib.import_module(name)
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    for node in declared(tree.body):
        assert hasattr(module, name_of(node)), f"{name} has no {name_of(node)}"
        if not isinstance(node, ast.ClassDef):
            continue
        for member in declared(node.body):
            if isinstance(member, ast.AnnAssign):
                continue  # set by __init__, not seen on the class
            thing = getattr(module, node.name)
            assert hasattr(thing, name_of(member)), f"{name}.{node.name} has no {name_of(member)}"
