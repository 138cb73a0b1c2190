"""One task's bodies are cut: its tests are red, and those of every earlier task stay green.

Idea: the package and tests/course are copied, the bodies cut, and pytest runs over the copy in a
    process of its own. So a learner who has done the tasks before one sees what is left to do.
Not here: the cutting itself (test_cut.py).
Read next: recorder.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from minitorch.lab import Task, cut, load_tasks

ROOT = Path(__file__).resolve().parent.parent.parent
TASKS = load_tasks()
CUT = [task for task in TASKS.tasks if task.bodies]
IGNORED = shutil.ignore_patterns("__pycache__")

# Tests that carry a task's mark and yet need none of its bodies, with the reason.
GREEN_ANYWAY: dict[str, str] = {
    "test_a_leaf_may_be_the_result": "nothing is walked, so no adjoint is needed",
    "test_grad_central_difference_is_a_slope_in_one_cell": "what gradients are compared with",
    "test_a_dispatcher_that_was_not_called_has_nothing_to_report": "a loop that never ran",
}

pytestmark = [pytest.mark.slow, pytest.mark.jit]


@dataclass(frozen=True)
class Run:
    """What pytest said of the tests of one task, and of the earlier ones."""

    own: dict[str, str]
    earlier: dict[str, str]
    text: str


def run(task: Task, folder: Path) -> Run:
    """Cut the task's bodies out of a copy, and run the tests up to this task over it."""
    folder.mkdir()
    shutil.copytree(ROOT / "minitorch", folder / "minitorch", ignore=IGNORED)
    shutil.copytree(ROOT / "tests" / "course", folder / "tests" / "course", ignore=IGNORED)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(Path(__file__).with_name("recorder.py"), folder / "recorder.py")
    cut(folder / "minitorch", task.bodies)
    marks = [each.mark for each in TASKS.tasks if each.number <= task.number]
    record = folder / "record.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "tests/course", "-m", " or ".join(marks)),
            *("-q", "--tb=no", "-p", "recorder", "-p", "no:cacheprovider"),
            "--hypothesis-profile=brief",
        ],
        cwd=folder,
        env={**os.environ, "RECORD": str(record), "MINITORCH_SHORTCUTS": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    lines = record.read_text("utf-8").splitlines() if record.exists() else []
    own: dict[str, str] = {}
    earlier: dict[str, str] = {}
    for line in lines:
        entry = json.loads(line)
        # A test of two tasks waits for the later one.
        (own if max(entry["marks"]) == task.mark else earlier)[entry["test"]] = entry["outcome"]
    return Run(own, earlier, done.stdout + done.stderr)


def name_of(test: str) -> str:
    """The function of a test, without file and parameters."""
    return test.split("::")[1].split("[")[0]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Run]]]:
    """The runs of all chosen tasks, two at a time."""
    folder = tmp_path_factory.mktemp("cut")
    chosen = {
        item.callspec.params["task"].number
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_own_red_earlier_green"
        and isinstance(item, pytest.Function)
    }
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        yield {
            task.number: pool.submit(run, task, folder / task.mark)
            for task in CUT
            if task.number in chosen
        }


@pytest.mark.parametrize("task", CUT, ids=lambda task: task.number)
def test_own_red_earlier_green(task: Task, runs: dict[str, Future[Run]]) -> None:
    result = runs[task.number].result()
    assert result.own, f"no test is marked {task.mark}, or none could run:\n{result.text[-3000:]}"
    passing = [test for test, outcome in result.own.items() if outcome != "failed"]
    green = [test for test in passing if name_of(test) not in GREEN_ANYWAY]
    assert not green, (
        f"without the bodies of task {task.number} these still pass, or do not run, so they are "
        f"no tests of it; take the mark {task.mark} off: {green}"
    )
    excused = {name_of(test) for test in result.own} & GREEN_ANYWAY.keys()
    assert excused == {name_of(test) for test in passing}, "what fails needs no excuse; drop it"
    red = [test for test, outcome in result.earlier.items() if outcome == "failed"]
    assert not red, (
        f"without the bodies of task {task.number}, which a learner has not written yet, tests of "
        f"earlier tasks fail: {red}"
    )
    with_tests = {each.mark for each in CUT if each.number < task.number}
    assert bool(result.earlier) == bool(with_tests)


def test_excuses_are_few() -> None:
    """Each name of GREEN_ANYWAY is that of a test, and the list stays short."""
    texts = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests/course").glob("*.py"))
    for name, reason in GREEN_ANYWAY.items():
        assert f"def {name}(" in texts, f"{name} is no test any more; drop it"
        assert len(reason.split()) >= 4
    assert len(GREEN_ANYWAY) <= 6
