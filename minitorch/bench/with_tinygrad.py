"""The ops of the cases in tinygrad, through its `TinyJit`.

Idea: tensors are lazy; a call realises its results and waits for the device. Inputs are real
    buffers, so that a step is replayed and not computed once.
Not here: the same in minitorch (with_minitorch.py).
Read next: with_torch.py
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from tinygrad import Context, Device, Tensor, TinyJit
from tinygrad.nn.optim import SGD, Adam

from minitorch.bench.draws import Array

__all__ = ["TITLE"]

Call = Callable[[], Any]

TITLE = f"tinygrad {version('tinygrad')} on {Device.DEFAULT}"

(Tensor([1.0]).contiguous().realize() + 1.0).tolist()  # fails here where it has no compiler


def tensor(array: Array) -> Tensor:
    kind = np.int32 if array.dtype == np.int64 else array.dtype
    return Tensor(array.astype(kind)).realize()


def compiled(function: Callable[..., Any], *arrays: Array) -> Call:
    """The call of a function through the JIT, its results computed."""
    inputs = [tensor(array) for array in arrays]

    def realised(*inputs: Tensor) -> Any:
        out = function(*inputs)
        results = out if isinstance(out, tuple) else (out,)
        Tensor.realize(*results)
        return out

    fast = TinyJit(realised)

    def call() -> Any:
        out = fast(*inputs)
        Device[Device.DEFAULT].synchronize()
        return out

    return call


def both_ways(forward: Callable[..., Tensor], gradient: Array, *leaves: Array) -> Call:
    """Forward, and the gradients of all arguments from a gradient of the result."""

    def function(g: Tensor, *leaves: Tensor) -> Any:
        out = forward(*leaves)
        return out, *out.gradient(*leaves, gradient=g)

    return compiled(function, gradient, *leaves)


def affine_gelu(form: str) -> Callable[..., Tensor]:
    if form == "tanh":
        return lambda x, w, b: (x * w + b).gelu()

    def exact(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        y = x * w + b
        return y * 0.5 * ((y * 0.7071067811865476).erf() + 1.0)

    return exact


def gelu(x: Array, w: Array, b: Array, form: str) -> Call:
    return compiled(affine_gelu(form), x, w, b)


def gelu_both_ways(x: Array, w: Array, b: Array, gradient: Array, form: str) -> Call:
    return both_ways(affine_gelu(form), gradient, x, w, b)


def tiny(a: Array, b: Array, gradient: Array) -> Call:
    def function(x: Tensor, w: Tensor, g: Tensor) -> Any:
        y = (((x * w + w).relu() * w).sigmoid() + x) * w
        out = -(y + w).exp()
        return out, *out.gradient(x, gradient=g)

    return compiled(function, a, b, gradient)


def softmax(a: Array) -> Call:
    return compiled(lambda x: x.softmax(1), a)


def logsoftmax(a: Array) -> Call:
    return compiled(lambda x: x.log_softmax(1), a)


def norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return x.layernorm(eps=1e-5) * w + b


def layernorm(x: Array, w: Array, b: Array) -> Call:
    return compiled(norm, x, w, b)


def layernorm_both_ways(x: Array, w: Array, b: Array, gradient: Array) -> Call:
    return both_ways(norm, gradient, x, w, b)


def nll(logs: Tensor, targets: Tensor) -> Tensor:
    return -logs.gather(1, targets.reshape(-1, 1)).mean()


def cross_entropy(a: Array, targets: Array) -> Call:
    def function(x: Tensor, classes: Tensor) -> Any:
        loss = nll(x.log_softmax(1), classes)
        return loss, *loss.gradient(x)

    return compiled(function, a, targets)


def matmul(a: Array, b: Array) -> Call:
    return compiled(lambda x, y: x @ y, a, b)


def convolution(image: Array, weight: Array, gradient: Array) -> Call:
    return both_ways(lambda x, w: x.conv2d(w, padding=1), gradient, image, weight)


def adam(start: Array, gradient: Array, fused: bool) -> Call:
    it, g = tensor(start), tensor(gradient)
    optimiser = Adam([it])

    @TinyJit
    def step(g: Tensor) -> None:
        it.grad = g
        optimiser.step()

    def call() -> Any:
        with Context(TRAINING=1):
            step(g)
        Device[Device.DEFAULT].synchronize()
        return it

    return call


def training(
    network: Callable[[Tensor], Tensor],
    parameters: list[Tensor],
    x: Array,
    targets: Array,
    optimiser: str,
) -> Call:
    """One step of training."""
    update = SGD(parameters, lr=0.01) if optimiser == "sgd" else Adam(parameters, lr=0.001)
    inputs, classes = tensor(x), tensor(targets)

    @TinyJit
    def step(inputs: Tensor, classes: Tensor) -> Tensor:
        update.zero_grad()
        loss = nll(network(inputs), classes)
        loss.backward()
        return loss.realize(*update.schedule_step())

    def call() -> Any:
        with Context(TRAINING=1):
            loss = step(inputs, classes)
        return loss.item(), *parameters

    return call


def mlp(x: Array, targets: Array, *values: Array, optimiser: str) -> Call:
    w1, b1, w2, b2 = parameters = [tensor(value) for value in values]

    def network(x: Tensor) -> Tensor:
        return ((x @ w1 + b1).relu() @ w2 + b2).log_softmax(1)

    return training(network, parameters, x, targets, optimiser)


def lenet(x: Array, targets: Array, *values: Array, optimiser: str, exact: bool) -> Call:
    parameters = [tensor(value) for value in values]
    conv1, bias1, conv2, bias2, linear1, bias3, linear2, bias4 = parameters
    # The course's convolution lies right of and below its cell, not around it.
    padding = (0, 2, 0, 2) if exact else (1, 1, 1, 1)

    def network(x: Tensor) -> Tensor:
        x = (x.conv2d(conv1, padding=padding) + bias1).relu()
        x = (x.conv2d(conv2, padding=padding) + bias2).relu()
        x = x.max_pool2d((4, 4)).flatten(1)
        x = (x @ linear1 + bias3).relu()
        x = x if exact else x.dropout(0.25)
        return (x @ linear2 + bias4).log_softmax(1)

    return training(network, parameters, x, targets, optimiser)
