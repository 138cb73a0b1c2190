"""docs/fusion.md tells the truth: commands run, the kernel is the emitted one, numbers hold.

Idea: programs of the page are run by tests/layout/test_readme.py, as those of every page.
Not here: links and files that it names (tests/layout/test_readme.py).
Read next: ../../docs/fusion.md
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minitorch import operators
from minitorch.fuse import columns, nest, nodes, rows
from minitorch.kernels import PARALLEL_FROM
from tests.layout.house import ROOT

from .golden import kernel_of

PAGE = (ROOT / "docs" / "fusion.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
PROGRAM = """
import minitorch
x = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]])
print(minitorch.softmax(x, 1))
"""


@pytest.mark.jit
def test_commands_run(tmp_path: Path, cache_dir: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    python = sys.executable
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        run = command.replace("python ", f"{python} ").replace(
            "minitorch kernels", f"{python} -m minitorch kernels"
        )
        done = subprocess.run(
            run,
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        expected = "t0 = exp(add(x0" if "kernels" in command else "0.27 0.73"
        assert expected in done.stdout, (command, done.stdout)


def test_the_kernel_shown_is_the_one_that_is_emitted() -> None:
    assert kernel_of("softmax") in PAGE, "python -m tests.fuse.golden writes it anew"


def test_the_rules_are_the_numbers_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"more than {nest.RECOMPUTE} additions" in text
    assert f"costs {nest.DEAR} additions or more" in text
    assert f"more than {nodes.LIMIT} nodes" in text
    assert f"more than {nodes.KEPT_BYTES >> 20} MiB" in text
    assert f"up to {nodes.SNAPSHOT} bytes" in text
    assert f"up to {rows.ROW} numbers" in text
    assert f"more than {rows.LONG} float32 numbers" in text
    assert f"more than {columns.LONG} one after the other" in text
    assert f"least {PARALLEL_FROM} cells" in text
    assert f"about {nodes.PRIMITIVE} more" in text
    assert nodes.cost_of(operators.add) == 1
    assert nodes.cost_of(operators.exp) == 1 + nodes.PRIMITIVE
