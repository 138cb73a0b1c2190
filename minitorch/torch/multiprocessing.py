"""torch.multiprocessing: Python's own, and `spawn`.

Idea: everything of `multiprocessing` under this name. A tensor that is sent to another process is
    pickled, and arrives as a copy, unless its memory is shared (sharing.py).
Not here: workers of a DataLoader (utils/data/).
Read next: imports.py
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from minitorch.errors import MinitorchError

__all__ = [
    "Array",
    "Barrier",
    "Event",
    "JoinableQueue",
    "Lock",
    "Manager",
    "Pipe",
    "Pool",
    "Process",
    "ProcessExitedException",
    "ProcessRaisedException",
    "Queue",
    "RLock",
    "Semaphore",
    "SimpleQueue",
    "SpawnContext",
    "Value",
    "active_children",
    "cpu_count",
    "current_process",
    "freeze_support",
    "get_all_sharing_strategies",
    "get_all_start_methods",
    "get_context",
    "get_sharing_strategy",
    "get_start_method",
    "set_sharing_strategy",
    "set_start_method",
    "spawn",
    "start_processes",
]

Array, Value, Manager = multiprocessing.Array, multiprocessing.Value, multiprocessing.Manager
Barrier, Event, Lock = multiprocessing.Barrier, multiprocessing.Event, multiprocessing.Lock
RLock, Semaphore = multiprocessing.RLock, multiprocessing.Semaphore
Pipe, Pool, Process = multiprocessing.Pipe, multiprocessing.Pool, multiprocessing.Process
Queue, SimpleQueue = multiprocessing.Queue, multiprocessing.SimpleQueue
JoinableQueue = multiprocessing.JoinableQueue
active_children, cpu_count = multiprocessing.active_children, multiprocessing.cpu_count
current_process, freeze_support = multiprocessing.current_process, multiprocessing.freeze_support
get_context, get_start_method = multiprocessing.get_context, multiprocessing.get_start_method
set_start_method = multiprocessing.set_start_method
get_all_start_methods = multiprocessing.get_all_start_methods


class ProcessRaisedException(MinitorchError):
    """A process of `spawn` ended with an error."""

    def __init__(self, msg: str, error_index: int, error_pid: int | None) -> None:
        super().__init__(msg)
        self.error_index, self.error_pid = error_index, error_pid


class ProcessExitedException(ProcessRaisedException):
    """A process of `spawn` was stopped, or ended with a status."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int | None, exit_code: int | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code


class SpawnContext:
    """The processes of a `spawn`."""

    def __init__(self, processes: list[Any]) -> None:
        self.processes = processes

    def pids(self) -> list[int]:
        """Their numbers."""
        return [it.pid for it in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait for all; True once they have ended.

        Raises:
            ProcessExitedException: one of them failed; the others are stopped.
        """
        for place, process in enumerate(self.processes):
            process.join(timeout)
            if process.exitcode is None:
                return False
            if process.exitcode:
                for other in self.processes:
                    other.terminate()
                raise ProcessExitedException(
                    f"process {place} terminated with exit code {process.exitcode}; what it wrote "
                    "to standard error says why",
                    place,
                    process.pid,
                    process.exitcode,
                )
        return True


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> SpawnContext | None:
    """Call fn(k, *args) in processes k = 0 .. nprocs - 1; waits for them, or returns them."""
    context = multiprocessing.get_context(start_method)
    make: Any = getattr(context, "Process")  # noqa: B009 -- the type of the base has none
    processes = [make(target=fn, args=(k, *args), daemon=daemon) for k in range(nprocs)]
    for process in processes:
        process.start()
    started = SpawnContext(processes)
    if not join:
        return started
    started.join()
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> SpawnContext | None:
    """Call fn(k, *args) in new processes k = 0 .. nprocs - 1; waits for them, or returns them."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)


def get_sharing_strategy() -> str:
    """How tensors are shared: they are copied."""
    return "file_system"


def get_all_sharing_strategies() -> set[str]:
    """The one there is."""
    return {"file_system"}


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepted."""
