"""FusedOps: the operations of a backend that record instead of computing.

Idea: map, zip, reduce, gather return tensors whose cells are pending; reading the numbers of one
    compiles and runs one kernel for all that leads to it. What is no chain of elementwise ops and
    reductions (matrix products, scatter, argmax, whole numbers) is computed at once by FastOps.
Not here: how it is recorded (nodes.py) and computed (build.py).
Read next: ../tensor_functions.py
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch import operators
from minitorch.fast_ops import FastOps
from minitorch.fuse import build as build
from minitorch.fuse.nodes import Node, Op, counter, operand, pending, record, recorded
from minitorch.fuse.recipes import composed, is_writing_out
from minitorch.tensor_data import (
    Cell,
    Ints,
    Number,
    TensorData,
    broadcast_shapes,
    contiguous_strides,
    promote,
)
from minitorch.tensor_ops import check_dim, check_indices

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = ["FusedOps"]

NumberFunction = Callable[..., float]
FLOATS = (np.dtype("float32"), np.dtype("float64"))
INT, BOOL = np.dtype("int64"), np.dtype("bool")
PENDING = (*FLOATS, BOOL)  # dtypes of results that are recorded
Dtype = np.dtype[Any]


def _ops(fn: NumberFunction, parameters: int = 0, result: Dtype | None = None) -> dict[Dtype, Op]:
    """By the dtype that it is computed in, the op that lifts fn."""
    return {it: Op("map", result or it, fn, parameters, compute=it) for it in FLOATS}


def _lifted(
    ops: dict[Dtype, Op], operands: int, eager: Callable[..., Tensor]
) -> Callable[..., Tensor]:
    """fn recorded over so many operands, then parameters; of whole numbers at once."""

    def apply(*values: Any) -> Tensor:
        data = [value._tensor for value in values[:operands]]
        shape, dtype = data[0].shape, data[0].dtype
        op = ops.get(dtype)
        if op is not None:
            strides, nodes = contiguous_strides(shape), list[Node]()
            for it in data:
                node = it.cell.node
                if node.__class__ is not Node or it.strides is not strides or it.offset:
                    break
                if it.dtype is not dtype or (it.shape is not shape and it.shape != shape):
                    break
                nodes.append(node)
            else:  # all are read as they are
                return values[0]._new(recorded(op.form(shape), tuple(nodes), values[operands:]))
        for it in data[1:]:
            shape = broadcast_shapes(shape, it.shape)
            dtype = promote(dtype, it.dtype)
        op = ops.get(dtype)
        if op is None:
            return eager(*values)
        strides = contiguous_strides(shape)
        read = tuple([operand(it, shape, strides) for it in data])
        return values[0]._new(record(op, shape, read, values[operands:]))

    return apply


_EQ = Op("map", INT, operators.eq)
_CONVERT = {dtype: Op("map", dtype, operators.id) for dtype in FLOATS}
_WHERE = {dtype: Op("map", dtype, operators.where) for dtype in FLOATS}
_picks: dict[Any, Op] = {}
_draws: dict[Any, Op] = {}


class FusedOps(FastOps):
    """The operations of a backend that composes them before lifting, on the cores of the CPU.

    >>> from minitorch import TensorBackend, tensor
    >>> backend = TensorBackend(FusedOps)
    >>> x = tensor([1.0, 2.0], backend=backend)
    >>> x * x + x  # one kernel: nothing was computed before it is printed
    tensor([2.00 6.00])
    """

    @staticmethod
    def map(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x) to (a, out=None) -> tensor; what is written to `out` is written at once."""
        eager, ops = FastOps.map(fn), _ops(fn)
        launch = _lifted(ops, 1, eager)

        def apply(a: Tensor, out: Tensor | None = None) -> Tensor:
            # The hot path of every small program, as in `zip`: an operand that is read as it is.
            data = a._tensor
            node, shape, op = data.cell.node, data.shape, ops.get(data.dtype)
            if out is None and op is not None and node.__class__ is Node:
                form = op.forms.get(shape) or op.form(shape)
                if data.strides is form.strides and data.offset == 0:
                    return a._new(recorded(form, (node,), ()))
            return launch(a) if out is None else eager(a, out)

        return apply

    @staticmethod
    def zip(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x, y) to (a, b) -> tensor of the broadcast shape."""
        ops = _ops(fn)
        launch = _lifted(ops, 2, FastOps.zip(fn))

        def apply(a: Tensor, b: Tensor) -> Tensor:
            x, y = a._tensor, b._tensor
            left, right, shape, dtype = x.cell.node, y.cell.node, x.shape, x.dtype
            if left.__class__ is Node is right.__class__ and dtype is y.dtype:
                op = ops.get(dtype)
                if op is not None and (shape is y.shape or shape == y.shape):
                    form = op.forms.get(shape) or op.form(shape)
                    if x.strides is form.strides is y.strides and x.offset == 0 == y.offset:
                        return a._new(recorded(form, (left, right), ()))
            return launch(a, b)

        return apply

    @staticmethod
    def lift(
        fn: NumberFunction, operands: int, result: Dtype | None = None
    ) -> Callable[..., Tensor]:
        """Lift fn(x1, .., xn, *parameters) to (a1, .., an, *parameters, out=None) -> tensor.

        The result has the dtype `result`, by default that of the operands.
        """
        eager = FastOps.lift(fn, operands, result)
        by_count: dict[int, Callable[..., Tensor]] = {}

        def apply(*values: Any, out: Tensor | None = None) -> Tensor:
            if out is not None or (result is not None and result not in PENDING):
                return eager(*values, out=out)
            count = len(values) - operands
            launch = by_count.get(count)
            if launch is None:
                launch = _lifted(_ops(fn, count, result), operands, eager)
                launch = by_count.setdefault(count, launch)
            return launch(*values)

        return apply

    @staticmethod
    def reduce(fn: NumberFunction, start: float = 0.0) -> Callable[[Tensor, int], Tensor]:
        """Lift fn(x, y) to (a, dim) -> tensor with size 1 in dim."""
        eager = FastOps.reduce(fn, start)
        ops: dict[Any, Op] = {}

        def op_for(dtype: np.dtype[Any], dims: tuple[int, ...]) -> Op:
            op = ops.get((dtype, dims))
            if op is None:
                op = ops.setdefault((dtype, dims), Op("reduce", dtype, fn, 0, dims, start))
            return op

        def apply(a: Tensor, dim: int) -> Tensor:
            data = a._tensor
            if data.dtype not in FLOATS:
                return eager(a, dim)
            check_dim(a, dim)
            shape = (*data.shape[:dim], 1, *data.shape[dim + 1 :])
            node = pending(data)
            if (
                node is not None
                and node.op.kind == "reduce"
                and node.op.fn is fn
                and node.shape == data.shape
                and data.offset == 0
                and data.strides == contiguous_strides(data.shape)
                and dim not in node.op.dims
            ):  # a fold of a fold is one fold over both dims
                op = op_for(data.dtype, tuple(sorted((*node.op.dims, dim))))
                return a._new(record(op, shape, tuple(node.reads), (), node.form.domain))
            read = operand(data, data.shape, contiguous_strides(data.shape))
            return a._new(record(op_for(data.dtype, (dim,)), shape, (read,), (), data.shape))

        return apply

    @staticmethod
    def convert(a: Tensor, dtype: Dtype) -> Tensor:
        """The numbers of a as another dtype; to float recorded, but from whole numbers."""
        data = a._tensor
        if dtype not in FLOATS or data.dtype not in PENDING:
            return a._new(data.astype(dtype))
        shape = data.shape
        read = operand(data, shape, contiguous_strides(shape))
        return a._new(record(_CONVERT[dtype], shape, (read,)))

    composed = staticmethod(composed)

    @staticmethod
    def check_index(index: Tensor, size: int, dim: int) -> None:
        """Raise an IndexingError for an index that is not in 0..size - 1."""
        if is_writing_out():
            return
        check_indices(FastOps.outside(index._tensor, size), index, size, dim)

    @staticmethod
    def gather(a: Tensor, dim: int, index: Tensor) -> Tensor:
        """out[.., i, ..] = a[.., index[.., i, ..], ..]; recorded where each line has one index."""
        data = a._tensor
        if data.dtype not in FLOATS or index.shape[dim] != 1:
            return FastOps.gather(a, dim, index)
        FusedOps.check_index(index, a.shape[dim], dim)  # now, not when the numbers are read
        op = _picks.get((data.dtype, dim))
        if op is None:
            op = _picks.setdefault((data.dtype, dim), Op("pick", data.dtype, dims=(dim,)))
        shape = index.shape
        read = operand(data, data.shape, contiguous_strides(data.shape))
        chosen = operand(index._tensor, shape, contiguous_strides(shape))
        return a._new(record(op, shape, (read, chosen), (), data.shape))

    @staticmethod
    def scatter_add(source: Tensor, dim: int, index: Tensor, size: int) -> Tensor:
        """Zeros with `size` in dim, and source added where index says: the adjoint of gather.

        Where each line has one index it is a choice: the source where the position is the index.
        """
        data = source._tensor
        if data.dtype not in FLOATS or index.shape[dim] != 1:
            return FastOps.scatter_add(source, dim, index, size)
        FusedOps.check_index(index, size, dim)
        shape = (*data.shape[:dim], size, *data.shape[dim + 1 :])
        strides = contiguous_strides(shape)
        along = tuple([int(k == dim) for k in range(len(shape))])
        here, _ = counter(0, size)
        chosen = operand(index._tensor, shape, strides)
        is_here = record(_EQ, shape, ((here, (along, 0)), chosen))
        zero = TensorData(Cell.later(Number(0.0, data.dtype), data.dtype), (1,))
        read = tuple([operand(it, shape, strides) for it in (is_here, data, zero)])
        return source._new(record(_WHERE[data.dtype], shape, read))

    @staticmethod
    def draw(
        fn: NumberFunction, shape: Ints, dtype: np.dtype[Any], first: int, seed: int
    ) -> TensorData:
        """fn(counter, seed) for as many counters from `first` on as there are cells."""
        op = _draws.get((fn, dtype))
        if op is None:
            op = _draws.setdefault((fn, dtype), Op("map", dtype, fn, 1, whole=True))
        return record(op, shape, (counter(first, prod(shape)),), (seed,))
