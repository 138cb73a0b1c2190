"""Settings of the whole library as PyTorch names them: threads, determinism, precision; constants.

Idea: threads are set; everything here is deterministic and of full precision already, so that the
    rest remembers what it is told.
Not here: the default dtype (dtypes.py), seeds (random.py), printing (printing.py).
Read next: ../threads.py
"""

from __future__ import annotations

import math
import os
from typing import Any

from minitorch.errors import ConfigError, DtypeError
from minitorch.threads import get_threads, set_threads

__all__ = [
    "are_deterministic_algorithms_enabled",
    "e",
    "get_deterministic_debug_mode",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "inf",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_warn_always_enabled",
    "nan",
    "newaxis",
    "pi",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads",
    "set_warn_always",
    "use_deterministic_algorithms",
]

e, pi, inf, nan, newaxis = math.e, math.pi, math.inf, math.nan, None
PRECISIONS = ("highest", "high", "medium")
_told: dict[str, Any] = {
    "precision": "highest",
    "deterministic": False,
    "warn_only": False,
    "warn_always": False,
    "interop": os.cpu_count() or 1,
}


def get_num_threads() -> int:
    """The threads that compute one op.

    >>> get_num_threads() >= 1
    True
    """
    return get_threads()


def set_num_threads(int: int) -> None:
    """Let compiled loops and BLAS use so many threads.

    Raises:
        ConfigError: fewer than one.
        DtypeError: no whole number.
    """
    if isinstance(int, bool) or not hasattr(int, "__index__"):
        raise DtypeError(f"set_num_threads expects an int, but got {type(int).__name__}")
    if int < 1:
        raise ThreadsError("set_num_threads expects a positive integer")
    set_threads(int)


class ThreadsError(ConfigError, RuntimeError):
    """A number of threads below one: what PyTorch raises as a RuntimeError."""


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` was told: ops follow each other here."""
    return _told["interop"]


def set_num_interop_threads(int: int) -> None:
    """Accepted: ops follow each other here."""
    if int < 1:
        raise ThreadsError("set_num_interop_threads expects a positive integer")
    _told["interop"] = int


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told.

    >>> get_float32_matmul_precision()
    'highest'
    """
    return _told["precision"]


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted: products are of full precision.

    Raises:
        ConfigError: an unknown name.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"{precision} is not one of {', '.join(map(repr, PRECISIONS))}.")
    _told["precision"] = precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: the same program gives the same bits with the same number of threads."""
    _told.update(deterministic=bool(mode), warn_only=bool(warn_only))


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told.

    >>> are_deterministic_algorithms_enabled()
    False
    """
    return _told["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return _told["warn_only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """As `use_deterministic_algorithms`: default, warn or error, or 0, 1 or 2."""
    names = ("default", "warn", "error")
    if debug_mode not in (*names, 0, 1, 2):
        raise ConfigError(f"debug_mode is one of {', '.join(names)}, got {debug_mode!r}.")
    level = names.index(debug_mode) if isinstance(debug_mode, str) else debug_mode
    use_deterministic_algorithms(level > 0, warn_only=level == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, for default, warn and error."""
    if not _told["deterministic"]:
        return 0
    return 1 if _told["warn_only"] else 2


def set_flush_denormal(mode: bool) -> bool:
    """False: numbers below the smallest normal one are kept."""
    return False


def set_warn_always(b: bool) -> None:
    """Accepted: Python's own filters say which warnings are shown how often."""
    _told["warn_always"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told."""
    return _told["warn_always"]
