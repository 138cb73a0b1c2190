"""torch.backends.mkldnn: oneDNN, which is not here; its switches take what they are given.

Idea: see switches.py.
Not here: convolution (../../fast_conv.py).
Read next: __init__.py
"""

from __future__ import annotations

from minitorch.torch.backends.switches import flags_of
from minitorch.torch.missing import getattr_of

__all__ = ["deterministic", "enabled", "flags", "is_available"]

SWITCHES = ("enabled", "deterministic")
enabled = True
deterministic = False
flags = flags_of(__name__)


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


__getattr__ = getattr_of(__name__)
