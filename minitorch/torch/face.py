"""op: one function gives up to four forms of an op.

Idea: `@op(...)` on `def exp(input)` makes torch.exp(x), x.exp(), x.exp_() and torch.exp(x, out=y).
    In place means: computed as ever, then written into the tensor, with the graph rebased.
    Half precision is stored, not computed with: such an op is done in float32 and rounded.
Not here: the ops; how a result is written (views.py).
Read next: pointwise.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

from minitorch.autodiff import is_grad_enabled
from minitorch.errors import DtypeError, GradientError, HalfPrecisionError, MinitorchError
from minitorch.tensor_data import HALVES, TensorData, is_float
from minitorch.tensor_functions import Cast, as_dtype
from minitorch.torch.dtypes import dtype, result_dtype, stored_dtype
from minitorch.torch.tensor import Tensor
from minitorch.torch.views import overwrite, relaid, shadow_of, write

__all__ = [
    "FUNCTIONS",
    "apply_row",
    "check_dim",
    "converted",
    "dims_of",
    "in_place",
    "op",
    "together",
]

FUNCTIONS: dict[str, Callable[..., Any]] = {}  # torch.NAME
NUMPY_NAMES = (("axis", "dim"), ("keepdims", "keepdim"), ("x1", "input"), ("x2", "other"))
F = TypeVar("F", bound=Callable[..., Any])


def op(
    *,
    name: str | None = None,
    function: bool = True,
    method: bool = True,
    inplace: bool | str | Callable[..., Any] = False,
    also: Sequence[str] = (),
) -> Callable[[F], F]:
    """Give an op its places on this face.

    Args:
        name: how it is called there, if not as in its file (`max_`, where `max` is the builtin).
        function: it stands in `torch`.
        method: it is a method of Tensor.
        inplace: there is a method with an underscore, which writes the result into the tensor; or
            the function that is that method, where it need not write all of the tensor; or "view",
            where the tensor becomes a view of itself.
        also: other names of the same op.
    """

    def place(fn: F) -> F:
        title = name or fn.__name__
        call = _with_out(fn, title)
        for it in (title, *also):
            if function:
                FUNCTIONS[it] = call
            if method:
                setattr(Tensor, it, call)
            if inplace:
                setattr(Tensor, it + "_", _written(fn, it, inplace))
                if function:
                    FUNCTIONS[it + "_"] = getattr(Tensor, it + "_")
        return cast("F", call)

    return place


def _with_out(fn: Callable[..., Any], title: str) -> Callable[..., Any]:
    label = "".join(part.capitalize() for part in title.split("_"))
    names = signature(fn).parameters
    renamed = {
        theirs: ours for theirs, ours in NUMPY_NAMES if ours in names and theirs not in names
    }

    @wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = None
        if kwargs:
            out = kwargs.pop("out", None)
            for theirs in renamed.keys() & kwargs.keys():
                kwargs[renamed[theirs]] = kwargs.pop(theirs)
        try:
            result = fn(*args, **kwargs)
        except HalfPrecisionError:
            result = _in_float32(fn, args, kwargs)
        if result.__class__ is Tensor:
            history = result.history
            if history is not None and "label" not in history.__dict__:
                history.label = label  # type: ignore[attr-defined]  # what grad_fn is called
        return result if out is None else _into(out, result)

    call.__name__ = call.__qualname__ = title
    return call


def in_place(fn: Callable[..., Any], title: str) -> Callable[..., Any]:
    """The form of an op that writes its result into the first argument."""

    @wraps(fn)
    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        tracked = is_grad_enabled() and (
            self.history is not None
            or any(isinstance(it, Tensor) and it.history is not None for it in args)
        )
        old = shadow_of(self) if tracked else None
        if old is not None:  # what is saved must not be what is written to
            cell = self._tensor.cell
            args = tuple(
                [
                    shadow_of(it) if isinstance(it, Tensor) and it._tensor.cell is cell else it
                    for it in args
                ]
            )
        try:
            result = fn(self if old is None else old, *args, **kwargs)
        except HalfPrecisionError:
            result = _in_float32(fn, (self if old is None else old, *args), kwargs)
        return write(self, result, old, give=_is_fresh(result, self, args))

    call.__name__ = call.__qualname__ = title + "_"
    return call


def _written(fn: Callable[..., Any], title: str, inplace: Any) -> Callable[..., Any]:
    """The method in place: the function given for it, a view of the tensor itself, or a write."""
    if inplace == "view":
        return relaid(fn)
    return inplace if callable(inplace) else in_place(fn, title)


def _is_fresh(result: Tensor, x: Tensor, args: Sequence[Any]) -> bool:
    """True where the storage of the result belongs to nothing that went in."""
    cell = result._tensor.cell
    return (
        result._base is None
        and all(it._tensor.cell is not cell for it in (x, *args) if isinstance(it, Tensor))
        and cell.node is not x._tensor.cell.node
    )


def _into(out: Any, result: Any) -> Any:
    """Write results into the tensors given as out=, which take their shapes."""
    if isinstance(out, tuple | list):
        for it, value in zip(cast("Sequence[Any]", out), result, strict=True):
            _into(it, value)
        kind: Any = type(result)
        return kind(*out) if hasattr(result, "_fields") else out
    if is_grad_enabled() and (out.history is not None or result.history is not None):
        raise GradientError(
            "functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )
    if out._tensor.shape != result._tensor.shape:
        out._tensor = TensorData.empty(result._tensor.shape, out._tensor.dtype)
    if result.dtype.kind > out.dtype.kind:
        raise GradientError(
            f"result type {result.dtype} can't be cast to the desired output type {out.dtype}"
        )
    return overwrite(out, result)


def _in_float32(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The op on float32 copies of half precision tensors, rounded back."""
    halves = [it for it in _tensors((args, kwargs)) if it._tensor.dtype in HALVES]
    kinds = [it.dtype for it in halves]
    result = fn(*_each(args, _widened), **_each(kwargs, _widened))
    back = result_dtype(halves) if len(set(kinds)) > 1 else kinds[0]

    def rounded(it: Tensor) -> Tensor:
        return converted(it, back) if it._tensor.dtype.name == "float32" else it

    return _each(result, rounded)


