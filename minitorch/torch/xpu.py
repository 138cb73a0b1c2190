"""torch.xpu, answered truthfully: there is no such device.

Idea: each name is what a device that is not there says.
Not here: what it says (absent.py).
Read next: absent.py
"""

from __future__ import annotations

from minitorch.torch.absent import AbsentDevice
from minitorch.torch.missing import getattr_of

__all__ = [
    "current_allocated_memory",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "memory_allocated",
    "seed",
    "synchronize",
]

_device = AbsentDevice("XPU")

is_available = _device.is_available
device_count = _device.device_count
manual_seed = manual_seed_all = _device.manual_seed
empty_cache = _device.empty_cache
memory_allocated = current_allocated_memory = _device.memory_allocated
seed = synchronize = _device.refuse
__getattr__ = getattr_of(__name__)
