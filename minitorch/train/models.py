"""The networks that `minitorch train` trains.

Idea: a network is layers in `__init__` and the path of a batch in `forward`, with the shape at the
    end of each line. Classifiers return log-probabilities (B, classes); the point networks return
    the probability of class 1.
Not here: the layers themselves (layers.py), the loss (tasks.py), the loop (loop.py).
Read next: tasks.py
"""

from __future__ import annotations

from collections.abc import Sequence

from minitorch.module import Module, Parameter
from minitorch.nn import dropout, logsoftmax, max, maxpool2d
from minitorch.scalar import Scalar
from minitorch.tensor import Tensor
from minitorch.train.layers import Conv1d, Conv2d, Embedding, Initial, Linear, ScalarLinear

__all__ = ["KimCNN", "LeNet", "LeNet5", "NGrams", "PointNetwork", "ScalarPointNetwork", "SmallCNN"]


class ScalarPointNetwork(Module):
    """The course's three layers, one Scalar at a time: two numbers to a probability."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layer1 = ScalarLinear(2, hidden)
        self.layer2 = ScalarLinear(hidden, hidden)
        self.layer3 = ScalarLinear(hidden, 1)

    def forward(self, points: Sequence[Sequence[float]]) -> list[Scalar]:
        """Return the probability of class 1 for each point."""
        return [self.point(point) for point in points]

    def point(self, x: Sequence[float]) -> Scalar:
        """Return the probability of class 1 for one point."""
        h = [value.relu() for value in self.layer1(x)]
        h = [value.relu() for value in self.layer2(h)]
        return self.layer3(h)[0].sigmoid()


class PointNetwork(Module):
    """The course's three layers on tensors: points (B, 2) to probabilities (B, 1)."""

    def __init__(self, hidden: int, initial: Initial) -> None:
        super().__init__()
        self.layer1 = Linear(2, hidden, initial)
        self.layer2 = Linear(hidden, hidden, initial)
        self.layer3 = Linear(hidden, 1, initial)

    def forward(self, x: Tensor) -> Tensor:  # (B, 2)
        """Return the probability of class 1 for each point."""
        x = self.layer1(x).relu()  # (B, hidden)
        x = self.layer2(x).relu()  # (B, hidden)
        return self.layer3(x).sigmoid()  # (B, 1)


class SmallCNN(Module):
    """A network for the 8 x 8 digits: two convolutions, a pool, two linear layers."""

    def __init__(self, hidden: int, initial: Initial) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 8, (3, 3), initial)
        self.conv2 = Conv2d(8, 16, (3, 3), initial)
        self.linear1 = Linear(16 * 4 * 4, hidden, initial)
        self.linear2 = Linear(hidden, 10, initial)

    def forward(self, x: Tensor) -> Tensor:  # (B, 1, 8, 8)
        """Return the log-probability of each class."""
        x = self.conv1(x).relu()  # (B, 8, 8, 8)
        x = self.conv2(x).relu()  # (B, 16, 8, 8)
        x = maxpool2d(x, (2, 2))  # (B, 16, 4, 4)
        x = self.linear1(x.view(x.shape[0], 16 * 4 * 4)).relu()  # (B, hidden)
        x = dropout(x, 0.25, not self.training)
        return logsoftmax(self.linear2(x), 1)  # (B, 10)


class LeNet(Module):
    """The course's network for MNIST, after LeCun et al. 1998."""

    def __init__(self, hidden: int, initial: Initial) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 4, (3, 3), initial)
        self.conv2 = Conv2d(4, 8, (3, 3), initial)
        self.linear1 = Linear(8 * 7 * 7, hidden, initial)
        self.linear2 = Linear(hidden, 10, initial)

    def forward(self, x: Tensor) -> Tensor:  # (B, 1, 28, 28)
        """Return the log-probability of each class."""
        x = self.conv1(x).relu()  # (B, 4, 28, 28)
        x = self.conv2(x).relu()  # (B, 8, 28, 28)
        x = maxpool2d(x, (4, 4))  # (B, 8, 7, 7)
        x = self.linear1(x.view(x.shape[0], 8 * 7 * 7)).relu()  # (B, hidden)
        x = dropout(x, 0.25, not self.training)
        return logsoftmax(self.linear2(x), 1)  # (B, 10)


class LeNet5(Module):
    """LeNet-5 (LeCun et al. 1998) with what has proved better since: relu, max pools, dropout."""

    def __init__(self, hidden: int, initial: Initial) -> None:
        super().__init__()
        self.conv1 = Conv2d(1, 6, (5, 5), initial)
        self.conv2 = Conv2d(6, 16, (5, 5), initial)
        self.linear1 = Linear(16 * 7 * 7, 120, initial)
        self.linear2 = Linear(120, hidden, initial)
        self.linear3 = Linear(hidden, 10, initial)

    def forward(self, x: Tensor) -> Tensor:  # (B, 1, 28, 28)
        """Return the log-probability of each class."""
        x = maxpool2d(self.conv1(x).relu(), (2, 2))  # (B, 6, 14, 14)
        x = maxpool2d(self.conv2(x).relu(), (2, 2))  # (B, 16, 7, 7)
        x = dropout(x.view(x.shape[0], 16 * 7 * 7), 0.25, not self.training)
        x = self.linear1(x).relu()  # (B, 120)
        x = dropout(x, 0.25, not self.training)
        x = self.linear2(x).relu()  # (B, hidden)
        return logsoftmax(self.linear3(x), 1)  # (B, 10)


class KimCNN(Module):
    """Sentences by convolutions over words (Kim 2014): widths 3, 4, 5, then max over time.

    `hidden` is the number of feature maps per width. The vector of padding is held at zero, and a
    sentence always ends in padding, so its score does not depend on its neighbours in the batch.
    """

    def __init__(self, words: int, size: int, hidden: int, initial: Initial) -> None:
        super().__init__()
        self.embedding = Embedding(words, size, 0.17, initial)
        self.width3 = NGrams(size, hidden, 3, initial)
        self.width4 = NGrams(size, hidden, 4, initial)
        self.width5 = NGrams(size, hidden, 5, initial)
        self.bias = Parameter(initial.zeros(2))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:  # (B, L) int64, (B, L, 1) of 0 and 1
        """Return the log-probability of each class."""
        x = self.embedding(ids) * mask  # (B, L, size)
        x = dropout(x, 0.2, not self.training)
        x = x.permute(0, 2, 1).contiguous()  # (B, size, L)
        score = self.width3(x) + self.width4(x) + self.width5(x) + self.bias.value  # (B, 2)
        return logsoftmax(score, 1)


class NGrams(Module):
    """What the runs of `width` words say: the strongest of each feature, weighed per class.

    Adding the scores of several widths is a linear layer over all their features side by side.
    """

    def __init__(self, size: int, hidden: int, width: int, initial: Initial) -> None:
        super().__init__()
        self.conv = Conv1d(size, hidden, width, initial)
        self.weights = Parameter(initial.uniform(hidden, 2, limit=0.06))

    def forward(self, x: Tensor) -> Tensor:  # (B, size, L)
        """Return a score for each class."""
        x = max(self.conv(x).relu(), 2)  # (B, hidden, 1)
        x = dropout(x.view(x.shape[0], x.shape[1]), 0.5, not self.training)
        return x @ self.weights.value  # (B, 2)
