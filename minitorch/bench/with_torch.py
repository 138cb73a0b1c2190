"""The ops of the cases in PyTorch.

Idea: what a user of PyTorch would write for the same numbers. `wrap` is put around what is called:
    nothing here, `torch.compile` in with_torch_compile.py.
Not here: the same in minitorch (with_minitorch.py).
Read next: with_numpy.py
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from minitorch.bench.draws import Array

__all__ = ["TITLE", "peak_bytes"]

Call = Callable[[], Any]

TITLE = f"PyTorch {torch.__version__}"

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def tensor(array: Array, requires_grad: bool = False) -> Tensor:
    return torch.tensor(array).requires_grad_(requires_grad)  # in memory of PyTorch's own


def as_it_is(function: Any) -> Any:
    return function


def peak_bytes(make: Callable[[], Call]) -> tuple[int, int]:
    """Bytes of tensors at the peak of a call: all, and those above what it began with."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        call = make()
        call()
        call()
        with torch.profiler.record_function("measured"):
            call()
    now = before = peak = 0
    for event in sorted(profile.profiler.kineto_results.events(), key=lambda it: it.start_ns()):
        if event.name() == "measured":
            before = peak = now
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak, peak - before


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


def affine_gelu(form: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """gelu(x * w + b)."""
    approximate = "tanh" if form == "tanh" else "none"
    return lambda x, w, b: functional.gelu(x * w + b, approximate=approximate)


def gelu(x: Array, w: Array, b: Array, form: str, wrap: Any = as_it_is) -> Call:
    return partial(wrap(affine_gelu(form)), tensor(x), tensor(w), tensor(b))


def gelu_both_ways(
    x: Array, w: Array, b: Array, gradient: Array, form: str, wrap: Any = as_it_is
) -> Call:
    leaves = tensor(x, True), tensor(w, True), tensor(b, True)
    return both_ways(wrap(affine_gelu(form)), gradient, *leaves)


def tiny(a: Array, b: Array, gradient: Array, wrap: Any = as_it_is) -> Call:
    def ten(x: Tensor, w: Tensor) -> Tensor:
        y = (((x * w + w).relu() * w).sigmoid() + x) * w
        return -(y + w).exp()

    x, w, g, forward = tensor(a, True), tensor(b), tensor(gradient), wrap(ten)

    def call() -> Any:
        x.grad = None
        y = forward(x, w)
        y.backward(g)
        return y, x.grad

    return call


def total(a: Array) -> Call:
    return tensor(a).sum


def total_over(a: Array, dim: int) -> Call:
    x = tensor(a)
    return lambda: x.sum(dim, keepdim=True)


def transposed_copy(a: Array) -> Call:
    x = tensor(a)
    return lambda: x.permute(1, 0).contiguous()


def softmax(a: Array, wrap: Any = as_it_is) -> Call:
    return partial(wrap(lambda x: functional.softmax(x, 1)), tensor(a))


def logsoftmax(a: Array, wrap: Any = as_it_is) -> Call:
    return partial(wrap(lambda x: functional.log_softmax(x, 1)), tensor(a))


def norm(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return functional.layer_norm(x, w.shape, w, b)


def layernorm(x: Array, w: Array, b: Array, wrap: Any = as_it_is) -> Call:
    return partial(wrap(norm), tensor(x), tensor(w), tensor(b))


def layernorm_both_ways(
    x: Array, w: Array, b: Array, gradient: Array, wrap: Any = as_it_is
) -> Call:
    return both_ways(wrap(norm), gradient, tensor(x, True), tensor(w, True), tensor(b, True))


def cross_entropy(a: Array, targets: Array, wrap: Any = as_it_is) -> Call:
    x, classes = tensor(a, True), tensor(targets)
    forward = wrap(lambda x, classes: functional.cross_entropy(x, classes))

    def call() -> Any:
        x.grad = None
        loss = forward(x, classes)
        loss.backward()
        return loss, x.grad

    return call


def matmul(a: Array, b: Array, wrap: Any = as_it_is) -> Call:
    return partial(wrap(lambda x, y: x @ y), tensor(a), tensor(b))


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


def convolution(image: Array, weight: Array, gradient: Array, wrap: Any = as_it_is) -> Call:
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return functional.conv2d(x, w, padding=1)

    return both_ways(wrap(forward), gradient, tensor(image, True), tensor(weight, True))


def maxpool(image: Array, gradient: Array, size: int) -> Call:
    def forward(x: Tensor) -> Tensor:
        return functional.max_pool2d(x, size)

    return both_ways(forward, gradient, tensor(image, True))


def embedding(weight: Array, ids: Array, gradient: Array) -> Call:
    rows = tensor(ids)

    def forward(w: Tensor) -> Tensor:
        return functional.embedding(rows, w)

    return both_ways(forward, gradient, tensor(weight, True))


def adam(start: Array, gradient: Array, fused: bool, wrap: Any = as_it_is) -> Call:
    parameter = tensor(start, True)
    parameter.grad = tensor(gradient)
    optimiser = torch.optim.Adam([parameter], fused=fused, foreach=False)
    update = wrap(optimiser.step)

    def call() -> Any:
        update()
        return parameter

    return call


def step(
    network: Callable[[Tensor], Tensor],
    optimiser: torch.optim.Optimizer,
    x: Array,
    targets: Array,
    wrap: Any = as_it_is,
    loss_of: Callable[[Tensor, Tensor], Tensor] = functional.nll_loss,
) -> Call:
    """One step of training."""
    inputs, classes = tensor(x), tensor(targets)
    forward = wrap(lambda x, y: loss_of(network(x), y))
    update = wrap(optimiser.step)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]

    def call() -> Any:
        optimiser.zero_grad()
        loss = forward(inputs, classes)
        loss.backward()
        update()
        return loss.item(), *parameters

    return call


def optimiser_of(name: str, parameters: list[Tensor]) -> torch.optim.Optimizer:
    kind, rate = (torch.optim.SGD, 0.01) if name == "sgd" else (torch.optim.Adam, 0.001)
    return kind(parameters, lr=rate)


def mlp(x: Array, targets: Array, *values: Array, optimiser: str, wrap: Any = as_it_is) -> Call:
    w1, b1, w2, b2 = parameters = [tensor(value, True) for value in values]

    def network(x: Tensor) -> Tensor:
        return functional.log_softmax((x @ w1 + b1).relu() @ w2 + b2, 1)

    return step(network, optimiser_of(optimiser, parameters), x, targets, wrap)


def lenet(
    x: Array, targets: Array, *values: Array, optimiser: str, exact: bool, wrap: Any = as_it_is
) -> Call:
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

    return step(network, optimiser_of(optimiser, parameters), x, targets, wrap)


def kim(ids: Array, targets: Array, *values: Array, exact: bool, wrap: Any = as_it_is) -> Call:
    parameters = [tensor(value, True) for value in values]
    vectors, *ngrams, linear, bias = parameters

    def convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        width = weight.shape[2]
        if exact:  # the course's convolution lies right of its cell, not around it
            return functional.conv1d(functional.pad(x, (0, width - 1)), weight, bias.flatten())
        return functional.conv1d(x, weight, bias.flatten(), padding=width // 2)

    def network(ids: Tensor) -> Tensor:
        x = functional.embedding(ids, vectors) * (ids != 0).unsqueeze(2)
        x = functional.dropout(x, 0.3, training=not exact).permute(0, 2, 1)
        features = torch.zeros(())
        for weight, shift in zip(ngrams[::2], ngrams[1::2], strict=True):
            features = features + convolution(x, weight, shift).relu().amax(2)
        features = functional.dropout(features, 0.5, training=not exact)
        return functional.log_softmax(features @ linear + bias, 1)

    return step(network, optimiser_of("adam", parameters), ids, targets, wrap)


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

    optimiser = torch.optim.SGD(parameters, lr=0.05)
    return step(network, optimiser, x, targets, loss_of=loss_of)


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
