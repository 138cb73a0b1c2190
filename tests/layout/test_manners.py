"""What the library never does: unpickle, evaluate text, print, read unlisted switches."""

from __future__ import annotations

import ast
import re

import pytest

from minitorch.config import VARIABLES

from .house import MODULES, ROOT, SourceFile, imports, repository_files

# Where text is executed, how often, and whose text it is.
EXECUTES = {
    "minitorch/cli/run.py": (1, "the program that the user names on the command line"),
    "minitorch/fast_ops.py": (1, "the lift of n operands, written by that very function"),
    "minitorch/kernel_store.py": (1, "a kernel, as the text that was just generated, not a file"),
}
# Who may import a pickler, and what for.
ERRORS_OF_PICKLE = {"minitorch/errors.py": "derives errors from its errors, and calls nothing"}
# Who else looks for a MINITORCH_ variable in the environment, and why `config` is not enough.
LOOKS = {
    "minitorch/cli/doctor.py": "shows what is set",
    "minitorch/train/config.py": "a backend that was asked for outranks the model's",
}
# Shown by examples as what a user mistyped.
MISSPELT = {"MINITORCH_BACKEN"}
VARIABLE = re.compile(r"MINITORCH_[A-Z0-9_]*[A-Z0-9]")


def calls(file: SourceFile) -> list[tuple[int, str]]:
    """Each call of a plain name, with its line."""
    return [
        (node.lineno, node.func.id)
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_nothing_is_unpickled_or_evaluated(file: SourceFile) -> None:
    evaluated = [line for line, name in calls(file) if name in {"eval", "exec"}]
    allowed, _ = EXECUTES.get(file.place, (0, ""))
    assert len(evaluated) == allowed, f"{file.place}: eval or exec on lines {evaluated}"
    pickles = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    unpickled = [
        statement.lineno
        for statement, module in imports(file.tree)
        if module.split(".")[0] in pickles
    ]
    if file.place in ERRORS_OF_PICKLE:
        used = {
            node.attr
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pickle"
        }
        assert used == {"PicklingError", "UnpicklingError"}, file.place
        return
    assert not unpickled, f"{file.place}: imports a pickler on lines {unpickled}"
    assert "allow_pickle=True" not in file.source, file.place


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_library_does_not_print(file: SourceFile) -> None:
    if file.name.startswith(("minitorch.cli", "minitorch.train")):
        pytest.skip("this room talks to the terminal")
    printed = [line for line, name in calls(file) if name == "print"]
    assert not printed, f"{file.place}: print on lines {printed}; log, or return data"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_loggers_are_named_after_the_package(file: SourceFile) -> None:
    for node in ast.walk(file.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="getLogger"), args=[ast.Name(id="__name__")]):
                pass
            case ast.Call(func=ast.Attribute(attr="getLogger"), args=[ast.Constant(value=name)]):
                assert str(name).split(".")[0] == "minitorch", f"{file.place}:{node.lineno}"
            case ast.Call(func=ast.Attribute(attr="getLogger")):
                pytest.fail(f"{file.place}:{node.lineno}: a logger without a fixed name")
            case _:
                pass


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_click_is_left_to_typer(file: SourceFile) -> None:
    assert all(module.split(".")[0] != "click" for _, module in imports(file.tree)), file.place


def test_every_variable_is_listed() -> None:
    """A MINITORCH_ variable that the package or its papers name is one that `doctor` lists."""
    papers = [
        path
        for path in repository_files()
        if path.suffix in {".md", ".toml", ".rst"} or path.name in {"Makefile", "run"}
    ]
    for path in [file.path for file in MODULES] + papers:
        unknown = (
            set(VARIABLE.findall(path.read_text(encoding="utf-8"))) - set(VARIABLES) - MISSPELT
        )
        assert not unknown, f"{path.relative_to(ROOT)} names {unknown}, not in config.VARIABLES"


def test_every_listed_variable_is_read() -> None:
    """`read_config` looks at each variable of the list, and at nothing else."""
    source = (ROOT / "minitorch" / "config.py").read_text(encoding="utf-8")
    after_the_list = source.partition("def read_config")[2]
    assert set(VARIABLE.findall(after_the_list)) == set(VARIABLES)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_variables_are_read_in_one_place(file: SourceFile) -> None:
    """Others' variables (NUMBA_, XDG_ ...) may be obeyed anywhere; ours are read by `config`."""
    if file.name == "minitorch.config":
        pytest.skip("this is the place")
    lookups = ast.Call | ast.Subscript | ast.Compare
    read = [
        node.lineno
        for node in ast.walk(file.tree)
        if isinstance(node, lookups)
        and re.search(r"\b(environ|getenv)\b", ast.unparse(node))
        and VARIABLE.search(ast.unparse(node))
    ]
    assert file.place in LOOKS or not read, f"{file.place} reads our variables on lines {read}"
