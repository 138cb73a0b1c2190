"""Two spirals told apart by a network of three layers.

Idea: the plainest training loop: forward, loss, backward, step.
Not here: images (mnist_cnn.py).
Read next: custom_function.py
"""

import argparse
import math
import random

import torch
import torch.nn.functional as F
from draws import initialise
from torch import nn


def spirals(count: int, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (N, 2) on two spirals, and which one each is on (N,)."""
    points, kinds = [], []
    for k in range(count):
        turn = 3.0 * math.pi * rng.random()
        side = k % 2
        angle = turn + math.pi * side
        points.append([turn * math.cos(angle) / 10.0, turn * math.sin(angle) / 10.0])
        kinds.append(side)
    return torch.tensor(points), torch.tensor(kinds)


class MLP(nn.Module):
    """Points (N, 2) to a score for each spiral (N, 2)."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=500)
    args = parser.parse_args()
    rng = random.Random(0)
    points, kinds = spirals(200, rng)
    model = MLP()
    initialise(model, rng)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    for step in range(args.steps):
        loss = F.cross_entropy(model(points), kinds)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % max(args.steps // 10, 1) == 0:
            print(f"step {step} loss {loss.item():.6f}")
    right = (model(points).argmax(dim=1) == kinds).float().mean().item()
    print(f"right {right:.4f}")


if __name__ == "__main__":
    main()
