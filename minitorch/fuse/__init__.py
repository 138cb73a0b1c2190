"""Fusion: compose before lifting (module 5).

Idea: map f . map g = map (f . g): ops are recorded, and one generated kernel computes the chain.
Not here: ops that are computed at once (fast_ops.py).
Read next: nodes.py
"""

from minitorch.fuse.ops import FusedOps

__all__ = ["FusedOps"]
