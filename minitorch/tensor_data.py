"""TensorData: a storage cell seen through shape, strides and offset.

Idea: position = offset + sum_k index[k] * strides[k]. A view is another shape, strides and offset
    over the same cell; broadcasting is a stride of 0.
Not here: arithmetic (tensor_ops.py), gradients (tensor_functions.py).
Read next: tensor_ops.py
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from ml_dtypes import bfloat16

from minitorch import launches
from minitorch.errors import DtypeError, IndexingError, ShapeError, ViewError
from minitorch.launches import launched, note
from minitorch.modes import stamp

__all__ = [
    "DTYPES",
    "HALVES",
    "MAX_DIMS",
    "Cell",
    "Index",
    "IndexingError",
    "Number",
    "OutIndex",
    "Shape",
    "Storage",
    "Strides",
    "TensorData",
    "UserIndex",
    "UserShape",
    "UserStrides",
    "assign",
    "broadcast_index",
    "broadcast_shapes",
    "contiguous_strides",
    "dtype_of",
    "index_to_position",
    "is_float",
    "nobody",
    "promote",
    "shape_broadcast",
    "strides_from_shape",
    "to_index",
]

MAX_DIMS = 32

Storage: TypeAlias = npt.NDArray[Any]
OutIndex: TypeAlias = npt.NDArray[np.intp]
Index: TypeAlias = npt.NDArray[np.intp]
Shape: TypeAlias = npt.NDArray[np.intp]
Strides: TypeAlias = npt.NDArray[np.intp]
UserIndex: TypeAlias = Sequence[int]
UserShape: TypeAlias = Sequence[int]
UserStrides: TypeAlias = Sequence[int]
Ints: TypeAlias = tuple[int, ...]
Triple: TypeAlias = tuple[Storage, Shape, Strides]

WHOLE = ("bool", "uint8", "int8", "int16", "int32", "int64")
_NAMES: tuple[Any, ...] = (*WHOLE, "float16", bfloat16, "float32", "float64")
DTYPES: tuple[np.dtype[Any], ...] = tuple([np.dtype(name) for name in _NAMES])  # ascending
HALVES = (np.dtype("float16"), np.dtype(bfloat16))  # stored, and computed with in float32


def dtype_of(name: Any) -> np.dtype[Any]:
    """The dtype of this name, or of a NumPy dtype.

    Raises:
        DtypeError: the engine does not store it.

    >>> dtype_of("float32")
    dtype('float32')
    """
    try:
        return DTYPES[DTYPES.index(np.dtype(name))]
    except (TypeError, ValueError):
        raise DtypeError(
            f"dtype {name!r} is not stored here; expected one of {', '.join(map(str, DTYPES))}."
        ) from None


def promote(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that holds all of these: bool < integers < floats, and the wider of a kind.

    >>> promote(np.dtype("int64"), np.dtype("float32"))
    dtype('float32')
    >>> promote(np.dtype("uint8"), np.dtype("int8"))
    dtype('int16')
    """
    found = dtypes[0]
    for dtype in dtypes[1:]:
        if dtype is not found:
            found = _promote(found, dtype)
    return found


def _promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    low, high = sorted((DTYPES.index(a), DTYPES.index(b)))
    kinds = DTYPES[low].name, DTYPES[high].name
    exceptions = {("uint8", "int8"): "int16", ("float16", "bfloat16"): "float32"}
    return np.dtype(exceptions.get(kinds, DTYPES[high]))


def is_float(dtype: np.dtype[Any]) -> bool:
    """True for numbers that have gradients.

    >>> is_float(np.dtype("float16")), is_float(np.dtype("int64"))
    (True, False)
    """
    return dtype.kind == "f" or dtype == HALVES[1]  # bfloat16 is of NumPy's kind "V"


def fill(out: Storage, value: Any) -> None:
    """Write one value into every cell of a storage; launched like a kernel."""
    out.fill(value)


def copy(out: npt.NDArray[Any], source: npt.NDArray[Any]) -> None:
    """Write the numbers of one array into another, converted; launched like a kernel."""
    if out.dtype == source.dtype:
        np.copyto(out, source)
        return
    with np.errstate(all="ignore"):  # what a NaN is as a whole number, nobody can say
        np.copyto(out, source, casting="unsafe")


