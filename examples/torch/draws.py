"""What the programs beside this file share: numbers from a seed, the same under every library.

Idea: Python's own generator draws them, so a program prints the same losses with PyTorch and with
    minitorch, but for rounding.
Not here: the programs.
Read next: mlp.py
"""

import gzip
import math
import os
import random
import struct

import torch


def normal(rng: random.Random, *shape: int) -> torch.Tensor:
    """Standard normal numbers of a shape."""
    numbers = [rng.gauss(0.0, 1.0) for _ in range(math.prod(shape))]
    return torch.tensor(numbers).view(*shape)


def uniform(rng: random.Random, *shape: int) -> torch.Tensor:
    """Numbers in [0, 1) of a shape."""
    return torch.tensor([rng.random() for _ in range(math.prod(shape))]).view(*shape)


def initialise(module: torch.nn.Module, rng: random.Random) -> None:
    """Fill the weights: uniform within 1 / sqrt(inputs); of one dim, ones, and biases near zero."""
    with torch.no_grad():
        for name, weight in sorted(module.named_parameters()):
            if weight.dim() > 1:
                reach = 1.0 / math.sqrt(weight[0].numel())
                weight.copy_((uniform(rng, *weight.shape) * 2.0 - 1.0) * reach)
            elif "bias" in name:
                weight.copy_(torch.tensor([0.01 * (k % 3 - 1) for k in range(len(weight))]))
            else:
                weight.fill_(1.0)


def batches(rng: random.Random, count: int, size: int) -> list[torch.Tensor]:
    """The numbers 0 to count - 1 in a random order, cut into batches of equal size."""
    order = list(range(count))
    rng.shuffle(order)
    return [torch.tensor(order[k : k + size]) for k in range(0, count - size + 1, size)]


def mnist(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The first images (N, 1, 28, 28), from 0 to 1, and digits (N,) of MNIST's training set.

    They are read from the folder that MINITORCH_DATA names.
    """
    folder = os.path.join(os.environ.get("MINITORCH_DATA", "."), "mnist")
    with gzip.open(os.path.join(folder, "train-images-idx3-ubyte.gz")) as file:
        _, _, height, width = struct.unpack(">4i", file.read(16))
        pixels = torch.tensor(list(file.read(count * height * width)), dtype=torch.float32)
    with gzip.open(os.path.join(folder, "train-labels-idx1-ubyte.gz")) as file:
        file.read(8)
        digits = torch.tensor(list(file.read(count)))
    return pixels.view(count, 1, height, width) / 255.0, digits
