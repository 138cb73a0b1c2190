"""Pictures of 32 by 32 points told apart by a residual network.

Idea: He et al., "Deep residual learning for image recognition", 2016: what a block adds to its
    input is easier to learn than what it makes of it.
Not here: photographs; the pictures are stripes, squares and rings in colour.
Read next: time_series.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import initialise
from torch import nn


class Block(nn.Module):
    """Two convolutions beside a way straight on."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.shortcut = nn.Sequential()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    """Pictures (N, 3, 32, 32) to scores (N, 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.layers = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2), Block(16, 32, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layers(F.relu(self.bn(self.conv(x))))
        return self.fc(torch.flatten(self.pool(x), 1))


def pictures(rng: random.Random, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 3, 32, 32), and what is on them (N,): 0 stripes, 1 a square, 2 a ring."""
    kinds = [k % 3 for k in range(count)]
    rows = torch.arange(32).view(32, 1).float()
    columns = torch.arange(32).view(1, 32).float()
    made = []
    for kind in kinds:
        y, x, size = rng.uniform(10, 22), rng.uniform(10, 22), rng.uniform(4, 9)
        if kind == 0:
            shape = ((rows + columns) / size).floor() % 2
        elif kind == 1:
            shape = torch.max((rows - y).abs(), (columns - x).abs()).lt(size).float()
        else:
            shape = (((rows - y) ** 2 + (columns - x) ** 2).sqrt() - size).abs().lt(1.5).float()
        colour = torch.tensor([rng.random() for _ in range(3)]).view(3, 1, 1)
        made.append(shape * colour)
    return torch.stack(made), torch.tensor(kinds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=40)
    args = parser.parse_args()
    rng = random.Random(0)
    model = ResNet()
    initialise(model, rng)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.steps)
    for step in range(args.steps):
        x, y = pictures(rng, 24)
        scores = model(x)
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        if step % max(args.steps // 10, 1) == 0:
            right = (scores.argmax(1) == y).float().mean().item()
            print(f"step {step} loss {loss.item():.5f} right {right:.4f}")


if __name__ == "__main__":
    main()
