"""torchvision.transforms: images made fit for a network.

Idea: a transform is an object that is called with an image; `Compose` calls one after the other.
Not here: what is done to one image (functional.py).
Read next: fixed.py
"""

from __future__ import annotations

from minitorch.torch.missing import getattr_of
from minitorch.torch.vision.transforms import functional
from minitorch.torch.vision.transforms.chance import (
    RandomApply,
    RandomCrop,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
)
from minitorch.torch.vision.transforms.fixed import (
    CenterCrop,
    Compose,
    ConvertImageDtype,
    FiveCrop,
    Grayscale,
    Lambda,
    Normalize,
    Pad,
    PILToTensor,
    Resize,
    ToPILImage,
    ToTensor,
)
from minitorch.torch.vision.transforms.functional import InterpolationMode

__all__ = [
    "CenterCrop",
    "Compose",
    "ConvertImageDtype",
    "FiveCrop",
    "Grayscale",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "Pad",
    "RandomApply",
    "RandomCrop",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToPILImage",
    "ToTensor",
    "functional",
]

Scale = Resize  # as it was called once
__getattr__ = getattr_of(__name__)
