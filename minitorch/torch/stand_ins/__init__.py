"""What child processes of a program find under the names of PyTorch.

Idea: this folder is put on PYTHONPATH; its files are named as what is asked for.
Not here: the hook that they install (../imports.py).
Read next: torch.py
"""

from __future__ import annotations

__all__: list[str] = []
