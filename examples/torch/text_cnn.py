"""Sentences judged good or bad by a convolutional network.

Idea: Kim, "Convolutional neural networks for sentence classification", 2014: filters of three
    widths over word vectors, each asked only where it fired most.
Not here: the course's own version (../run_sentiment.py).
Read next: reinforce.py
"""

import argparse
import csv
import os
import random

import torch
import torch.nn.functional as F
from draws import batches, initialise
from torch import nn


class TextCNN(nn.Module):
    """Word numbers (N, L) to the score that a sentence is good (N,)."""

    def __init__(self, words: int, width: int = 24, filters: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(width, filters, k) for k in (2, 3, 4)])
        self.out = nn.Linear(3 * filters, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embedding(x).permute(0, 2, 1)  # (N, width, L)
        fired = [F.relu(conv(x)).max(dim=2).values for conv in self.convs]
        return self.out(torch.cat(fired, dim=1)).squeeze(1)


def sentences(count: int) -> tuple[list[list[str]], list[int]]:
    """Sentences of SST-2's dev set as words, and whether they are good."""
    place = os.path.join(os.environ.get("MINITORCH_DATA", "."), "sst2", "dev.tsv")
    with open(place, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:count]
    return [row["sentence"].split()[:20] for row in rows], [int(row["label"]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=10)
    args = parser.parse_args()
    rng = random.Random(0)
    texts, labels = sentences(args.sentences)
    known = {word: k + 1 for k, word in enumerate(sorted({w for it in texts for w in it}))}
    rows = [torch.tensor([known[w] for w in it]) for it in texts]
    x = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    y = torch.tensor(labels, dtype=torch.float32)
    model = TextCNN(len(known) + 1)
    initialise(model, rng)
    with torch.no_grad():
        model.embedding.weight[0].fill_(0.0)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    lossfn = nn.BCEWithLogitsLoss()
    for epoch in range(args.epochs):
        total, count = 0.0, 0
        for chosen in batches(rng, len(x), 40):
            loss = lossfn(model(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, count = total + loss.item(), count + 1
        right = ((model(x) > 0) == y.bool()).float().mean().item()
        print(f"epoch {epoch} loss {total / count:.5f} right {right:.4f}")


if __name__ == "__main__":
    main()
