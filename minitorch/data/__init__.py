"""Real data sets, as arrays: MNIST, SST-2, the 8 x 8 digits.

Idea: a loader finds the files (or downloads them), refuses what is damaged, and returns frozen
    `Dataset`s of NumPy arrays, a training set and one to test on.
Not here: tensors, and the order of an epoch (train/); the toy point sets (datasets.py).
Read next: dataset.py
"""

from __future__ import annotations

from minitorch.data.dataset import Dataset, shuffled
from minitorch.data.digits import load_digits, normalise_digits
from minitorch.data.idx import read_idx
from minitorch.data.loader import batches, trim_padding
from minitorch.data.locate import cache_folder
from minitorch.data.mnist import load_mnist, normalise_mnist
from minitorch.data.registry import NAMES, load
from minitorch.data.sst2 import Sst2, load_sst2, read_tsv
from minitorch.data.vocabulary import PAD, UNKNOWN, Vocabulary, tokenise

__all__ = [
    "NAMES",
    "PAD",
    "UNKNOWN",
    "Dataset",
    "Sst2",
    "Vocabulary",
    "batches",
    "cache_folder",
    "load",
    "load_digits",
    "load_mnist",
    "load_sst2",
    "normalise_digits",
    "normalise_mnist",
    "read_idx",
    "read_tsv",
    "shuffled",
    "tokenise",
    "trim_padding",
]