def copied(source: npt.NDArray[Any], dtype: np.dtype[Any] | None = None) -> npt.NDArray[Any]:
    """A contiguous copy of an array."""
    out = np.empty(source.shape, dtype or source.dtype)
    launched(copy)(out, source)
    return out


def assign(out: TensorData, source: TensorData) -> None:
    """Write the numbers of the source into `out`: broadcast, converted, and read before written."""
    numbers = source.expand(out.shape).array()
    if source.cell is out.cell:
        numbers = copied(numbers)
    out.cell.before_write()
    launched(copy)(out.array(), numbers)


def index_to_position(index: Index, strides: Strides) -> int:
    """The position in storage of an index: the sum of index[k] * strides[k].

    >>> index_to_position(np.array([1, 2]), np.array([3, 1]))
    5
    """
    position = 0
    for k in range(len(strides)):
        position += index[k] * strides[k]
    return int(position)


def to_index(ordinal: int, shape: Shape, out_index: OutIndex) -> None:
    """Write into `out_index` the index of the ordinal-th cell, counted with the last dim fastest.

    >>> index = np.zeros(2, np.intp)
    >>> to_index(5, np.array([2, 3]), index)
    >>> index.tolist()
    [1, 2]
    """
    rest = ordinal + 0  # a copy: the loops over cells must keep theirs
    for k in range(len(shape) - 1, -1, -1):
        out_index[k] = rest % shape[k]
        rest = rest // shape[k]


def broadcast_index(big_index: Index, big_shape: Shape, shape: Shape, out_index: OutIndex) -> None:
    """Write into `out_index` the index in `shape` that broadcasting pairs with `big_index`.

    Dims that `shape` lacks on the left are dropped; those of size 1 are at 0.

    >>> index = np.zeros(1, np.intp)
    >>> broadcast_index(np.array([1, 2]), np.array([2, 3]), np.array([3]), index)
    >>> index.tolist()
    [2]
    """
    missing = len(big_shape) - len(shape)
    for k in range(len(shape)):
        out_index[k] = big_index[k + missing] if shape[k] != 1 else 0


def shape_broadcast(shape1: UserShape, shape2: UserShape) -> tuple[int, ...]:
    """The shape of both together: aligned at the right, sizes equal or one of them 1.

    Raises:
        IndexingError: the sizes differ in a dim, and neither is 1.

    >>> shape_broadcast((2, 3, 1), (5,))
    (2, 3, 5)
    """
    dims = max(len(shape1), len(shape2))
    left = (1,) * (dims - len(shape1)) + tuple(shape1)
    right = (1,) * (dims - len(shape2)) + tuple(shape2)
    out: list[int] = []
    for k, (a, b) in enumerate(zip(left, right, strict=True)):
        if a != b and 1 not in (a, b):
            raise IndexingError(
                f"Shapes {tuple(shape1)} and {tuple(shape2)} do not broadcast: sizes {a} and {b} "
                f"at dim {k - dims}; they must be equal, or one of them 1."
            )
        out.append(b if a == 1 else a)
    return tuple(out)


def strides_from_shape(shape: UserShape) -> tuple[int, ...]:
    """The strides of a contiguous layout: the last dim has stride 1.

    >>> strides_from_shape((2, 3, 4))
    (12, 4, 1)
    """
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


broadcast_shapes = lru_cache(maxsize=4096)(shape_broadcast)  # of tuples
contiguous_strides = lru_cache(maxsize=4096)(strides_from_shape)  # most shapes are met again


class Pending(Protocol):
    """What a cell without an array knows of its numbers: an expression, or a source of values."""

    readers: int  # how many pending expressions may still read it

    def realise(self) -> Storage:
        """Compute the numbers."""
        ...


class Number:
    """One number of a program's text, such as the 2 of x * 2: no array before it is read."""

    __slots__ = ("dtype", "readers", "tracked", "value")

    def __init__(self, value: Any, dtype: np.dtype[Any]) -> None:
        self.value = value
        self.dtype = dtype
        self.readers = 0

    def realise(self) -> Storage:
        """An array of the one number."""
        array = np.empty(1, self.dtype)
        launched(fill)(array, self.value)
        return array


