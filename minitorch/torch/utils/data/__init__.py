"""torch.utils.data: datasets, samplers, and the DataLoader that makes batches of them.

Idea: a dataset says what samples there are, a sampler in which order, a DataLoader makes batches.
Not here: real data sets (../../../data/).
Read next: dataset.py
"""

from minitorch.torch.missing import getattr_of
from minitorch.torch.utils.data import _utils
from minitorch.torch.utils.data._utils.collate import collate, default_collate, default_convert
from minitorch.torch.utils.data._utils.worker import get_worker_info
from minitorch.torch.utils.data.dataloader import DataLoader
from minitorch.torch.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from minitorch.torch.utils.data.distributed import DistributedSampler
from minitorch.torch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "_utils",
    "collate",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]

__getattr__ = getattr_of(__name__)
