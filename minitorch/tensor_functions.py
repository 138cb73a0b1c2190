"""Function for tensors, and the ops of the course: elementwise, reductions, movement, contraction.

Idea: `forward` and `backward` stand side by side. An elementwise op is its row of the op table,
    lifted by the tensor's backend; a movement op changes shape and strides, and its adjoint
    changes them back; every backward is made of Functions, so it can be differentiated too.
Not here: the loops (tensor_ops.py, fast_ops.py), ops that follow an index (selection.py).
Read next: selection.py, tensor.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from minitorch import rules
from minitorch.autodiff import (
    Context,
    FunctionBase,
    Variable,
    is_constant,
    is_grad_enabled,
    with_history,
)
from minitorch.errors import (
    DtypeError,
    GradientError,
    HalfPrecisionError,
    IndexingError,
    ShapeError,
)
from minitorch.launches import launched
from minitorch.modes import current
from minitorch.rules import Rule, passes_on, rebind
from minitorch.tensor_data import HALVES, Cell, TensorData, copied, fill, is_float, promote
from minitorch.tensor_ops import SimpleBackend, TensorBackend, check_dim, new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "EQ",
    "LT",
    "Add",
    "All",
    "Cast",
    "Copy",
    "Exp",
    "Expand",
    "Function",
    "Inv",
    "IsClose",
    "Log",
    "MatMul",
    "Max",
    "Mul",
    "Neg",
    "Pad",
    "Permute",
    "ReLU",
    "Sigmoid",
    "SimpleBackend",
    "Slice",
    "Sum",
    "TensorFunctions",
    "View",
    "adjoint",
    "as_dtype",
    "composed",
    "lift",
    "make_tensor_backend",
    "row_function",
    "sum_to",
    "zeros_like",
]


FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")


class Function(FunctionBase):
    """A function of tensors: `forward(ctx, *tensors)` and `backward(ctx, grad_output)`.

    `forward` gets the arguments of `apply` as they are, tensors and other values. `backward`
    returns one gradient per argument, or only for the tensors; what it computes with tensors is
    itself differentiable.

    >>> from minitorch import tensor
    >>> class Double(Function):
    ...     @staticmethod
    ...     def forward(ctx, a):
    ...         return a * 2.0
    ...     @staticmethod
    ...     def backward(ctx, grad_output):
    ...         return grad_output * 2.0
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> Double.apply(x).sum().backward()
    >>> x.grad
    tensor([2.00 2.00])
    """

    takes_variables = True

    @classmethod
    def record(cls, ctx: Context, vals: tuple[Any, ...], result: Any) -> Any:
        """The result with its History; its node knows that the graph holds it."""
        result = with_history(cls, ctx, vals, result)
        node = result._tensor.cell.node
        if node is not None:
            node.tracked = True
        return result

    @classmethod
    def chain_rule(
        cls, ctx: Context | None, inputs: Sequence[Any], d_output: Any
    ) -> list[tuple[Any, Any]]:
        """Pairs (input, derivative) for the inputs that are not constant."""
        if ctx is not None and Cell.last_write > ctx.stamp and ctx.rule is None:
            _check_versions(ctx, ctx._saved)
        grads = cls.backward(ctx, d_output)
        if grads.__class__ is not tuple or len(grads) != len(inputs):
            return super().chain_rule(ctx, inputs, d_output)
        pairs: list[tuple[Any, Any]] = []
        for k, d in enumerate(grads):
            value = inputs[k]
            if d is None or not isinstance(value, Variable) or value.history is None:
                continue
            like: Any = value
            if d.__class__ is like.__class__:
                data, own = d._tensor, like._tensor
                if (data.shape is own.shape or data.shape == own.shape) and data.dtype is own.dtype:
                    pairs.append((like, d))  # as nearly always
                    continue
            pairs.append((like, cls.check(like, d, len(pairs))))
        return pairs

    @classmethod
    def variable(cls, result: Any, inputs: tuple[Any, ...]) -> Any:
        """Raise a GradientError: `forward` returned something else than a tensor."""
        raise GradientError(
            f"{cls.__name__}.forward returned {type(result).__name__}; a Function returns a "
            "Tensor, for example a.make(...) or the result of a backend operation."
        )

    @classmethod
    def check(cls, value: Any, derivative: Any, position: int) -> Any:
        """The gradient in the shape and dtype of the argument: summed over broadcast dims.

        Raises:
            GradientError: its shape does not reduce to that of the argument.
        """
        if not isinstance(value, Variable) or value.history is None:
            return derivative
        like: Any = value
        found: Any = derivative
        if not isinstance(derivative, Variable):
            found = like._ensure_tensor(derivative)
        try:
            if found.shape != like.shape:
                found = like.fit(found)
            if found._tensor.dtype != like._tensor.dtype:
                found = Cast.apply(found, like._tensor.dtype)
            return found
        except (IndexingError, ShapeError) as problem:
            raise GradientError(
                f"{cls.__name__}.backward returned a gradient of shape {found.shape} for "
                f"argument {position} of shape {like.shape}; return one of the argument's shape."
            ) from problem


def _check_versions(ctx: Context, saved: tuple[Any, ...]) -> None:
    """Raise a GradientError where what was saved has been written to since."""
    for value in saved:
        data = getattr(value, "_tensor", None)
        if data is not None and data.cell.written > ctx.stamp:
            version = data.cell.version
            raise GradientError(
                "one of the variables needed for gradient computation has been modified by an "
                f"inplace operation: [{data.dtype} {list(data.shape)}] is at version {version}; "
                f"expected an earlier version instead. Write into a copy: x = x.clone()."
            )


# Elementwise ops: a row of the table, lifted by the tensor's backend.


def lift(ctx: Context, rule: Rule, first: Any, *others: Any) -> Any:
    """The row's function at every cell; saves what its derivatives may read.

    Raises:
        DtypeError: the row does not take the dtype of an operand.
    """
    way = _way(rule)
    parameters: tuple[Any, ...] = ()
    if rule.parameters:
        count = rule.operands - 1
        others, parameters = others[:count], others[count:]
    if not _are_alike(first, others):
        first, *rest = _made_alike(rule, way, (first, *others))
        others = tuple(rest)
    launch = first.backend.rule(rule)
    out = launch(first, *others, *parameters) if parameters else launch(first, *others)
    if not ctx.no_grad and not way.only_passes:
        saved = way.kept((None, out, first, *others))
        ctx._saved = saved + parameters if parameters else saved
        ctx.rule = rule
    return out


def _are_alike(first: Any, others: tuple[Any, ...]) -> bool:
    """True for float tensors of one kind, backend and dtype, as nearly all are."""
    if not isinstance(first, Variable):
        return False
    a: Any = first
    dtype = a._tensor.dtype
    if dtype is not FLOAT32 and dtype is not FLOAT64:
        return False
    for x in others:
        if (
            x.__class__ is not a.__class__
            or x.backend is not a.backend
            or x._tensor.dtype is not dtype
        ):
            return False
    return True


def _made_alike(rule: Rule, way: _Way, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands as tensors of one backend, in dtypes that the row takes.

    Raises:
        DtypeError: the row does not take the dtype of an operand.
    """
    a = cast("Any", next(x for x in operands if isinstance(x, Variable)))
    tensors: list[Any] = [a._ensure_tensor(x) for x in operands]
    dtypes = [x._tensor.dtype for x in tensors]
    for k, dtype in enumerate(dtypes):
        if dtype not in way.accepted:
            kind = HalfPrecisionError if dtype in HALVES else DtypeError
            raise kind(
                f"{rule.name} of a {dtype} tensor; it takes {', '.join(rule.accepts)}. "
                "Convert it with .type(...) first."
            )
        if rule.result == "float" and not is_float(dtype):
            tensors[k] = as_dtype(tensors[k], promote(*dtypes, a.default_dtype))
    return tuple(tensors)


