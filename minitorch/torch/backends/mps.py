"""torch.backends.mps: Apple's graphics processors, on which nothing is computed here.

Idea: see switches.py.
Not here: torch.mps (../mps.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = ["is_available", "is_built", "is_macos13_or_newer"]


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


def is_built() -> bool:
    """False."""
    return False


def is_macos13_or_newer(minor: int = 0) -> bool:
    """False: nobody needs to know."""
    return False


__getattr__ = getattr_of(__name__)
