"""The command line: `minitorch train`, `predict`, `kernels`, `bench`, `doctor`.

Idea: typer reads the arguments, the package does the work, this room prints. A user's mistake is
    one line on standard error and exit status 2, never a traceback.
Not here: training (train/), data (data/).
Read next: main.py
"""

from __future__ import annotations

from minitorch.cli.main import run

__all__ = ["run"]
