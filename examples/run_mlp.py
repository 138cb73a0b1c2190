"""Train a network of two layers to read handwritten digits: a multi-layer perceptron on MNIST.

Idea: each of 256 hidden cells weighs all 784 pixels and fires where the sum is positive; ten cells
    weigh what fired. A step is four lines: forget, go forward, go backward, update.
Not here: looking at neighbouring pixels together, which convolutions do (run_mnist.py).
Read next: run_mnist.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

import minitorch
from minitorch import SGD, Adam, FusedBackend, Module, Tensor, data, from_numpy, logsoftmax
from minitorch.train.layers import Initial, Linear


class MLP(Module):
    """Images (N, 784) to the log-probability of each digit (N, 10)."""

    def __init__(self, backend: minitorch.TensorBackend = FusedBackend) -> None:
        super().__init__()
        initial = Initial(backend, "float32")
        self.linear1 = Linear(784, 256, initial)
        self.linear2 = Linear(256, 10, initial)

    def forward(self, x: Tensor) -> Tensor:  # (N, 784)
        """Apply the network."""
        x = self.linear1(x).relu()  # (N, 256)
        return logsoftmax(self.linear2(x), 1)  # (N, 10)


def train_step(model: MLP, optimizer: SGD | Adam, images: Tensor, digits: Tensor) -> Tensor:
    """Forward, loss, backward, update; returns the loss of the batch."""
    optimizer.zero_grad()
    loss = minitorch.nll_loss(model(images), digits)
    loss.backward()
    optimizer.step()
    return loss


def tensors(part: data.Dataset) -> tuple[Tensor, Tensor]:
    """Images as rows of 784 pixels, and their digits."""
    pixels = part.inputs.reshape(len(part), -1)
    return from_numpy(pixels, FusedBackend), from_numpy(part.targets, FusedBackend)


def train_epoch(model: MLP, optimizer: SGD | Adam, train: data.Dataset, order: np.ndarray) -> float:
    """See every image once, in batches of 64; returns the mean loss."""
    total = 0.0
    for batch in data.batches(len(train), 64, order):
        loss = train_step(model, optimizer, *tensors(train.take(batch)))
        total += loss.item() * len(batch)
    return total / len(train)


def accuracy(model: MLP, test: data.Dataset) -> float:
    """The share of images whose digit is the one found most probable."""
    correct = 0
    with minitorch.no_grad():
        for batch in data.batches(len(test), 500):
            images, digits = tensors(test.take(batch))
            correct += int((model(images).to_numpy().argmax(axis=1) == digits.to_numpy()).sum())
    return correct / len(test)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a multi-layer perceptron on MNIST.")
    parser.add_argument("--data", help="folder of the data sets; by default they are looked up")
    parser.add_argument("--limit", type=int, help="use only the first images of each part")
    parser.add_argument("--optimizer", choices=("sgd", "adam"), default="adam")
    parser.add_argument("--rate", type=float, help="learning rate; by default 0.001, of sgd 0.1")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    minitorch.manual_seed(options.seed)
    train, test = data.load_mnist(options.data)
    train, test = (part.take(np.arange(len(part))[: options.limit]) for part in (train, test))
    model = MLP()
    kind, rate = (SGD, 0.1) if options.optimizer == "sgd" else (Adam, 0.001)
    optimizer = kind(model.parameters(), options.rate or rate)
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        order = data.shuffled(len(train), seed=options.seed + epoch)
        loss = train_epoch(model, optimizer, train, order)
        seconds = time.perf_counter() - started
        score = f"loss {loss:.4f}  test accuracy {accuracy(model, test):.2%}"
        print(f"epoch {epoch}  {score}  {seconds:.1f} s")


if __name__ == "__main__":
    main()
