"""Cutting bodies out of source text: what stays is signature, decorators and docstring.

Idea: the parser says on which lines a body stands; those lines give way to one `raise`, and every
    other character of the file stays as it is.
Not here: which bodies belong to a task (tasks.py).
Read next: tasks.toml
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from minitorch.errors import ConfigError
from minitorch.lab.tasks import Body

__all__ = ["body_names", "cut", "cut_source"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef
RAISE = b"raise NotImplementedError"


def _definitions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Each function under a node with its qualified name, the outer ones first."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield prefix + child.name, child
        if isinstance(child, Definition | ast.ClassDef):
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


def body_names(source: str) -> list[str]:
    r"""The qualified names of all functions of a source text: methods, inner functions too.

    >>> body_names("def f(x):\n    def g(y):\n        return y\n    return g\n")
    ['f', 'f.g']
    """
    return [name for name, _ in _definitions(ast.parse(source))]


def _span(definition: Definition, lines: list[bytes]) -> tuple[int, int, bytes]:
    """What gives way: lines first..last-1, counted from 0, and what takes their place.

    Comments between signature and first statement belong to the body.
    """
    text = ast.get_docstring(definition, clean=False)
    statement, last = definition.body[0], definition.body[-1].end_lineno
    assert last is not None, "parsed from text"
    before = lines[statement.lineno - 1][: statement.col_offset]  # the parser counts in bytes
    if before.strip():  # def f(x): return x
        return statement.lineno - 1, last, before + RAISE
    first = statement.lineno - 1 if text is None else statement.end_lineno or last
    while lines[first - 1].lstrip().startswith(b"#"):
        first -= 1
    return first, last, before + RAISE


def cut_source(source: str, names: Iterable[str]) -> str:
    r"""The source with each named body replaced by `raise NotImplementedError`.

    Raises:
        ConfigError: the source has no function of a name, or several; or one lies in another.

    >>> print(cut_source('def f(x):\n    "x."\n    y = x\n    return y', ["f"]))
    def f(x):
        "x."
        raise NotImplementedError
    """
    found: dict[str, list[Definition]] = {}
    for name, definition in _definitions(ast.parse(source)):
        found.setdefault(name, []).append(definition)
    wanted = set(names)
    for name in sorted(wanted):
        count = len(found.get(name, ()))
        if count != 1:
            raise ConfigError(
                f"{name!r} names {count} bodies of this source, expected one; "
                f"it has {', '.join(found) or 'none'}."
            )
        if any(name.startswith(f"{other}.") for other in wanted):
            raise ConfigError(f"{name!r} lies in a body that is to be cut too; name one of them.")
    lines = source.encode().split(b"\n")
    spans = [_span(found[name][0], lines) for name in wanted]
    for first, last, instead in sorted(spans, reverse=True):  # from the end, so that numbers hold
        lines[first:last] = [instead]
    return b"\n".join(lines).decode()


def cut(package: Path, bodies: Iterable[Body]) -> None:
    """Cut bodies out of a copy of the package, file by file, in place.

    Args:
        package: the folder named `minitorch` that holds the copy; never the installed one.
        bodies: what to cut.

    Raises:
        ConfigError: a body, or its file, is not there; nothing has been written then.
    """
    names: dict[Path, list[str]] = {}
    for body in bodies:
        path = package.parent.joinpath(*body.module.split(".")).with_suffix(".py")
        if not path.is_file():
            raise ConfigError(f"{body}: there is no file {path}.")
        names.setdefault(path, []).append(body.name)
    texts = {path: cut_source(path.read_text("utf-8"), here) for path, here in names.items()}
    for path, text in texts.items():
        path.write_text(text, "utf-8")
