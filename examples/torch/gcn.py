"""Two parties of a graph told apart from one member of each.

Idea: Kipf and Welling, "Semi-supervised classification with graph convolutional networks", 2017:
    each node takes the weighted mean of its neighbours, then a linear layer, twice.
Not here: sparse matrices; the graph is small.
Read next: resnet.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import initialise
from torch import nn


class GCN(nn.Module):
    """Node features (N, F) and weights of the edges (N, N) to scores (N, 2)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, 16, bias=False)
        self.fc2 = nn.Linear(16, 2, bias=False)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        return edges @ self.fc2(F.relu(edges @ self.fc1(x)))


def graph(rng: random.Random, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights of edges (N, N), most within one of two parties, and the parties (N,)."""
    party = torch.arange(count) % 2
    edges = torch.eye(count)
    for i in range(count):
        for j in range(i):
            if rng.random() < (0.3 if (i - j) % 2 == 0 else 0.05):
                edges[i, j] = edges[j, i] = 1.0
    scale = edges.sum(dim=1).rsqrt()
    return scale.unsqueeze(1) * edges * scale, party


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100)
    args = parser.parse_args()
    rng = random.Random(0)
    edges, party = graph(rng, 40)
    model = GCN(40)
    initialise(model, rng)
    optimizer = torch.optim.Adamax(model.parameters(), lr=0.02, weight_decay=5e-4)
    known = torch.tensor([0, 1])
    for step in range(args.steps):
        scores = model(torch.eye(40), edges)
        loss = F.cross_entropy(scores[known], party[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % max(args.steps // 10, 1) == 0:
            right = (scores.argmax(1) == party).sum().item() / 40
            print(f"step {step} loss {loss.item():.5f} right {right:.3f}")


if __name__ == "__main__":
    main()
