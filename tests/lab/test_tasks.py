"""The table of tasks: every body a learner writes, in one task; all others given, with a reason."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import minitorch
from minitorch.errors import ConfigError
from minitorch.lab import Body, Tasks, body_names, load_tasks

PACKAGE = Path(minitorch.__file__).parent
ROOT = Path(__file__).resolve().parent.parent.parent
TASKS = load_tasks()
COURSE = [
    *("0.1", "0.2", "0.3", "0.4", "0.5", "1.1", "1.2", "1.3", "1.4", "1.5"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3", "3.4", "3.5"),
    *("4.1", "4.2", "4.3", "4.4", "4.5"),
]


def bodies_of(module: str) -> list[Body]:
    """Every body of a module, in the order of the file."""
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    return [Body(module, name) for name in body_names(path.read_text("utf-8"))]


ALL = {module: bodies_of(module) for module in TASKS.modules}


def is_public(body: Body) -> bool:
    """Whether no part of the name is private; operators such as __add__ are public."""
    parts = body.name.split(".")
    return not any(part.startswith("_") and not part.startswith("__") for part in parts)


def test_tasks_are_those_of_the_course_in_its_order() -> None:
    assert [task.number for task in TASKS.tasks] == COURSE


@pytest.mark.parametrize("task", TASKS.tasks, ids=lambda task: task.number)
def test_every_task_has_bodies_or_says_why_not(task: minitorch.lab.Task) -> None:
    assert task.title
    assert bool(task.bodies) != bool(task.note), "bodies, or a note that says what to do instead"


@pytest.mark.parametrize("task", TASKS.tasks, ids=lambda task: task.number)
def test_marks_exist(task: minitorch.lab.Task) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert task.mark in settings["tool"]["pytest"]["ini_options"]["markers"]


@pytest.mark.parametrize("body", TASKS.owners, ids=str)
def test_every_body_exists_once(body: Body) -> None:
    assert ALL[body.module].count(body) == 1


def test_no_body_lies_in_another() -> None:
    for body in TASKS.owners:
        outer = [other for other in TASKS.owners if f"{body}".startswith(f"{other}.")]
        assert not outer, f"{body} lies in {outer}"


def is_settled(body: Body, tasks: Tasks) -> bool:
    """Whether a task owns the body, one around or inside it, or it, or one around it, is given."""
    parts = body.name.split(".")
    around = [Body(body.module, ".".join(parts[:k])) for k in range(1, len(parts) + 1)]
    inside = any(str(owned).startswith(f"{body}.") for owned in tasks.owners)
    return inside or any(
        one in tasks.owners or any(given.covers(one) for given in tasks.given) for one in around
    )


@pytest.mark.parametrize("module", TASKS.modules)
def test_every_public_body_is_a_learners_or_given(module: str) -> None:
    unsettled = [
        str(body) for body in ALL[module] if is_public(body) and not is_settled(body, TASKS)
    ]
    assert not unsettled, (
        f"{unsettled}: give each to a task in lab/tasks.toml, or to a [[given]] with the reason"
    )


@pytest.mark.parametrize(
    "module", ["minitorch.scalar_functions", "minitorch.tensor_functions", "minitorch.fast_conv"]
)
def test_functions_are_a_learners_unless_given_by_name(module: str) -> None:
    """A pattern for a whole file does not settle a `forward` or a `backward`."""
    pairs = [b for b in ALL[module] if re.fullmatch(r"[A-Z]\w*\.(forward|backward)", b.name)]
    assert pairs
    named = [p for given in TASKS.given for p in given.patterns if not p.endswith(":*")]
    unsettled = [
        str(body)
        for body in pairs
        if body not in TASKS.owners and not any(fnmatchcase(str(body), p) for p in named)
    ]
    assert not unsettled, f"{unsettled}: give each to a task, or to a [[given]] by its name"


def test_what_is_given_is_there() -> None:
    """Each pattern still covers something that no task owns; each reason is a sentence."""
    free = [body for bodies in ALL.values() for body in bodies if body not in TASKS.owners]
    for given in TASKS.given:
        assert len(given.reason.split()) >= 4
        for pattern in given.patterns:
            one = type(given)(given.reason, (pattern,))
            assert any(one.covers(body) for body in free), f"{pattern} covers nothing; drop it"


def test_what_the_course_calls_its_own_is_the_learners() -> None:
    """The lists of the course, by name: a sample that no pattern may swallow."""
    for text, number in (
        ("minitorch.operators:sigmoid", "0.1"),
        ("minitorch.operators:zipWith", "0.3"),
        ("minitorch.module:Module.named_parameters", "0.4"),
        ("minitorch.scalar:central_difference", "1.1"),
        ("minitorch.scalar_functions:Mul.forward", "1.2"),
        ("minitorch.autodiff:FunctionBase.chain_rule", "1.3"),
        ("minitorch.autodiff:backpropagate", "1.4"),
        ("minitorch.rules:sigmoid_dx", "1.4"),
        ("minitorch.tensor_data:index_to_position", "2.1"),
        ("minitorch.tensor_data:broadcast_index", "2.2"),
        ("minitorch.tensor_functions:Mul.forward", "2.3"),
        ("minitorch.tensor_functions:Mul.backward", "2.4"),
        ("minitorch.nn:avgpool2d", "4.3"),
        ("minitorch.nn:maxpool2d", "4.4"),
    ):
        assert TASKS.owners[Body.parse(text)].number == number


@pytest.mark.parametrize("suffix", ["_dx", "_dy", "_dd"])
def test_derivatives_of_the_op_table_are_of_task_1_4(suffix: str) -> None:
    derivatives = [body for body in ALL["minitorch.rules"] if body.name.endswith(suffix)]
    assert derivatives
    assert {TASKS.owners[body].number for body in derivatives} == {"1.4"}


def test_adjoints_of_tensors_are_of_task_2_4_or_later() -> None:
    backwards = [
        body
        for body in ALL["minitorch.tensor_functions"]
        if body.name.endswith(".backward") and body in TASKS.owners
    ]
    numbers = {body.name: TASKS.owners[body].number for body in backwards}
    assert numbers.pop("Max.backward") == "4.4"
    assert set(numbers.values()) == {"2.4"}


# Bad tables.

GOOD = '[task."0.1"]\ntitle = "Operators"\nbodies = ["minitorch.operators:mul"]\n'


def test_unknown_task_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"task '9\.9' is not known; expected one of 0\.1, 0\.2"):
        TASKS["9.9"]


@pytest.mark.parametrize("text", ["mul", "minitorch.operators:", ":mul"])
def test_a_body_has_a_module_and_a_name(text: str) -> None:
    with pytest.raises(ConfigError, match=r"names no body; expected module:qualified\.name"):
        Body.parse(text)


def test_a_body_in_two_tasks_is_refused() -> None:
    tasks = load_tasks(GOOD + GOOD.replace("0.1", "0.3"))
    with pytest.raises(ConfigError, match=r"operators:mul belongs to task 0\.1 and to task 0\.3"):
        _ = tasks.owners


def test_text_that_is_no_table_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no TOML"):
        load_tasks("[task")
    with pytest.raises(ConfigError, match="lacks 'title'"):
        load_tasks('[task."0.1"]\n')
    with pytest.raises(ConfigError, match="lacks 'task'"):
        load_tasks("")
