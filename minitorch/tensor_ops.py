"""The lifts in plain Python: a function of numbers becomes one of tensors.

Idea: for every index of the result, find the position of each operand, call the function once.
    map is the lift of one operand, zip of two; reduce folds a dim; gather and scatter follow an
    index tensor. A backend is any object with map, zip, reduce, matrix_multiply.
Not here: compiled loops (fast_ops.py), gradients (tensor_functions.py).
Read next: tensor_functions.py, or fast_ops.py for the same lifts in Numba
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from minitorch import operators
from minitorch.errors import IndexingError, ShapeError
from minitorch.launches import launched
from minitorch.rules import Rule
from minitorch.scan_loops import in_reach, scan_room, tensor_place, tensor_scan
from minitorch.tensor_data import (
    Shape,
    Storage,
    Strides,
    TensorData,
    broadcast_index,
    fill,
    index_to_position,
    promote,
    shape_broadcast,
    to_index,
)

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "SimpleBackend",
    "SimpleOps",
    "TensorBackend",
    "TensorOps",
    "check_dim",
    "check_matrices",
    "new_like",
    "result_like",
    "tensor_argmax",
    "tensor_gather",
    "tensor_lift",
    "tensor_map",
    "tensor_matrix_multiply",
    "tensor_reduce",
    "tensor_scatter_add",
    "tensor_zip",
    "written",
]

NumberFunction = Callable[..., float]
Loop = Callable[..., None]
Dtype = np.dtype[Any]
BOOL = np.dtype("bool")


def tensor_lift(fn: NumberFunction, operand_count: int) -> Loop:
    """The loop that applies fn, once per cell of the result.

    Called with (out, out_shape, out_strides), one such triple per operand, then parameters.
    Operands broadcast to the shape of `out`.
    """

    def loop(out: Storage, out_shape: Shape, out_strides: Strides, *rest: Any) -> None:
        operands = [rest[3 * k : 3 * k + 3] for k in range(operand_count)]
        parameters = rest[3 * operand_count :]
        out_index = np.zeros(len(out_shape), np.intp)
        indices = [np.zeros(len(shape), np.intp) for _, shape, _ in operands]
        with np.errstate(all="ignore"):  # IEEE: inf and nan are results, not accidents
            for ordinal in range(int(np.prod(out_shape))):
                to_index(ordinal, out_shape, out_index)
                values: list[Any] = []
                for index, (storage, shape, strides) in zip(indices, operands, strict=True):
                    broadcast_index(out_index, out_shape, shape, index)
                    value = storage[index_to_position(index, strides)]
                    values.append(int(value) if storage.dtype == bool else value)  # True - True
                out[index_to_position(out_index, out_strides)] = fn(*values, *parameters)

    return loop


def tensor_map(fn: NumberFunction) -> Loop:
    """The lift of a function of one number."""
    return tensor_lift(fn, 1)


def tensor_zip(fn: NumberFunction) -> Loop:
    """The lift of a function of two numbers."""
    return tensor_lift(fn, 2)


def tensor_reduce(fn: NumberFunction) -> Loop:
    """The loop that folds dim `reduce_dim` with fn, starting from what `out` holds.

    Called with the triples of `out` (size 1 in that dim) and of the operand, and the dim.
    """

    def loop(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        reduce_dim: int,
    ) -> None:
        index = np.zeros(len(out_shape), np.intp)
        with np.errstate(all="ignore"):
            for ordinal in range(int(np.prod(out_shape))):
                to_index(ordinal, out_shape, index)
                position = index_to_position(index, out_strides)
                result = out[position]
                for k in range(a_shape[reduce_dim]):
                    index[reduce_dim] = k
                    result = fn(result, a_storage[index_to_position(index, a_strides)])
                out[position] = result

    return loop


# The loops below are also compiled by fast_ops.py: plain arithmetic, arrays and `range` only.


def tensor_matrix_multiply(
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
    """out[n, i, j] = sum_k a[n, i, k] * b[n, k, j]; a batch of size 1 is used for every n."""
    a_batch = a_strides[0] if a_shape[0] > 1 else 0
    b_batch = b_strides[0] if b_shape[0] > 1 else 0
    for n in range(out_shape[0]):
        for i in range(out_shape[1]):
            for j in range(out_shape[2]):
                a = n * a_batch + i * a_strides[1]
                b = n * b_batch + j * b_strides[2]
                total = out.dtype.type(0)
                for k in range(a_shape[2]):
                    total += a_storage[a + k * a_strides[2]] * b_storage[b + k * b_strides[1]]
                position = n * out_strides[0] + i * out_strides[1] + j * out_strides[2]
                out[position] = total


def tensor_gather(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    index_storage: Storage,
    index_shape: Shape,
    index_strides: Strides,
    dim: int,
) -> int:
    """out[.., i, ..] = a[.., index[.., i, ..], ..]; the first bad ordinal of index, or -1."""
    index = np.zeros(len(out_shape), np.intp)
    size = 1
    for length in out_shape:
        size *= length
    for ordinal in range(size):
        to_index(ordinal, out_shape, index)
        position = index_to_position(index, out_strides)
        chosen = index_storage[index_to_position(index, index_strides)]
        if chosen < 0 or chosen >= a_shape[dim]:
            return ordinal
        index[dim] = chosen
        out[position] = a_storage[index_to_position(index, a_strides)]
    return -1


def tensor_scatter_add(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    source_storage: Storage,
    source_shape: Shape,
    source_strides: Strides,
    index_storage: Storage,
    index_shape: Shape,
    index_strides: Strides,
    dim: int,
) -> int:
    """out[.., index[.., i, ..], ..] += source[.., i, ..]; the first bad ordinal, or -1."""
    index = np.zeros(len(out_shape), np.intp)
    size = 1
    for length in index_shape:
        size *= length
    for ordinal in range(size):
        to_index(ordinal, index_shape, index)
        value = source_storage[index_to_position(index, source_strides)]
        chosen = index_storage[index_to_position(index, index_strides)]
        if chosen < 0 or chosen >= out_shape[dim]:
            return ordinal
        index[dim] = chosen
        out[index_to_position(index, out_strides)] += value
    return -1


def tensor_argmax(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    dim: int,
) -> None:
    """The position along `dim` of the first largest number; NaN is never the largest."""
    index = np.zeros(len(out_shape), np.intp)
    size = 1
    for length in out_shape:
        size *= length
    for ordinal in range(size):
        to_index(ordinal, out_shape, index)
        position = index_to_position(index, out_strides)
        best = index_to_position(index, a_strides)
        out[position] = 0
        for k in range(1, a_shape[dim]):
            index[dim] = k
            candidate = index_to_position(index, a_strides)
            old, new = a_storage[best], a_storage[candidate]
            if new > old or (old != old and new == new):
                best = candidate
                out[position] = k


def new_like(a: Tensor, data: TensorData) -> Tensor:
    """A tensor of a's face and backend around the data."""
    return a._new(data)


