"""What is public says what it does, and its examples run."""

from __future__ import annotations

import ast
import doctest
import inspect
from types import ModuleType

import pytest

import minitorch
import minitorch.data

from .house import MODULES, SourceFile, functions, load

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

# The doors through which users come; what is exported only from file to file needs no example.
DOORS = [minitorch, minitorch.data]


def has_example(thing: object) -> bool:
    """Whether a function, or a class in its own text or a method's, shows itself at work."""
    if ">>>" in (inspect.getdoc(thing) or ""):
        return True
    methods = vars(thing).values() if inspect.isclass(thing) else ()
    return any(">>>" in (getattr(method, "__doc__", None) or "") for method in methods)


def is_definition(thing: object) -> bool:
    """Whether a thing is a class or function of ours, so that its docstring is our text."""
    ours = (getattr(thing, "__module__", None) or "").startswith("minitorch")
    return ours and (inspect.isclass(thing) or inspect.isfunction(thing))


# Their examples show what the compiler did.
COMPILED = {"minitorch.fast_ops"}


@pytest.mark.parametrize(
    "file",
    [pytest.param(f, marks=pytest.mark.jit) if f.name in COMPILED else f for f in MODULES],
    ids=lambda file: file.place,
)
def test_examples_run(file: SourceFile) -> None:
    module = load(file)
    runner = doctest.DocTestRunner(verbose=False, optionflags=OPTIONS)
    report: list[str] = []
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_public_names_have_docstrings(file: SourceFile) -> None:
    module = load(file)
    silent: list[str] = []
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        if is_definition(thing):
            first = (thing.__doc__ or "").strip().partition("\n")[0]
            if not first.endswith((".", ":", "?")):
                silent.append(name)
    assert not silent, f"{file.place}: no docstring whose first line is a sentence: {silent}"


@pytest.mark.parametrize(
    ("door", "name"),
    [(door, name) for door in DOORS for name in door.__all__ if name[0] != "_"],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_users_call_shows_itself_at_work(door: ModuleType, name: str) -> None:
    """Except errors, which nobody calls; ops, shown by the method that applies them; raw loops."""
    thing = getattr(door, name)
    exempt = (BaseException, minitorch.FunctionBase)
    if name.startswith("tensor_"):
        return  # a loop over storages, called by a backend
    if is_definition(thing) and not (inspect.isclass(thing) and issubclass(thing, exempt)):
        assert has_example(thing), f"{door.__name__}.{name}: no example in its docstring"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.place)
def test_first_lines_do_not_repeat_the_name(file: SourceFile) -> None:
    """'The sigmoid function.' under `def sigmoid` tells nothing; a fact does."""
    filler = {"the", "a", "an", "this", "function", "method", "class"}
    empty: list[str] = []
    for node in functions(file.tree):
        first = (ast.get_docstring(node) or "").partition("\n")[0]
        words = {word.strip(".`:()").lower() for word in first.split()}
        if first and words <= filler | {node.name.lower()}:
            empty.append(f"{file.place}:{node.lineno} {node.name}: {first!r}")
    assert not empty, "\n".join(empty)