def adjoint(ctx: Context, rule: Rule, g: Tensor) -> tuple[Any, ...]:
    """g times each derivative of the row, for the operands that track gradients.

    Without a graph a derivative is one lifted function; with one, a composition of Functions.
    """
    way = _way(rule)
    if way.only_passes:
        return (g,) * rule.operands
    values = (g, *(ctx._saved if ctx._result is None else ctx.saved_tensors))
    recording = current.get().recording
    written = Cell.last_write > ctx.stamp
    launches = g.backend.adjoints.get(way) or way.launches(g.backend)
    inputs = ctx.inputs or way.unknown
    grads: list[Any] = []
    for k, (derivative, passes, read) in enumerate(way.back):
        value = inputs[k]
        if value is not None and (not isinstance(value, Variable) or value.history is None):
            grads.append(None)
        elif derivative is None:
            grads.append(zeros_like(g))
        elif passes:
            grads.append(g)
        else:
            given = read(values)
            if written:
                _check_versions(ctx, tuple([v for v in given if v is not g]))
            if recording:
                grads.append(_on_tensors(derivative)(*given))
            else:
                grads.append(launches[k](*given))
    if rule.parameters:
        grads += [None] * rule.parameters
    return tuple(grads)


def _getter(positions: list[int]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the items at these positions out of a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    if not positions:
        return lambda values: ()
    position = positions[0]
    return lambda values: (values[position],)


class _Way:
    """What is known of a row before any tensor is there: dtypes, what it saves, what it reads."""

    def __init__(self, rule: Rule) -> None:
        self.derivatives = rule.derivatives
        self.accepted = frozenset(map(np.dtype, rule.accepts))
        self.kept = _getter([k + 1 if k + 1 in rule.kept else 0 for k in range(rule.operands + 1)])
        first = 2 + rule.operands  # from here on stand the parameters
        self.back = tuple(
            (d, d is not None and passes_on(d), _getter(list(rule.reads(d)) if d else []))
            for d in rule.derivatives
        )
        reads = [rule.reads(d) if d else () for d in rule.derivatives]
        self.counts = [(sum(k < first for k in it), sum(k >= first for k in it)) for it in reads]
        self.unknown = (None,) * rule.operands  # where backward is called by hand
        self.only_passes = not rule.parameters and all(it[1] for it in self.back)

    def launches(self, backend: TensorBackend) -> tuple[Any, ...]:
        """The derivatives, lifted by a backend."""
        made = [
            None if d is None or passes else backend.launch(d, *count)
            for (d, passes, _), count in zip(self.back, self.counts, strict=True)
        ]
        return backend.adjoints.setdefault(self, tuple(made))


_ways: dict[Rule, _Way] = {}


def _way(rule: Rule) -> _Way:
    """What is known of a row; a derivative that was replaced is seen."""
    way = _ways.get(rule)
    if way is None or way.derivatives is not rule.derivatives:
        way = _ways[rule] = _Way(rule)
    return way


class Elementwise(Function):
    """A row of the table, lifted: nothing else is applied in `forward`."""

    composes = False


@cache
def row_function(rule: Rule) -> type[Function]:
    """The Function of a row, for expressions that name rows, and for rows without a class."""

    def forward(ctx: Context, *values: Any) -> Tensor:
        return lift(ctx, rule, *values)

    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rule, grad_output)

    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(rule.name, (Elementwise,), members)


