"""torch.distributed, answered truthfully: processes do not work together here yet.

Idea: programs ask before they use it, and are told no.
Not here: several processes of one machine (../multiprocessing.py).
Read next: ../multiprocessing.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of

__all__ = [
    "is_available",
    "is_gloo_available",
    "is_initialized",
    "is_mpi_available",
    "is_nccl_available",
    "is_torchelastic_launched",
]


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


is_initialized = is_gloo_available = is_mpi_available = is_nccl_available = is_available
is_torchelastic_launched = is_available
__getattr__ = getattr_of(__name__)
