"""ScalarFunction: each op of the course is a row of the table, lifted to Scalars.

Idea: `lift` calls the row's function on numbers and saves what its derivatives read;
    `adjoint` reads the derivatives, on numbers, or on Scalars where a graph is wanted of them too.
Not here: the formulas (operators.py) and derivatives (rules.py), the graph (autodiff.py).
Read next: scalar.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import Any, ClassVar

from minitorch import rules
from minitorch.autodiff import Context, FunctionBase, Variable, wrap_tuple
from minitorch.errors import DtypeError, GradientError
from minitorch.rules import Rule, rebind

__all__ = [
    "EQ",
    "LT",
    "Add",
    "Exp",
    "Inv",
    "Log",
    "Mul",
    "Neg",
    "ReLU",
    "ScalarFunction",
    "Sigmoid",
    "to_number",
]


def to_number(value: Any) -> float:
    """The float of a Scalar or a number.

    Raises:
        DtypeError: it is neither.
    """
    if type(value) is float:
        return value
    if isinstance(value, ScalarFunction.face):
        return value.data
    if isinstance(value, Real):
        return float(value)
    raise DtypeError(
        f"Expected a Scalar or a number, got {type(value).__name__}. "
        "Take its number first, such as x.item()."
    )


class ScalarFunction(FunctionBase):
    """A function of Scalars: `forward` gets plain numbers and returns a float.

    >>> from minitorch import Scalar
    >>> class Double(ScalarFunction):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2.0 * x
    ...     @staticmethod
    ...     def backward(ctx, d_output):
    ...         return 2.0 * d_output
    >>> x = Scalar(3.0)
    >>> y = Double.apply(x)
    >>> y.backward()
    >>> y.data, x.derivative
    (6.0, 2.0)
    """

    face: ClassVar[type[Any]]  # Scalar, which stands above and registers itself

    @staticmethod
    def data(value: Any) -> float:
        """The number of an argument.

        Raises:
            DtypeError: it is neither a Scalar nor a number.
        """
        return to_number(value)

    @classmethod
    def variable(cls, result: Any, inputs: tuple[Any, ...]) -> Any:
        """A Scalar without history.

        Raises:
            GradientError: `forward` did not return a float.
        """
        if not isinstance(result, float):
            raise GradientError(
                f"{cls.__name__}.forward returned {result!r} of type {type(result).__name__}; "
                "a ScalarFunction returns a float."
            )
        return cls.face(result, None)

    @classmethod
    def derivatives(cls, ctx: Any, inputs: Any, d_output: Any) -> list[Any]:
        """One derivative per input; numbers, or Scalars where d_output is one.

        Raises:
            GradientError: also where second derivatives are asked of numbers that were saved.
        """
        if isinstance(d_output, Variable) and ctx and ctx.rule is None and ctx.saved_tensors:
            raise GradientError(
                f"{cls.__name__} saves plain numbers, so its derivative has no graph of its "
                "own. Build the function from Scalar operations to differentiate it twice."
            )
        return super().derivatives(ctx, inputs, d_output)

    @classmethod
    def _forward(cls, ctx: Context, *inps: float) -> float:
        return cls.forward(ctx, *inps)

    @classmethod
    def _backward(cls, ctx: Context, d_out: float) -> tuple[float, ...]:
        return wrap_tuple(cls.backward(ctx, d_out))


def lift(ctx: Context, rule: Rule, *values: float) -> float:
    """The row's function at these numbers; saves what its derivatives may read."""
    out = float(rule.fn(*values))
    ctx.rule = rule
    ctx.save_for_backward(*values, out)
    return out


def adjoint(ctx: Context, rule: Rule, g: Any) -> tuple[Any, ...]:
    """g times each derivative of the row: numbers for a number g, Scalars for a Scalar g."""
    if isinstance(g, Variable):
        values = (g, row_function(rule).apply(*ctx.inputs), *ctx.inputs)
    else:
        *arguments, out = ctx.saved_tensors
        values = (g, out, *arguments)
    grads: list[Any] = []
    for derivative in rule.derivatives:
        if derivative is None:
            grads.append(0.0)
        else:
            read = _on_scalars(derivative) if isinstance(g, Variable) else derivative
            grads.append(read(*[values[k] for k in rule.reads(derivative)]))
    return tuple(grads) + (0.0,) * rule.parameters


@cache
def row_function(rule: Rule) -> type[ScalarFunction]:
    """The ScalarFunction of a row, for expressions that name rows."""

    def forward(ctx: Context, *values: float) -> float:
        return lift(ctx, rule, *values)

    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rule, d_output)

    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(rule.name, (ScalarFunction,), members)


@cache
def _on_scalars(derivative: Callable[..., float]) -> Callable[..., Any]:
    """A derivative read with Scalars for its numbers."""
    return rebind(derivative, lambda it: row_function(it).apply if isinstance(it, Rule) else it)


class Add(ScalarFunction):
    """a + b."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return lift(ctx, rules.add, a, b)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.add, d_output)


class Log(ScalarFunction):
    """log(a + 1e-6)."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.log, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.log, d_output)


class Mul(ScalarFunction):
    """a * b."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return lift(ctx, rules.mul, a, b)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.mul, d_output)


class Inv(ScalarFunction):
    """1 / a."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.inv, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.inv, d_output)


class Neg(ScalarFunction):
    """-a."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.neg, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.neg, d_output)


class Sigmoid(ScalarFunction):
    """1 / (1 + e^-a)."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.sigmoid, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.sigmoid, d_output)


class ReLU(ScalarFunction):
    """a where positive, else 0."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.relu, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.relu, d_output)


class Exp(ScalarFunction):
    """e^a."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return lift(ctx, rules.exp, a)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.exp, d_output)


class LT(ScalarFunction):
    """1.0 if a < b, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return lift(ctx, rules.lt, a, b)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.lt, d_output)


class EQ(ScalarFunction):
    """1.0 if a equals b, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return lift(ctx, rules.eq, a, b)

    @staticmethod
    def backward(ctx: Context, d_output: Any) -> tuple[Any, ...]:
        return adjoint(ctx, rules.eq, d_output)
