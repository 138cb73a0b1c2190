"""The ops of the cases in minitorch; MINITORCH_BACKEND chooses the backend.

Idea: an op takes arrays and returns the call to be timed, which returns all that it computed, so
    that a test can compare it with the same op of a peer. What is pending is realised in the call.
Not here: the cases (cases.py), the clock (worker.py), the networks (examples/).
Read next: with_torch.py
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import minitorch
from minitorch import DEFAULT_BACKEND, SGD, Adam, Module, Parameter, Scalar, Tensor
from minitorch.bench.draws import Array
from minitorch.bench.memory import peak_bytes
from minitorch.train.faces import Face, PointFace, ScalarFace
from minitorch.train.layers import Initial
from minitorch.train.models import PointNetwork, ScalarPointNetwork

__all__ = ["TITLE", "peak_bytes"]

Call = Callable[[], Any]
Step = Callable[..., Any]

TITLE = f"minitorch {minitorch.__version__}"
HERE = Path(__file__).resolve().parent


def tensor(array: Array, requires_grad: bool = False) -> Tensor:
    """A tensor with memory of its own, as the results of ops are."""
    return minitorch.from_numpy(array, DEFAULT_BACKEND, requires_grad, copy=True)


def realise(*values: Any) -> Any:
    """The values, computed: touching the storage of a tensor ends its waiting."""
    for value in values:
        if isinstance(value, Tensor):
            _ = value._tensor.cell.array  # computes what is pending
    return values[0] if len(values) == 1 else values


def realised(call: Call) -> Call:
    """The call, its result computed."""
    return lambda: realise(call())


def add(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return realised(lambda: x + y)


def mul(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return realised(lambda: x * y)


def exp(a: Array) -> Call:
    return realised(tensor(a).exp)


def sigmoid(a: Array) -> Call:
    return realised(tensor(a).sigmoid)


def relu(a: Array) -> Call:
    return realised(tensor(a).relu)


def affine_gelu(form: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """gelu(x * w + b)."""
    approximate = "tanh" if form == "tanh" else "none"
    return lambda x, w, b: minitorch.gelu(x * w + b, approximate)


def gelu(x: Array, w: Array, b: Array, form: str) -> Call:
    tensors, forward = (tensor(x), tensor(w), tensor(b)), affine_gelu(form)
    return realised(lambda: forward(*tensors))


def gelu_both_ways(x: Array, w: Array, b: Array, gradient: Array, form: str) -> Call:
    return both_ways(affine_gelu(form), gradient, tensor(x, True), tensor(w, True), tensor(b, True))


def ten(x: Tensor, w: Tensor) -> Tensor:
    """Ten elementwise ops."""
    y = (((x * w + w).relu() * w).sigmoid() + x) * w
    return -(y + w).exp()


def tiny(a: Array, b: Array, gradient: Array) -> Call:
    x, w, g = tensor(a, True), tensor(b), tensor(gradient)

    def call() -> Any:
        x.zero_grad_()
        y = ten(x, w)
        y.backward(g)
        return realise(y, x.grad)

    return call


def total(a: Array) -> Call:
    return realised(tensor(a).sum)


def total_over(a: Array, dim: int) -> Call:
    x = tensor(a)
    return realised(lambda: x.sum(dim))


def transposed_copy(a: Array) -> Call:
    x = tensor(a)
    return realised(lambda: x.permute(1, 0).contiguous())


def softmax(a: Array) -> Call:
    x = tensor(a)
    return realised(lambda: minitorch.softmax(x, 1))


def logsoftmax(a: Array) -> Call:
    x = tensor(a)
    return realised(lambda: minitorch.logsoftmax(x, 1))


def matmul(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return realised(lambda: x @ y)


def both_ways(forward: Callable[..., Tensor], gradient: Array, *leaves: Tensor) -> Call:
    """The call of `forward` on the leaves, and backward from a gradient of its result."""
    g = tensor(gradient)

    def call() -> Any:
        for leaf in leaves:
            leaf.zero_grad_()
        out = forward(*leaves)
        out.backward(g)
        return realise(out, *(leaf.grad for leaf in leaves))

    return call


def layernorm(x: Array, w: Array, b: Array) -> Call:
    tensors = tensor(x), tensor(w), tensor(b)
    return realised(lambda: minitorch.layernorm(*tensors))


def layernorm_both_ways(x: Array, w: Array, b: Array, gradient: Array) -> Call:
    leaves = tensor(x, True), tensor(w, True), tensor(b, True)
    return both_ways(minitorch.layernorm, gradient, *leaves)


def cross_entropy(a: Array, targets: Array) -> Call:
    x, classes = tensor(a, True), tensor(targets)

    def call() -> Any:
        x.zero_grad_()
        loss = minitorch.cross_entropy(x, classes)
        loss.backward()
        return realise(loss, x.grad)

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
        return realise(parameter.value, *states(optimiser))[0]

    return call


def states(optimiser: SGD | Adam) -> Iterable[Any]:
    """What the optimiser remembers of each parameter."""
    return (value for state in optimiser.state for value in state.values())


def start_at(network: Module, values: tuple[Array, ...]) -> list[Parameter]:
    """Give the network's parameters these values, in their order."""
    parameters = list(network.parameters())
    for parameter, value in zip(parameters, values, strict=True):
        parameter.update(tensor(value))
    return parameters