class Cell:
    """What views share: the array, a count of writes, and whether foreign code may write to it.

    A *pending* cell has no array yet, only a node that computes it when the array is first read.
    The node of a cell with an array is what pending expressions read it through, or None.
    """

    # Slots: cells, nodes and views come and go with every op, and are made faster so.
    __slots__ = ("__weakref__", "array", "dtype", "exposed", "node", "version", "written")

    array: Storage
    dtype: np.dtype[Any]
    node: Any
    version: int
    written: int  # when it was last written to
    exposed: bool

    last_write: ClassVar[int] = 0  # of any cell

    def __init__(self, array: Storage) -> None:
        self.array = array
        self.dtype = array.dtype
        self.node = None
        self.version = self.written = 0
        self.exposed = False

    @property
    def computed(self) -> Storage | None:
        """The array, if it is there."""
        try:
            return object.__getattribute__(self, "array")
        except AttributeError:
            return None

    @property
    def size(self) -> int:
        """How many numbers there are, or will be."""
        array = self.computed
        if array is not None:
            return array.size
        return 1 if isinstance(self.node, Number) else prod(self.node.shape)

    def fork(self) -> Cell:
        """Another cell with the same numbers, until one of them is written to."""
        other = Cell.later(self.node, self.dtype)
        other.exposed = self.exposed
        if self.node is not None:
            self.node.readers += 1  # for good: nobody else may take its memory
        array = self.computed
        if array is not None:
            other.array = array
        return other

    def take(self, other: Cell) -> None:
        """Become what the other cell is, an array or a pending expression; the other is given up.

        Pending expressions that read this cell keep the numbers it had.
        """
        for node in (self.node, other.node):
            if node is not None and not isinstance(node, Number):
                node.cell = nobody  # nobody holds it through that cell any more
        if self.computed is not None:
            del self.array
        array = other.computed
        if array is not None:
            self.array = array
        self.node = node = other.node
        if node is not None and not isinstance(node, Number):
            node.cell = weakref.ref(self)
        self.exposed = other.exposed
        self.count_write()

    @staticmethod
    def later(node: Pending, dtype: np.dtype[Any]) -> Cell:
        """A cell whose array is not computed before it is read."""
        cell = _new_cell(Cell)
        cell.dtype = dtype
        cell.node = node
        cell.version = cell.written = 0
        cell.exposed = False
        return cell

    def __getattr__(self, name: str) -> Any:
        # Called for what is not there: the array of a pending cell.
        if name != "array" or self.node is None:
            raise AttributeError(name)
        self.array = array = self.node.realise()
        return array

    def __reduce__(self) -> tuple[Any, ...]:
        note("a tensor was copied or pickled by Python")
        return Cell, (self.array,)  # a copy has numbers of its own, and no readers

    def expose(self) -> Storage:
        """The array, handed to code that may write to it at any time from now on."""
        note("the numbers of a tensor were read")
        if not self.exposed:
            self._leave_to_readers()
            self.exposed = True
        return self.array

    def before_write(self) -> None:
        """To be called before the array is written to: counts that."""
        self._leave_to_readers()
        self.count_write()

    def count_write(self) -> None:
        """Note that the numbers are others from now on."""
        self.version += 1
        Cell.last_write = self.written = stamp()

    def _leave_to_readers(self) -> None:
        """Take a copy where pending expressions still have to read the numbers as they are now."""
        array = self.array
        if self.node is not None and self.node.readers:
            self.array = copied(array)
        self.node = None


_new_cell = object.__new__


def nobody() -> None:
    """The cell of a node that no tensor holds."""


