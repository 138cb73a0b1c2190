"""How many threads compute: those of compiled loops and those of BLAS.

Idea: two libraries share the cores by themselves, each with a number of its own; here they get one.
Not here: which loops run in parallel (fast_ops.py).
Read next: fast_ops.py
"""

from __future__ import annotations

import numba
from threadpoolctl import threadpool_limits

from minitorch.errors import ConfigError

__all__ = ["get_threads", "set_threads"]

_limits: list[object] = []  # held: when it is let go, BLAS has its own number again


def get_threads() -> int:
    """The threads of a compiled loop.

    >>> get_threads() >= 1
    True
    """
    return int(numba.get_num_threads())


def set_threads(count: int) -> None:
    """Let compiled loops and BLAS use so many threads; more than there are count as all.

    Raises:
        ConfigError: fewer than one.

    >>> before = get_threads()
    >>> set_threads(1)
    >>> get_threads()
    1
    >>> set_threads(before)
    """
    if count < 1:
        raise ConfigError(f"expected at least one thread, got {count}.")
    numba.set_num_threads(min(count, int(numba.config.NUMBA_NUM_THREADS)))
    _limits[:] = [threadpool_limits(limits=count, user_api="blas")]
