"""A plugin for pytest: one line per test with its outcome and the tasks it is marked for.

Idea: the run that is watched happens in another process, over a cut copy of the package; what the
    watcher needs to know of it is a file of JSON lines.
Not here: who reads them (test_cut.py).
Read next: test_cut.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or report.outcome != "passed":
        marks = sorted(mark.name for mark in item.iter_markers() if mark.name.startswith("task"))
        record = {"test": item.nodeid, "outcome": report.outcome, "marks": marks}
        with open(os.environ["RECORD"], "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    return report
