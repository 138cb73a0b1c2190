"""Python's signs on tensors: +, -, *, @, //, **, &, <, and their forms in place.

Idea: each sign is the method of the same meaning; `a += b` is the method with an underscore. With a
    number on the left the operands change places.
Not here: the ops (pointwise.py, bitwise.py, comparison.py).
Read next: reductions.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import HalfPrecisionError
from minitorch.torch import bitwise, comparison, pointwise
from minitorch.torch.face import FUNCTIONS
from minitorch.torch.tensor import Tensor

__all__ = ["SIGNS"]

SIGNS: dict[str, Any] = {
    "add": pointwise.add,
    "sub": pointwise.sub,
    "mul": pointwise.mul,
    "truediv": pointwise.div,
    "floordiv": pointwise.floor_divide,
    "mod": pointwise.remainder,
    "pow": pointwise.pow,
    "and": bitwise.bitwise_and,
    "or": bitwise.bitwise_or,
    "xor": bitwise.bitwise_xor,
    "lshift": bitwise.bitwise_left_shift,
    "rshift": bitwise.bitwise_right_shift,
}
COMPARISONS = (comparison.lt, comparison.le, comparison.gt, comparison.ge)
FUNCTION_NAMES = ("and", "or", "xor", "lshift", "rshift")  # `torch.__and__` and so on


def _is_operand(value: Any) -> bool:
    return isinstance(value, Tensor | bool | int | float) or hasattr(value, "__array__")


def _sign(op: Any) -> Any:
    """The method of a sign: what is no operand may know the tensor, and is asked by Python.

    It stands in the place of the op's outer function, which looks for `out=`.
    """
    inner: Any = op.__wrapped__
    label = op.__name__.capitalize()

    def method(self: Any, other: Any) -> Any:
        if other.__class__ is not Tensor and not _is_operand(other):
            return NotImplemented
        try:
            result = inner(self, other)
        except HalfPrecisionError:
            return op(self, other)
        history = result.history
        if history is not None and "label" not in history.__dict__:
            history.label = label
        return result

    return method


def _swapped(op: Any) -> Any:
    """The sign with the tensor on the right."""

    def method(self: Any, other: Any) -> Any:
        if not _is_operand(other):
            return NotImplemented
        return op(other, self)

    return method


def _place() -> None:
    known: Any = Tensor
    for sign, op in SIGNS.items():
        setattr(known, f"__{sign}__", _sign(op))
        setattr(known, f"__r{sign}__", _swapped(op))
        setattr(known, f"__i{sign}__", getattr(known, f"{op.__name__}_"))
    known.__radd__, known.__rmul__ = known.__add__, known.__mul__
    known.__rdiv__, known.__div__, known.__idiv__ = (
        known.__rtruediv__,
        known.__truediv__,
        known.__itruediv__,
    )
    for name in FUNCTION_NAMES:
        FUNCTIONS[f"__{name}__"] = getattr(known, f"__{name}__")
    for op in COMPARISONS:
        setattr(known, f"__{op.__name__}__", _sign(op))
    known.__eq__ = _sign(comparison.eq)
    known.__ne__ = _sign(comparison.ne)
    known.__neg__ = known.neg
    known.__pos__ = known.positive
    known.__abs__ = known.abs
    known.__invert__ = known.bitwise_not
    known.__divmod__ = lambda self, other: (self // other, self % other)
    known.__rdivmod__ = lambda self, other: (other // self, other % self)


_place()
