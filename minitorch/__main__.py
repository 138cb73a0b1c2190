"""The `minitorch` command: `python -m minitorch` and the script of that name.

Idea: hand over to the command line and end with its exit status.
Not here: the commands (cli/main.py).
Read next: cli/main.py
"""

from __future__ import annotations

import sys

from minitorch.cli.main import run

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments of the process name."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
