"""torch.backends.opt_einsum: the search for a good order in einsum, which is not made here.

Idea: see switches.py.
Not here: einsum (../linalg.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = ["enabled", "is_available", "strategy"]

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


__getattr__ = getattr_of(__name__)
