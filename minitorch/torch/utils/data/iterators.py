"""One pass through a DataLoader: in this process, or with workers.

Idea: the pass takes indices from the sampler and hands out batches. With workers it keeps
    prefetch_factor tasks per worker on the way; a worker answers in the order in which it is asked,
    so that the next batch is always the next answer of a known worker.
Not here: the options (dataloader.py), the other end of the pipes (_utils/worker.py).
Read next: _utils/worker.py
"""

from __future__ import annotations

import multiprocessing
import warnings
import weakref
from collections import deque
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from minitorch.torch.profiler.spans import record_function
from minitorch.torch.utils.data._utils.worker import Ended, Failure, Task, work
from minitorch.torch.utils.data.sampler import draw_seed

if TYPE_CHECKING:
    from minitorch.torch.utils.data.dataloader import DataLoader

__all__ = ["HereIterator", "WorkersIterator"]

PATIENCE = 5.0  # seconds that a worker is given to end by itself


class _Pass:
    """What both kinds share: where the pass is."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._loader = loader
        self._indices = iter(loader._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._num_yielded = 0

    def __iter__(self) -> Any:
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def __next__(self) -> Any:
        with record_function(f"enumerate(DataLoader)#{type(self).__name__}.__next__"):
            batch = self._next_data()
        self._num_yielded += 1
        said = self._loader._said_length
        if self._loader._iterable and said is not None and self._num_yielded > said:
            self._warn_of_length(said)
        return batch

    def _next_data(self) -> Any:
        raise NotImplementedError

    def _warn_of_length(self, said: int) -> None:
        text = (
            f"Length of IterableDataset {self._loader.dataset} was reported to be {said}(when "
            f"accessing len(dataloader)), but {self._num_yielded} samples have been fetched. "
        )
        if self._loader.num_workers:
            text += (
                "For multiprocessing data-loading, this could be caused by not properly "
                "configuring the IterableDataset replica at each worker."
            )
        warnings.warn(text, stacklevel=3)

    def __reduce__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled")


class HereIterator(_Pass):
    """A pass in this process."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if loader.timeout:
            raise AssertionError("a DataLoader without workers requires timeout == 0")
        self._fetcher = loader._recipe().fetcher()

    def _next_data(self) -> Any:
        return self._fetcher.fetch(next(self._indices))


class _Worker:
    """One worker, seen from the loader: its process and its pipes."""

    def __init__(self, context: Any, task: Task) -> None:
        asked, self.ask = context.Pipe(duplex=False)
        self.answers, answers = context.Pipe(duplex=False)
        self.process = context.Process(target=work, args=(task, asked, answers), daemon=True)
        self.process.start()
        asked.close()
        answers.close()
        self.ended = False  # its iterable dataset has no more

    def answer(self) -> Any:
        """The next answer, once there is one.

        Raises:
            RuntimeError: the process is gone.
        """
        wait([self.answers, self.process.sentinel])
        try:
            if self.answers.poll():  # even of a process that has ended
                return self.answers.recv()
        except EOFError:
            pass
        raise RuntimeError(f"DataLoader worker (pid(s) {self.process.pid}) exited unexpectedly")


def _stop(workers: list[_Worker]) -> None:
    """End the processes."""
    for worker in workers:
        with suppress(OSError):  # it may be gone already
            worker.ask.send(None)
        worker.ask.close()
        worker.answers.close()
    for worker in workers:
        worker.process.join(PATIENCE)
        if worker.process.is_alive():
            worker.process.terminate()
            worker.process.join()


class WorkersIterator(_Pass):
    """A pass with worker processes; ends them with the pass, unless they are persistent."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if not loader.prefetch_factor:
            raise AssertionError("prefetch_factor must be greater than 0 with workers")
        context = loader.multiprocessing_context
        if context is None:  # a fork needs to pickle nothing
            fork = "fork" in multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("fork" if fork else None)
        recipe, count = loader._recipe(), loader.num_workers
        self._workers: list[_Worker] = []
        self._stop = weakref.finalize(self, _stop, self._workers)
        for k in range(count):
            task = Task(recipe, self._base_seed, loader.worker_init_fn, k, count)
            self._workers.append(_Worker(context, task))
        self._begin()

    def begin_again(self) -> None:
        """Another pass with the same workers."""
        for worker in self._asked:  # what a pass that was left asked for
            worker.answer()
        for worker in self._workers:
            worker.ended = False
            worker.ask.send(True)
        self._indices = iter(self._loader._index_sampler)
        self._num_yielded = 0
        self._begin()

    def _begin(self) -> None:
        self._turn = cycle(self._workers)
        self._asked: deque[_Worker] = deque()  # who is to answer, in the order of the batches
        for _ in range(len(self._workers) * (self._loader.prefetch_factor or 0)):
            self._ask_next()

    def _ask_next(self) -> None:
        """Ask the next worker that has samples left for the next batch, if there is one."""
        if all(worker.ended for worker in self._workers):
            return
        for index in self._indices:
            worker = next(it for it in self._turn if not it.ended)
            worker.ask.send((index,))
            self._asked.append(worker)
            return

    def _next_data(self) -> Any:
        while self._asked:
            worker = self._next_worker()
            answer = worker.answer()
            worker.ended = isinstance(answer, Ended)
            self._ask_next()
            if isinstance(answer, Failure):
                answer.reraise()
            if not worker.ended:
                return answer
        if not self._loader.persistent_workers:
            self._stop()
        raise StopIteration

    def _next_worker(self) -> _Worker:
        """Whose answer is the next batch.

        Raises:
            RuntimeError: none came in time.
        """
        able = list(self._asked) if not self._loader.in_order else [self._asked[0]]
        watched: dict[Any, _Worker] = {}
        for worker in able:
            watched[worker.answers] = watched[worker.process.sentinel] = worker
        timeout = self._loader.timeout
        ready = wait(list(watched), timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        worker = watched[ready[0]]
        self._asked.remove(worker)
        return worker
