"""The flat door: every name it promises is there, and nothing happens in it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

import minitorch

from .house import MODULES, OTHERS, PACKAGE, SourceFile, load


@pytest.mark.parametrize("name", minitorch.__all__)
def test_every_promised_name_resolves(name: str) -> None:
    assert hasattr(minitorch, name), f"minitorch.__all__ names {name!r}, which is not there"


def test_promised_names_are_promised_once() -> None:
    assert len(minitorch.__all__) == len(set(minitorch.__all__))


def test_door_gives_functions_where_modules_share_their_names() -> None:
    assert inspect.isfunction(minitorch.tensor), "minitorch.tensor is the constructor, not the file"
    assert isinstance(minitorch.datasets, dict), "minitorch.datasets is the dict, not the file"
    for submodule in ("operators", "tensor_data", "fast_ops"):
        assert inspect.ismodule(getattr(minitorch, submodule))


def test_door_has_no_logic() -> None:
    tree = SourceFile(PACKAGE / "__init__.py").tree
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        match node:
            case ast.Import(names=names):
                assert all(alias.name.split(".")[0] in ("minitorch", "numba") for alias in names)
            case ast.ImportFrom(module=module):
                assert (module or "").split(".")[0] in ("minitorch", "__future__")
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                assert target in ("__all__", "__version__", "version"), target
                ast.literal_eval(value)
            case _:
                pytest.fail(f"minitorch/__init__.py:{node.lineno} is neither import nor constant")


@pytest.mark.parametrize("file", MODULES + OTHERS, ids=lambda file: file.place)
def test_no_star_import(file: SourceFile) -> None:
    stars = [
        node.lineno
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not stars, f"{file.place}: star import on line {stars}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_exports_are_explicit_and_real(file: SourceFile) -> None:
    if file.name.endswith("__main__"):
        pytest.skip("a program exports nothing")
    module = load(file)
    exported = getattr(module, "__all__", None)
    assert exported is not None, f"{file.place} has no __all__"
    assert len(exported) == len(set(exported)), f"{file.place}: __all__ names something twice"
    missing = [name for name in exported if not hasattr(module, name)]
    assert not missing, f"{file.place}: __all__ names {missing}, which are not there"


def test_import_is_light_and_quiet() -> None:
    """What is optional or slow waits until it is used; numba.cuda is promised to course code."""
    probe = (
        "import sys, minitorch; "
        "print(' '.join(sorted(m for m in sys.modules if '.' not in m or m == 'numba.cuda')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", probe], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert done.stderr == ""
    assert "numba.cuda" in loaded
    heavy = {
        "matplotlib",
        "sklearn",
        "torch",
        "jax",
        "tinygrad",
        "PIL",
        "rich",
        "typer",
        "pydantic",
    }
    heavy |= {"pooch"}
    assert not loaded & heavy
