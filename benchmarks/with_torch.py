"""The ops of the cases in PyTorch, eager, at one thread.

Idea: what a user of PyTorch would write for the same numbers.
Not here: the same in minitorch (with_minitorch.py).
Read next: with_numpy.py
"""

# pyright: reportUnknownMemberType=false
# (the methods of PyTorch that are wanted here have parameters without types)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.draws import Array

Call = Callable[[], Any]

TITLE = f"PyTorch {torch.__version__}"

torch.set_num_threads(1)


def tensor(array: Array, requires_grad: bool = False) -> Tensor:
    return torch.from_numpy(array.copy()).requires_grad_(requires_grad)


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
    return lambda: x.sum(dim, keepdim=True)


def transposed_copy(a: Array) -> Call:
    x = tensor(a)
    return lambda: x.permute(1, 0).contiguous()


def softmax(a: Array) -> Call:
    x = tensor(a)
    return lambda: functional.softmax(x, 1)


def logsoftmax(a: Array) -> Call:
    x = tensor(a)
    return lambda: functional.log_softmax(x, 1)


def matmul(a: Array, b: Array) -> Call:
    x, y = tensor(a), tensor(b)
    return lambda: x @ y


def both_ways(forward: Callable[..., Tensor], gradient: Array, *leaves: Tensor) -> Call:
    """The call of `forward` on the leaves, and backward from a gradient of its result."""
    g = tensor(gradient)

    def call() -> Any:
        for leaf in leaves:
            leaf.grad = None
        out = forward(*leaves)
        out.backward(g)
        return out, *(leaf.grad for leaf in leaves)

    return call


def convolution(image: Array, weight: Array, gradient: Array) -> Call:
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return functional.conv2d(x, w, padding=1)

    return both_ways(forward, gradient, tensor(image, True), tensor(weight, True))


def maxpool(image: Array, gradient: Array, size: int) -> Call:
    def forward(x: Tensor) -> Tensor:
        return functional.max_pool2d(x, size)

    return both_ways(forward, gradient, tensor(image, True))


def embedding(weight: Array, ids: Array, gradient: Array) -> Call:
    rows = tensor(ids)

    def forward(w: Tensor) -> Tensor:
        return functional.embedding(rows, w)

    return both_ways(forward, gradient, tensor(weight, True))


def adam(start: Array, gradient: Array, fused: bool) -> Call:
    parameter = tensor(start, True)
    parameter.grad = tensor(gradient)
    optimiser = torch.optim.Adam([parameter], fused=fused)

    def call() -> Any:
        optimiser.step()
        return parameter

    return call


def step(
    network: Callable[[Tensor], Tensor],
    loss_of: Callable[[Tensor, Tensor], Tensor],
    optimiser: torch.optim.Optimizer,
    x: Array,
    targets: Array,
) -> Call:
    """One step of training."""

    def call() -> Any:
        optimiser.zero_grad()
        loss = loss_of(network(torch.from_numpy(x)), torch.from_numpy(targets))
        loss.backward()
        optimiser.step()
        return loss.item(), *(p for group in optimiser.param_groups for p in group["params"])

    return call


def mlp(x: Array, targets: Array, *values: Array) -> Call:
    w1, b1, w2, b2 = parameters = [tensor(value, True) for value in values]

    def network(x: Tensor) -> Tensor:
        return functional.log_softmax((x @ w1 + b1).relu() @ w2 + b2, 1)

    return step(network, functional.nll_loss, torch.optim.SGD(parameters, lr=0.01), x, targets)