def _widened(it: Tensor) -> Tensor:
    return converted(it, dtype.named["float32"]) if it._tensor.dtype in HALVES else it


def _tensors(tree: Any) -> list[Tensor]:
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = list(cast("dict[Any, Any]", tree).values())
    if isinstance(tree, tuple | list):
        return [it for part in cast("Sequence[Any]", tree) for it in _tensors(part)]
    return []


def _each(tree: Any, change: Callable[[Tensor], Any]) -> Any:
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {k: _each(v, change) for k, v in cast("dict[Any, Any]", tree).items()}
    if isinstance(tree, tuple | list):
        parts = [_each(part, change) for part in cast("Sequence[Any]", tree)]
        whole: Any = tree
        kind: Any = whole.__class__
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    return tree


# What ops are made of.


def converted(x: Any, wanted: dtype) -> Any:
    """x as another dtype; recorded between floats, a constant else."""
    stored = stored_dtype(wanted)
    if x._tensor.dtype == stored:
        return x
    if is_float(stored) and is_float(x._tensor.dtype):
        return Cast.apply(x, stored)
    return as_dtype(x, stored)


def together(*operands: Any) -> list[Any]:
    """Tensors and numbers promoted to one dtype: all tensors, numbers as tensors without dims.

    Raises:
        DtypeError: none of them is a tensor.
    """
    first = next((it for it in operands if isinstance(it, Tensor)), None)
    if first is None:
        raise DtypeError(f"expected a Tensor, got {type(operands[0]).__name__}")
    wanted = result_dtype(operands)
    tensors = [converted(it, wanted) if isinstance(it, Tensor) else it for it in operands]
    first = next(it for it in tensors if isinstance(it, Tensor))
    return [it if isinstance(it, Tensor) else first._ensure_tensor(it) for it in tensors]


def apply_row(function: Any, *operands: Any) -> Tensor:
    """An elementwise Function of tensors and numbers, after promotion."""
    first = operands[0]
    if first.__class__ is Tensor:
        stored = first._tensor.dtype
        numbers = False
        for it in operands:
            if it.__class__ is Tensor:
                if it._tensor.dtype is not stored:
                    break
            elif (it.__class__ is float or it.__class__ is int) and stored.kind == "f":
                numbers = True  # of a kind that does not promote
            else:
                break
        else:
            if numbers:
                operands = tuple(
                    [it if it.__class__ is Tensor else first._number(it, stored) for it in operands]
                )
            return function.apply(*operands)
    return function.apply(*together(*operands))


def check_dim(dim: Any, dims: int) -> int:
    """A dim, counted from the end where it is negative, as 0 .. dims - 1.

    Raises:
        DimError: there is no such dim.
    """
    reach = max(dims, 1)
    dim = dim.__index__()
    if not -reach <= dim < reach:
        raise DimError(
            "Dimension out of range (expected to be in range of "
            f"[{-reach}, {reach - 1}], but got {dim})"
        )
    return dim % reach


class DimError(MinitorchError, IndexError):
    """A dim that a tensor does not have."""


def dims_of(dim: Any, dims: int) -> tuple[int, ...]:
    """One dim, several, or with None or () all, as ascending ints from 0.

    Raises:
        GradientError: one is given twice.
    """
    if dim is None or (isinstance(dim, tuple | list) and not dim):
        return tuple(range(dims))
    given = cast("Sequence[Any]", dim if isinstance(dim, tuple | list) else (dim,))
    found = sorted(check_dim(it, dims) for it in given)
    if len(set(found)) != len(found):
        raise GradientError("dim appears multiple times in the list of dims")
    return tuple(found) if dims else ()
