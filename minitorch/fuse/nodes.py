"""What is to be computed: ops recorded as nodes of an expression, until someone reads the numbers.

Idea: map f . map g = map (f . g). An op on a pending cell makes another pending cell; the nodes
    below it are composed into one function first and lifted once. A node is read through a layout
    (strides and offset), so views of what is pending cost nothing.
    Who holds a tensor holds its cell; a node knows it weakly, so it sees whether anybody does.
Not here: which expressions are alike (trace.py), when they are computed (build.py).
Read next: trace.py
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, TypeAlias

import numpy as np

from minitorch.rules import Rule, named_globals
from minitorch.tensor_data import (
    Cell,
    Ints,
    Number,
    Storage,
    TensorData,
    contiguous_strides,
    copied,
    nobody,
)

__all__ = [
    "LIMIT",
    "Form",
    "Layout",
    "Node",
    "Op",
    "Operand",
    "cost_of",
    "counter",
    "operand",
    "pending",
    "record",
    "recorded",
]

Dtype: TypeAlias = "np.dtype[Any]"
Layout: TypeAlias = "tuple[Ints, int] | None"  # strides per dim of the reader, offset; None: alike
Operand: TypeAlias = "tuple[Node, Layout]"

LIMIT = 96  # nodes of an expression from which on it is computed
FORMS = 4096  # of an op, so many are remembered
KEPT_BYTES = 1 << 28  # arrays that an expression keeps alive, from which on it is computed
AT_ONCE = float("inf")  # the weight of what must not stay an operand
SNAPSHOT = 1 << 16  # bytes of foreign memory that are rather copied than read at once
PRIMITIVE = 10  # what exp, log, tanh ... cost, in additions


class Op:
    """What a node does with its operands; the same op is the same object.

    `kind`: "map" (fn of the operands), "reduce" (fold of `dims` by fn from `start`), "pick" (the
    second operand says where along `dims` to read the first), "counter" (first + position),
    "number", "leaf" (an array of ours), "foreign" (one that other code may write to), and "compose"
    (a recipe of other ops, see recipes.py).
    """

    __slots__ = (
        "compute",
        "cost",
        "dims",
        "dtype",
        "fn",
        "forms",
        "kind",
        "parameters",
        "recipe",
        "start",
        "weight",
        "whole",
    )

    def __init__(
        self,
        kind: str,
        dtype: Dtype,
        fn: Callable[..., float] | None = None,
        parameters: int = 0,
        dims: Ints = (),
        start: float = 0.0,
        whole: bool = False,
        compute: Dtype | None = None,
    ) -> None:
        self.kind = kind
        self.dtype = dtype
        self.compute = compute or dtype  # what the operands are brought to
        self.fn = fn
        self.parameters = parameters
        self.dims = dims
        self.start = start
        self.whole = whole  # the parameters are whole numbers, whatever the dtype
        self.cost = cost_of(fn) if fn else 0
        self.weight: float = 1
        self.recipe: Any = None  # of a composition
        self.forms: dict[Any, Form] = {}

    def form(
        self,
        shape: Ints,
        layouts: tuple[Layout, ...] | None = None,
        domain: Ints | None = None,
    ) -> Form:
        """What nodes of this op with this shape share; the same each time it is asked for."""
        key = shape if layouts is None and domain is None else (shape, layouts, domain)
        form = self.forms.get(key)
        if form is None:
            if len(self.forms) >= FORMS:
                self.forms.clear()  # what was planned with them is planned anew
            form = self.forms.setdefault(key, Form(self, shape, layouts, domain))
        return form

    def __repr__(self) -> str:
        name = getattr(self.fn, "__name__", "")
        return f"Op({self.kind} {name} {self.dtype})"


@cache
def cost_of(fn: Any) -> int:
    """About how many additions a function of numbers costs.

    >>> from minitorch import operators
    >>> cost_of(operators.add), cost_of(operators.sigmoid)
    (1, 12)
    """
    fn = getattr(fn, "py_func", fn)
    if not hasattr(fn, "__code__"):
        return PRIMITIVE
    cost = 1
    for value in named_globals(fn).values():
        it = value.fn if isinstance(value, Rule) else value
        if hasattr(it, "__code__"):
            cost += cost_of(it)
        elif getattr(it, "__name__", "") == "math":
            cost += PRIMITIVE
    return cost


class Form:
    """All that nodes alike share: the op, the shape, and how the operands are read.

    Operand k is read through `layouts[k]`, or all of them as they are where `layouts` is None.
    `domain` is the shape over which a fold or a pick reads its first operand.
    """

    __slots__ = ("domain", "layouts", "op", "shape", "strides")

    def __init__(
        self, op: Op, shape: Ints, layouts: tuple[Layout, ...] | None, domain: Ints | None
    ) -> None:
        self.op = op
        self.shape = shape
        self.strides = contiguous_strides(shape)
        self.layouts = layouts
        self.domain = domain


class Node:
    """One op of an expression; with `array` set it is a leaf.

    `readers` are the pending nodes that read it; `weight` about how many nodes lie below, the
    memory they keep alive counted as nodes too; `tracked` says that the graph of autodiff holds
    the cell, whoever else does.
    """

    builder: ClassVar[Callable[[Node], Storage]]  # build.py sets these
    settler: ClassVar[Callable[[Node], None]]

    __slots__ = (
        *("__weakref__", "array", "cell", "form", "operands"),
        *("parameters", "readers", "tracked", "weight"),
    )

    form: Form
    array: Storage | None
    operands: tuple[Node, ...]
    parameters: tuple[Any, ...]
    readers: int
    weight: float
    tracked: bool
    cell: Callable[[], Cell | None]  # the cell of this node, if anybody still holds it

    @property
    def op(self) -> Op:
        """What it does with its operands."""
        return self.form.op

    @property
    def shape(self) -> Ints:
        """The shape of the result, until the numbers are there."""
        return self.form.shape

    @property
    def dtype(self) -> Dtype:
        """The dtype of the result."""
        return self.form.op.dtype

    def realise(self) -> Storage:
        """The array, computed if need be."""
        return Node.builder(self) if self.array is None else self.array

    def finish(self, array: Storage) -> None:
        """Have the numbers, and let go of the operands."""
        self.release()
        self.become(array)

    def become(self, array: Storage) -> None:
        """Be a leaf: the numbers are there."""
        self.operands = self.parameters = ()
        self.form = _ours[self.form.op.dtype]
        self.array = array
        self.weight = array.nbytes * LIMIT / KEPT_BYTES  # memory counts as so many nodes
        cell = self.cell()
        if cell is not None:
            cell.array = array

    def release(self) -> None:
        """Let go of the operands, which are read no more."""
        for child in self.operands:
            child.readers -= 1
        self.operands = ()

    @property
    def reads(self) -> list[Operand]:
        """The operands, each with its layout."""
        layouts = self.form.layouts or (None,) * len(self.operands)
        return list(zip(self.operands, layouts, strict=True))


_new_node = _new_cell = _new_data = object.__new__
_reference = weakref.ref


class _Sources(dict[Dtype, Form]):
    """The form of nodes that read no others, by dtype."""

    def __init__(self, kind: str, shape: Ints, parameters: int = 0) -> None:
        super().__init__()
        self.kind, self.shape, self.parameters = kind, shape, parameters

    def __missing__(self, dtype: Dtype) -> Form:
        op = Op(self.kind, dtype, parameters=self.parameters)
        return self.setdefault(dtype, op.form(self.shape))


_ours, _foreign = _Sources("leaf", ()), _Sources("foreign", ())
_numbers = _Sources("number", (1,), parameters=1)


def _source(form: Form, array: Storage | None, parameters: Any) -> Node:
    node = _new_node(Node)
    node.form = form
    node.array = array
    node.operands = ()
    node.parameters = parameters
    node.readers = 0
    node.weight = 0 if array is None else array.nbytes * LIMIT / KEPT_BYTES
    node.tracked = False
    node.cell = nobody
    return node


def _leaf(cell: Cell) -> Node:
    """The node through which the array of a cell is read.

    Foreign memory may change at any time: of a small array a copy is read, else the op is done now.
    """
    array, foreign = cell.array, cell.exposed
    if foreign and array.nbytes <= SNAPSHOT:
        return _source(_ours[cell.dtype], copied(array), ())
    node = _source((_foreign if foreign else _ours)[cell.dtype], array, ())
    node.cell = _reference(cell)
    if foreign:
        node.weight = AT_ONCE
    else:
        cell.node = node
    return node


def _number(cell: Cell, number: Number) -> Node:
    cell.node = node = _source(_numbers[cell.dtype], None, (number.value,))
    node.cell = _reference(cell)
    return node


def counter(first: int, count: int) -> Operand:
    """first, first + 1, ..., as an operand that no memory holds."""
    return _source(_COUNTER.form((count,)), None, (first,)), None


_INT = np.dtype("int64")
_COUNTER = Op("counter", _INT, parameters=1)


def operand(data: TensorData, shape: Ints, strides: Ints) -> Operand:
    """The data as an operand of a result of this shape, to which it broadcasts.

    `strides` are those of a contiguous array of the shape.
    """
    cell = data.cell
    node: Any = cell.node
    if node is None:
        node = _leaf(cell)
    elif node.__class__ is Number:
        node = _number(cell, node)
    if data.shape == shape:
        if data.offset == 0 and data.strides == strides:
            return node, None
        return node, (data.strides, data.offset)
    missing = len(shape) - len(data.shape)
    steps = [0 if n == 1 else step for n, step in zip(data.shape, data.strides, strict=True)]
    return node, (tuple([0] * missing + steps), data.offset)


def record(
    op: Op,
    shape: Ints,
    operands: tuple[Operand, ...],
    parameters: tuple[Any, ...] = (),
    domain: Ints | None = None,
) -> TensorData:
    """A pending result of this op."""
    layouts = tuple([layout for _, layout in operands])
    form = op.form(shape, layouts if any(layouts) else None, domain)
    return recorded(form, tuple([node for node, _ in operands]), parameters)


def recorded(form: Form, operands: tuple[Node, ...], parameters: tuple[Any, ...]) -> TensorData:
    """A pending result of this form."""
    weight = form.op.weight
    for child in operands:
        child.readers += 1
        weight += child.weight
    node = _new_node(Node)
    node.form = form
    node.array = None
    node.operands = operands
    node.parameters = parameters
    node.readers = 0
    node.weight = weight
    node.tracked = False
    cell = _new_cell(Cell)
    cell.node = node
    cell.dtype = dtype = form.op.dtype
    cell.version = cell.written = 0
    cell.exposed = False
    node.cell = _reference(cell)
    if weight > LIMIT:
        Node.settler(node)
    data = _new_data(TensorData)
    data.cell = cell
    data.dtype = dtype
    data.shape = form.shape
    data.strides = form.strides
    data.offset = 0
    data.stamp = data._lazy_shape = data._lazy_strides = None
    return data


def pending(data: TensorData) -> Node | None:
    """The node of data that is not computed yet."""
    node = data.cell.node
    return node if node.__class__ is Node and node.array is None else None