def lenet(x: Array, targets: Array, *values: Array, optimiser: str, exact: bool) -> Call:
    parameters = [tensor(value, True) for value in values]
    conv1, bias1, conv2, bias2, linear1, bias3, linear2, bias4 = parameters

    def convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if exact:  # the course's convolution lies right of and below its cell, not around it
            return functional.conv2d(functional.pad(x, (0, 2, 0, 2)), weight, bias.flatten())
        return functional.conv2d(x, weight, bias.flatten(), padding=1)

    def network(x: Tensor) -> Tensor:
        x = convolution(x, conv1, bias1).relu()
        x = convolution(x, conv2, bias2).relu()
        x = functional.max_pool2d(x, 4).flatten(1)
        x = (x @ linear1 + bias3).relu()
        x = functional.dropout(x, 0.25, training=not exact)
        return functional.log_softmax(x @ linear2 + bias4, 1)

    kind, rate = (torch.optim.SGD, 0.01) if optimiser == "sgd" else (torch.optim.Adam, 0.001)
    return step(network, functional.nll_loss, kind(parameters, lr=rate), x, targets)


def kim(ids: Array, targets: Array, *values: Array, exact: bool) -> Call:
    bias, vectors, *ngrams = parameters = [tensor(value, True) for value in values]

    def network(ids: Tensor) -> Tensor:
        ids = functional.pad(ids, (0, 1))
        x = functional.embedding(ids, vectors) * (ids != 0).unsqueeze(2).float()
        x = functional.dropout(x, 0.2, training=not exact).permute(0, 2, 1).contiguous()
        score = bias
        for weights, kernel, shift in zip(ngrams[::3], ngrams[1::3], ngrams[2::3], strict=True):
            padded = functional.pad(x, (0, kernel.shape[2] - 1))
            h = functional.conv1d(padded, kernel, shift.flatten()).relu().amax(2)
            score = score + functional.dropout(h, 0.5, training=not exact) @ weights
        return functional.log_softmax(score, 1)

    optimiser = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    return step(network, functional.nll_loss, optimiser, ids, targets)


def point_network(x: Array, targets: Array, *values: Array) -> Call:
    w1, b1, w2, b2, w3, b3 = parameters = [tensor(v.astype("float64"), True) for v in values]

    def network(x: Tensor) -> Tensor:
        h = (x @ w1 + b1).relu()
        h = (h @ w2 + b2).relu()
        return (h @ w3 + b3).sigmoid()

    def loss_of(output: Tensor, targets: Tensor) -> Tensor:
        y = targets.to(torch.float64).view(-1, 1)
        right = output * y + (1.0 - output) * (1.0 - y)
        return -(right + 1e-6).log().mean()

    return step(network, loss_of, torch.optim.SGD(parameters, lr=0.05), x, targets)


def scalar_network(x: Array, targets: Array, values: Array) -> Call:
    parameters = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values.tolist()]
    numbers: Iterator[Tensor] = iter(parameters)
    layers = [
        (
            [[next(numbers) for _ in range(outs)] for _ in range(ins)],
            [next(numbers) for _ in range(outs)],
        )
        for ins, outs in ((2, 4), (4, 4), (4, 1))
    ]
    optimiser = torch.optim.SGD(parameters, lr=0.05)
    points, labels = x.tolist(), targets.tolist()

    def probability(h: list[Any]) -> Tensor:
        for depth, (matrix, bias) in enumerate(layers):
            sums = bias
            for value, row in zip(h, matrix, strict=True):
                sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
            h = [total.relu() for total in sums] if depth < 2 else sums
        return h[0].sigmoid()

    def call() -> Any:
        optimiser.zero_grad()
        loss = torch.zeros((), dtype=torch.float64)
        for point, label in zip(points, labels, strict=True):
            p = probability(point)
            loss = loss - ((p if label == 1 else 1.0 - p) + 1e-6).log()
        loss = loss / len(points)
        loss.backward()
        optimiser.step()
        return loss.item(), *parameters

    return call


def scalar_chain(values: Array) -> Call:
    numbers = values.tolist()

    def call() -> Any:
        x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        y = x
        for number in numbers:
            y = y * x + number
        y.backward()
        return y, x.grad

    return call
