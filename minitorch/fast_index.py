"""The loops of index_loops.py and order_loops.py, compiled.

Idea: two places of an index may be one cell, so a loop over it is serial.
Not here: the loops themselves (index_loops.py), the other lifts (fast_ops.py).
Read next: fast_ops.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minitorch import index_loops, operators, order_loops
from minitorch.index_loops import IndexOps, NumberFunction
from minitorch.kernels import Kernel
from minitorch.launches import launched
from minitorch.tensor_data import TensorData
from minitorch.tensor_ops import check_indices, new_like, scatter_room
from minitorch.tiers import cells_of

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["FastIndexOps"]

INDEX_SHAPE = 7  # its place among the arguments of a loop that follows an index


def _ordering_steps(args: tuple[Any, ...]) -> int:
    """How often a loop over rows compares two numbers, about."""
    return 4 * args[1].size


_pick: Any = Kernel(index_loops.tensor_pick, steps=cells_of(INDEX_SHAPE))
_add: Any = Kernel(index_loops.tensor_scatter, operators.add, cells_of(INDEX_SHAPE))
_ordered: dict[str, Any] = {
    name: Kernel(getattr(order_loops, name), steps=_ordering_steps) for name in order_loops.__all__
}


class FastIndexOps(IndexOps):
    """The operations that follow an index, compiled for one core.

    >>> FastIndexOps.scatter(max).__name__
    'apply'
    """

    @staticmethod
    def gather(a: Tensor, dim: int, index: Tensor) -> Tensor:
        """out[.., i, ..] = a[.., index[.., i, ..], ..], of the shape of `index`."""
        out = TensorData.empty(index._tensor.shape, a._tensor.dtype)
        pick = launched(_pick(out.dtype, 1))
        bad = pick(*out.tuple(), *a._tensor.tuple(), *index._tensor.tuple(), dim)
        check_indices(bad, index, a._tensor.shape[dim], dim)
        return new_like(a, out)

    @staticmethod
    def scatter_add(source: Tensor, dim: int, index: Tensor, size: int) -> Tensor:
        """Zeros with `size` in dim, and source added where index says: the adjoint of gather."""
        out = scatter_room(source, dim, size)
        add = launched(_add(out.dtype, 1))
        bad = add(*out.tuple(), *source._tensor.tuple(), *index._tensor.tuple(), dim)
        check_indices(bad, index, size, dim)
        return new_like(source, out)

    @staticmethod
    def scatter(fn: NumberFunction) -> Callable[..., int]:
        """Lift fn(old, new) to (out, source, dim, index), which writes into `out`."""
        kernel = Kernel(index_loops.tensor_scatter, fn, cells_of(INDEX_SHAPE))

        def apply(out: TensorData, source: Tensor, dim: int, index: TensorData) -> int:
            run = launched(kernel(out.dtype, 1))
            return run(*out.tuple(), *source._tensor.tuple(), *index.tuple(), dim)

        return apply

    @staticmethod
    def ordered(name: str, out: TensorData, a: TensorData, *how: Any) -> None:
        """Run a loop of order_loops.py over the rows of a matrix of numbers."""
        launched(_ordered[name](a.dtype, 1))(out.array(), a.array(), *how)
