"""Train a classifier of points on tensors: all points, all weights of a layer, at once.

Idea: the same network as in run_scalar.py. A layer is one product of points (N, inputs, 1) and
    weights (inputs, outputs), broadcast to (N, inputs, outputs) and summed over the inputs; the
    loop over points is gone from the program, and now runs inside of `map`, `zip` and `reduce`.
Not here: those loops compiled, and matrix products (run_fast_tensor.py).
Read next: run_fast_tensor.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import minitorch
from minitorch import SGD, Module, Parameter, Tensor


class Linear(Module):
    """x W + b: (N, inputs) to (N, outputs)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weights = Parameter(minitorch.rand((inputs, outputs)) * 2.0 - 1.0)
        self.bias = Parameter(minitorch.rand((outputs,)) * 2.0 - 1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        count, inputs = x.shape
        products = x.view(count, inputs, 1) * self.weights.value  # (N, inputs, outputs)
        return products.sum(1).view(count, products.shape[2]) + self.bias.value


class Network(Module):
    """Three layers: points (N, 2) to the probabilities (N,) that they are of class 1."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layer1 = Linear(2, hidden)
        self.layer2 = Linear(hidden, hidden)
        self.layer3 = Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the network."""
        h = self.layer1(x).relu()  # (N, hidden)
        h = self.layer2(h).relu()  # (N, hidden)
        return self.layer3(h).sigmoid().view(x.shape[0])


def train(model: Network, graph: minitorch.Graph, epochs: int, rate: float) -> None:
    """Move the weights `epochs` times, each time after looking at all points."""
    x, y = minitorch.tensor(graph.X), minitorch.tensor(graph.y)
    optimizer = SGD(model.parameters(), rate)
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        p = model(x)
        right = p * y + (1.0 - p) * (1.0 - y)  # the probability given to the right class
        loss = -right.log().mean()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0 or epoch == epochs:
            correct = (right > 0.5).sum().item()
            print(f"epoch {epoch}  loss {loss.item():.4f}  correct {correct:.0f}/{graph.N}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a classifier of points on tensors.")
    parser.add_argument("--dataset", choices=minitorch.datasets, default="Simple")
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--hidden", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.5, help="learning rate")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    minitorch.manual_seed(options.seed)
    graph = minitorch.datasets[options.dataset](options.points, options.seed)
    train(Network(options.hidden), graph, options.epochs, options.rate)


if __name__ == "__main__":
    main()
