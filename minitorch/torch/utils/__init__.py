"""torch.utils: data loading, hooks, files of other formats, and smaller helpers.

Idea: what PyTorch has in `torch.utils` without a further import; the rest is imported by name.
Not here: checkpoints of `torch.save` (../serialization/).
Read next: data/__init__.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of
from minitorch.torch.utils import checkpoint, data, hooks

__all__ = ["checkpoint", "data", "hooks"]

__getattr__ = getattr_of(__name__)