@cache
def _on_tensors(derivative: Callable[..., float]) -> Callable[..., Any]:
    """A derivative read with tensors for its numbers."""
    return rebind(derivative, lambda it: _on_any(it) if isinstance(it, Rule) else it)


def _on_any(rule: Rule) -> Callable[..., Any]:
    """The row on tensors; on the parameters of a derivative, which are numbers, itself."""
    on_tensors = row_function(rule).apply

    def apply(*values: Any) -> Any:
        if any(isinstance(value, Variable) for value in values):
            return on_tensors(*values)
        return rule(*values)

    return apply


def composed(formula: Callable[..., Tensor], *tensors: Tensor, **settings: Any) -> Tensor:
    """formula(*tensors, **settings), which computes with its tensors alone.

    Where no graph is recorded a backend may know the composition from an earlier call, and record
    it in one go.
    """
    once: Any = getattr(tensors[0].backend.ops, "composed", None)
    if once is None or (is_grad_enabled() and not all(map(is_constant, tensors))):
        return formula(*tensors, **settings)
    return once(formula, *tensors, **settings)


class Neg(Elementwise):
    """-a."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.neg, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.neg, grad_output)


class Inv(Elementwise):
    """1 / a."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.inv, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.inv, grad_output)


class Add(Elementwise):
    """a + b."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return lift(ctx, rules.add, a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.add, grad_output)


class Mul(Elementwise):
    """a * b."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return lift(ctx, rules.mul, a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.mul, grad_output)


class Sigmoid(Elementwise):
    """1 / (1 + e^-a)."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.sigmoid, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.sigmoid, grad_output)


class ReLU(Elementwise):
    """a where positive, else 0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.relu, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.relu, grad_output)


class Log(Elementwise):
    """log(a + 1e-6)."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.log, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.log, grad_output)


class Exp(Elementwise):
    """e^a."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return lift(ctx, rules.exp, a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.exp, grad_output)


