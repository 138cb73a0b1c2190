"""Comparisons: elementwise ops whose result is a bool tensor.

Idea: the scalar function of a row gives 1.0 or 0.0; lifted with another dtype for the result, it
    gives True or False. No gradient flows.
Not here: arithmetic (pointwise.py).
Read next: reductions.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.rules import Rule
from minitorch.tensor_ops import BOOL
from minitorch.torch.face import op, together
from minitorch.torch.tensor import Tensor

__all__ = ["compared", "eq", "ge", "gt", "le", "lt", "ne"]


def compared(rule: Rule, *operands: Any) -> Any:
    """The row's function of the promoted operands, as a bool tensor."""
    tensors = together(*operands)
    first = tensors[0]
    return first.backend.launch(rule.fn, len(tensors), 0, BOOL)(*tensors)


@op(inplace=True)
def eq(input: Any, other: Any) -> Any:
    """True where the numbers are equal."""
    return compared(rules.eq, input, other)


@op(inplace=True, also=("not_equal",))
def ne(input: Any, other: Any) -> Any:
    """True where the numbers differ."""
    return compared(rules.ne, input, other)


@op(inplace=True, also=("less",))
def lt(input: Any, other: Any) -> Any:
    """True where input < other."""
    return compared(rules.lt, input, other)


@op(inplace=True, also=("less_equal",))
def le(input: Any, other: Any) -> Any:
    """True where input <= other."""
    return compared(rules.le, input, other)


@op(inplace=True, also=("greater",))
def gt(input: Any, other: Any) -> Any:
    """True where input > other."""
    return compared(rules.lt, other, input)


@op(inplace=True, also=("greater_equal",))
def ge(input: Any, other: Any) -> Any:
    """True where input >= other."""
    return compared(rules.le, other, input)


def _operators() -> None:
    known: Any = Tensor
    for sign in ("lt", "le", "gt", "ge"):
        setattr(known, f"__{sign}__", getattr(known, sign))
    known.__eq__ = lambda self, other: eq(self, other) if _comparable(other) else NotImplemented
    known.__ne__ = lambda self, other: ne(self, other) if _comparable(other) else NotImplemented


def _comparable(other: Any) -> bool:
    return isinstance(other, Tensor | bool | int | float)


_operators()
