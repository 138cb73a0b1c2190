"""The parts of a DataLoader: batches (collate.py), samples (fetch.py), processes (worker.py).

Idea: where PyTorch's programs look for `collate.default_collate` and `worker.get_worker_info`.
Not here: the loader (../dataloader.py).
Read next: collate.py
"""

from minitorch.torch.utils.data._utils import collate, fetch, worker

__all__ = ["collate", "fetch", "worker"]
