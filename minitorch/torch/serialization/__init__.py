"""torch.serialization: checkpoints in PyTorch's format, read without running what is in them.

Idea: a checkpoint is a zip file: one pickle, which describes the object, and one record per
    storage. We run the pickle on a machine of our own that calls nothing but a short list of
    functions.
Not here: safetensors (../utils/safetensors.py), the course's own checkpoints
    (../../checkpoint.py).
Read next: loading.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of
from minitorch.torch.serialization.loading import load
from minitorch.torch.serialization.policies import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from minitorch.torch.serialization.saving import save
from minitorch.torch.serialization.storages import default_restore_location

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "default_restore_location",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
]

__getattr__ = getattr_of(__name__)
