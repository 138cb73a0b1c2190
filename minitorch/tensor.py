"""Tensor: the course face. TensorData, a History and a backend, with operators.

Idea: every method is one or a few Functions applied; nothing is computed in this file.
Not here: the Functions (tensor_functions.py), storage and strides (tensor_data.py).
Read next: fast_conv.py, nn.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from minitorch import random
from minitorch.autodiff import History, Variable, backpropagate
from minitorch.config import config
from minitorch.errors import DtypeError, GradientError, ShapeError
from minitorch.fast_ops import FastOps
from minitorch.fuse import FusedOps
from minitorch.launches import launched, note
from minitorch.tensor_data import (
    Cell,
    Number,
    TensorData,
    UserIndex,
    UserShape,
    UserStrides,
    copied,
    dtype_of,
    fill,
)
from minitorch.tensor_functions import (
    EQ,
    LT,
    Add,
    All,
    Cast,
    Copy,
    Exp,
    Expand,
    Inv,
    IsClose,
    Log,
    MatMul,
    Mul,
    Neg,
    Permute,
    ReLU,
    Sigmoid,
    SimpleBackend,
    Sum,
    View,
    sum_to,
)
from minitorch.tensor_ops import TensorBackend

__all__ = [
    "BACKENDS",
    "DEFAULT_BACKEND",
    "FastBackend",
    "FusedBackend",
    "Tensor",
    "arange",
    "from_numpy",
    "full",
    "rand",
    "randn",
    "tensor",
    "zeros",
]

TensorLike = Any  # a Tensor or a number
FLOAT64 = np.dtype("float64")
CONSTANT = None

FastBackend = TensorBackend(FastOps)
FusedBackend = TensorBackend(FusedOps)
BACKENDS: dict[str, TensorBackend] = {
    "simple": SimpleBackend,
    "fast": FastBackend,
    "fused": FusedBackend,
}
DEFAULT_BACKEND = BACKENDS[config.backend]


class Tensor(Variable):
    """An array of numbers in a graph.

    Args:
        v: the data.
        back: its History; None makes it a constant.
        name: shown in graphs.
        backend: what computes with it; it survives every operation.

    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([[2.00 4.00]
            [6.00 8.00]])
    """

    default_dtype = FLOAT64
    __array_ufunc__ = None  # an array on the left leaves the operation to the tensor

    def __init__(
        self,
        v: TensorData,
        back: History | None = None,
        name: str | None = None,
        backend: TensorBackend | None = None,
    ) -> None:
        super().__init__(back, name)
        if not isinstance(v, TensorData):
            raise DtypeError(
                f"Tensor({type(v).__name__}) wants a TensorData; use minitorch.tensor(...) for "
                "lists and minitorch.from_numpy(...) for arrays."
            )
        self._tensor = v
        self.backend = DEFAULT_BACKEND if backend is None else backend
        self.shape = v.shape

    @property
    def size(self) -> int:
        """The number of cells."""
        return self._tensor.size

    @property
    def dims(self) -> int:
        """The number of dims."""
        return self._tensor.dims

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of number stored."""
        return self._tensor.dtype

    @property
    def f(self) -> TensorBackend:
        """The backend, under its name in the later editions."""
        return self.backend

    # How tensors of this face come about.

    def _new(self, tensor_data: TensorData) -> Tensor:
        out = _new_tensor(type(self))
        out._tensor = tensor_data
        out.backend = self.backend
        out.shape = tensor_data.shape
        return out

    @staticmethod
    def make(
        storage: Sequence[float] | npt.NDArray[Any],
        shape: UserShape,
        strides: UserStrides | None = None,
        backend: TensorBackend | None = None,
    ) -> Tensor:
        """A constant around a storage."""
        return Tensor(TensorData(storage, shape, strides), backend=backend)

    def _ensure_tensor(self, b: TensorLike) -> Tensor:
        """A number as a tensor of shape (1,), or a tensor moved to this one's backend."""
        if isinstance(b, Tensor):
            if b.backend is not self.backend:
                b._type_(self.backend)
            return b
        if not isinstance(b, bool | int | float | np.generic):
            raise DtypeError(
                f"Expected a Tensor or a number, got {type(b).__name__}. "
                "Make a tensor of it with minitorch.tensor(...)."
            )
        dtype = (
            self.default_dtype if self.dtype.kind != "f" and isinstance(b, float) else self.dtype
        )
        return self._new(TensorData(Cell.later(Number(b, dtype), dtype), (1,)))

    def _type_(self, backend: TensorBackend) -> None:
        """Move to a backend, in place."""
        self.backend = backend
        if backend.cuda:
            self._tensor.to_cuda_()

    def type(self, dtype: Any) -> Tensor:
        """The same numbers as another dtype; whole numbers are constants."""
        kind = dtype_of(dtype)
        return Cast.apply(self, kind) if kind.kind == "f" else self._new(self._tensor.astype(kind))

    def detach(self) -> Tensor:
        """The same data as a constant; shares the storage."""
        return self._new(self._tensor)

    get_data = detach

    def zeros(self, shape: UserShape | None = None) -> Tensor:
        """Zeros of a shape, by default this one's, in its dtype and on its backend."""
        data = TensorData.empty(self.shape if shape is None else tuple(shape), self.dtype)
        launched(fill)(data.cell.array, 0)
        return self._new(data)

    # Arithmetic.

    def __add__(self, b: TensorLike) -> Tensor:
        return Add.apply(self, b)

    def __radd__(self, b: TensorLike) -> Tensor:
        return Add.apply(self, b)

    def __sub__(self, b: TensorLike) -> Tensor:
        return Add.apply(self, Neg.apply(self._ensure_tensor(b)))

    def __rsub__(self, b: TensorLike) -> Tensor:
        return Add.apply(Neg.apply(self), b)

    def __mul__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self, b)

    def __rmul__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self, b)

    def __truediv__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self, Inv.apply(self._ensure_tensor(b)))

    def __rtruediv__(self, b: TensorLike) -> Tensor:
        return Mul.apply(Inv.apply(self), b)

    def __matmul__(self, b: Tensor) -> Tensor:
        return MatMul.apply(self, self._ensure_tensor(b))

    def __neg__(self) -> Tensor:
        return Neg.apply(self)

    def __lt__(self, b: TensorLike) -> Tensor:
        return LT.apply(self, b)

    def __gt__(self, b: TensorLike) -> Tensor:
        return LT.apply(self._ensure_tensor(b), self)

    def __eq__(self, b: TensorLike) -> Tensor:  # type: ignore[override]  # compares cell by cell
        return EQ.apply(self, b)

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"The truth of a tensor of shape {self.shape} is not one number; use .all() first."
            )
        return bool(self.item())

    def all(self, dim: int | None = None) -> Tensor:
        """1.0 where no cell is zero, along a dim or over all."""
        return All.apply(self, dim)

    def is_close(self, y: TensorLike) -> Tensor:
        """1.0 where the numbers differ by less than 1e-2."""
        return IsClose.apply(self, y)

    def sigmoid(self) -> Tensor:
        """1 / (1 + e^-x)."""
        return Sigmoid.apply(self)

    def relu(self) -> Tensor:
        """x where positive, else 0."""
        return ReLU.apply(self)

    def log(self) -> Tensor:
        """log(x + 1e-6)."""
        return Log.apply(self)

    def exp(self) -> Tensor:
        """e^x."""
        return Exp.apply(self)

    def sum(self, dim: int | None = None) -> Tensor:
        """The sum over a dim, kept with size 1, or over all cells, of shape (1,)."""
        return Sum.apply(self, dim)

    def mean(self, dim: int | None = None) -> Tensor:
        """The mean over a dim, kept with size 1, or over all cells, of shape (1,)."""
        total = self.sum(dim)
        return total / float(self.size if dim is None else self.shape[dim])

    # Movement.

    def permute(self, *order: int) -> Tensor:
        """The dims in another order; shares the storage."""
        return Permute.apply(self, *order)

    def view(self, *shape: int) -> Tensor:
        """Another shape of the same cells; shares the storage, and needs it contiguous."""
        return View.apply(self, *shape)

    def contiguous(self) -> Tensor:
        """The same numbers, contiguous in storage."""
        return Copy.apply(self)

    def expand_to(self, shape: UserShape) -> Tensor:
        """Broadcast to a shape; shares the storage."""
        return Expand.apply(self, tuple(shape))

    def expand(self, other: Tensor) -> Tensor:  # type: ignore[override]  # tensors for numbers
        """Sum a derivative over the dims that broadcasting this tensor added, to this shape."""
        if other.shape == self.shape:
            return other
        shape = _broadcast(self, other)
        total = sum_to(other if shape == other.shape else other.expand_to(shape), self.shape)
        return total if total.shape == self.shape else total.view(*self.shape)

    # Single numbers and storage.

    def item(self) -> float:
        """The only number.

        Raises:
            ShapeError: there is not exactly one.
        """
        if self.size != 1:
            raise ShapeError(
                f"item() of a tensor with shape {self.shape}: it has {self.size} numbers."
            )
        return self._tensor.get((0,) * self.dims)

    def __getitem__(self, key: int | UserIndex) -> float:
        return self._tensor.get(key)

    def __setitem__(self, key: int | UserIndex, val: float) -> None:
        self._tensor.set(key, val.item() if isinstance(val, Tensor) else val)

    def tuple(self) -> Any:
        """(storage, shape, strides) as arrays, as kernels take them."""
        note("the numbers of a tensor were handed out by tuple()")
        return self._tensor.tuple()

    def to_numpy(self) -> npt.NDArray[Any]:
        """The numbers as an array; shares the storage."""
        self._tensor.cell.expose()
        return self._tensor.array()

    def __repr__(self) -> str:
        return "tensor(" + self._tensor.to_string().replace("\n", "\n       ") + ")"

    def __str__(self) -> str:
        return self._tensor.to_string()

    # Gradients.

    def requires_grad_(self, val: bool = True) -> None:
        """Make this a fresh leaf that tracks gradients, or, with False, a constant.

        Raises:
            DtypeError: the tensor holds whole numbers, which have no gradients.
        """
        if val and self.dtype.kind != "f":
            raise DtypeError(
                f"requires_grad_ of a {self.dtype} tensor: only floats have gradients. Use "
                ".type('float64') first."
            )
        super().requires_grad_(val)

    def requires_grad(self) -> bool:
        """True where gradients are tracked."""
        return self.history is not None

    def backward(
        self,
        grad_output: Tensor | float | None = None,
        retain_graph: bool = False,
        create_graph: bool = False,
    ) -> None:
        """Add the gradient of this tensor to that of every leaf it depends on.

        Args:
            grad_output: gradient of what follows, of this shape; 1 for a tensor with one number.
            retain_graph: allow another backward pass through the same graph.
            create_graph: record this pass, so that the gradients can be differentiated.

        Raises:
            GradientError: a constant; several numbers and no grad_output; a freed graph.
            ShapeError: grad_output has another shape.
        """
        if self.history is None:
            raise GradientError(
                "backward() on a tensor that tracks no gradients. Call requires_grad_(True) on the "
                "inputs, or make them with requires_grad=True."
            )
        if grad_output is None:
            if self.size != 1:
                raise GradientError(
                    f"backward() on a tensor of shape {self.shape}: without grad_output it must "
                    "hold one number. Call .sum().backward(), or pass a gradient of this shape."
                )
            one = Cell.later(Number(1.0, self.dtype), self.dtype)
            grad_output = self._new(TensorData(one, self.shape))
        elif not isinstance(grad_output, Tensor):
            grad_output = self.zeros() + grad_output
        elif grad_output.shape != self.shape:
            raise ShapeError(
                f"backward(grad_output of shape {grad_output.shape}) on a tensor of shape "
                f"{self.shape}: the shapes must be equal."
            )
        backpropagate(self, grad_output, retain_graph, create_graph)


