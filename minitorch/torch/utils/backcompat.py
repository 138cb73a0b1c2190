"""torch.utils.backcompat: warnings about what changed in PyTorch 0.2, kept as programs set them.

Idea: two switches that do nothing.
Not here: what changed.
Read next: ../settings.py
"""

from __future__ import annotations

from types import SimpleNamespace

from minitorch.torch.missing import getattr_of

__all__ = ["broadcast_warning", "keepdim_warning"]

broadcast_warning = SimpleNamespace(enabled=False)
keepdim_warning = SimpleNamespace(enabled=False)
__getattr__ = getattr_of(__name__)
