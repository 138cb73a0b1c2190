"""torch.__config__: what this is built with.

Idea: a few lines of text, for programs that print them.
Not here: `minitorch doctor`, which tells more (../cli/doctor.py).
Read next: version.py
"""

from __future__ import annotations

import os
import platform

from minitorch.config import config

__all__ = ["parallel_info", "show"]


def show() -> str:
    """What this is built with.

    >>> show().splitlines()[0]
    'minitorch, which answers for PyTorch, built with:'
    """
    lines = [
        "minitorch, which answers for PyTorch, built with:",
        f"  - Python {platform.python_version()}, loops compiled by Numba",
        f"  - backend of tensors: {config.torch_backend}",
        "  - CUDA: no",
    ]
    return "\n".join(lines) + "\n"


def parallel_info() -> str:
    """How many cores there are.

    >>> "cores" in parallel_info()
    True
    """
    return f"cores: {os.cpu_count()}\nOMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', '')}\n"
