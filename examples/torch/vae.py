"""A variational autoencoder of handwritten digits.

Idea: Kingma and Welling, "Auto-encoding variational Bayes", 2014: encode to a normal distribution,
    draw from it by mean + noise * deviation, decode; the loss is what is lost plus the divergence
    from the standard normal.
Not here: pictures of what it dreams.
Read next: dcgan.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import batches, initialise, mnist, normal
from torch import nn


class VAE(nn.Module):
    """Images (N, 784) to what they look like after a bottleneck of 8 numbers."""

    def __init__(self, hidden: int = 100, code: int = 8) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.mean = nn.Linear(hidden, code)
        self.logvar = nn.Linear(hidden, code)
        self.fc3 = nn.Linear(code, hidden)
        self.fc4 = nn.Linear(hidden, 784)

    def forward(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, ...]:
        hidden = F.relu(self.fc1(x))
        mean, logvar = self.mean(hidden), self.logvar(hidden)
        code = mean + noise * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(code)))), mean, logvar


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=5)
    args = parser.parse_args()
    rng = random.Random(0)
    images = mnist(args.images)[0].view(-1, 784)
    model = VAE()
    initialise(model, rng)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(args.epochs):
        total = 0.0
        for chosen in batches(rng, len(images), 50):
            x = images[chosen]
            out, mean, logvar = model(x, normal(rng, 50, 8))
            lost = F.binary_cross_entropy(out, x, reduction="sum")
            divergence = -0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())
            loss = lost + divergence
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch} loss {total / len(images):.5f}")


if __name__ == "__main__":
    main()
