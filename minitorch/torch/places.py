"""Where a tensor is, as its attributes: always in the memory of this process, on the CPU.

Idea: questions of Tensor are answered truthfully, and what would move it to memory that a card
    can reach is accepted and does nothing.
Not here: torch.cuda and its kin (cuda/); `to`, `cpu`, `cuda` (casting.py); memory that other
    processes share (sharing.py).
Read next: cuda/__init__.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.face import op
from minitorch.torch.tensor import Tensor

__all__ = ["get_device", "is_pinned", "pin_memory"]


@op(function=False)
def pin_memory(input: Any, device: Any = None) -> Any:
    """The tensor itself: no card reads its memory."""
    return input


@op(function=False)
def is_pinned(input: Any, device: Any = None) -> bool:
    """False."""
    return False


@op()
def get_device(input: Any) -> int:
    """-1, the number of the CPU."""
    return -1


_tensor_class: Any = Tensor
_tensor_class.is_cpu = property(lambda self: True, doc="True.")
for _name in (
    "cuda", "mps", "xpu", "xla", "ipu", "hpu", "mtia", "maia", "vulkan", "meta",
    "sparse", "sparse_csr", "quantized", "mkldnn", "nested", "distributed",
):  # fmt: skip
    setattr(_tensor_class, f"is_{_name}", property(lambda self: False, doc="False."))
