"""The table of tasks, read and checked.

Idea: a body is named "module:qualified.name", a function inside another by the names of both:
    "minitorch.tensor_ops:tensor_lift.loop".
Not here: the table itself (tasks.toml), changing any source (cut.py).
Read next: cut.py
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from minitorch.errors import ConfigError

__all__ = ["Body", "Given", "Task", "Tasks", "load_tasks"]

TABLE = Path(__file__).with_name("tasks.toml")


@dataclass(frozen=True, order=True)
class Body:
    """A function of a module, by its names from the outermost to the innermost.

    >>> Body.parse("minitorch.scalar:Scalar.__add__")
    Body(module='minitorch.scalar', name='Scalar.__add__')
    """

    module: str
    name: str

    @staticmethod
    def parse(text: str) -> Body:
        """Read "module:qualified.name".

        Raises:
            ConfigError: there is no colon, or nothing on one side of it.
        """
        module, _, name = text.partition(":")
        if not module or not name:
            raise ConfigError(
                f"{text!r} names no body; expected module:qualified.name, "
                "such as minitorch.operators:mul."
            )
        return Body(module, name)

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Task:
    """A task of the course: its number, its title, the bodies to write, and a note.

    A task without bodies (training, pictures) says in its note what there is to do instead.
    """

    number: str
    title: str
    bodies: tuple[Body, ...]
    note: str = ""

    @property
    def mark(self) -> str:
        """The mark that the tests of this task carry.

        >>> load_tasks()["1.4"].mark
        'task1_4'
        """
        return "task" + self.number.replace(".", "_")


@dataclass(frozen=True)
class Given:
    """Bodies that no task asks for, as patterns, and why."""

    reason: str
    patterns: tuple[str, ...]

    def covers(self, body: Body) -> bool:
        """True where a pattern fits the body."""
        return any(fnmatchcase(str(body), pattern) for pattern in self.patterns)


@dataclass(frozen=True)
class Tasks:
    """All tasks in the order of the course, and what is given.

    >>> tasks = load_tasks()
    >>> tasks["0.1"].title
    'Operators'
    """

    tasks: tuple[Task, ...]
    given: tuple[Given, ...]
    modules: tuple[str, ...]

    @cached_property
    def owners(self) -> dict[Body, Task]:
        """The task of each body.

        Raises:
            ConfigError: two tasks name the same body.
        """
        owners: dict[Body, Task] = {}
        for task in self.tasks:
            for body in task.bodies:
                if body in owners:
                    raise ConfigError(
                        f"{body} belongs to task {owners[body].number} and to task {task.number}; "
                        "a body belongs to one task."
                    )
                owners[body] = task
        return owners

    def __getitem__(self, number: str) -> Task:
        for task in self.tasks:
            if task.number == number:
                return task
        known = ", ".join(task.number for task in self.tasks)
        raise ConfigError(f"task {number!r} is not known; expected one of {known}.")


def load_tasks(text: str | None = None) -> Tasks:
    """Read the table of tasks: the package's own, or the text of another.

    Raises:
        ConfigError: the text is no TOML, lacks a title, or names something that is no body.

    >>> [task.number for task in load_tasks().tasks][:3]
    ['0.1', '0.2', '0.3']
    """
    if text is None:
        text = TABLE.read_text("utf-8")
    try:
        table: dict[str, Any] = tomllib.loads(text)
        tasks = tuple(
            Task(
                number,
                str(entry["title"]),
                tuple(map(Body.parse, entry.get("bodies", ()))),
                str(entry.get("note", "")),
            )
            for number, entry in table["task"].items()
        )
        given = tuple(
            Given(str(entry["reason"]), tuple(entry["bodies"])) for entry in table.get("given", ())
        )
        return Tasks(tasks, given, tuple(table.get("modules", ())))
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"The table of tasks is no TOML: {problem}.") from problem
    except KeyError as problem:
        raise ConfigError(f"The table of tasks lacks {problem}; see lab/tasks.toml.") from problem