_new_tensor = object.__new__


def _broadcast(a: Tensor, b: Tensor) -> tuple[int, ...]:
    return TensorData.shape_broadcast(a.shape, b.shape)


# Constructors.


def _shape(shape: UserShape) -> tuple[int, ...]:
    if not isinstance(shape, list | tuple) or not all(
        isinstance(n, int | np.integer) for n in shape
    ):
        raise ShapeError(f"shape={shape!r}: give a tuple of ints, such as (3,) or (2, 3).")
    return tuple(shape)


def _float_dtype(dtype: Any) -> np.dtype[Any]:
    kind = dtype_of(dtype)
    if kind.kind != "f":
        raise DtypeError(f"Random numbers of dtype {kind}: expected float32 or float64.")
    return kind


def _finish(data: TensorData, backend: TensorBackend | None, requires_grad: bool) -> Tensor:
    out = Tensor(data, backend=backend)
    if requires_grad:
        out.requires_grad_(True)
    return out


def zeros(
    shape: UserShape, backend: TensorBackend | None = None, requires_grad: bool = False
) -> Tensor:
    """Zeros of a shape.

    >>> zeros((2, 2))
    tensor([[0.00 0.00]
            [0.00 0.00]])
    """
    return full(shape, 0.0, backend, requires_grad)


