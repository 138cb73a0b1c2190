"""Memory of tensors that several processes share.

Idea: `share_memory_` moves the numbers of a storage into memory that `multiprocessing` shares. A
    process that is started with such a tensor among its arguments, or forked, sees the same
    numbers, and what is written to them; through a queue a tensor goes as a copy.
Not here: starting processes (multiprocessing.py); other pickles of tensors (pickling.py).
Read next: multiprocessing.py
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import get_spawning_popen
from typing import Any
from weakref import WeakKeyDictionary

from minitorch.tensor_data import Cell, copy
from minitorch.torch import interop
from minitorch.torch.face import op
from minitorch.torch.pickling import attributes_of, rebuilt, reduced
from minitorch.torch.storage import bytes_of
from minitorch.torch.tensor import Tensor

__all__ = ["is_shared", "share_memory_"]


_shared: WeakKeyDictionary[Cell, Any] = WeakKeyDictionary()  # the memory of a cell that is shared


@op(function=False)
def share_memory_(input: Any) -> Any:
    """Move the numbers into memory that processes started from here on share; returns the tensor.

    >>> import minitorch.torch as torch
    >>> x = torch.ones(2).share_memory_()
    >>> x.is_shared(), x
    (True, tensor([1., 1.]))
    """
    cell = input._tensor.cell
    if not is_shared(input):
        size = max(len(bytes_of(cell)), 1)
        memory = multiprocessing.RawArray("b", size)
        shared = _cell_over(memory, cell.dtype, cell.array.size)
        copy(shared.array, cell.array)
        cell.expose()  # written to in place from now on, whoever looks
        cell.array = shared.array
        _shared[cell] = memory
    return input


@op(function=False)
def is_shared(input: Any) -> bool:
    """Whether other processes may see the same numbers."""
    return input._tensor.cell in _shared


def _cell_over(memory: Any, stored: Any, count: int) -> Any:
    cell = interop.cell_over(memory, stored, count, 0)
    cell.exposed = True
    return cell


def joined(kind: Any, memory: Any, stored: Any, count: int, layout: Any, *rest: Any) -> Any:
    """The tensor in the process that was started with it."""
    cell: Any = _cell_over(memory, stored, count)
    _shared[cell] = memory
    return rebuilt(kind, cell, layout, *rest)


def _reduce(self: Any, protocol: Any) -> Any:
    cell: Cell = self._tensor.cell
    memory = _shared.get(cell)
    if memory is None or get_spawning_popen() is None:
        return reduced(self)
    data = self._tensor
    layout = data.shape, data.strides, data.offset
    given = type(self), memory, cell.dtype, cell.array.size, layout
    return joined, (*given, self.requires_grad, attributes_of(self))


_tensor_class: Any = Tensor
_tensor_class.__reduce_ex__ = _reduce