class LT(Elementwise):
    """1.0 where a < b, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return lift(ctx, rules.lt, a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.lt, grad_output)


class EQ(Elementwise):
    """1.0 where a equals b, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return lift(ctx, rules.eq, a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.eq, grad_output)


class IsClose(Elementwise):
    """1.0 where |a - b| < 1e-2, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return lift(ctx, rules.is_close, a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return adjoint(ctx, rules.is_close, grad_output)


# Reductions: a fold over a dim, which stays with size 1.


def _number(value: Any) -> int:
    """An int that may travel as a tensor, as in the later editions."""
    return int(value.item() if isinstance(value, Variable) else value)  # type: ignore[attr-defined]  # a Tensor has it


def _numbers(values: Sequence[Any]) -> list[int]:
    """Ints that may travel as one tensor."""
    if len(values) == 1 and not isinstance(values[0], int | np.integer):
        held: Any = values[0]
        if isinstance(held, Variable):
            held = cast("Tensor", held).to_numpy().reshape(-1)
        return [int(v) for v in held]
    return [int(v) for v in values]


def zeros_like(a: Tensor, shape: Sequence[int] | None = None) -> Tensor:
    """Zeros of a's shape or another one, in its dtype and on its backend."""
    data = TensorData.empty(a.shape if shape is None else tuple(shape), a._tensor.dtype)
    launched(fill)(data.cell.array, 0)
    return new_like(a, data)


