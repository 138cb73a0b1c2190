"""The ops of the cases in minitorch; MINITORCH_BACKEND chooses the backend.

Idea: an op takes arrays and returns the call to be timed, which returns all that it computed, so
    that a test can compare it with the same op of a peer.
Not here: the cases (cases.py), the clock (worker.py).
Read next: with_torch.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minitorch
from benchmarks.draws import Array
from minitorch import DEFAULT_BACKEND, SGD, Adam, Module, Parameter, Scalar, Tensor
from minitorch.train.faces import ClassFace, Face, PointFace, ScalarFace, TextFace
from minitorch.train.layers import Initial, Linear
from minitorch.train.models import KimCNN, LeNet, PointNetwork, ScalarPointNetwork

Call = Callable[[], Any]

TITLE = f"minitorch {minitorch.__version__}"


def tensor(array: Array, requires_grad: bool = False) -> Tensor:
    return minitorch.from_numpy(array, DEFAULT_BACKEND, requires_grad)


def add(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return lambda: x + y


def mul(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return lambda: x * y


def exp(a: Array) -> Call:
    return tensor(a).exp


def sigmoid(a: Array) -> Call:
    return tensor(a).sigmoid


def relu(a: Array) -> Call:
    return tensor(a).relu


def total(a: Array) -> Call:
    return tensor(a).sum


def total_over(a: Array, dim: int) -> Call:
    x = tensor(a)
    return lambda: x.sum(dim)


def transposed_copy(a: Array) -> Call:
    x = tensor(a)
    return lambda: x.permute(1, 0).contiguous()


def softmax(a: Array) -> Call:
    x = tensor(a)
    return lambda: minitorch.softmax(x, 1)


def logsoftmax(a: Array) -> Call:
    x = tensor(a)
    return lambda: minitorch.logsoftmax(x, 1)


def matmul(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return lambda: x @ y


def both_ways(forward: Callable[..., Tensor], gradient: Array, *leaves: Tensor) -> Call:
    """The call of `forward` on the leaves, and backward from a gradient of its result."""
    g = tensor(gradient)

    def call() -> Any:
        for leaf in leaves:
            leaf.zero_grad_()
        out = forward(*leaves)
        out.backward(g)
        return out, *(leaf.grad for leaf in leaves)

    return call


def convolution(image: Array, weight: Array, gradient: Array) -> Call:
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return minitorch.convolution(x, w, padding=1)

    return both_ways(forward, gradient, tensor(image, True), tensor(weight, True))


def maxpool(image: Array, gradient: Array, size: int) -> Call:
    def forward(x: Tensor) -> Tensor:
        return minitorch.maxpool2d(x, (size, size))

    return both_ways(forward, gradient, tensor(image, True))


def embedding(weight: Array, ids: Array, gradient: Array) -> Call:
    rows = tensor(ids)

    def forward(w: Tensor) -> Tensor:
        return minitorch.embedding(w, rows)

    return both_ways(forward, gradient, tensor(weight, True))


def adam(start: Array, gradient: Array, fused: bool) -> Call:  # `fused` is PyTorch's
    parameter, g = Parameter(tensor(start)), tensor(gradient)
    optimiser = Adam([parameter])

    def call() -> Any:
        parameter.value.derivative = g
        optimiser.step()
        return parameter.value

    return call


def start_at(network: Module, values: tuple[Array, ...]) -> list[Parameter]:
    """Give the network's parameters these values, in their order."""
    parameters = list(network.parameters())
    for parameter, value in zip(parameters, values, strict=True):
        parameter.update(tensor(value))
    return parameters


def step(network: Module, face: Face, optimiser: SGD | Adam, x: Array, targets: Array) -> Call:
    """One step of training, as the loop of minitorch/train takes it."""

    def call() -> Any:
        optimiser.zero_grad()
        loss = face.loss(network(*face.inputs(x)), targets)
        loss.backward()
        optimiser.step()
        return loss.item(), *(parameter.value for parameter in network.parameters())

    return call


class MLP(Module):
    """Two linear layers and a relu: (B, 784) to log-probabilities (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        initial = Initial(DEFAULT_BACKEND, "float32")
        self.linear1 = Linear(784, 256, initial)
        self.linear2 = Linear(256, 10, initial)

    def forward(self, x: Tensor) -> Tensor:
        return minitorch.logsoftmax(self.linear2(self.linear1(x).relu()), 1)


def mlp(x: Array, targets: Array, *values: Array) -> Call:
    network = MLP()
    optimiser = SGD(start_at(network, values), lr=0.01)
    return step(network, ClassFace(DEFAULT_BACKEND, "float32"), optimiser, x, targets)


def lenet(x: Array, targets: Array, *values: Array, optimiser: str, exact: bool) -> Call:
    network = LeNet(64, Initial(DEFAULT_BACKEND, "float32"))
    if exact:
        network.eval()  # no two libraries drop the same cells
    parameters = start_at(network, values)
    update = SGD(parameters, lr=0.01) if optimiser == "sgd" else Adam(parameters, lr=0.001)
    return step(network, ClassFace(DEFAULT_BACKEND, "float32"), update, x, targets)


def kim(ids: Array, targets: Array, *values: Array, exact: bool) -> Call:
    words, size = values[1].shape
    network = KimCNN(words, size, 100, Initial(DEFAULT_BACKEND, "float32"))
    if exact:
        network.eval()  # no two libraries drop the same cells
    optimiser = SGD(start_at(network, values), lr=0.05, momentum=0.9)
    return step(network, TextFace(DEFAULT_BACKEND, "float32"), optimiser, ids, targets)


def point_network(x: Array, targets: Array, *values: Array) -> Call:
    network = PointNetwork(10, Initial(DEFAULT_BACKEND, "float64"))
    doubles = tuple(value.astype("float64") for value in values)
    optimiser = SGD(start_at(network, doubles), lr=0.05)
    return step(network, PointFace(DEFAULT_BACKEND, "float64"), optimiser, x, targets)


def scalar_network(x: Array, targets: Array, values: Array) -> Call:
    network = ScalarPointNetwork(4)
    parameters = list(network.parameters())
    for parameter, value in zip(parameters, values.tolist(), strict=True):
        parameter.update(Scalar(value))
    return step(network, ScalarFace(), SGD(parameters, lr=0.05), x, targets)


def scalar_chain(values: Array) -> Call:
    numbers = values.tolist()

    def call() -> Any:
        x = Scalar(0.5)
        y = x
        for number in numbers:
            y = y * x + number
        y.backward()
        return y.data, x.derivative

    return call
