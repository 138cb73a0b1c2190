"""A small GPT: learns a text and goes on with it.

Idea: blocks of causal self-attention and a feed-forward layer, each beside a way straight on;
    the weights of the embedding are those of the last layer too.
Not here: byte pairs; letters do.
Read next: text_cnn.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from char_rnn import TEXT
from draws import initialise
from torch import nn


class Block(nn.Module):
    """Attention and a feed-forward layer: (N, T, width) to the same."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(self.ln1(x)).split(width, dim=2)
        q, k, v = (
            it.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for it in (q, k, v)
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(seen.transpose(1, 2).contiguous().view(batch, length, width))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """Letters (N, T) to scores of the next ones (N, T, letters)."""

    def __init__(self, letters: int, length: int, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        self.length = length
        self.tokens = nn.Embedding(letters, width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width, 4) for _ in range(layers)])
        self.ln = nn.LayerNorm(width)
        self.head = nn.Linear(width, letters, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.tokens(x) + self.places(torch.arange(x.size(1)))
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln(x))

    @torch.no_grad()
    def generate(self, x: torch.Tensor, count: int) -> torch.Tensor:
        """The text (1, T) and `count` letters more, each the likeliest."""
        for _ in range(count):
            scores = self(x[:, -self.length :])[:, -1, :]
            x = torch.cat([x, scores.topk(1).indices], dim=1)
        return x


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--width", type=int, default=128)
    args = parser.parse_args()
    rng = random.Random(0)
    letters = sorted(set(TEXT))
    text = torch.tensor([letters.index(c) for c in TEXT])
    length = 64
    model = GPT(len(letters), length, args.width)
    initialise(model, rng)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    for step in range(args.steps):
        starts = [rng.randrange(len(text) - length - 1) for _ in range(8)]
        x = torch.stack([text[k : k + length] for k in starts])
        y = torch.stack([text[k + 1 : k + length + 1] for k in starts])
        loss = F.cross_entropy(model(x).view(-1, len(letters)), y.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % max(args.steps // 10, 1) == 0:
            print(f"step {step} loss {loss.item():.5f}")
    start = torch.tensor([[letters.index(c) for c in "the rain"]])
    print("".join(letters[k] for k in model.generate(start, 40)[0].tolist()))


if __name__ == "__main__":
    main()
