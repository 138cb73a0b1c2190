"""Scalar: a number that remembers how it was made.

Idea: each operator calls `apply` of its ScalarFunction; the number and a History come back.
Not here: the functions (scalar_functions.py), the walk back (autodiff.backpropagate).
Read next: tensor_data.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.autodiff import History, Variable, backpropagate
from minitorch.errors import GradientError
from minitorch.scalar_functions import (
    EQ,
    LT,
    Add,
    Exp,
    Inv,
    Log,
    Mul,
    Neg,
    ReLU,
    ScalarFunction,
    Sigmoid,
    to_number,
)

__all__ = ["Scalar", "central_difference", "derivative_check", "is_slope"]

ScalarLike = Any  # a Scalar or anything that float() takes
LEAF = object()


class Scalar(Variable):
    """A number in a graph; a leaf that accumulates its derivative unless told otherwise.

    Args:
        v: the number.
        back: its History; None makes it a constant.
        name: shown in graphs.

    >>> x = Scalar(10.0, name="x")
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> y, x.derivative
    (Scalar(102.0), 20.0)
    """

    __array_ufunc__ = None  # a NumPy number on the left leaves the operation to the Scalar

    def __init__(self, v: ScalarLike, back: Any = LEAF, name: str | None = None) -> None:
        super().__init__(History() if back is LEAF else back, name)
        self.data = to_number(v)

    def __repr__(self) -> str:
        return f"Scalar({self.data})"

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return self.data

    def __add__(self, b: ScalarLike) -> Scalar:
        return Add.apply(self, b)

    def __radd__(self, b: ScalarLike) -> Scalar:
        return Add.apply(b, self)

    def __mul__(self, b: ScalarLike) -> Scalar:
        return Mul.apply(self, b)

    def __rmul__(self, b: ScalarLike) -> Scalar:
        return Mul.apply(b, self)

    def __truediv__(self, b: ScalarLike) -> Scalar:
        return Mul.apply(self, Inv.apply(b))

    def __rtruediv__(self, b: ScalarLike) -> Scalar:
        return Mul.apply(b, Inv.apply(self))

    def __sub__(self, b: ScalarLike) -> Scalar:
        return Add.apply(self, Neg.apply(b))

    def __rsub__(self, b: ScalarLike) -> Scalar:
        return Add.apply(b, Neg.apply(self))

    def __neg__(self) -> Scalar:
        return Neg.apply(self)

    def __lt__(self, b: ScalarLike) -> Scalar:
        return LT.apply(self, b)

    def __gt__(self, b: ScalarLike) -> Scalar:
        return LT.apply(b, self)

    def __eq__(self, b: ScalarLike) -> Scalar:  # type: ignore[override]  # the course compares elementwise
        return EQ.apply(self, b)

    def log(self) -> Scalar:
        """log(x + 1e-6)."""
        return Log.apply(self)

    def exp(self) -> Scalar:
        """e^x."""
        return Exp.apply(self)

    def sigmoid(self) -> Scalar:
        """1 / (1 + e^-x)."""
        return Sigmoid.apply(self)

    def relu(self) -> Scalar:
        """x where positive, else 0."""
        return ReLU.apply(self)

    def get_data(self) -> float:
        """The number."""
        return self.data

    def item(self) -> float:
        """The number."""
        return self.data

    def detach(self) -> Scalar:
        """The same number as a constant."""
        return Scalar(self.data, None)

    def zeros(self) -> float:
        """The derivative of what does not depend on this: 0.0."""
        return 0.0

    def backward(
        self, d_output: Any = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add the derivative of this number to that of every leaf it depends on.

        Args:
            d_output: derivative of what follows; 1.0 by default.
            retain_graph: allow another backward pass through the same graph.
            create_graph: make the derivatives Scalars that can be differentiated again.

        Raises:
            GradientError: this is a constant, or the graph was freed by an earlier pass.
        """
        if self.history is None:
            raise GradientError(
                "backward() on a Scalar that tracks no gradients. Make inputs leaves: Scalar(v)."
            )
        d: Any = 1.0 if d_output is None else d_output
        if create_graph and not isinstance(d, Scalar):
            d = Scalar(d, None)
        backpropagate(self, d, retain_graph, create_graph)


ScalarFunction.face = Scalar


def central_difference(
    f: Callable[..., Any], *vals: Any, arg: int = 0, epsilon: float = 1e-6
) -> Any:
    """The slope of f in its argument `arg`: (f(.., v + e, ..) - f(.., v - e, ..)) / 2e.

    >>> round(central_difference(lambda x, y: x * y * y, 2.0, 3.0, arg=1), 4)
    12.0
    """
    before, v, after = vals[:arg], vals[arg], vals[arg + 1 :]
    rise = f(*before, v + epsilon, *after) - f(*before, v - epsilon, *after)
    return rise / (2.0 * epsilon)


def derivative_check(f: Callable[..., Scalar], *scalars: Scalar) -> None:
    """Compare the derivatives of f by autodiff with central differences, argument by argument.

    Raises:
        AssertionError: two of them differ by more than 1e-2, absolutely and relatively.

    >>> derivative_check(lambda x: x.log(), Scalar(2.0))
    """
    for x in scalars:
        x.requires_grad_(True)
        x.zero_derivative_()
    f(*scalars).backward()
    for arg, x in enumerate(scalars):
        expected = float(central_difference(f, *scalars, arg=arg))
        found = 0.0 if x.derivative is None else float(x.derivative)
        assert is_slope(found, expected, lambda e, k=arg: _one_sided(f, scalars, k, e)), (
            f"derivative {found} of argument {arg} by autodiff, {expected} by central difference, "
            f"at {[float(v) for v in scalars]}"
        )


def is_slope(
    found: float, central: float, one_sided: Callable[[float], float], tol: float = 1e-2
) -> bool:
    """True where a derivative agrees with the central difference, or is a subgradient.

    At a kink or jump it lies between the slopes on both sides; `one_sided(step)` gives these.

    >>> is_slope(0.3, 0.5, lambda step: 1.0 if step > 0 else 0.0)  # relu at 0
    True
    """
    if abs(found - central) <= tol + tol * abs(central):
        return True
    low, high = sorted((one_sided(-1e-6), one_sided(1e-6)))
    return low - tol - tol * abs(low) <= found <= high + tol + tol * abs(high)


def _one_sided(f: Callable[..., Any], vals: tuple[Any, ...], arg: int, step: float) -> float:
    moved = (*vals[:arg], vals[arg] + step, *vals[arg + 1 :])
    return (float(f(*moved)) - float(f(*vals))) / step
