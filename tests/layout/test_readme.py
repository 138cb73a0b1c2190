"""README and docs/ tell the truth: their code runs, links lead somewhere, maps are whole.

Idea: a page is data. Each `python` block is executed, and prints what the `text` block after it
    shows; each link and each file between backticks is looked for; each map is compared with the
    thing it is a map of.
Not here: that the commands of the Makefile exist (test_repository.py).
Read next: ../../README.md
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from minitorch.cli.main import app
from minitorch.config import VARIABLES
from minitorch.lab import load_tasks

from .house import PACKAGE, ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAM = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#]*)(?:#[\w-]+)?\)")
NAMED_FILE = re.compile(r"`([\w./-]+(?:\.(?:py|toml|md)|/))`")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def programs() -> list[tuple[str, str, str | None]]:
    """(page, code, what it prints) of each block of README and docs/ that is a program."""
    found: list[tuple[str, str, str | None]] = []
    for page in PAGES:
        for code, printed in PROGRAM.findall(page.read_text(encoding="utf-8")):
            if "import" in code:  # CONTRIBUTING shows fragments that stand in a file
                found.append((page.name, code, printed))
    return found


@pytest.mark.parametrize(
    ("code", "printed"),
    [(code, printed) for _, code, printed in programs()],
    ids=[f"{page}-{number}" for number, (page, _, _) in enumerate(programs())],
)
def test_programs_print_what_the_page_shows(code: str, printed: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


def test_there_are_programs_to_test() -> None:
    pages = [page for page, _, _ in programs()]
    assert pages.count("README.md") >= 2
    assert all(printed for _, _, printed in programs()), "a program shows what it prints"


def test_first_program_is_a_dozen_lines() -> None:
    code = programs()[0][1]
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target in LINK.findall(prose(page))
        if target and "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, f"{page.name} links to {broken}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    places = (ROOT, page.parent, PACKAGE)
    outside = {"shared/data", ".venv/"}  # made, or found beside a clone
    lost = [
        name
        for name in NAMED_FILE.findall(prose(page))
        if name not in outside and not any((place / name).exists() for place in places)
    ]
    assert not lost, f"{page.name} names {lost}"


def test_map_of_the_house_is_whole() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The house")[2]
    mapped = set(re.findall(r"\(minitorch/([\w./]+)\)", section.partition("\n## ")[0]))
    doors = {"__init__.py", "__main__.py"}  # the house's own doors, not rooms of it
    there = {path.name for path in PACKAGE.glob("*.py")} - doors
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert mapped == there | rooms


def test_examples_are_all_listed() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Read")[2]
    listed = set(re.findall(r"\(examples/(\w+\.py)\)", section.partition("\n## ")[0]))
    assert listed == {path.name for path in (ROOT / "examples").glob("*.py")}


def test_commands_and_variables_are_real() -> None:
    group = typer.main.get_command(app)
    commands = set(getattr(group, "commands", {}))
    assert {"train", "predict", "doctor"} <= commands
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^ {4}|`)minitorch ([a-z]+)", text, re.MULTILINE))
        assert named <= commands, page.name
        assert set(re.findall(r"MINITORCH_[A-Z]+", text)) <= set(VARIABLES), page.name


def test_course_page_agrees_with_the_table_of_tasks() -> None:
    """Each task of lab/tasks.toml has a row, which links the files of its bodies and no other."""
    text = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\.\d) \| (.*?) \| ?(.*?) ?\|$", text, re.MULTILINE)
    tasks = load_tasks().tasks
    assert [number for number, _, _ in rows] == [task.number for task in tasks]
    for task, (_, what, where) in zip(tasks, rows, strict=True):
        assert what.startswith(task.title), task.number
        linked = set(re.findall(r"\.\./minitorch/([\w/]+)\.py", where))
        modules = {body.module for body in task.bodies}
        assert {f"minitorch.{name.replace('/', '.')}" for name in linked} == modules, task.number
