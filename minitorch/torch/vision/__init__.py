"""A small torchvision: the data sets, transforms and pictures that programs use with PyTorch.

Idea: `minitorch run` answers `import torchvision` by this. Images are Pillow's, or tensors (C, H,
    W).
Not here: models and their weights.
Read next: transforms/functional.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of
from minitorch.torch.vision import datasets, transforms, utils

__all__ = ["datasets", "get_image_backend", "set_image_backend", "transforms", "utils"]

__version__ = "0.28.0+minitorch"


def get_image_backend() -> str:
    """PIL, the only one.

    >>> get_image_backend()
    'PIL'
    """
    return "PIL"


def set_image_backend(backend: str) -> None:
    """Accepted: images are Pillow's."""


__getattr__ = getattr_of(__name__)
