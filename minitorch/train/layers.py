"""The layers of the course's networks, and the first values of their parameters.

Idea: a layer is a Module that holds its Parameters and says in `forward` how they meet its input.
    Weights start uniform in +-sqrt(6 / fan_in), so that the variance of what a relu sees neither
    grows nor shrinks with depth (He et al. 2015, eq. 10); biases start at zero.
Not here: how layers form a network (models.py); conv, pool, softmax (fast_conv.py, nn.py).
Read next: models.py
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from minitorch.fast_conv import conv1d, conv2d
from minitorch.module import Module, Parameter
from minitorch.nn import embedding
from minitorch.random import default_generator
from minitorch.scalar import Scalar
from minitorch.tensor import Tensor, full, rand
from minitorch.tensor_ops import TensorBackend

__all__ = ["Conv1d", "Conv2d", "Embedding", "Initial", "Linear", "ScalarLinear"]


@dataclass(frozen=True)
class Initial:
    """Draws the first values of parameters, on one backend and in one dtype.

    >>> from minitorch.tensor_functions import SimpleBackend
    >>> Initial(SimpleBackend, "float64").zeros(2, 3).shape
    (2, 3)
    """

    backend: TensorBackend
    dtype: str

    def uniform(self, *shape: int, limit: float) -> Tensor:
        """Return numbers from -limit to limit, drawn from the default generator."""
        return (rand(shape, backend=self.backend, dtype=self.dtype) * 2.0 - 1.0) * limit

    def zeros(self, *shape: int) -> Tensor:
        """Return zeros."""
        return full(shape, 0.0, backend=self.backend, dtype=self.dtype)


class Linear(Module):
    """x W + b: (B, inputs) to (B, outputs)."""

    def __init__(self, inputs: int, outputs: int, initial: Initial) -> None:
        super().__init__()
        self.weights = Parameter(initial.uniform(inputs, outputs, limit=math.sqrt(6 / inputs)))
        self.bias = Parameter(initial.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return x @ self.weights.value + self.bias.value


class Conv2d(Module):
    """A convolution that keeps height and width: (B, inputs, H, W) to (B, outputs, H, W)."""

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int], initial: Initial
    ) -> None:
        super().__init__()
        limit = math.sqrt(6 / (inputs * kernel[0] * kernel[1]))
        self.weights = Parameter(initial.uniform(outputs, inputs, *kernel, limit=limit))
        self.bias = Parameter(initial.zeros(outputs, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return conv2d(x, self.weights.value, self.bias.value)


class Conv1d(Module):
    """A convolution that keeps the length: (B, inputs, L) to (B, outputs, L).

    Its weights start smaller, in +-1 / sqrt(fan_in): the maximum over many places that follows it
    picks the largest sums, so that variance need not be kept.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, initial: Initial) -> None:
        super().__init__()
        limit = math.sqrt(1 / (inputs * kernel))
        self.weights = Parameter(initial.uniform(outputs, inputs, kernel, limit=limit))
        self.bias = Parameter(initial.zeros(outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return conv1d(x, self.weights.value, self.bias.value)


class Embedding(Module):
    """A learned vector for each id: int64 (B, L) to (B, L, size)."""

    def __init__(self, count: int, size: int, limit: float, initial: Initial) -> None:
        super().__init__()
        self.weights = Parameter(initial.uniform(count, size, limit=limit))

    def forward(self, ids: Tensor) -> Tensor:
        """Look the ids up."""
        return embedding(self.weights.value, ids)


class ScalarLinear(Module):
    """The linear layer, number by number: `inputs` numbers to a list of `outputs`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        limit = math.sqrt(6 / inputs)
        self.weights = [
            [self._weight(f"weight_{i}_{j}", limit) for j in range(outputs)] for i in range(inputs)
        ]
        self.bias = [self.add_parameter(f"bias_{j}", Scalar(0.0)) for j in range(outputs)]

    def forward(self, x: Sequence[Scalar | float]) -> list[Scalar]:
        """Apply the layer."""
        sums: list[Scalar] = [bias.value for bias in self.bias]
        for value, row in zip(x, self.weights, strict=True):
            sums = [total + value * weight.value for total, weight in zip(sums, row, strict=True)]
        return sums

    def _weight(self, name: str, limit: float) -> Parameter:
        return self.add_parameter(name, Scalar((default_generator.random() * 2.0 - 1.0) * limit))
