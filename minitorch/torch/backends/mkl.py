"""torch.backends.mkl: Intel's library of linear algebra, which is not called by name here.

Idea: see switches.py.
Not here: matrix products (../../fast_ops.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = ["is_available"]


def is_available() -> bool:
    """False: products are done by whichever BLAS the arrays bring.

    >>> is_available()
    False
    """
    return False


__getattr__ = getattr_of(__name__)
