"""torch.optim: optimizers, schedules of the learning rate, averages of weights.

Idea: the updates are rows of the engine's op table, the same that the course's optimizers lift.
Not here: the formulas (../../operators.py).
Read next: optimizer.py
"""

from minitorch.torch.missing import getattr_of
from minitorch.torch.optim import lr_scheduler, swa_utils
from minitorch.torch.optim.adadelta import Adadelta
from minitorch.torch.optim.adafactor import Adafactor
from minitorch.torch.optim.adagrad import Adagrad
from minitorch.torch.optim.adam import Adam, AdamW
from minitorch.torch.optim.adamax import Adamax
from minitorch.torch.optim.asgd import ASGD
from minitorch.torch.optim.lbfgs import LBFGS
from minitorch.torch.optim.muon import Muon
from minitorch.torch.optim.nadam import NAdam
from minitorch.torch.optim.optimizer import Optimizer
from minitorch.torch.optim.radam import RAdam
from minitorch.torch.optim.rmsprop import RMSprop
from minitorch.torch.optim.rprop import Rprop
from minitorch.torch.optim.sgd import SGD
from minitorch.torch.optim.sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]

__getattr__ = getattr_of(__name__)
