"""torch.utils: data loading, files of other formats, and smaller helpers.

Idea: each module of this folder stands on its own; nothing is imported here.
Not here: checkpoints of `torch.save` (../serialization/).
Read next: safetensors.py
"""

from __future__ import annotations

__all__: list[str] = []
