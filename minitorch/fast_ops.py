"""The lifts of tensor_ops.py, compiled by Numba for all cores of the CPU.

Idea: the same loops with `prange` for the outermost one. Where result and operands lie alike in
    memory, the position is the loop counter; else rows of the last dim are walked by strides, and
    an odometer goes from row to row. Float matrices go to BLAS.
Not here: compiling and caching (kernels.py), the formulas (operators.py).
Read next: tensor_functions.py
"""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable
from contextvars import Context
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from minitorch import tensor_data, tensor_ops
from minitorch.config import config
from minitorch.fast_factors import FastFactorOps
from minitorch.fast_index import FastIndexOps
from minitorch.fast_windows import FastWindowOps
from minitorch.kernels import Kernel
from minitorch.launches import launched
from minitorch.scan_loops import scan_room, tensor_place, tensor_scan
from minitorch.tensor_data import Cell, Shape, Storage, Strides, TensorData, promote
from minitorch.tensor_ops import (
    TensorOps,
    accumulator,
    argmax_room,
    check_matrices,
    multiply_batches,
    new_like,
    result_like,
    written,
)
from minitorch.tiers import cells, cells_of

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "FastOps",
    "tensor_map",
    "tensor_matrix_multiply",
    "tensor_reduce",
    "tensor_zip",
]

NumberFunction = Callable[..., float]
Dtype = np.dtype[Any]
unsigned = np.uint64  # an index of this type is not tested for wrap-around: the loop vectorises
LANES = 64  # partial results of a fold over neighbours: independent, so that they vectorise
BLOCKS = 64  # a loop over rows is split into about so many blocks, shared by the threads

to_index = njit(tensor_data.to_index)
index_to_position = njit(tensor_data.index_to_position)


@njit
def cell_count(shape: Shape) -> int:
    """The product of the sizes."""
    size = 1
    for length in shape:
        size *= length
    return size


@njit
def aligned(out_shape: Shape, out_strides: Strides, a_shape: Shape, a_strides: Strides) -> bool:
    """True where `out` is contiguous and `a` lies in memory as `out` does."""
    if len(out_shape) != len(a_shape):
        return False
    expected = 1
    for k in range(len(out_shape) - 1, -1, -1):
        if out_shape[k] != a_shape[k]:
            return False
        if out_shape[k] != 1 and (out_strides[k] != expected or a_strides[k] != expected):
            return False
        expected *= out_shape[k]
    return True


@njit
def steps_in(out_shape: Shape, a_shape: Shape, a_strides: Strides) -> Strides:
    """The strides of `a` for each dim of `out`: 0 where it is broadcast."""
    steps = np.zeros(len(out_shape), np.intp)
    missing = len(out_shape) - len(a_shape)
    for k in range(len(a_shape)):
        if a_shape[k] != 1:
            steps[k + missing] = a_strides[k]
    return steps


@njit
def next_row(index: Strides, shape: Shape) -> int:
    """Advance the index to the next row, like an odometer; returns the dim that went up.

    The dims after it, the last one apart, went back to 0.
    """
    k = max(len(shape) - 2, 0)
    while k > 0 and index[k] == shape[k] - 1:
        index[k] = 0
        k -= 1
    index[k] += 1
    return k


@njit
def advance(position: int, dim: int, shape: Shape, steps: Strides) -> int:
    """The position after `next_row` returned `dim`."""
    position += steps[dim]
    for k in range(dim + 1, len(shape) - 1):
        position -= (shape[k] - 1) * steps[k]
    return position