def written(a: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
    """What is read and what is about to be written: `a`, or a copy where they overlap, and `out`.

    The cell of `out` counts the write.
    """
    x, y = a._tensor, out._tensor
    same = (x.shape, x.strides, x.offset) == (y.shape, y.strides, y.offset)
    if x.cell is y.cell and not same:
        a = new_like(a, TensorData.of(x.array().copy()))
    y.cell.before_write()
    return a, out


def result_like(a: Tensor, *others: Tensor, result: Dtype | None = None) -> Tensor:
    """Room for the result of an elementwise op: broadcast shape, promoted dtype or another one."""
    shape, dtype = a.shape, a._tensor.dtype
    for other in others:
        shape = shape if shape == other.shape else shape_broadcast(shape, other.shape)
        kind = other._tensor.dtype
        dtype = dtype if dtype is kind else promote(dtype, kind)
    return new_like(a, TensorData.empty(shape, result or dtype))


def check_matrices(a: Tensor, b: Tensor) -> tuple[int, ...]:
    """The shape of a @ b for (.., n, k) and (.., k, m).

    Raises:
        ShapeError: an operand has less than two dims, or the inner sizes differ.
        IndexingError: the batch dims do not broadcast.
    """
    if len(a.shape) < 2 or len(b.shape) < 2 or a.shape[-1] != b.shape[-2]:
        raise ShapeError(
            f"matrix_multiply of shapes {a.shape} and {b.shape}: expected (.., n, k) @ (.., k, m). "
            "Use view or permute to bring the inner sizes together."
        )
    if len(a.shape) == len(b.shape) == 2:
        return (a.shape[0], b.shape[1])
    return (*shape_broadcast(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])


def as_batches(data: TensorData, batch: tuple[int, ...]) -> TensorData:
    """(.., n, k) as (N, n, k), N the product of the batch dims, or 1 where data has no batch."""
    n, k = data.shape[-2:]
    if prod(data.shape[:-2]) == 1:
        return TensorData(data.cell, (1, n, k), (0, *data.strides[-2:]), data.offset)
    if data.dims == 3 and data.shape[0] == prod(batch):
        return data
    return data.expand((*batch, n, k)).contiguous().view(prod(batch), n, k)


def check_indices(bad: int, index: Tensor, size: int, dim: int) -> None:
    """Raise for the first index out of range, if a kernel met one."""
    if bad >= 0:
        value = index._tensor.array().reshape(-1)[bad]
        raise IndexingError(
            f"Index {value} is out of range for dim {dim} of size {size}; expected 0..{size - 1}."
        )


class TensorOps:
    """The operations of a backend, in plain Python; a user's own class may replace any of them.

    `map`, `zip`, `reduce` and `matrix_multiply` are all that is asked of a backend. The others have
    these generic forms where a class lacks them.

    >>> from minitorch import tensor
    >>> TensorOps.map(lambda x: 10.0 * x)(tensor([1.0, 2.0]))
    tensor([10.00 20.00])
    """

    cuda = False

    @staticmethod
    def map(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x) to (a, out=None) -> tensor; `a` broadcasts to `out` where that is given."""
        loop = tensor_map(fn)

        def apply(a: Tensor, out: Tensor | None = None) -> Tensor:
            a, out = (a, result_like(a)) if out is None else written(a, out)
            loop(*out._tensor.tuple(), *a._tensor.tuple())
            return out

        return apply

    @staticmethod
    def zip(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(x, y) to (a, b) -> tensor of the broadcast shape."""
        loop = tensor_zip(fn)

        def apply(a: Tensor, b: Tensor) -> Tensor:
            out = result_like(a, b)
            loop(*out._tensor.tuple(), *a._tensor.tuple(), *b._tensor.tuple())
            return out

        return apply

    @staticmethod
    def lift(
        fn: NumberFunction, operands: int, result: Dtype | None = None
    ) -> Callable[..., Tensor]:
        """Lift fn(x1, .., xn, *parameters) to (a1, .., an, *parameters, out=None) -> tensor.

        The result has the dtype `result`, by default that of the operands.
        """
        loop = tensor_lift(fn, operands)

        def apply(*values: Any, out: Tensor | None = None) -> Tensor:
            out = result_like(*values[:operands], result=result) if out is None else out
            triples = [part for a in values[:operands] for part in a._tensor.tuple()]
            loop(*out._tensor.tuple(), *triples, *values[operands:])
            return out

        return apply

    @staticmethod
    def reduce(fn: NumberFunction, start: float = 0.0) -> Callable[[Tensor, int], Tensor]:
        """Lift fn(x, y) to (a, dim) -> tensor with size 1 in dim: a fold from `start`.

        Float32 is folded in float64 and rounded once.
        """
        loop = tensor_reduce(fn)

        def apply(a: Tensor, dim: int) -> Tensor:
            out = accumulator(a, dim, start)
            loop(*out.tuple(), *a._tensor.tuple(), dim)
            return new_like(a, out.astype(a._tensor.dtype))

        return apply

    @staticmethod
    def scan(fn: NumberFunction) -> Callable[..., Tensor]:
        """Lift fn(state, a, b) to (a, b, dim, start, reverse) -> tensor: a running fold.

        The state is a float64 or an int64; it is rounded where it is written down.
        """
        loop = tensor_scan(fn)

        def apply(a: Tensor, b: Tensor, dim: int, start: float, reverse: bool) -> Tensor:
            out, first = scan_room(a, start)
            _call(loop, *out.tuple(), *a._tensor.tuple(), *b._tensor.tuple(), dim, first, reverse)
            return new_like(a, out)

        return apply

    @staticmethod
    def place(fn: NumberFunction) -> Callable[[Tensor, int], Tensor]:
        """Lift fn(x, y) to (a, dim) -> int64 tensor: where a fold of dim changed last."""
        loop = tensor_place(fn)

        def apply(a: Tensor, dim: int) -> Tensor:
            out = argmax_room(a, dim)
            _call(loop, *out.tuple(), *a._tensor.tuple(), dim)
            return new_like(a, out)

        return apply

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """a @ b over the last two dims; the dims before broadcast."""
        return multiply_batches(tensor_matrix_multiply, a, b)

    @staticmethod
    def gather(a: Tensor, dim: int, index: Tensor) -> Tensor:
        """out[.., i, ..] = a[.., index[.., i, ..], ..], of the shape of `index`."""
        out = TensorData.empty(index.shape, a._tensor.dtype)
        bad = _call(tensor_gather, *out.tuple(), *a._tensor.tuple(), *index._tensor.tuple(), dim)
        check_indices(bad, index, a.shape[dim], dim)
        return new_like(a, out)

    @staticmethod
    def scatter_add(source: Tensor, dim: int, index: Tensor, size: int) -> Tensor:
        """Zeros with `size` in dim, and source added where index says: the adjoint of gather."""
        out = scatter_room(source, dim, size)
        bad = _call(
            tensor_scatter_add, *out.tuple(), *source._tensor.tuple(), *index._tensor.tuple(), dim
        )
        check_indices(bad, index, size, dim)
        return new_like(source, out)

    @staticmethod
    def argmax(a: Tensor, dim: int) -> Tensor:
        """The int64 position of the first largest number along dim, which stays with size 1."""
        out = argmax_room(a, dim)
        _call(tensor_argmax, *out.tuple(), *a._tensor.tuple(), dim)
        return new_like(a, out)


class SimpleOps(TensorOps):
    """The plain Python operations under the name of the later editions.

    >>> from minitorch import tensor
    >>> SimpleOps.zip(max)(tensor([1.0, 5.0]), tensor([4.0, 2.0]))
    tensor([4.00 5.00])
    """


def _call(loop: Callable[..., Any], *arguments: Any) -> Any:
    """A loop in plain Python, called with triples written flat; inf and nan are results."""
    with np.errstate(all="ignore"):
        return loop(*arguments)


def check_dim(a: Tensor, dim: int) -> int:
    """The dim, if the tensor has it.

    Raises:
        IndexingError: it has not; dims are not counted from the end.
    """
    if not 0 <= dim < a.dims:
        raise IndexingError(
            f"dim {dim} of a tensor with shape {a.shape}: expected 0..{a.dims - 1}."
        )
    return dim


def accumulator(a: Tensor, dim: int, start: float) -> TensorData:
    """Room for a fold of `dim`, holding `start`; float64 for a float32 operand."""
    check_dim(a, dim)
    shape = list(a.shape)
    shape[dim] = 1
    dtype = a._tensor.dtype
    wide = np.dtype("float64") if dtype == np.float32 else dtype
    out = TensorData.empty(shape, wide)
    launched(fill)(out.cell.array, in_reach(start, wide))
    return out


def scatter_room(source: Tensor, dim: int, size: int) -> TensorData:
    """Zeros of the source's shape, but `size` in dim."""
    shape = (*source.shape[:dim], size, *source.shape[dim + 1 :])
    out = TensorData.empty(shape, source._tensor.dtype)
    launched(fill)(out.cell.array, 0)
    return out


def argmax_room(a: Tensor, dim: int) -> TensorData:
    """Room for the positions along dim.

    Raises:
        ShapeError: the dim is empty, so nothing is the largest.
    """
    check_dim(a, dim)
    if a.shape[dim] == 0:
        raise ShapeError(f"argmax over dim {dim} of shape {a.shape}: the dim is empty.")
    return TensorData.empty((*a.shape[:dim], 1, *a.shape[dim + 1 :]), np.dtype("int64"))


def multiply_batches(loop: Loop, a: Tensor, b: Tensor) -> Tensor:
    """Bring both into (N, n, k), run the three-dimensional loop, and give the batch dims back."""
    shape = check_matrices(a, b)
    batch = shape[:-2]
    out = TensorData.empty((prod(batch), *shape[-2:]), promote(a._tensor.dtype, b._tensor.dtype))
    left = as_batches(a._tensor, batch)
    right = as_batches(b._tensor, batch)
    with np.errstate(all="ignore"):
        loop(*out.tuple(), *left.tuple(), *right.tuple())
    return new_like(a, out.view(*shape))


_backends: WeakValueDictionary[tuple[Any, bool], TensorBackend] = WeakValueDictionary()


def _backend_of(ops: Any, cuda: bool) -> TensorBackend:
    """The first backend of these operations, for tensors that are unpickled."""
    return _backends.get((ops, cuda)) or TensorBackend(ops, cuda)


class TensorBackend:
    """The operations of the course under the names of the course, built from an ops class.

    Args:
        ops: a class or object with map, zip, reduce and, for `@`, matrix_multiply.
        is_cuda: True where the data lives on a GPU; by default what `ops.cuda` says.

    >>> from minitorch import SimpleOps, tensor
    >>> backend = TensorBackend(SimpleOps)
    >>> backend.neg_map(tensor([1.0, 2.0]))
    tensor([-1.00 -2.00])
    """

    def __init__(self, ops: Any, is_cuda: bool | None = None) -> None:
        self.ops = ops
        self.cuda: bool = getattr(ops, "cuda", False) if is_cuda is None else is_cuda

        self.neg_map = ops.map(operators.neg)
        self.sigmoid_map = ops.map(operators.sigmoid)
        self.relu_map = ops.map(operators.relu)
        self.log_map = ops.map(operators.log)
        self.exp_map = ops.map(operators.exp)
        self.id_map = ops.map(operators.id)
        self.inv_map = ops.map(operators.inv)
        self.id_cmap = self._id_map = self.id_map

        self.add_zip = ops.zip(operators.add)
        self.mul_zip = ops.zip(operators.mul)
        self.lt_zip = ops.zip(operators.lt)
        self.eq_zip = ops.zip(operators.eq)
        self.is_close_zip = ops.zip(operators.is_close)
        self.relu_back_zip = ops.zip(operators.relu_back)
        self.log_back_zip = ops.zip(operators.log_back)
        self.inv_back_zip = ops.zip(operators.inv_back)

        self.add_reduce = self._add_reduce = ops.reduce(operators.add, 0.0)
        self.mul_reduce = ops.reduce(operators.mul, 1.0)
        self.max_reduce = ops.reduce(operators.max, -operators.INFINITY)
        self.all_reduce = ops.reduce(operators.logical_and, 1.0)

        self.matrix_multiply = getattr(ops, "matrix_multiply", TensorOps.matrix_multiply)
        self.gather = getattr(ops, "gather", TensorOps.gather)
        self.scatter_add = getattr(ops, "scatter_add", TensorOps.scatter_add)
        self.argmax = getattr(ops, "argmax", TensorOps.argmax)

        _backends.setdefault((self.ops, self.cuda), self)
        self._launches: dict[Any, Callable[..., Tensor]] = {}
        self._rules: dict[Rule, tuple[NumberFunction, Callable[..., Tensor]]] = {}
        self.adjoints: dict[Any, Any] = {}  # derivatives, lifted, by what knows the row

    def launch(
        self,
        fn: NumberFunction,
        operands: int,
        parameters: int = 0,
        result: Dtype | None = None,
    ) -> Callable[..., Tensor]:
        """fn lifted over so many operands: called (*tensors, *parameters) -> tensor.

        One operand goes through the backend's map, two through its zip; a result of another dtype
        than the operands' through its lift.
        """
        key = (fn, operands) if result is None else (fn, operands, result)
        try:
            return self._launches[key]
        except KeyError:
            if result is not None:
                lift = getattr(self.ops, "lift", TensorOps.lift)
                launch = lift(fn, operands, result)
            elif operands == 1 and not parameters:
                launch = self.ops.map(fn)
            elif operands == 2 and not parameters:
                launch = self.ops.zip(fn)
            else:
                launch = getattr(self.ops, "lift", TensorOps.lift)(fn, operands)
            return self._launches.setdefault(key, launch)

    def rule(self, rule: Rule) -> Callable[..., Tensor]:
        """A row of the op table, lifted."""
        known = self._rules.get(rule)
        if known is not None and known[0] is getattr(rule.home, rule.name):
            return known[1]
        fn = rule.fn  # another than before, where it was replaced in operators.py
        result = BOOL if rule.result == "bool" else None
        launch = self.launch(fn, rule.operands, rule.parameters, result)
        self._rules[rule] = fn, launch
        return launch

    def fold(self, fn: NumberFunction, start: float) -> Callable[[Tensor, int], Tensor]:
        """fn(x, y) lifted to (a, dim) -> tensor with size 1 in dim, as by the backend's reduce."""
        key = (fn, "fold", start)
        try:
            return self._launches[key]
        except KeyError:
            return self._launches.setdefault(key, self.ops.reduce(fn, start))

    def scan(self, fn: NumberFunction) -> Callable[..., Tensor]:
        """fn(state, a, b) lifted to (a, b, dim, start, reverse) -> tensor."""
        key = (fn, "scan")
        try:
            return self._launches[key]
        except KeyError:
            scan = getattr(self.ops, "scan", TensorOps.scan)
            return self._launches.setdefault(key, scan(fn))

    def place(self, fn: NumberFunction) -> Callable[[Tensor, int], Tensor]:
        """fn(x, y) lifted to (a, dim) -> int64 tensor: where a fold of dim changed last."""
        key = (fn, "place")
        try:
            return self._launches[key]
        except KeyError:
            place = getattr(self.ops, "place", TensorOps.place)
            return self._launches.setdefault(key, place(fn))

    def convert(self, a: Tensor, dtype: Dtype) -> Tensor:
        """The numbers of a as another dtype."""
        convert = getattr(self.ops, "convert", None)
        data = a._tensor
        return new_like(a, data.astype(dtype)) if convert is None else convert(a, dtype)

    def __repr__(self) -> str:
        return f"TensorBackend({getattr(self.ops, '__name__', self.ops)})"

    def __deepcopy__(self, memo: dict[int, Any]) -> TensorBackend:
        return self  # a tensor's backend survives by identity

    def __reduce__(self) -> tuple[Any, ...]:
        return _backend_of, (self.ops, self.cuda)


SimpleBackend = TensorBackend(SimpleOps)
