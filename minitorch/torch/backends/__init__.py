"""torch.backends: switches of libraries that are not here, kept as programs set them.

Idea: a program sets `cudnn.benchmark` without asking whether there is a card, so that a switch
    takes what it is given, and does nothing. What is asked about is answered truthfully.
Not here: backends of tensors, which are the engine's (../../tensor.py).
Read next: switches.py
"""

from __future__ import annotations

from minitorch.torch.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum
from minitorch.torch.missing import getattr_of

__all__ = ["cpu", "cuda", "cudnn", "fp32_precision", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]

fp32_precision = "none"
__getattr__ = getattr_of(__name__)
