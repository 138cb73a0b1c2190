"""What is public says what it does, and its examples run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect

import pytest

import minitorch

from .house import MODULES, SourceFile, functions

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

# Rooms whose public names are for the command line or the tests, and need no example.
WITHOUT_EXAMPLES = ("minitorch.cli", "minitorch.train", "minitorch.app", "minitorch.__main__")


def has_example(thing: object) -> bool:
    """Whether a function, or a class in its own text or a method's, shows itself at work."""
    if ">>>" in (inspect.getdoc(thing) or ""):
        return True
    methods = vars(thing).values() if inspect.isclass(thing) else ()
    return any(">>>" in (getattr(method, "__doc__", None) or "") for method in methods)


def exported(file: SourceFile) -> dict[str, object]:
    """The classes and functions that a module defines and exports."""
    module = importlib.import_module(file.name)
    things = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return {
        name: thing
        for name, thing in things.items()
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__ == file.name
    }


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_examples_run(file: SourceFile) -> None:
    module = importlib.import_module(file.name)
    runner = doctest.DocTestRunner(verbose=False, optionflags=OPTIONS)
    report: list[str] = []
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_public_names_have_docstrings_with_examples(file: SourceFile) -> None:
    silent: list[str] = []
    for name, thing in exported(file).items():
        text = (getattr(thing, "__doc__", None) or "").strip()
        if not text or not text.splitlines()[0].endswith((".", ":", "?")):
            silent.append(f"{name}: no docstring whose first line is a sentence")
        is_error = inspect.isclass(thing) and issubclass(thing, BaseException)
        if not (is_error or file.name.startswith(WITHOUT_EXAMPLES) or has_example(thing)):
            silent.append(f"{name}: no example")
    assert not silent, f"{file.place}:\n" + "\n".join(silent)


def test_every_name_of_the_door_is_explained() -> None:
    for name in minitorch.__all__:
        thing = getattr(minitorch, name)
        if inspect.isfunction(thing) or inspect.isclass(thing) or inspect.ismodule(thing):
            assert inspect.getdoc(thing), f"minitorch.{name} has no docstring"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_first_lines_do_not_repeat_the_name(file: SourceFile) -> None:
    """'Computes sigmoid.' under `def sigmoid` tells nothing; a fact does."""
    empty: list[str] = []
    for node in functions(file.tree):
        first = (ast.get_docstring(node) or "").partition("\n")[0]
        said = [word.strip(".`:()").lower() for word in first.split()]
        rest = [
            w for w in said if w not in {node.name.lower(), "the", "a", "an", "this", "function"}
        ]
        if first and len(rest) < 2 and ">" not in first and "*" not in first:
            empty.append(f"{file.place}:{node.lineno} {node.name}: {first!r}")
    assert not empty, "\n".join(empty)
