"""Stands where `torchvision` is looked for in a process that a program of `minitorch run` started.

Idea: install the import hook, and give way to what it finds.
Not here: the hook (../imports.py).
Read next: ../imports.py
"""

from __future__ import annotations

import importlib
import sys

from minitorch.torch.imports import install

__all__: list[str] = []

if __name__ == "torchvision":
    install()
    del sys.modules[__name__]
    importlib.import_module("torchvision")
