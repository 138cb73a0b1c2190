"""Train a larger classifier of points on compiled loops, in batches.

Idea: a tensor carries its backend, so a network whose weights are on the fast backend computes
    there; nothing else changes. A layer is a matrix product, and a step looks at a batch only.
Not here: what the compiler made of the loops (parallel_check.py).
Read next: parallel_check.py
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence

import numpy as np

import minitorch
from minitorch import SGD, Module, Parameter, Tensor, TensorBackend, data


class Linear(Module):
    """x W + b: (N, inputs) to (N, outputs)."""

    def __init__(self, inputs: int, outputs: int, backend: TensorBackend) -> None:
        super().__init__()
        limit = math.sqrt(6 / inputs)  # keeps the size of what a relu sees from layer to layer
        weights = minitorch.rand((inputs, outputs), backend) * (2.0 * limit) - limit
        self.weights = Parameter(weights)
        self.bias = Parameter(minitorch.zeros((outputs,), backend))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return x @ self.weights.value + self.bias.value


class Network(Module):
    """Three layers: points (N, 2) to the probabilities (N, 1) that they are of class 1."""

    def __init__(self, hidden: int, backend: TensorBackend) -> None:
        super().__init__()
        self.layer1 = Linear(2, hidden, backend)
        self.layer2 = Linear(hidden, hidden, backend)
        self.layer3 = Linear(hidden, 1, backend)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the network."""
        h = self.layer1(x).relu()  # (N, hidden)
        h = self.layer2(h).relu()  # (N, hidden)
        return self.layer3(h).sigmoid()  # (N, 1)


def train(model: Network, graph: minitorch.Graph, options: argparse.Namespace) -> None:
    """Go through all points, batch by batch, `epochs` times."""
    backend = minitorch.BACKENDS[options.backend]
    points, labels = np.array(graph.X), np.array(graph.y, dtype=np.float64).reshape(-1, 1)
    optimizer = SGD(model.parameters(), options.rate)
    started = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        total, correct = 0.0, 0.0
        order = data.shuffled(graph.N, seed=options.seed + epoch)
        for batch in data.batches(graph.N, options.batch, order):
            x = minitorch.from_numpy(points[batch], backend)
            y = minitorch.from_numpy(labels[batch], backend)
            optimizer.zero_grad()
            p = model(x)
            right = p * y + (1.0 - p) * (1.0 - y)  # the probability given to the right class
            loss = -right.log().mean()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
            correct += (right > 0.5).sum().item()
        if epoch % 10 == 0 or epoch == options.epochs:
            seconds = time.perf_counter() - started
            progress = f"loss {total / graph.N:.4f}  correct {correct:.0f}/{graph.N}"
            print(f"epoch {epoch}  {progress}  {seconds:.1f} s")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a classifier of points on compiled loops.")
    parser.add_argument("--dataset", choices=minitorch.datasets, default="Xor")
    parser.add_argument("--backend", choices=minitorch.BACKENDS, default="fast")
    parser.add_argument("--points", type=int, default=250)
    parser.add_argument("--hidden", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.05, help="learning rate")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    minitorch.manual_seed(options.seed)
    graph = minitorch.datasets[options.dataset](options.points, options.seed)
    train(Network(options.hidden, minitorch.BACKENDS[options.backend]), graph, options)


if __name__ == "__main__":
    main()
