"""torch.backends.openmp: OpenMP, by which compiled loops may run on all cores.

Idea: see switches.py.
Not here: the loops (../../fast_ops.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = ["is_available"]


def is_available() -> bool:
    """False: loops share the cores by other means.

    >>> is_available()
    False
    """
    return False


__getattr__ = getattr_of(__name__)
