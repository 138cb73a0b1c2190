"""The course's tasks: which body a learner writes in which task, and how to cut it out.

Idea: the engine is the solution. `tasks.toml` gives each body that a learner writes to exactly one
    task; `cut` replaces the bodies of a task by `raise NotImplementedError`, and what is left is
    the task's starting point.
Not here: the tests of a task (tests/course, by the marks task0_1 .. task4_4).
Read next: tasks.toml, tasks.py
"""

from __future__ import annotations

from minitorch.lab.cut import body_names, cut, cut_source
from minitorch.lab.tasks import Body, Task, Tasks, load_tasks

__all__ = ["Body", "Task", "Tasks", "body_names", "cut", "cut_source", "load_tasks"]
