"""Between arrays and the numbers of a network: a batch in, a loss and probabilities out.

Idea: the loop (loop.py) is the same for Scalars, tensors and sentences; what differs is a face:
    how a batch of arrays becomes the network's input, which loss its output has, and how sure it
    is of each class.
Not here: the networks (models.py), the loop (loop.py).
Read next: loop.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from minitorch.checkpoint import Array
from minitorch.data import trim_padding
from minitorch.module import Module, Parameter
from minitorch.nn import nll_loss
from minitorch.scalar import Scalar
from minitorch.tensor import Tensor, from_numpy
from minitorch.tensor_ops import TensorBackend

__all__ = [
    "ClassFace",
    "Face",
    "Loss",
    "PointFace",
    "ScalarFace",
    "TextFace",
    "load_parameters",
    "parameter_arrays",
]


class Loss(Protocol):
    """A number that `backward` starts from: a Scalar, or a tensor with one cell."""

    def item(self) -> float:
        """Return the number."""
        ...

    def backward(self) -> None:
        """Add its derivative to that of every parameter."""
        ...


class Face(Protocol):
    """What the loop asks of the way between arrays and a network."""

    def inputs(self, rows: Array) -> tuple[Any, ...]:
        """Return the arguments of the network for a batch of rows."""
        ...

    def loss(self, output: Any, targets: Array) -> Loss:
        """Return the mean loss of the batch, which `backward` starts from."""
        ...

    def probabilities(self, output: Any) -> Array:
        """Return how sure the network is of each class, (B, classes)."""
        ...


class ScalarFace:
    """Points as lists of numbers; the output is a list of Scalars, the probability of class 1."""

    def inputs(self, rows: Array) -> tuple[Any, ...]:
        """Return the points as lists."""
        return (rows.tolist(),)

    def loss(self, output: list[Scalar], targets: Array) -> Scalar:
        """Return the mean of -log(the probability given to the right class)."""
        total = Scalar(0.0)
        for probability, target in zip(output, targets.tolist(), strict=True):
            right = probability if target == 1 else 1.0 - probability
            total = total - right.log()
        return total / len(output)

    def probabilities(self, output: list[Scalar]) -> Array:
        """Return (B, 2)."""
        ones = np.array([probability.data for probability in output])
        return np.stack([1.0 - ones, ones], axis=1)


@dataclass(frozen=True)
class PointFace:
    """Points as a tensor (B, 2); the output (B, 1) is the probability of class 1."""

    backend: TensorBackend
    dtype: str

    def inputs(self, rows: Array) -> tuple[Any, ...]:
        """Return the points as one tensor."""
        return (from_numpy(rows.astype(self.dtype), backend=self.backend),)

    def loss(self, output: Tensor, targets: Array) -> Tensor:
        """Return the mean of -log(the probability given to the right class)."""
        y = from_numpy(targets.astype(self.dtype).reshape(-1, 1), backend=self.backend)
        right = output * y + (1.0 - output) * (1.0 - y)
        return -right.log().mean()

    def probabilities(self, output: Tensor) -> Array:
        """Return (B, 2)."""
        ones = output.to_numpy()
        return np.concatenate([1.0 - ones, ones], axis=1)


@dataclass(frozen=True)
class ClassFace:
    """Images as a tensor (B, C, H, W); the output is the log-probability of each class."""

    backend: TensorBackend
    dtype: str

    def inputs(self, rows: Array) -> tuple[Any, ...]:
        """Return the images as one tensor."""
        return (from_numpy(rows.astype(self.dtype, copy=False), backend=self.backend),)

    def loss(self, output: Tensor, targets: Array) -> Tensor:
        """Return the mean of -(the log-probability of the right class)."""
        return nll_loss(output, from_numpy(targets, backend=self.backend))

    def probabilities(self, output: Tensor) -> Array:
        """Return (B, classes)."""
        return np.exp(output.to_numpy())


@dataclass(frozen=True)
class TextFace(ClassFace):
    """Sentences as ids (B, L) and a mask (B, L, 1) that is 0 at padding."""

    def inputs(self, rows: Array) -> tuple[Any, ...]:
        """Return ids and mask, as long as the longest sentence of the batch and one more."""
        ids = np.pad(trim_padding(rows), ((0, 0), (0, 1)))
        mask = (ids != 0).astype(self.dtype)[:, :, np.newaxis]
        return (from_numpy(ids, backend=self.backend), from_numpy(mask, backend=self.backend))


def parameter_arrays(network: Module) -> dict[str, Array]:
    """Return the values of all parameters by their dotted names.

    >>> class Half(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.weight = Parameter(Scalar(0.5))
    >>> parameter_arrays(Half())
    {'weight': array(0.5)}
    """
    return {name: _array(parameter) for name, parameter in network.named_parameters()}


def load_parameters(network: Module, arrays: dict[str, Array]) -> None:
    """Replace the value of each parameter by the array of its name; they must fit."""
    for name, parameter in network.named_parameters():
        value, array = parameter.value, arrays[name]
        if isinstance(value, Scalar):
            parameter.update(Scalar(float(array)))
        else:
            parameter.update(from_numpy(array.copy(), backend=value.backend))


def _array(parameter: Parameter) -> Array:
    value = parameter.value
    return np.array(value.data) if isinstance(value, Scalar) else value.to_numpy()
