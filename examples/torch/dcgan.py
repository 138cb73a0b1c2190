"""A generator that learns to draw digits from a critic that learns to tell them from real ones.

Idea: Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional
    generative adversarial networks", 2015: transposed convolutions up, strided ones down.
Not here: how long it takes until they look right.
Read next: char_rnn.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import batches, initialise, mnist, normal
from torch import nn


def generator(code: int) -> nn.Sequential:
    """Codes (N, code, 1, 1) to images (N, 1, 28, 28) from -1 to 1."""
    return nn.Sequential(
        nn.ConvTranspose2d(code, 16, 7, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(True),
        nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(True),
        nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def critic() -> nn.Sequential:
    """Images (N, 1, 28, 28) to the score that they are real (N, 1)."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(8, 16, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args()
    rng = random.Random(0)
    images = mnist(args.images)[0] * 2.0 - 1.0
    draw, judge = generator(16), critic()
    initialise(draw, rng)
    initialise(judge, rng)
    of_draw = torch.optim.Adam(draw.parameters(), lr=2e-4, betas=(0.5, 0.999))
    of_judge = torch.optim.Adam(judge.parameters(), lr=2e-4, betas=(0.5, 0.999))
    for epoch in range(args.epochs):
        for step, chosen in enumerate(batches(rng, len(images), 25)):
            real, fake = images[chosen], draw(normal(rng, 25, 16, 1, 1))
            true, false = judge(real), judge(fake.detach())
            found = F.binary_cross_entropy_with_logits(true, torch.ones_like(true))
            found = found + F.binary_cross_entropy_with_logits(false, torch.zeros_like(false))
            of_judge.zero_grad()
            found.backward()
            of_judge.step()
            verdict = judge(fake)
            fooled = F.binary_cross_entropy_with_logits(verdict, torch.ones_like(verdict))
            of_draw.zero_grad()
            fooled.backward()
            of_draw.step()
            if step % 5 == 0:
                print(
                    f"epoch {epoch} step {step} critic {found.item():.5f} loss {fooled.item():.5f}"
                )


if __name__ == "__main__":
    main()
