"""A Transformer that learns to say a sequence backwards.

Idea: Vaswani et al., "Attention is all you need", 2017: the encoder reads, the decoder writes, and
    may look at all that was read and at what it has written so far.
Not here: words; numbers do.
Read next: gpt.py
"""

import argparse
import math
import random

import torch
import torch.nn.functional as F
from draws import initialise
from torch import nn

START, WORDS = 0, 12


class Translator(nn.Module):
    """Sequences (N, S) and what is written so far (N, T) to scores of the next (N, T, words)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, width)
        self.register_buffer("places", self.waves(64, width))
        self.transformer = nn.Transformer(
            width, 4, 1, 1, dim_feedforward=64, dropout=0.0, batch_first=True
        )
        self.out = nn.Linear(width, WORDS)

    @staticmethod
    def waves(length: int, width: int) -> torch.Tensor:
        """Sines and cosines that tell where in a sequence something is."""
        place = torch.arange(length).unsqueeze(1)
        rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        waves = torch.zeros(length, width)
        waves[:, 0::2] = torch.sin(place * rate)
        waves[:, 1::2] = torch.cos(place * rate)
        return waves

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Words where they stand: (N, L) to (N, L, width)."""
        return self.embedding(x) * 4.0 + self.places[: x.size(1)]

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(y.size(1))
        return self.out(self.transformer(self.embed(x), self.embed(y), tgt_mask=mask))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    args = parser.parse_args()
    rng = random.Random(0)
    model = Translator()
    initialise(model, rng)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for step in range(args.steps):
        words = [[rng.randrange(1, WORDS) for _ in range(6)] for _ in range(16)]
        x, back = torch.tensor(words), torch.tensor([list(reversed(it)) for it in words])
        y = torch.cat([torch.full((16, 1), START), back[:, :-1]], dim=1)
        loss = F.cross_entropy(model(x, y).flatten(0, 1), back.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % max(args.steps // 10, 1) == 0:
            print(f"step {step} loss {loss.item():.5f}")
    model.eval()
    x, y = torch.tensor([[3, 1, 4, 1, 5, 9]]), torch.tensor([[START]])
    with torch.no_grad():
        for _ in range(6):
            y = torch.cat([y, model(x, y)[:, -1].argmax(dim=1, keepdim=True)], dim=1)
    print(x[0].tolist(), "->", y[0, 1:].tolist())


if __name__ == "__main__":
    main()
