"""Modules on several devices, of which there is one.

Idea: a program that asks for parallelism gets its module, called as it is.
Not here: layers (nn/modules/).
Read next: data_parallel.py
"""

from __future__ import annotations

from minitorch.torch.nn.parallel.data_parallel import DataParallel, data_parallel

__all__ = ["DataParallel", "data_parallel"]
