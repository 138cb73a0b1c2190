"""torch.optim.lr_scheduler: schedules of the learning rate.

Idea: `scheduler.step()` after each epoch, or each batch, sets "lr" of the optimizer's groups.
Not here: averaging weights (../swa_utils.py).
Read next: base.py
"""

from minitorch.torch.missing import getattr_of
from minitorch.torch.optim.lr_scheduler.base import LRScheduler
from minitorch.torch.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from minitorch.torch.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from minitorch.torch.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from minitorch.torch.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from minitorch.torch.optim.lr_scheduler.plateau import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]

_LRScheduler = LRScheduler  # its name until PyTorch 2.0

__getattr__ = getattr_of(__name__)