def full(
    shape: UserShape,
    value: float,
    backend: TensorBackend | None = None,
    requires_grad: bool = False,
    dtype: Any = FLOAT64,
) -> Tensor:
    """One value in every cell.

    >>> full((2,), 3.0)
    tensor([3.00 3.00])
    """
    data = TensorData.empty(_shape(shape), dtype_of(dtype))
    launched(fill)(data.cell.array, value)
    return _finish(data, backend, requires_grad)


def arange(count: int, start: int = 0, backend: TensorBackend | None = None) -> Tensor:
    """start, start + 1, ..., as int64.

    >>> arange(3)
    tensor([0 1 2])
    """
    data = TensorData.empty((max(count, 0),), np.dtype("int64"))
    launched(_count)(data.cell.array, start)
    return _finish(data, backend, False)


def _count(out: npt.NDArray[Any], start: int) -> None:
    out[:] = np.arange(start, start + len(out))


def drawn_data(
    fn: Callable[..., float],
    shape: UserShape,
    backend: TensorBackend | None,
    dtype: np.dtype[Any],
    generator: random.Generator | None,
) -> TensorData:
    """fn(counter, seed) lifted over as many fresh counters as there are cells."""
    generator = random.default_generator if generator is None else generator
    shape = _shape(shape)
    backend = DEFAULT_BACKEND if backend is None else backend
    count = prod(shape)
    first = generator.reserve(count)
    draw = getattr(backend.ops, "draw", None)
    if draw is not None:
        return draw(fn, shape, dtype, first, generator.seed)
    counters = arange(count, first, backend)
    out = counters._new(TensorData.empty((count,), dtype))
    backend.launch(fn, 1, 1)(counters, generator.seed, out=out)
    return out._tensor.view(*shape)


