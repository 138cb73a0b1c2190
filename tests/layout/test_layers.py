"""Who may import whom: the contracts of pyproject.toml, and no import hidden in a function."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib

import pytest

from minitorch import nn, optim

from .house import MODULES, PEERS, ROOT, SourceFile, functions, imports

# Parts that may be absent, or that only some commands need and that are slow to import.
OPTIONAL = {
    *("PIL", "cupy", "jax", "matplotlib", "rich", "sklearn", "streamlit", "tinygrad", "torch"),
}


def test_contracts_hold() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_floors_are_exhaustive() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(c for c in settings["contracts"] if c["type"] == "layers")
    assert floors["exhaustive"] is True
    assert not floors.get("exhaustive_ignores"), "every file has a floor"
    assert not floors.get("ignore_imports"), "an import from above is mended, not excused"


FUSION = [file for file in MODULES if file.place.startswith("minitorch/fuse/")]
BLIND_TO = {
    *({*map(str.lower, (*nn.__all__, *optim.__all__))} - {"max", "argmax", "tile"}),  # no layers
    *("batchnorm", "conv", "loss", "matmul", "norm", "train"),
}


@pytest.mark.parametrize("file", FUSION, ids=lambda file: file.place)
def test_fusion_names_no_layer_no_loss_and_no_optimiser(file: SourceFile) -> None:
    """Prose may: a reader wants examples. Code may not: what it never saw fuses as well."""
    named = {
        word
        for node in ast.walk(file.tree)
        for word in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "arg", ""))
    }
    spelt = {
        node.value
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value
    }
    assert not BLIND_TO & {str(word).lower() for word in named | spelt}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_imports_stand_at_the_top(file: SourceFile) -> None:
    hidden = [
        f"{file.place}:{statement.lineno} imports {module} inside {function.name}"
        for function in functions(file.tree)
        for statement, module in imports(function)
        if module.split(".")[0] not in OPTIONAL
    ]
    assert not hidden, "\n".join(hidden)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_optional_parts_are_not_imported_at_the_top(file: SourceFile) -> None:
    """`minitorch.torch` is our own package: only absolute imports of the real one count."""
    optional = OPTIONAL - {"rich", PEERS.get(file.name)}
    top = [node for node in file.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    early = [
        f"{file.place}:{statement.lineno} imports {module}"
        for node in top
        for statement, module in imports(node)
        if module.split(".")[0] in optional and getattr(node, "level", 0) == 0
    ]
    assert not early, "\n".join(early)


def test_peers_are_loaded_by_name_only() -> None:
    """No module imports the file of a peer, but for another of the same library."""
    for file in MODULES:
        for statement, module in imports(file.tree):
            names = {
                module,
                *(f"{module}.{alias.name}" for alias in getattr(statement, "names", ())),
            }
            for peer in names & PEERS.keys():
                assert PEERS.get(file.name) == PEERS[peer], f"{file.place}:{statement.lineno}"
