"""Handwritten digits read by a convolutional network.

Idea: two convolutions, pooling, dropout, two linear layers; data comes through a DataLoader.
Not here: LeNet in the course's own words (../run_mnist.py).
Read next: vae.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import batches, initialise, mnist
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class CNN(nn.Module):
    """Images (N, 1, 28, 28) to log-probabilities of digits (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, stride=2)
        self.norm = nn.BatchNorm2d(16)
        self.drop = nn.Dropout(0.0)  # a rate of 0: the same under every library
        self.fc1 = nn.Linear(16 * 6 * 6, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # (N, 8, 14, 14)
        x = F.relu(self.norm(self.conv2(x)))  # (N, 16, 6, 6)
        x = self.drop(torch.flatten(x, 1))
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    rng = random.Random(0)
    images, digits = mnist(args.images)
    data = TensorDataset((images - 0.1307) / 0.3081, digits)
    model = CNN()
    initialise(model, rng)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(args.epochs):
        model.train()
        order = [batch.tolist() for batch in batches(rng, len(data), 50)]
        for step, (x, target) in enumerate(DataLoader(data, batch_sampler=order)):
            optimizer.zero_grad()
            loss = F.nll_loss(model(x), target)
            loss.backward()
            optimizer.step()
            if step % 10 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.5f}")
        model.eval()
        with torch.no_grad():
            right = sum(
                model(x).argmax(dim=1).eq(target).sum().item()
                for x, target in DataLoader(data, batch_size=200)
            )
        print(f"epoch {epoch} right {right / len(data):.4f}")


if __name__ == "__main__":
    main()
