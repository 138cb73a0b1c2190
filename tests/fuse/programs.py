"""Random programs: a few leaves, then ops on what there is, with reads and writes in between.

Idea: a program is data, so hypothesis can shrink it: each step names an op and numbers that choose
    its operands, dims and sizes among what there is when it runs. A step that does not fit is
    passed over. One program runs on two backends, and both must see the same numbers.
Not here: running it (test_graphs.py).
Read next: test_graphs.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from minitorch import (
    BACKENDS,
    MinitorchError,
    Tensor,
    TensorBackend,
    TensorData,
    from_numpy,
    nn,
    rules,
)
from minitorch.selection import Gather, ScatterAdd
from minitorch.tensor_functions import Max, Pad, Slice, row_function

Array = npt.NDArray[Any]

Tanh, Exp, Where = (row_function(row) for row in (rules.tanh, rules.exp, rules.where))
Relu, Sqrt, Sigmoid = (row_function(row) for row in (rules.relu, rules.sqrt, rules.sigmoid))


@dataclass(frozen=True)
class Leaf:
    """A tensor that the program starts from; its numbers follow from the seed."""

    shape: tuple[int, ...]
    dtype: str
    seed: int

    def numbers(self) -> Array:
        return np.random.default_rng(self.seed).normal(size=self.shape).astype(self.dtype)


@dataclass(frozen=True)
class Step:
    """One op: `a` and `b` choose its operands, `n` and `m` its dims and sizes."""

    op: str
    a: int
    b: int
    n: int
    m: int


@dataclass(frozen=True)
class Program:
    """Leaves, steps, and which values are read in the end."""

    leaves: tuple[Leaf, ...]
    steps: tuple[Step, ...]


@dataclass
class State:
    """What there is while a program runs."""

    backend: TensorBackend
    values: list[Tensor]
    seen: list[Array] = field(default_factory=list[Array])  # numbers read on the way
    risky: bool = False  # rounding could turn a comparison

    @property
    def watched(self) -> bool:
        """Whether margins of comparisons are looked at: on one backend is enough."""
        return self.backend is BACKENDS["simple"]

    def compare(self, a: Tensor, b: Tensor) -> None:
        """Note whether two tensors are nearly, but not exactly, equal somewhere."""
        x, y = (np.array(it._tensor.array(), np.float64) for it in (a, b))
        gap = abs(x - y)
        self.risky |= bool(((gap > 0) & (gap < 1e-3 * (1 + abs(x)))).any())


def broadcasts(a: Tensor, b: Tensor) -> bool:
    try:
        TensorData.shape_broadcast(a.shape, b.shape)
    except MinitorchError:
        return False
    return True


# Each op takes (state, step, a, b) and gives a tensor, or None where it does not fit.
Op = Callable[[State, Step, Tensor, Tensor], Tensor | None]


def of_two(fn: Callable[[Tensor, Tensor], Tensor]) -> Op:
    return lambda state, step, a, b: fn(a, b) if broadcasts(a, b) else None


def along(fn: Callable[[Tensor, int], Tensor]) -> Op:
    """An op along a dim, of a tensor that has one and is not empty."""
    return lambda state, step, a, b: fn(a, step.n % a.dims) if a.dims and a.size else None


def less(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not broadcasts(a, b):
        return None
    b = b * 0.713 + 0.1234  # no two sums that are equal but for rounding
    if state.watched:
        state.compare(a.detach() + b.detach() * 0.0, b.detach() + a.detach() * 0.0)
    return (a < b) + a


def chosen(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not broadcasts(a, b):
        return None
    mask = (a.detach() * 0.0 + (step.n % 3 - 1.0)) + b.detach() * 0.0
    return Where.apply(mask, a, b)


def rectified(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor:
    if state.watched:
        state.compare(a.detach(), a.detach() * 0.0)
    return Relu.apply(a)


def highest(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not (a.dims and a.size):
        return None
    dim = step.n % a.dims
    if state.watched:
        state.compare(a.detach(), nn.max_reduce(a, dim))
    return Max.apply(a, dim)


def permuted(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor:
    return a.permute(*np.random.default_rng(step.n).permutation(a.dims).tolist())


def expanded(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    shape = tuple(3 if size == 1 else size for size in a.shape)
    if step.m % 3 == 0 and len(shape) < 4:
        shape = (2, *shape)
    return a.expand_to(shape) if a.dims and a.size <= 60 else None


def viewed(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not a.size:
        return None
    factors = [k for k in range(1, a.size + 1) if a.size % k == 0]
    k = factors[step.m % len(factors)]
    return a.contiguous().view(k, a.size // k) if step.n % 2 else a.contiguous().view(a.size)


def sliced(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not a.dims:
        return None
    dim = step.n % a.dims
    size = a.shape[dim]
    return Slice.apply(a, dim, step.m % (size + 1), size, 1 + step.b % 2)


def padded(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not a.dims or a.size > 60:
        return None
    dim = step.n % a.dims
    return Pad.apply(a, dim, step.m % 2, a.shape[dim] + step.m % 2 + 1, 1)


def indices(shape: tuple[int, ...], dim: int, size: int, step: Step) -> Array:
    rng = np.random.default_rng(step.m)
    return rng.integers(0, size, (*shape[:dim], 1 + step.b % 2, *shape[dim + 1 :]))


def gathered(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not (a.dims and a.size):
        return None
    dim = step.n % a.dims
    index = indices(a.shape, dim, a.shape[dim], step)
    return Gather.apply(a, dim, from_numpy(index, state.backend))


def scattered(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    if not (a.dims and a.size):
        return None
    dim = step.n % a.dims
    source = Slice.apply(a, dim, 0, 1, 1)
    index = indices(a.shape, dim, 3, Step("", 0, 0, step.n, step.m))
    return ScatterAdd.apply(source, dim, from_numpy(index, state.backend), 3)


def read(state: State, step: Step, a: Tensor, b: Tensor) -> None:
    """Numbers that a program prints on the way."""
    state.seen.append(np.array(a._tensor.array()))


def written(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    """A write between two uses: who read before keeps what was there."""
    if not a.size:
        return None
    c = a.detach().contiguous() * 1.0
    before = c + 1.0
    view = c.view(c.size)
    if step.n % 2:
        state.seen.append(np.array(c._tensor.array()))
    (view if step.m % 2 else c)[(0,) * (1 if step.m % 2 else c.dims)] = 5.0
    return c * before


def written_out(state: State, step: Step, a: Tensor, b: Tensor) -> Tensor | None:
    """The lift of the course writes into a tensor that others have still to read."""
    if not a.size:
        return None
    c = a.detach() * 1.0
    before = c * 2.0
    turned = c.permute(*reversed(range(c.dims)))
    source = turned if step.n % 2 and turned.shape == c.shape else a.detach() * 3.0
    state.backend.neg_map(source, c)  # from itself, transposed, too
    return c + before


OPS: dict[str, Op] = {
    "add": of_two(lambda a, b: a + b),
    "mul": of_two(lambda a, b: a * b),
    "sub": of_two(lambda a, b: a - b),
    "div": of_two(lambda a, b: a / (b * b + 1.0)),
    "less": less,
    "where": chosen,
    "neg": lambda state, step, a, b: -a,
    "tanh": lambda state, step, a, b: Tanh.apply(a),
    "exp": lambda state, step, a, b: Exp.apply(Tanh.apply(a)),
    "root": lambda state, step, a, b: Sqrt.apply(a * a + 1.0),
    "sigmoid": lambda state, step, a, b: Sigmoid.apply(a),
    "relu": rectified,
    "shifted": lambda state, step, a, b: a * (step.n % 7 / 4 - 0.6) + 2.0,
    "sum": lambda state, step, a, b: a.sum(step.n % a.dims) if a.dims else None,
    "sum_all": lambda state, step, a, b: a.sum(),
    "mean": along(lambda a, dim: a.mean(dim)),
    "max": highest,
    "softmax": along(nn.softmax),
    "logsoftmax": along(nn.logsoftmax),
    "normalised": lambda state, step, a, b: nn.layernorm(a) if a.dims and a.size else None,
    "permute": permuted,
    "expand": expanded,
    "view": viewed,
    "contiguous": lambda state, step, a, b: a.contiguous(),
    "slice": sliced,
    "pad": padded,
    "gather": gathered,
    "scatter": scattered,
    "read": read,
    "write": written,
    "write_out": written_out,
}


@dataclass
class Outcome:
    """The numbers a program gave."""

    arrays: list[Array]
    scale: float
    risky: bool


def run(program: Program, backend: TensorBackend) -> Outcome:
    """Run a program forward and backward; all numbers it gives, in order."""
    leaves = [from_numpy(leaf.numbers(), backend) for leaf in program.leaves]
    for leaf in leaves:
        leaf.requires_grad_(True)
    state = State(backend, list(leaves))
    for step in program.steps:
        values = state.values
        a = values[-1] if step.a % 2 else values[step.a // 2 % len(values)]
        value = OPS[step.op](state, step, a, values[step.b % len(values)])
        if value is not None:
            values.append(value)
        if len(values) > 3 and step.m % 4 == 0:
            del values[step.a % len(values)]  # nobody holds it by name any more
    out = state.values[-1]
    arrays = [*state.seen, *(np.array(v._tensor.array()) for v in state.values[-3:])]
    if out.requires_grad():
        (out * out).sum().backward()
        gradients = [leaf.grad for leaf in leaves]
        arrays += [np.array(it._tensor.array()) for it in gradients if it is not None]
    largest = (float(abs(it).max()) for it in arrays if it.size)
    return Outcome(arrays, max(1.0, *largest, 1.0), state.risky)


@st.composite
def programs(draw: st.DrawFn, most: int = 14) -> Program:
    """Programs over one to three leaves that broadcast to one shape, mostly of the same dtype."""
    sizes = st.sampled_from([1, 2, 3, 4, 4, 3, 2, 1, 0])
    shape = tuple(draw(st.lists(sizes, min_size=0, max_size=3)))
    main = draw(st.sampled_from(["float64", "float32"]))
    leaves: list[Leaf] = []
    for _ in range(draw(st.integers(1, 3))):
        own = [1 if draw(st.integers(0, 3)) == 0 else size for size in shape]
        missing = draw(st.integers(0, len(own))) if draw(st.integers(0, 4)) == 0 else 0
        dtype = draw(st.sampled_from([main, main, main, "float64"]))
        leaves.append(Leaf(tuple(own[missing:]), dtype, draw(st.integers(0, 99))))
    number = st.integers(0, 1 << 10)
    step = st.builds(Step, st.sampled_from(list(OPS)), number, number, number, number)
    steps = draw(st.lists(step, min_size=2, max_size=most))
    return Program(tuple(leaves), tuple(steps))