def as_dtype(a: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """The same numbers as another dtype, without a graph; the tensor itself where it has it."""
    return a if a._tensor.dtype == dtype else a.backend.convert(a, dtype)


def _dim_of(a: Tensor, dim: Any) -> int:
    return check_dim(a, _number(dim))


def _flat(a: Tensor) -> Tensor:
    """All cells in one dim."""
    if len(a.shape) == 1:
        return a
    data = a._tensor if a._tensor.is_contiguous() else a.backend.id_map(a)._tensor
    return new_like(a, data.view(data.size))


class Sum(Function):
    """The sum over a dim, or over all cells as a tensor of shape (1,)."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: Any = None) -> Tensor:
        ctx.save_for_backward(a.shape)
        if not is_float(a._tensor.dtype):
            a = as_dtype(a, np.dtype("int64"))  # a sum counts
        if dim is None:
            return a.backend.add_reduce(_flat(a), 0)
        return a.backend.add_reduce(a, _dim_of(a, dim))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (shape,) = ctx.saved_tensors
        if len(shape) != len(grad_output.shape):
            grad_output = grad_output.view(*[1] * len(shape))
        return Expand.apply(grad_output, shape), None


class All(Function):
    """1.0 where no cell along a dim is zero, else 0.0; over all cells without a dim."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: Any = None) -> Tensor:
        ctx.save_for_backward(a)
        if dim is None:
            return a.backend.all_reduce(_flat(a), 0)
        return a.backend.all_reduce(a, _dim_of(a, dim))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (a,) = ctx.saved_tensors
        return zeros_like(a), None


class Max(Function):
    """The maximum over a dim. Cells that share it share its gradient equally."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: Any) -> Tensor:
        k = _dim_of(a, dim)
        out = a.backend.max_reduce(a, k)
        ctx.save_for_backward(a, out, k)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        a, out, dim = ctx.saved_tensors
        ties = EQ.apply(a.detach(), out.detach())
        share = ties * Inv.apply(Sum.apply(ties, dim))
        return grad_output * share, None


# Movement: another shape, strides or offset, and the way back.


class Permute(Function):
    """The dims in another order."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, *order: Any) -> Tensor:
        dims = _numbers(order)
        ctx.save_for_backward(dims)
        return new_like(a, a._tensor.permute(*dims))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (dims,) = ctx.saved_tensors
        return (Permute.apply(grad_output, *np.argsort(dims).tolist()),) + (None,) * _extra(ctx)


def _extra(ctx: Context) -> int:
    """How many arguments after the first `apply` had."""
    return len(ctx.inputs) - 1


class View(Function):
    """The same cells in the same order in another shape."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, *shape: Any) -> Tensor:
        ctx.save_for_backward(a.shape)
        return new_like(a, a._tensor.view(*_numbers(shape)))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (shape,) = ctx.saved_tensors
        return (View.apply(Copy.apply(grad_output), *shape),) + (None,) * _extra(ctx)


class Copy(Function):
    """The same numbers, contiguous: a copy where they are not."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return a.detach() if a._tensor.is_contiguous() else Copy.copy_of(a)

    @staticmethod
    def copy_of(a: Tensor) -> Tensor:
        """The numbers in storage of their own; of floats a backend may compute them later."""
        if a._tensor.dtype in (FLOAT32, FLOAT64):
            return a.backend.id_map(a)
        return new_like(a, TensorData.of(copied(a._tensor.array())))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        return grad_output


class Cast(Function):
    """The same numbers as another float dtype."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dtype: np.dtype[Any]) -> Tensor:
        ctx.save_for_backward(a._tensor.dtype)
        return as_dtype(a, dtype)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (dtype,) = ctx.saved_tensors
        return Cast.apply(grad_output, dtype), None


class Expand(Function):
    """Broadcast to a shape; its adjoint is the sum over what was broadcast."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, shape: Sequence[int]) -> Tensor:
        ctx.save_for_backward(a.shape)
        return new_like(a, a._tensor.expand(tuple(shape)))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        (shape,) = ctx.saved_tensors
        return sum_to(grad_output, shape), None


def sum_to(a: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The sum of a over the dims that broadcasting `shape` to a's shape repeated.

    Raises:
        ShapeError: `shape` does not broadcast to a's shape.
    """
    if a.shape == shape:
        return a
    missing, out = len(a.shape) - len(shape), a
    aligned = (1,) * missing + shape
    for k, size in enumerate(a.shape):
        if missing < 0 or aligned[k] not in (1, size):
            raise ShapeError(f"Shape {a.shape} is not a broadcast of {shape}.")
        if aligned[k] != size:
            out = Sum.apply(out, k)
    if not missing:
        return out
    return View.apply(out if out._tensor.is_contiguous() else Copy.apply(out), *shape)


class Slice(Function):
    """The cells start, start + step, ... below stop of one dim; the adjoint of `Pad`."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: int, start: int, stop: int, step: int = 1) -> Tensor:
        ctx.save_for_backward(a.shape[dim], dim, start, step)
        return new_like(a, a._tensor.slice(dim, start, stop, step))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        size, dim, start, step = ctx.saved_tensors
        return (Pad.apply(grad_output, dim, start, size, step),) + (None,) * _extra(ctx)


class Pad(Function):
    """Zeros of `size` along a dim, with the operand at start, start + step, ...: undoes `Slice`."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: int, start: int, size: int, step: int = 1) -> Tensor:
        stop = start + (a.shape[dim] - 1) * step + 1 if a.shape[dim] else start
        ctx.save_for_backward(dim, start, stop, step)
        out = zeros_like(a, (*a.shape[:dim], size, *a.shape[dim + 1 :]))
        a.backend.id_map(a, new_like(a, out._tensor.slice(dim, start, stop, step)))
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        return (Slice.apply(grad_output, *ctx.saved_tensors),) + (None,) * _extra(ctx)


# Contraction.


class MatMul(Function):
    """a @ b over the last two dims; the dims before broadcast."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        # Only what the other's derivative reads: the rest may be written to meanwhile.
        if not ctx.no_grad:
            ctx.save_for_backward(None if is_constant(b) else a, None if is_constant(a) else b)
        return a.backend.matrix_multiply(a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        a, b = ctx.saved_tensors
        return (
            None if b is None else MatMul.apply(grad_output, _transpose(b)),
            None if a is None else MatMul.apply(_transpose(a), grad_output),
        )


def _transpose(a: Tensor) -> Tensor:
    order = list(range(len(a.shape)))
    order[-2:] = order[:-3:-1]
    return Permute.apply(a, *order)


# The backend's other face in the 2021 edition: backend.Add.apply(a, b).
_ELEMENTWISE = (Neg, Inv, Add, Mul, Sigmoid, ReLU, Log, Exp, LT, EQ, IsClose)
for _function in (*_ELEMENTWISE, Sum, All, Max, Permute, View, Copy, MatMul):
    setattr(TensorBackend, _function.__name__, _function)


def make_tensor_backend(tensor_ops: Any, is_cuda: bool | None = None) -> TensorBackend:
    """A backend from an ops class: `map`, `zip`, `reduce`, and `matrix_multiply` for `@`.

    >>> from minitorch import FastOps
    >>> make_tensor_backend(FastOps)
    TensorBackend(FastOps)
    """
    return TensorBackend(tensor_ops, is_cuda)


TensorFunctions = SimpleBackend  # its name in the 2021 edition
