"""Cutting: the body goes, and nothing but the body."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch.errors import ConfigError
from minitorch.lab import Body, body_names, cut, cut_source, load_tasks

PACKAGE = Path(minitorch.__file__).parent

SOURCE = '''\
"""A module."""
import functools

CONSTANT = 1  # stays


@functools.cache
def first(
    x: int,  # an argument
    y: int = CONSTANT,
) -> int:
    """What it does.

    >>> first(1)
    2
    """
    # Why it is done so.
    total = x + y  # the solution
    if total:
        return total

    return 0  # the end


class Holder:
    """Holds."""

    size = 3

    def method(self):
        # A hint.
        text = """a text
of two lines"""
        return text

    def outer(self):
        def inner(z):
            return z

        return inner

    async def later(self): return 1

    def said(self):
        """Only a docstring."""


after = "é"  # stays
def umlaut(ä): return "ü" + ä
'''


def run(source: str) -> dict[str, object]:
    namespace: dict[str, object] = {}
    exec(compile(source, "cut", "exec"), namespace)
    return namespace


def test_signature_decorators_and_docstring_stay() -> None:
    assert cut_source(SOURCE, ["first"]) == SOURCE.replace(
        """\
    # Why it is done so.
    total = x + y  # the solution
    if total:
        return total

    return 0  # the end
""",
        "    raise NotImplementedError\n",
    )


def test_methods_and_texts_of_several_lines() -> None:
    expected = SOURCE.replace(
        '''\
        # A hint.
        text = """a text
of two lines"""
        return text
''',
        "        raise NotImplementedError\n",
    )
    assert cut_source(SOURCE, ["Holder.method"]) == expected


def test_inner_functions_alone() -> None:
    assert cut_source(SOURCE, ["Holder.outer.inner"]) == SOURCE.replace(
        "            return z\n", "            raise NotImplementedError\n"
    )


def test_functions_of_one_line() -> None:
    expected = SOURCE.replace("return 1", "raise NotImplementedError").replace(
        'return "ü" + ä', "raise NotImplementedError"
    )
    assert cut_source(SOURCE, ["Holder.later", "umlaut"]) == expected


def test_a_body_of_a_docstring_alone() -> None:
    text = '        """Only a docstring."""\n'
    expected = SOURCE.replace(text, text + "        raise NotImplementedError\n")
    assert cut_source(SOURCE, ["Holder.said"]) == expected


def test_several_at_once() -> None:
    names = ["first", "Holder.method", "Holder.outer", "Holder.later", "Holder.said", "umlaut"]
    one_by_one = SOURCE
    for name in names:
        one_by_one = cut_source(one_by_one, [name])
    assert cut_source(SOURCE, names) == one_by_one
    namespace = run(one_by_one)
    assert namespace["after"] == "é"
    first = namespace["first"]
    assert callable(first)
    assert (first.__doc__ or "").startswith("What it does.")
    with pytest.raises(NotImplementedError):
        first(1)


def test_names_of_bodies() -> None:
    assert body_names(SOURCE) == [
        "first", "Holder.method", "Holder.outer", "Holder.outer.inner", "Holder.later",
        "Holder.said", "umlaut",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["second"], r"'second' names 0 bodies of this source, expected one; it has first, Holder"),
        (["Holder"], "'Holder' names 0 bodies"),
        (["Holder.outer", "Holder.outer.inner"], r"'Holder\.outer\.inner' lies in a body that is"),
    ],
)
def test_what_cannot_be_cut_is_refused(names: list[str], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        cut_source(SOURCE, names)


def test_a_name_of_two_bodies_is_refused() -> None:
    with pytest.raises(ConfigError, match="'f' names 2 bodies"):
        cut_source("def f(): return 1\ndef f(): return 2\n", ["f"])


REAL = {
    module: PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")
    for module in load_tasks().modules
}


@given(st.data())
def test_what_is_cut_of_the_engine_still_parses(data: st.DataObject) -> None:
    """Any bodies of any file: the same functions are left, the chosen ones empty."""
    source = REAL[data.draw(st.sampled_from(list(REAL)))]
    tree = body_names(source)
    single = [name for name in tree if tree.count(name) == 1]
    names = set(data.draw(st.lists(st.sampled_from(single), min_size=1, max_size=5)))
    names = {n for n in names if not any(n.startswith(f"{other}.") for other in names)}
    result = cut_source(source, names)
    left = [name for name in tree if not any(name.startswith(f"{cut}.") for cut in names)]
    assert body_names(result) == left
    assert cut_source(result, names) == result, "cutting twice is cutting once"
    bodies = [node for node in ast.walk(ast.parse(result)) if isinstance(node, ast.FunctionDef)]
    raising = sum(ast.unparse(node.body[-1]) == "raise NotImplementedError" for node in bodies)
    assert raising >= len(names)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    package = tmp_path / "minitorch"
    package.mkdir()
    for name in ("operators.py", "module.py"):
        shutil.copy(PACKAGE / name, package / name)
    return package


def test_cutting_a_package_changes_the_named_files_only(copied: Path) -> None:
    cut(copied, [Body("minitorch.operators", "mul"), Body("minitorch.operators", "add")])
    text = (copied / "operators.py").read_text("utf-8")
    assert text.count("raise NotImplementedError") == 2
    assert (copied / "module.py").read_bytes() == (PACKAGE / "module.py").read_bytes()


@pytest.mark.parametrize("wrong", ["minitorch.operators:plus", "minitorch.nowhere:mul"])
def test_a_wrong_name_leaves_every_file_as_it_was(copied: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"names 0 bodies|there is no file"):
        cut(copied, [Body("minitorch.module", "Module.train"), Body.parse(wrong)])
    for name in ("operators.py", "module.py"):
        assert (copied / name).read_bytes() == (PACKAGE / name).read_bytes()
