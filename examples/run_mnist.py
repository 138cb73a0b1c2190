"""Train a convolutional network to read handwritten digits: LeNet on MNIST.

Idea: a convolution looks for one small pattern everywhere in the image; two of them find patterns
    of patterns, a pool keeps the strongest answer of each 4 x 4 tile, and two linear layers decide.
Not here: checkpoints, pictures, resuming (`minitorch train mnist`, minitorch/train/).
Read next: run_sentiment.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

import minitorch
from minitorch import SGD, Adam, FusedBackend, Module, Tensor, data, dropout, logsoftmax, maxpool2d
from minitorch.train.layers import Conv2d, Initial, Linear


class LeNet(Module):
    """Images (N, 1, 28, 28) to the log-probability of each digit (N, 10)."""

    def __init__(self, backend: minitorch.TensorBackend = FusedBackend) -> None:
        super().__init__()
        initial = Initial(backend, "float32")
        self.conv1 = Conv2d(1, 4, (3, 3), initial)
        self.conv2 = Conv2d(4, 8, (3, 3), initial)
        self.linear1 = Linear(8 * 7 * 7, 64, initial)
        self.linear2 = Linear(64, 10, initial)

    def forward(self, x: Tensor) -> Tensor:  # (N, 1, 28, 28)
        """Apply the network."""
        x = self.conv1(x).relu()  # (N, 4, 28, 28)
        x = self.conv2(x).relu()  # (N, 8, 28, 28)
        x = maxpool2d(x, (4, 4))  # (N, 8, 7, 7)
        x = self.linear1(x.view(x.shape[0], 8 * 7 * 7)).relu()  # (N, 64)
        x = dropout(x, 0.25, ignore=not self.training)
        return logsoftmax(self.linear2(x), 1)  # (N, 10)


def train_step(model: LeNet, optimizer: SGD | Adam, images: Tensor, digits: Tensor) -> Tensor:
    """Forward, loss, backward, update; returns the loss of the batch."""
    optimizer.zero_grad()
    loss = minitorch.nll_loss(model(images), digits)
    loss.backward()
    optimizer.step()
    return loss


def train_epoch(model: LeNet, optimizer: Adam, train: data.Dataset, order: np.ndarray) -> float:
    """See every image once, in batches of 64; returns the mean loss."""
    model.train()
    total = 0.0
    for batch in data.batches(len(train), 64, order):
        part = train.take(batch)
        images = minitorch.from_numpy(part.inputs, FusedBackend)
        digits = minitorch.from_numpy(part.targets, FusedBackend)
        total += train_step(model, optimizer, images, digits).item() * len(batch)
    return total / len(train)


def accuracy(model: LeNet, images: data.Dataset) -> float:
    """The share of images whose digit is the one found most probable."""
    model.eval()
    correct = 0
    with minitorch.no_grad():
        for batch in data.batches(len(images), 500):
            part = images.take(batch)
            output = model(minitorch.from_numpy(part.inputs, FusedBackend))
            correct += int((output.to_numpy().argmax(axis=1) == part.targets).sum())
    return correct / len(images)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train LeNet on MNIST.")
    parser.add_argument("--data", help="folder of the data sets; by default they are looked up")
    parser.add_argument("--limit", type=int, help="use only the first images of each part")
    parser.add_argument("--rate", type=float, default=0.002, help="learning rate")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    minitorch.manual_seed(options.seed)
    train, test = data.load_mnist(options.data)
    train, test = (part.take(np.arange(len(part))[: options.limit]) for part in (train, test))
    model = LeNet()
    optimizer = Adam(model.parameters(), options.rate)
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        order = data.shuffled(len(train), seed=options.seed + epoch)
        loss = train_epoch(model, optimizer, train, order)
        seconds = time.perf_counter() - started
        score = f"loss {loss:.4f}  test accuracy {accuracy(model, test):.2%}"
        print(f"epoch {epoch}  {score}  {seconds:.1f} s")


if __name__ == "__main__":
    main()