@cache
def example(name: str) -> Any:
    """A program of examples/, which an installed package carries in this room."""
    folders = (HERE / "examples", HERE.parents[1] / "examples")
    path = next(folder for folder in folders if folder.is_dir()) / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def optimiser_of(name: str, parameters: list[Parameter]) -> SGD | Adam:
    return SGD(parameters, lr=0.01) if name == "sgd" else Adam(parameters, lr=0.001)


def as_it_is(step: Step) -> Step:
    return step


def training(
    program: str, network: Module, optimiser: SGD | Adam, batch: tuple[Array, ...], wrap: Any
) -> Call:
    """One step of a program of examples/, with all that it changes computed."""
    train_step, tensors = example(program).train_step, [tensor(array) for array in batch]

    def one(*tensors: Tensor) -> Tensor:
        return train_step(network, optimiser, *tensors)

    step = wrap(one)

    def call() -> Any:
        loss = step(*tensors)
        values = [parameter.value for parameter in optimiser.parameters]
        realise(*values, *states(optimiser))
        return loss.item(), *values

    return call


def mlp(x: Array, targets: Array, *values: Array, optimiser: str, wrap: Any = as_it_is) -> Call:
    network = example("run_mlp").MLP(DEFAULT_BACKEND)
    update = optimiser_of(optimiser, start_at(network, values))
    return training("run_mlp", network, update, (x, targets), wrap)


def lenet(
    x: Array, targets: Array, *values: Array, optimiser: str, exact: bool, wrap: Any = as_it_is
) -> Call:
    network = example("run_mnist").LeNet(DEFAULT_BACKEND)
    if exact:
        network.eval()  # no two libraries drop the same cells
    update = optimiser_of(optimiser, start_at(network, values))
    return training("run_mnist", network, update, (x, targets), wrap)


def kim(ids: Array, targets: Array, *values: Array, exact: bool, wrap: Any = as_it_is) -> Call:
    network = example("run_sentiment").KimCNN(len(values[0]), DEFAULT_BACKEND)
    if exact:
        network.eval()  # no two libraries drop the same cells
    update = optimiser_of("adam", start_at(network, values))
    mask = (ids != 0).astype("float32")[:, :, None]
    return training("run_sentiment", network, update, (ids, mask, targets), wrap)


def step(network: Module, face: Face, optimiser: SGD, x: Array, targets: Array) -> Call:
    """One step of training, as the loop of minitorch/train takes it."""

    def call() -> Any:
        optimiser.zero_grad()
        loss = face.loss(network(*face.inputs(x)), targets)
        loss.backward()
        optimiser.step()
        return loss.item(), *map(realise, (parameter.value for parameter in network.parameters()))

    return call


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