class TensorData:
    """Numbers in a one-dimensional storage, seen as an array of any rank.

    Args:
        storage: a list, a 1-D array (shared, not copied, if its dtype is one of DTYPES), or a Cell.
        shape: tuple of sizes.
        strides: tuple of steps in storage, one per dim; contiguous by default.
        offset: position of index (0, ..., 0).

    Raises:
        ShapeError: shape or strides are no tuples of ints, or do not fit the storage.

    >>> data = TensorData([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (2, 3))
    >>> data.strides, data.get((1, 2)), data.permute(1, 0).shape
    ((3, 1), 6.0, (3, 2))
    """

    __slots__ = (
        *("_lazy_shape", "_lazy_strides", "cell", "dtype"),
        *("offset", "shape", "stamp", "strides"),
    )

    cell: Cell
    dtype: np.dtype[Any]
    shape: Ints
    strides: Ints
    offset: int
    stamp: Any  # of a replayed step (capture/): what its layout was checked against
    _lazy_shape: Shape | None
    _lazy_strides: Strides | None

    def __init__(
        self,
        storage: Sequence[float] | Storage | Cell,
        shape: UserShape,
        strides: UserStrides | None = None,
        offset: int = 0,
    ) -> None:
        ours = isinstance(storage, Cell)  # a view or a result: checked where it was made
        if not ours:
            _check_tuple("shape", shape)
            _check_tuple("strides", () if strides is None else strides)
            given = isinstance(storage, np.ndarray)
            array = storage if given else np.array(storage, np.float64)
            dtype_of(array.dtype)
            storage = Cell(np.ascontiguousarray(array).reshape(-1))
            storage.exposed = given
        self.cell = storage
        self.dtype = storage.dtype
        self.shape = tuple(shape)
        self.strides = contiguous_strides(self.shape) if strides is None else tuple(strides)
        self.offset = offset
        self.stamp = self._lazy_shape = self._lazy_strides = None
        if not ours:
            self._check_fit()

    @staticmethod
    def of(array: Storage) -> TensorData:
        """An n-dimensional NumPy array as TensorData; shares its memory where it is contiguous."""
        dtype_of(array.dtype)
        return TensorData(Cell(np.ascontiguousarray(array).reshape(-1)), array.shape)

    @staticmethod
    def empty(shape: UserShape, dtype: np.dtype[Any]) -> TensorData:
        """Room for a contiguous result; its numbers are not yet set.

        Raises:
            ShapeError: a size is negative, or there are more than MAX_DIMS.
        """
        if len(shape) > MAX_DIMS or min(shape, default=0) < 0:
            raise ShapeError(
                f"Shape {tuple(shape)}: sizes start at 0, and there are at most {MAX_DIMS} dims."
            )
        return TensorData(Cell(np.empty(prod(shape), dtype)), tuple(shape))

    def _check_fit(self) -> None:
        if len(self.strides) != self.dims:
            raise ShapeError(
                f"Strides {self.strides} for shape {self.shape}: give one stride for each dim."
            )
        if self.dims > MAX_DIMS:
            raise ShapeError(f"{self.dims} dims; a tensor has at most {MAX_DIMS}.")
        if min(self.offset, *self.strides, 0) < 0:
            raise ShapeError(
                f"Strides {self.strides} and offset {self.offset}: both start at 0; a tensor is "
                "not walked backwards."
            )
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        if (self.size and not 0 <= last < len(self.cell.array)) or min(self.shape, default=0) < 0:
            raise ShapeError(
                f"Shape {self.shape} with strides {self.strides} needs {last + 1} numbers, the "
                f"storage has {len(self.cell.array)}."
            )

    @staticmethod
    def of_cell(cell: Cell, shape: Ints) -> TensorData:
        """A contiguous result: the quick way, for what needs no check."""
        data = _new_data(TensorData)
        data.cell = cell
        data.dtype = cell.dtype
        data.shape = shape
        data.strides = contiguous_strides(shape)
        data.offset = 0
        data.stamp = data._lazy_shape = data._lazy_strides = None
        return data

    @property
    def dims(self) -> int:
        """The number of dims."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of cells."""
        return prod(self.shape)

    # What kernels are given.

    @property
    def _shape(self) -> Shape:
        if self._lazy_shape is None:
            self._lazy_shape = np.array(self.shape, np.intp)
        if launches.watcher is not None:
            launches.watcher.layout(self._lazy_shape)
        return self._lazy_shape

    @property
    def _strides(self) -> Strides:
        if self._lazy_strides is None:
            self._lazy_strides = np.array(self.strides, np.intp)
        if launches.watcher is not None:
            launches.watcher.layout(self._lazy_strides)
        return self._lazy_strides

    @property
    def _storage(self) -> Storage:
        self.cell.expose()
        return self.tuple()[0]

    def tuple(self) -> Triple:
        """(storage, shape, strides) as arrays; index (0, ..., 0) is at position 0."""
        array = self.cell.array
        return array[self.offset :] if self.offset else array, self._shape, self._strides

    def array(self) -> npt.NDArray[Any]:
        """The numbers as an n-dimensional NumPy view of the storage."""
        array = self.cell.array
        if not array.size:
            return np.empty(self.shape, array.dtype)
        width = array.itemsize
        steps = tuple(s * width for s in self.strides)
        return np.ndarray(self.shape, array.dtype, array, self.offset * width, steps)

    # Single numbers.

    def is_contiguous(self) -> bool:
        """True where the cells lie in storage in the order of their indices, without gaps."""
        if self.strides is contiguous_strides(self.shape):
            return True
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and stride != expected and self.size:
                return False
            expected *= size
        return True

    def index(self, index: int | UserIndex) -> int:
        """The position in storage of an index.

        Raises:
            IndexingError: wrong number of ints, or one below 0 or past the end of its dim.
        """
        aindex = (index,) if isinstance(index, int | np.integer) else tuple(index)
        if len(aindex) != self.dims:
            raise IndexingError(
                f"Index {aindex} has {len(aindex)} entries for shape {self.shape}; "
                f"expected {self.dims}."
            )
        for k, (i, size) in enumerate(zip(aindex, self.shape, strict=True)):
            if not isinstance(i, int | np.integer):
                raise IndexingError(f"Index {aindex}: {i!r} at dim {k} is not an integer.")
            if not 0 <= i < size:
                hint = " Negative indices are not supported." if i < 0 else ""
                raise IndexingError(
                    f"Index {aindex} is out of range for shape {self.shape}: {i} at dim {k} "
                    f"of size {size}.{hint}"
                )
        return self.offset + sum(i * s for i, s in zip(aindex, self.strides, strict=True))

    def indices(self) -> Iterable[Ints]:
        """All indices as tuples, the last dim fastest."""
        return product(*map(range, self.shape))

    def sample(self) -> Ints:
        """An index at random."""
        return tuple(random.randrange(size) for size in self.shape)

    def get(self, key: int | UserIndex) -> Any:
        """The number at an index, as a Python number."""
        note("a number of a tensor was read")
        return self.cell.array[self.index(key)].item()

    def set(self, key: int | UserIndex, val: float) -> None:
        """Replace the number at an index."""
        note("a number was written into a tensor")
        position = self.index(key)
        self.cell.before_write()
        self.cell.array[position] = val

    # Views: another shape, strides and offset over the same cell.

    def _viewed(self, shape: UserShape, strides: UserStrides, offset: int) -> TensorData:
        data = _new_data(TensorData)
        data.cell = self.cell
        data.dtype = self.dtype
        data.shape = tuple(shape)
        data.strides = tuple(strides)
        data.offset = offset
        data.stamp = data._lazy_shape = data._lazy_strides = None
        return data

    def permute(self, *order: int) -> TensorData:
        """The dims in another order; shares the storage.

        Raises:
            IndexingError: `order` does not name each dim once.
        """
        if sorted(order) != list(range(self.dims)):
            raise IndexingError(
                f"permute{tuple(order)} of shape {self.shape}: give 0..{self.dims - 1} once each."
            )
        return self._viewed(
            [self.shape[k] for k in order], [self.strides[k] for k in order], self.offset
        )

    def view(self, *shape: int) -> TensorData:
        """The same cells in another shape; shares the storage. One size may be -1.

        Raises:
            ViewError: the data is not contiguous.
            ShapeError: the sizes do not multiply to the same number.
        """
        plain = self.strides is contiguous_strides(self.shape) and min(shape, default=0) > 0
        if plain and prod(shape) == prod(self.shape):  # as nearly always
            return self._viewed(shape, contiguous_strides(shape), self.offset)
        sizes = list(shape)
        if sizes.count(-1) == 1:
            known = -prod(sizes)
            sizes[sizes.index(-1)] = self.size // known if known else 0
        if prod(sizes) != self.size or min(sizes, default=0) < 0:
            raise ShapeError(
                f"view{tuple(shape)} of shape {self.shape}: {self.size} numbers cannot take it."
            )
        if not self.is_contiguous():
            raise ViewError(
                f"view{tuple(shape)} of a tensor with shape {self.shape} and strides "
                f"{self.strides}: it is not contiguous. Call .contiguous().view{tuple(shape)}."
            )
        return self._viewed(sizes, strides_from_shape(sizes), self.offset)

    def expand(self, shape: UserShape) -> TensorData:
        """Broadcast to a shape by strides of 0; shares the storage.

        Raises:
            IndexingError: the shapes do not broadcast to `shape`.
        """
        shape = tuple(shape)
        if len(shape) > MAX_DIMS or broadcast_shapes(self.shape, shape) != shape:
            raise IndexingError(f"Shape {self.shape} does not expand to {shape}.")
        missing = len(shape) - self.dims
        steps = [
            0 if size == 1 else stride
            for size, stride in zip(self.shape, self.strides, strict=True)
        ]
        return self._viewed(shape, [0] * missing + steps, self.offset)

    def slice(self, dim: int, start: int, stop: int, step: int = 1) -> TensorData:
        """The cells start, start + step, ... below stop of one dim; shares the storage.

        Raises:
            IndexingError: not 0 <= start <= stop <= size, or a step below 1.
        """
        if not (0 <= dim < self.dims and 0 <= start <= stop <= self.shape[dim] and step >= 1):
            raise IndexingError(
                f"slice(dim={dim}, {start}:{stop}:{step}) of shape {self.shape}: expected "
                "0 <= start <= stop <= size and step >= 1."
            )
        shape, strides = list(self.shape), list(self.strides)
        shape[dim] = -(-(stop - start) // step)
        strides[dim] *= step
        offset = 0 if 0 in shape else self.offset + start * self.strides[dim]
        return self._viewed(shape, strides, offset)

    def contiguous(self) -> TensorData:
        """The same numbers, contiguous: itself, or a copy."""
        return self if self.is_contiguous() else TensorData.of(copied(self.array()))

    def astype(self, dtype: np.dtype[Any]) -> TensorData:
        """The same numbers as another dtype: itself, or a converted copy."""
        return self if dtype == self.dtype else TensorData.of(copied(self.array(), dtype))

    @staticmethod
    def shape_broadcast(shape_a: UserShape, shape_b: UserShape) -> Ints:
        """See `shape_broadcast`."""
        return shape_broadcast(shape_a, shape_b)

    def to_cuda_(self) -> None:
        """Move to the GPU's memory: does nothing for data of the CPU backends."""

    def to_string(self) -> str:
        """The numbers with two decimals, nested in brackets.

        >>> print(TensorData([1, 2, 3, 4], (2, 2)).to_string())
        [[1.00 2.00]
         [3.00 4.00]]
        """
        note("a tensor was printed")
        return "\n".join(_lines(self.array(), self.dims))

    def __repr__(self) -> str:
        return f"TensorData(shape={self.shape}, strides={self.strides}, dtype={self.dtype})"


_new_data = object.__new__


def _check_tuple(what: str, value: UserShape) -> None:
    if not isinstance(value, tuple) or not all(isinstance(n, int | np.integer) for n in value):
        raise ShapeError(f"{what}={value!r}: expected a tuple of ints.")


def _lines(array: npt.NDArray[Any], dims: int) -> Iterator[str]:
    if dims == 0:
        yield _number(array[()])
    elif dims == 1:
        yield "[" + " ".join(map(_number, array)) + "]"
    else:
        rows = [line for part in array for line in _lines(part, dims - 1)] or ["[]"]
        for k, line in enumerate(rows):
            yield ("[" if k == 0 else " ") + line + ("]" if k == len(rows) - 1 else "")


def _number(value: Any) -> str:
    return f"{value:3.2f}" if isinstance(value, np.floating) else str(value)
