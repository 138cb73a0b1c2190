"""torch.signal: windows.

Idea: one file.
Not here: the Fourier transform.
Read next: windows.py
"""

from __future__ import annotations

from minitorch.torch.signal import windows

__all__ = ["windows"]
