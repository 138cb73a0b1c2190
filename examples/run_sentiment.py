"""Train a network to tell whether a sentence praises a film: Kim's CNN on SST-2.

Idea: each word becomes a vector; convolutions over 3, 4 and 5 words in a row look for telling
    phrases, and the maximum over the sentence keeps whether each was found, wherever it stood.
    (Yoon Kim, "Convolutional neural networks for sentence classification", 2014.)
Not here: checkpoints, and classifying sentences of one's own (`minitorch train sentiment`).
Read next: ../minitorch/train/models.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

import minitorch
from minitorch import Adam, FusedBackend, Module, Tensor, TensorBackend, data, dropout, from_numpy
from minitorch.train.layers import Conv1d, Embedding, Initial, Linear


class KimCNN(Module):
    """Word ids (N, L) to the log-probabilities (N, 2) of negative and positive."""

    def __init__(self, words: int, backend: TensorBackend = FusedBackend, size: int = 50) -> None:
        super().__init__()
        features, initial = 50, Initial(backend, "float32")
        self.embedding = Embedding(words, size, 0.2, initial)
        self.conv3 = Conv1d(size, features, 3, initial)
        self.conv4 = Conv1d(size, features, 4, initial)
        self.conv5 = Conv1d(size, features, 5, initial)
        self.linear = Linear(features, 2, initial)

    def forward(self, ids: Tensor, is_word: Tensor) -> Tensor:  # (N, L), (N, L, 1)
        """Apply the network; `is_word` is 0 where a sentence has ended."""
        x = self.embedding(ids) * is_word  # (N, L, size)
        x = dropout(x, 0.3, ignore=not self.training)
        x = x.permute(0, 2, 1).contiguous()  # (N, size, L)
        x3, x4, x5 = (conv(x).relu() for conv in (self.conv3, self.conv4, self.conv5))
        x = minitorch.max(x3, 2) + minitorch.max(x4, 2) + minitorch.max(x5, 2)  # (N, features, 1)
        x = dropout(x.view(x.shape[0], x.shape[1]), 0.5, ignore=not self.training)
        return minitorch.logsoftmax(self.linear(x), 1)  # (N, 2)


def tensors(sentences: data.Dataset) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask and classes of a batch, cut to the longest of its sentences and one pad more."""
    ids = np.pad(data.trim_padding(sentences.inputs), ((0, 0), (0, 1)))
    is_word = (ids != 0).astype(np.float32)[:, :, np.newaxis]
    return tuple(from_numpy(array, FusedBackend) for array in (ids, is_word, sentences.targets))


def train_step(model: KimCNN, optimizer: Adam, ids: Tensor, mask: Tensor, y: Tensor) -> Tensor:
    """Forward, loss, backward, update; returns the loss of the batch."""
    optimizer.zero_grad()
    loss = minitorch.nll_loss(model(ids, mask), y)
    loss.backward()
    optimizer.step()
    return loss


def train_epoch(model: KimCNN, optimizer: Adam, phrases: data.Dataset, order: np.ndarray) -> float:
    """See every phrase once, in batches of 50; returns the mean loss."""
    model.train()
    total = 0.0
    for batch in data.batches(len(phrases), 50, order):
        loss = train_step(model, optimizer, *tensors(phrases.take(batch)))
        total += loss.item() * len(batch)
    return total / len(phrases)


def accuracy(model: KimCNN, sentences: data.Dataset) -> float:
    """The share of sentences whose class is the one found more probable."""
    model.eval()
    correct = 0
    with minitorch.no_grad():
        for batch in data.batches(len(sentences), 100):
            ids, mask, y = tensors(sentences.take(batch))
            correct += int((model(ids, mask).to_numpy().argmax(axis=1) == y.to_numpy()).sum())
    return correct / len(sentences)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train Kim's CNN on SST-2.")
    parser.add_argument("--data", help="folder of the data sets; by default they are looked up")
    parser.add_argument("--limit", type=int, help="use only the first sentences of each part")
    parser.add_argument("--rate", type=float, default=0.001, help="learning rate")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    minitorch.manual_seed(options.seed)
    sst2 = data.load_sst2(options.data)
    train, dev = (
        part.take(np.arange(len(part))[: options.limit]) for part in (sst2.train, sst2.dev)
    )
    model = KimCNN(len(sst2.vocabulary))
    optimizer = Adam(model.parameters(), options.rate)
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        order = data.shuffled(len(train), seed=options.seed + epoch)
        loss = train_epoch(model, optimizer, train, order)
        seconds = time.perf_counter() - started
        score = f"loss {loss:.4f}  dev accuracy {accuracy(model, dev):.2%}"
        print(f"epoch {epoch}  {score}  {seconds:.1f} s")


if __name__ == "__main__":
    main()