def tensor_map(fn: NumberFunction) -> Any:
    """The parallel loop that applies fn to each cell; `a` broadcasts to `out`.

    Called with the triples (storage, shape, strides) of `out` and `a`.
    """

    def _map(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
    ) -> None:
        size = cell_count(out_shape)
        if size == 0:
            return
        if aligned(out_shape, out_strides, a_shape, a_strides):
            for i in prange(size):
                out[i] = fn(a_storage[i])
            return
        row = out_shape[-1]
        rows = size // row
        block = rows // BLOCKS + 1
        a_steps = steps_in(out_shape, a_shape, a_strides)
        width, out_step, a_step = unsigned(row), unsigned(out_strides[-1]), unsigned(a_steps[-1])
        for n in prange((rows + block - 1) // block):
            index = np.zeros(len(out_shape), np.intp)
            to_index(n * block * row, out_shape, index)
            o = index_to_position(index, out_strides)
            a = index_to_position(index, a_steps)
            for _ in range(n * block, min(rows, (n + 1) * block)):
                to, at = unsigned(o), unsigned(a)
                for k in range(width):
                    out[to + k * out_step] = fn(a_storage[at + k * a_step])
                dim = next_row(index, out_shape)
                o = advance(o, dim, out_shape, out_strides)
                a = advance(a, dim, out_shape, a_steps)

    return njit(parallel=True, error_model="numpy")(_map)


def tensor_zip(fn: NumberFunction) -> Any:
    """The parallel loop that applies fn to pairs of cells; both operands broadcast to `out`.

    Called with the triples (storage, shape, strides) of `out`, `a` and `b`.
    """

    def _zip(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        b_storage: Storage,
        b_shape: Shape,
        b_strides: Strides,
    ) -> None:
        size = cell_count(out_shape)
        if size == 0:
            return
        if aligned(out_shape, out_strides, a_shape, a_strides) and aligned(
            out_shape, out_strides, b_shape, b_strides
        ):
            for i in prange(size):
                out[i] = fn(a_storage[i], b_storage[i])
            return
        row = out_shape[-1]
        rows = size // row
        block = rows // BLOCKS + 1
        a_steps = steps_in(out_shape, a_shape, a_strides)
        b_steps = steps_in(out_shape, b_shape, b_strides)
        width, out_step = unsigned(row), unsigned(out_strides[-1])
        a_step, b_step = unsigned(a_steps[-1]), unsigned(b_steps[-1])
        for n in prange((rows + block - 1) // block):
            index = np.zeros(len(out_shape), np.intp)
            to_index(n * block * row, out_shape, index)
            o = index_to_position(index, out_strides)
            a = index_to_position(index, a_steps)
            b = index_to_position(index, b_steps)
            for _ in range(n * block, min(rows, (n + 1) * block)):
                to, at, bt = unsigned(o), unsigned(a), unsigned(b)
                for k in range(width):
                    out[to + k * out_step] = fn(
                        a_storage[at + k * a_step], b_storage[bt + k * b_step]
                    )
                dim = next_row(index, out_shape)
                o = advance(o, dim, out_shape, out_strides)
                a = advance(a, dim, out_shape, a_steps)
                b = advance(b, dim, out_shape, b_steps)

    return njit(parallel=True, error_model="numpy")(_zip)


def tensor_reduce(fn: NumberFunction) -> Any:
    """The parallel loop that folds one dim with fn, starting from what `out` holds.

    Called with the triples of `out` (size 1 in that dim) and `a`, and the dim. fn is taken to be
    associative and commutative, what `out` holds its identity: a long run of neighbours is folded
    in LANES partial results.
    Where the last dim is kept, whole rows are folded into the row of `out`.
    """

    def _reduce(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        reduce_dim: int,
    ) -> None:
        size = cell_count(out_shape)
        if size == 0:
            return
        row = out_shape[-1]
        rows = size // row
        block = rows // BLOCKS + 1
        width, out_step, a_step = unsigned(row), unsigned(out_strides[-1]), unsigned(a_strides[-1])
        length, step = a_shape[reduce_dim], unsigned(a_strides[reduce_dim])
        in_lanes = length - length % LANES if step == 1 and length >= 4 * LANES else 0
        for n in prange((rows + block - 1) // block):
            lanes = np.empty(LANES, out.dtype)
            index = np.zeros(len(out_shape), np.intp)
            to_index(n * block * row, out_shape, index)
            o = index_to_position(index, out_strides)
            a = index_to_position(index, a_strides)
            for _ in range(n * block, min(rows, (n + 1) * block)):
                to, at = unsigned(o), unsigned(a)
                if row == 1:
                    result = out[to]
                    lanes[:] = result
                    for start in range(0, in_lanes, LANES):
                        run = a_storage[a + start : a + start + LANES]
                        for j in range(LANES):
                            lanes[j] = fn(lanes[j], run[j])
                    for j in range(LANES if in_lanes else 0):
                        result = fn(result, lanes[j])
                    for j in range(unsigned(in_lanes), unsigned(length)):
                        result = fn(result, a_storage[at + j * step])
                    out[to] = result
                else:
                    for j in range(unsigned(length)):
                        first = at + j * step
                        for k in range(width):
                            out[to + k * out_step] = fn(
                                out[to + k * out_step], a_storage[first + k * a_step]
                            )
                dim = next_row(index, out_shape)
                o = advance(o, dim, out_shape, out_strides)
                a = advance(a, dim, out_shape, a_strides)

    return njit(parallel=True, error_model="numpy")(_reduce)


def _tensor_matrix_multiply(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    b_storage: Storage,
    b_shape: Shape,
    b_strides: Strides,
) -> None:
    """out[n, i, j] = sum_k a[n, i, k] * b[n, k, j] over three-dimensional tensors.

    One thread computes a row of the result; the innermost loop runs along rows of b and out.
    """
    a_batch = a_strides[0] if a_shape[0] > 1 else 0
    b_batch = b_strides[0] if b_shape[0] > 1 else 0
    rows, columns, inner = out_shape[1], out_shape[2], a_shape[2]
    for r in prange(out_shape[0] * rows):
        n, i = r // rows, r % rows
        o = n * out_strides[0] + i * out_strides[1]
        a = n * a_batch + i * a_strides[1]
        for j in range(columns):
            out[o + j * out_strides[2]] = 0
        for k in range(inner):
            factor = a_storage[a + k * a_strides[2]]
            b = n * b_batch + k * b_strides[1]
            for j in range(columns):
                out[o + j * out_strides[2]] += factor * b_storage[b + j * b_strides[2]]


tensor_matrix_multiply = njit(parallel=True, error_model="numpy")(_tensor_matrix_multiply)


def tensor_lift(operands: int, parameters: int) -> Callable[[NumberFunction], Any]:
    """The template of the general lift: so many operands, then parameters passed to fn unchanged.

    The text is the one of `tensor_zip`, with as many operands as asked for.
    """
    names = [f"x{k}" for k in range(operands)]
    extra = [f"p{k}" for k in range(parameters)]

    def each(pattern: str, glue: str) -> str:
        return glue.join(pattern.format(x=x) for x in names)

    values = ", ".join([*(f"{x}_storage[{x}_at + k * {x}_step]" for x in names), *extra])
    flat = ", ".join([*(f"{x}_storage[i]" for x in names), *extra])
    arguments = ["out", "out_shape", "out_strides"]
    arguments += [f"{x}_{part}" for x in names for part in ("storage", "shape", "strides")]
    text = f"""
def tensor_lift(fn):
    def _lift({", ".join([*arguments, *extra])}):
        size = cell_count(out_shape)
        if size == 0:
            return
        if {each("aligned(out_shape, out_strides, {x}_shape, {x}_strides)", " and ")}:
            for i in prange(size):
                out[i] = fn({flat})
            return
        row = out_shape[-1]
        rows = size // row
        block = rows // BLOCKS + 1
        width, out_step = unsigned(row), unsigned(out_strides[-1])
        {each("{x}_steps = steps_in(out_shape, {x}_shape, {x}_strides)", "; ")}
        {each("{x}_step = unsigned({x}_steps[-1])", "; ")}
        for n in prange((rows + block - 1) // block):
            index = np.zeros(len(out_shape), np.intp)
            to_index(n * block * row, out_shape, index)
            o = index_to_position(index, out_strides)
            {each("{x} = index_to_position(index, {x}_steps)", "; ")}
            for _ in range(n * block, min(rows, (n + 1) * block)):
                to = unsigned(o)
                {each("{x}_at = unsigned({x})", "; ")}
                for k in range(width):
                    out[to + k * out_step] = fn({values})
                dim = next_row(index, out_shape)
                o = advance(o, dim, out_shape, out_strides)
                {each("{x} = advance({x}, dim, out_shape, {x}_steps)", "; ")}
    return _lift
"""
    title = f"<minitorch lift of {operands} operands and {parameters} parameters>"
    linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
    namespace = dict(globals())
    exec(compile(text, title, "exec", dont_inherit=True), namespace)
    return namespace["tensor_lift"]


_argmax = Kernel(tensor_ops.tensor_argmax, steps=cells_of(4))
_multiply = Kernel(_tensor_matrix_multiply, steps=lambda args: cells(args) * int(args[4][2]))


def _in_dtype(a: Tensor, dtype: np.dtype[Any]) -> Tensor:
    data = a._tensor
    return a if data.dtype is dtype else new_like(a, data.astype(dtype))


def _blas_ready(data: TensorData) -> Storage:
    """The data where BLAS can walk it, one stride 1 and the other no smaller, or a copy."""
    array, shape = data.cell.array, data.shape
    if len(shape) == 2:
        n, k = shape
        rows, columns = data.strides
        if array.size == n * k:  # all of the storage: quickest
            if columns == 1 and rows == k:
                return array.reshape(shape)
            if rows == 1 and columns == n:
                return array.reshape(k, n).T
    (n, k), (rows, columns) = shape[-2:], data.strides[-2:]
    if (columns == 1 and rows >= k) or (rows == 1 and columns >= n):
        return data.array()
    return data.contiguous().array()


class _Quiet(threading.local):
    """What runs a function of NumPy where inf and nan are results, and no accidents.

    `np.errstate` takes a fifth of the time of a small product; a context keeps what was set once.
    """

    def __init__(self) -> None:
        self.run = Context().run
        self.run(partial(np.seterr, all="ignore"))


_quiet = _Quiet()


def _dot(out: Storage, a: Storage, b: Storage) -> None:
    _quiet.run(np.dot, a, b, out)


def _matmul(out: Storage, a: Storage, b: Storage) -> None:
    _quiet.run(np.matmul, a, b, out)


class FastOps(FastIndexOps, FastWindowOps, FastFactorOps, TensorOps):
    """The operations of a backend, compiled for the cores of the CPU.

    >>> from minitorch import TensorBackend, tensor
    >>> backend = TensorBackend(FastOps)
    >>> tensor([[1, 2], [1, 2]], backend=backend) @ tensor([[1, 2], [1, 2]], backend=backend)
    tensor([[3.00 6.00]
            [3.00 6.00]])
    """

    @staticmethod
    def map(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x) to (a, out=None) -> tensor, through `tensor_map`."""
        kernel = Kernel(tensor_map, fn)

        def apply(a: Tensor, out: Tensor | None = None) -> Tensor:
            a, out = (a, result_like(a)) if out is None else written(a, out)
            room = out._tensor
            launched(kernel(room.dtype, room.size))(*room.tuple(), *a._tensor.tuple())
            return out

        return apply

    @staticmethod
    def zip(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x, y) to (a, b) -> tensor, through `tensor_zip`."""
        kernel = Kernel(tensor_zip, fn)

        def apply(a: Tensor, b: Tensor) -> Tensor:
            out = result_like(a, b)
            room = out._tensor
            a, b = _in_dtype(a, room.dtype), _in_dtype(b, room.dtype)
            launched(kernel(room.dtype, room.size))(
                *room.tuple(), *a._tensor.tuple(), *b._tensor.tuple()
            )
            return out

        return apply

    @staticmethod
    def lift(
        fn: NumberFunction, operands: int, result: Dtype | None = None
    ) -> Callable[..., Tensor]:
        """Lift fn(x1, .., xn, *parameters) to (a1, .., an, *parameters, out=None) -> tensor.

        The result has the dtype `result`, by default that of the operands.
        """
        kernels: dict[int, Kernel] = {}

        def apply(*values: Any, out: Tensor | None = None) -> Tensor:
            tensors, parameters = values[:operands], values[operands:]
            if out is None:
                dtype = promote(*(a._tensor.dtype for a in tensors))
                out = result_like(*tensors, result=result)
                tensors = [_in_dtype(a, dtype) for a in tensors]
                if dtype.kind == "f":  # else a float64 parameter would widen the arithmetic
                    parameters = [dtype.type(p) for p in parameters]
            else:
                dtype = out._tensor.dtype
            kernel = kernels.get(len(parameters))
            if kernel is None:
                template = tensor_lift(operands, len(parameters))
                kernel = kernels[len(parameters)] = Kernel(template, fn)
            triples = [part for a in tensors for part in a._tensor.tuple()]
            room = out._tensor
            launched(kernel(dtype, room.size))(*room.tuple(), *triples, *parameters)
            return out

        return apply

    @staticmethod
    def reduce(fn: NumberFunction, start: float = 0.0) -> Callable[[Tensor, int], Tensor]:
        """Lift fn(x, y) to (a, dim) -> tensor with size 1 in dim, through `tensor_reduce`.

        Float32 is folded in float64 and rounded once.
        """
        kernel = Kernel(tensor_reduce, fn, steps=cells_of(4))

        def apply(a: Tensor, dim: int) -> Tensor:
            out = accumulator(a, dim, start)
            run = launched(kernel(out.dtype, a._tensor.size if out.size > 1 else 1))
            run(*out.tuple(), *a._tensor.tuple(), dim)
            return new_like(a, out.astype(a._tensor.dtype))

        return apply

    @staticmethod
    def scan(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(state, a, b) to (a, b, dim, start, reverse) -> tensor: a running fold.

        The state is a float64 or an int64; it is rounded where it is written down.
        """
        kernel = Kernel(tensor_scan, fn)

        def apply(a: Tensor, b: Tensor, dim: int, start: float, reverse: bool) -> Tensor:
            out, first = scan_room(a, start)
            run = launched(kernel(first.dtype, 1))
            run(*out.tuple(), *a._tensor.tuple(), *b._tensor.tuple(), dim, first, reverse)
            return new_like(a, out)

        return apply

    @staticmethod
    def place(fn: NumberFunction) -> Callable[[Tensor, int], Tensor]:
        """Lift fn(x, y) to (a, dim) -> int64 tensor: where a fold of dim changed last."""
        kernel = Kernel(tensor_place, fn, cells_of(4))

        def apply(a: Tensor, dim: int) -> Tensor:
            out = argmax_room(a, dim)
            launched(kernel(a._tensor.dtype, 1))(*out.tuple(), *a._tensor.tuple(), dim)
            return new_like(a, out)

        return apply

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """a @ b over the last two dims: BLAS for floats, else `tensor_matrix_multiply`."""
        left, right = a._tensor, b._tensor
        dtype = left.dtype
        if dtype is not right.dtype:
            dtype = promote(dtype, right.dtype)
            a, b = _in_dtype(a, dtype), _in_dtype(b, dtype)
            left, right = a._tensor, b._tensor
        if dtype.kind != "f" or not config.shortcuts:
            work = a._tensor.size * b.shape[-1]
            return multiply_batches(launched(_multiply(dtype, work)), a, b)
        shape = check_matrices(a, b)
        one = len(right.shape) == 2 and (len(left.shape) == 2 or left.is_contiguous())
        out = np.empty(shape, dtype)
        if one and len(shape) > 2:  # as one tall matrix
            left = left.view(prod(shape[:-1]), left.shape[-1])
            cells = out.reshape(left.shape[0], right.shape[1])
        else:
            cells = out
        launched(_dot if one else _matmul)(cells, _blas_ready(left), _blas_ready(right))
        return new_like(a, TensorData.of_cell(Cell(out.reshape(-1)), shape))

    @staticmethod
    def argmax(a: Tensor, dim: int) -> Tensor:
        """The int64 position of the first largest number along dim, which stays with size 1."""
        out = argmax_room(a, dim)
        launched(_argmax(a._tensor.dtype, 1))(*out.tuple(), *a._tensor.tuple(), dim)
        return new_like(a, out)
