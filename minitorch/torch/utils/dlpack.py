"""torch.utils.dlpack: tensors handed from library to library without a copy.

Idea: the names that PyTorch has here; see ../interop.py.
Not here: NumPy's own arrays (../interop.py).
Read next: ../interop.py
"""

from __future__ import annotations

from minitorch.torch.interop import from_dlpack, to_dlpack
from minitorch.torch.missing import getattr_of

__all__ = ["from_dlpack", "to_dlpack"]

__getattr__ = getattr_of(__name__)
