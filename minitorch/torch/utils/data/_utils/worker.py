"""Worker processes: each fetches the batches that it is asked for, in that order.

Idea: a pipe each way between the loader and each worker. A worker reads an index and a thread of it
    sends the batch, so that it never stops reading; a failure travels as text and is raised again
    by the loader.
Not here: who is asked for what (../dataloader.py).
Read next: ../dataloader.py
"""

from __future__ import annotations

import multiprocessing
import queue
import random
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from minitorch.torch.random import manual_seed
from minitorch.torch.settings import set_num_threads
from minitorch.torch.utils.data._utils.fetch import Fetcher, Recipe

__all__ = ["Ended", "Failure", "Task", "WorkerInfo", "get_worker_info", "work"]

MASK = 0xFFFFFFFF
_LAST: Any = object()


@dataclass(frozen=True)
class WorkerInfo:
    """Which worker this process is, of how many, with its seed and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker this process is; None in the main process.

    >>> get_worker_info()
    """
    return _info


@dataclass(frozen=True)
class Task:
    """What a worker is started with."""

    recipe: Recipe
    seed: int  # of the loader; a worker's own is this plus its number
    init_fn: Callable[[int], Any] | None
    id: int
    num_workers: int


@dataclass(frozen=True)
class Ended:
    """Sent in the place of a batch: this worker's iterable dataset has no more."""


@dataclass(frozen=True)
class Failure:
    """An exception of a worker: its type, and where and how it came about."""

    kind: type[BaseException]
    text: str

    @staticmethod
    def caught(worker: int) -> Failure:
        """The exception that is being handled."""
        kind, error, trace = sys.exc_info()
        assert kind is not None
        lines = "".join(traceback.format_exception(kind, error, trace))
        where = f"in DataLoader worker process {worker}"
        return Failure(kind, f"Caught {kind.__name__} {where}.\nOriginal {lines}")

    def reraise(self) -> None:
        """Raise it again.

        Raises:
            Exception: of the same type, where a text is enough to make one; else a RuntimeError.
        """
        text: Any = _Lines(self.text) if issubclass(self.kind, KeyError) else self.text
        try:
            error = self.kind(text)
        except Exception:  # a constructor that wants something else
            raise RuntimeError(self.text) from None
        raise error


class _Lines(str):
    """A text that a KeyError shows with its line ends."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def seed_all(seed: int, worker: int) -> None:
    """Seed the generators of a worker: Python's, ours, and NumPy's global one if it is loaded."""
    random.seed(seed + worker)
    manual_seed(seed + worker)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed([worker, seed & MASK, seed >> 32 & MASK, 0])


def work(task: Task, asked: Connection, answers: Connection) -> None:
    """The life of a worker: until it reads None, or the loader's process is gone.

    It reads an index in a tuple, or True: begin again from the start of the dataset.
    """
    results: queue.SimpleQueue[Any] = queue.SimpleQueue()
    sender = threading.Thread(target=_send, args=(results, answers, task.id), daemon=True)
    sender.start()
    try:
        fetcher = _prepared(task)
        while (order := _next_order(asked)) is not None:
            if order is True:
                fetcher = task.recipe.fetcher()
            else:
                results.put(_fetched(fetcher, order[0], task.id))
    except KeyboardInterrupt:
        pass  # the loader is interrupted too, and says so
    results.put(_LAST)
    sender.join()


def _prepared(task: Task) -> Fetcher | Failure:
    """Seeds, who this worker is, and the user's own preparations."""
    global _info
    try:
        set_num_threads(1)  # the workers are the threads
        seed_all(task.seed, task.id)
        dataset = task.recipe.dataset
        _info = WorkerInfo(task.id, task.num_workers, task.seed + task.id, dataset)
        if task.init_fn is not None:
            task.init_fn(task.id)
        return task.recipe.fetcher()
    except Exception:
        return Failure.caught(task.id)


def _next_order(asked: Connection) -> Any:
    """What the loader says next; None once there is no loader."""
    parent: Any = multiprocessing.parent_process()
    wait([asked, parent.sentinel])
    try:
        return asked.recv() if asked.poll() else None
    except EOFError:
        return None


def _fetched(fetcher: Fetcher | Failure, index: Any, worker: int) -> Any:
    if isinstance(fetcher, Failure):
        return fetcher
    try:
        return fetcher.fetch(index)
    except StopIteration:
        return Ended() if fetcher.samples is not None else Failure.caught(worker)
    except Exception:
        return Failure.caught(worker)


def _send(results: queue.SimpleQueue[Any], answers: Connection, worker: int) -> None:
    while (answer := results.get()) is not _LAST:
        try:
            answers.send(answer)
        except OSError:
            return  # nobody listens
        except Exception:  # it cannot be pickled
            answers.send(Failure.caught(worker))
