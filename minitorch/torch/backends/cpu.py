"""torch.backends.cpu: the processor.

Idea: see switches.py.
Not here: its kernels (../../fast_ops.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """DEFAULT: loops are compiled for the processor that runs them.

    >>> get_cpu_capability()
    'DEFAULT'
    """
    return "DEFAULT"


__getattr__ = getattr_of(__name__)