def rand(
    shape: UserShape,
    backend: TensorBackend | None = None,
    requires_grad: bool = False,
    dtype: Any = FLOAT64,
    generator: random.Generator | None = None,
) -> Tensor:
    """Numbers drawn uniformly from [0, 1).

    >>> random.manual_seed(0).offset, rand((2, 3)).shape, random.default_generator.offset
    (0, (2, 3), 6)
    """
    kind = _float_dtype(dtype)
    fn = random.uniform if kind == FLOAT64 else random.uniform_single
    return _finish(drawn_data(fn, shape, backend, kind, generator), backend, requires_grad)


def randn(
    shape: UserShape,
    backend: TensorBackend | None = None,
    requires_grad: bool = False,
    dtype: Any = FLOAT64,
    generator: random.Generator | None = None,
) -> Tensor:
    """Numbers drawn from the standard normal distribution.

    >>> randn((4,)).shape
    (4,)
    """
    # Drawn in float64 and rounded: the same numbers on every backend.
    drawn = drawn_data(random.normal, shape, backend, FLOAT64, generator).astype(
        _float_dtype(dtype)
    )
    return _finish(drawn, backend, requires_grad)


def from_numpy(
    array: npt.NDArray[Any],
    backend: TensorBackend | None = None,
    requires_grad: bool = False,
    copy: bool = False,
) -> Tensor:
    """An array as a tensor of its dtype; shares the memory of a contiguous one.

    With `copy` the tensor has memory of its own: nobody else can write to it, so that the fused
    backend need not read it at once.

    >>> from_numpy(np.array([1, 2]))
    tensor([1 2])
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(
            f"from_numpy of a {type(array).__name__}; use minitorch.tensor(...) for lists."
        )
    data = TensorData.of(copied(np.asarray(array)) if copy else array)
    data.cell.exposed = not copy
    return _finish(data, backend, requires_grad)


def _tensor(
    ls: Any,
    shape: UserShape,
    backend: TensorBackend | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A flat list of numbers as a tensor of a shape."""
    return _finish(TensorData(ls, tuple(shape)), backend, requires_grad)


def tensor(ls: Any, backend: TensorBackend | None = None, requires_grad: bool = False) -> Tensor:
    """A number, a nested list of numbers or an array as a float64 tensor.

    Raises:
        ShapeError: the lists of a level differ in length.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1.00 2.00]
            [3.00 4.00]])
    """
    flat: list[float] = []
    shape = _flatten(ls, flat)
    return _tensor(flat, shape, backend, requires_grad)


def _flatten(ls: Any, into: list[float]) -> tuple[int, ...]:
    """Append the numbers of a nested list to `into`, and return its shape."""
    if isinstance(ls, np.ndarray):
        array = cast("npt.NDArray[Any]", ls)
        into.extend(array.reshape(-1).tolist())
        return array.shape
    if not isinstance(ls, list | tuple):
        try:
            into.append(float(ls))
        except (TypeError, ValueError):
            raise DtypeError(f"tensor(...) of {ls!r}: expected numbers in nested lists.") from None
        return ()
    parts = cast("Sequence[Any]", ls)
    shapes = {_flatten(part, into) for part in parts}
    if len(shapes) > 1:
        raise ShapeError(
            f"tensor(...) of a ragged list: parts of shapes {sorted(shapes)} side by side; all "
            "lists of a level must have the same length."
        )
    return (len(parts), *(shapes.pop() if shapes else ()))
