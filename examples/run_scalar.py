"""Train a classifier of points, one number at a time: every weight is a Scalar.

Idea: the loss is arithmetic on Scalars, so `backward` leaves in each weight how the loss changes
    with it; the optimiser moves each weight a little against that, and the loss falls.
Not here: the same network on tensors, a thousand numbers at a time (run_tensor.py).
Read next: run_tensor.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import minitorch
from minitorch import SGD, Module, Scalar, default_generator


class Linear(Module):
    """A list of numbers to a list of numbers: y_j = x_1 w_1j + x_2 w_2j + ... + b_j."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weights = [
            [self.add_parameter(f"weight_{i}_{j}", self.start()) for j in range(outputs)]
            for i in range(inputs)
        ]
        self.bias = [self.add_parameter(f"bias_{j}", self.start()) for j in range(outputs)]

    def start(self) -> Scalar:
        """Return a number between -1 and 1."""
        return Scalar(2.0 * default_generator.random() - 1.0)

    def forward(self, x: Sequence[Scalar | float]) -> list[Scalar]:
        """Apply the layer."""
        y = [bias.value for bias in self.bias]
        for x_i, row in zip(x, self.weights, strict=True):
            y = [y_j + x_i * w.value for y_j, w in zip(y, row, strict=True)]
        return y


class Network(Module):
    """Three layers: a point to the probability that it is of class 1."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layer1 = Linear(2, hidden)
        self.layer2 = Linear(hidden, hidden)
        self.layer3 = Linear(hidden, 1)

    def forward(self, point: Sequence[float]) -> Scalar:
        """Apply the network."""
        h = [value.relu() for value in self.layer1(point)]
        h = [value.relu() for value in self.layer2(h)]
        return self.layer3(h)[0].sigmoid()


def train(model: Network, graph: minitorch.Graph, epochs: int, rate: float) -> None:
    """Move the weights `epochs` times, each time after looking at all points."""
    optimizer = SGD(model.parameters(), rate)
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        loss, correct = Scalar(0.0), 0
        for point, label in zip(graph.X, graph.y, strict=True):
            p = model(point)
            right = p if label == 1 else 1.0 - p  # the probability given to the right class
            loss = loss - right.log()
            correct += right.data > 0.5
        loss = loss / graph.N
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0 or epoch == epochs:
            print(f"epoch {epoch}  loss {loss.data:.4f}  correct {correct}/{graph.N}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a classifier of points on Scalars.")
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
