"""Numbers to numbers: the only place where a formula is written.

Idea: f(x: float) -> float is written once, here. Scalars, tensors and kernels *lift* it.
    Each function is arithmetic plus the primitives exp, ln, tanh, erf, sqrt, sin, cos, and total:
    where Python would raise (1/0, exp(1000)), it gives inf or nan as IEEE 754 says.
Not here: derivatives (rules.py), loops over arrays (tensor_ops.py, fast_ops.py).
Read next: module.py, then autodiff.py
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

__all__ = [
    "EPS",
    "adam_step",
    "add",
    "addLists",
    "cos",
    "eq",
    "erf",
    "exp",
    "id",
    "inv",
    "inv_back",
    "is_close",
    "le",
    "ln",
    "log",
    "log_back",
    "logical_and",
    "lt",
    "map",
    "max",
    "momentum_step",
    "moving_mean",
    "moving_square",
    "mul",
    "ne",
    "neg",
    "negList",
    "prod",
    "reduce",
    "relu",
    "relu_back",
    "sgd_step",
    "sigmoid",
    "sin",
    "sqrt",
    "sum",
    "tanh",
    "where",
    "zipWith",
]

EPS = 1e-6
INFINITY = math.inf
NAN = math.nan
LARGEST_EXPONENT = 709.782712893384  # exp of anything larger overflows a float64


def mul(x: float, y: float) -> float:
    """x * y.

    >>> mul(2.0, 3.0)
    6.0
    """
    return x * y


def id(x: float) -> float:
    """x itself.

    >>> id(2.0)
    2.0
    """
    return x


def add(x: float, y: float) -> float:
    """x + y.

    >>> add(2.0, 3.0)
    5.0
    """
    return x + y


def neg(x: float) -> float:
    """-x.

    >>> neg(2.0)
    -2.0
    """
    return -x


def lt(x: float, y: float) -> float:
    """1.0 if x < y, else 0.0.

    >>> lt(2.0, 3.0)
    1.0
    """
    return 1.0 if x < y else 0.0


def eq(x: float, y: float) -> float:
    """1.0 if x equals y, else 0.0.

    >>> eq(2.0, 3.0)
    0.0
    """
    return 1.0 if x == y else 0.0


def ne(x: float, y: float) -> float:
    """1.0 if x differs from y, else 0.0; NaN differs from itself.

    >>> ne(2.0, 3.0)
    1.0
    """
    return 1.0 if x != y else 0.0


def le(x: float, y: float) -> float:
    """1.0 if x <= y, else 0.0.

    >>> le(3.0, 3.0)
    1.0
    """
    return 1.0 if x <= y else 0.0


def max(x: float, y: float) -> float:
    """The larger of x and y; a NaN in y is ignored, so a fold skips NaN.

    >>> max(2.0, 3.0)
    3.0
    """
    return y if y > x else x


def is_close(x: float, y: float) -> float:
    """1.0 if |x - y| < 1e-2, else 0.0; equal infinities are close.

    >>> is_close(1.0, 1.001)
    1.0
    """
    return 1.0 if x == y or -1e-2 < x - y < 1e-2 else 0.0


def logical_and(x: float, y: float) -> float:
    """1.0 if neither x nor y is zero, else 0.0.

    >>> logical_and(2.0, 0.0)
    0.0
    """
    return 1.0 if x != 0.0 and y != 0.0 else 0.0


def where(condition: float, x: float, y: float) -> float:
    """x if the condition is not zero, else y.

    >>> where(1.0, 2.0, 3.0)
    2.0
    """
    return x if condition != 0.0 else y


def exp(x: float) -> float:
    """e to the x; inf from about 709.8 on.

    >>> exp(0.0), exp(1000.0)
    (1.0, inf)
    """
    return math.exp(x) if x <= LARGEST_EXPONENT else x + INFINITY  # the sum keeps a NaN


def ln(x: float) -> float:
    """The natural logarithm; -inf at zero, nan below.

    >>> ln(1.0), ln(0.0)
    (0.0, -inf)
    """
    if x > 0.0:
        return math.log(x)
    return -INFINITY if x == 0.0 else NAN


def tanh(x: float) -> float:
    """The hyperbolic tangent.

    >>> tanh(0.0)
    0.0
    """
    return math.tanh(x)


def erf(x: float) -> float:
    """The error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.

    >>> erf(0.0), round(erf(1.0), 4)
    (0.0, 0.8427)
    """
    return math.erf(x)


def sqrt(x: float) -> float:
    """The square root; nan below zero.

    >>> sqrt(9.0), sqrt(-1.0)
    (3.0, nan)
    """
    return math.sqrt(x) if x >= 0.0 else NAN


def sin(x: float) -> float:
    """The sine of x radians; nan for an infinite x.

    >>> sin(0.0)
    0.0
    """
    return math.sin(x) if x - x == 0.0 else NAN


def cos(x: float) -> float:
    """The cosine of x radians; nan for an infinite x.

    >>> cos(0.0)
    1.0
    """
    return math.cos(x) if x - x == 0.0 else NAN


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), written so that nothing overflows on either side.

    >>> sigmoid(0.0), sigmoid(-1e4)
    (0.5, 0.0)
    """
    z = exp(-abs(x))
    return (1.0 if x >= 0.0 else z) / (1.0 + z)


def relu(x: float) -> float:
    """x if x > 0, else 0.0 (also for NaN).

    >>> relu(2.0), relu(-2.0)
    (2.0, 0.0)
    """
    return x if x > 0.0 else 0.0


def log(x: float) -> float:
    """ln(x + 1e-6): the logarithm of the course, finite at zero.

    >>> round(log(1.0), 5)
    0.0
    """
    return ln(x + EPS)


def log_back(x: float, d: float) -> float:
    """d times the derivative of `log` at x: d / (x + 1e-6).

    >>> round(log_back(2.0, 4.0), 4)
    2.0
    """
    return d * inv(x + EPS)


def inv(x: float) -> float:
    """1 / x; an infinity of x's sign at zero.

    >>> inv(4.0), inv(0.0), inv(-0.0)
    (0.25, inf, -inf)
    """
    return 1.0 / x if x != 0.0 else math.copysign(INFINITY, x)


def inv_back(x: float, d: float) -> float:
    """d times the derivative of `inv` at x: -d / x^2.

    >>> inv_back(2.0, 4.0)
    -1.0
    """
    return -d * inv(x * x)


def relu_back(x: float, d: float) -> float:
    """d times the derivative of `relu` at x: d where x > 0, else 0.0.

    >>> relu_back(2.0, 4.0), relu_back(-2.0, 4.0)
    (4.0, 0.0)
    """
    return d if x > 0.0 else 0.0


def momentum_step(velocity: float, g: float, momentum: float) -> float:
    """The next velocity of SGD: momentum * velocity + g (Polyak 1964, as PyTorch has it).

    >>> momentum_step(2.0, 1.0, 0.5)
    2.0
    """
    return momentum * velocity + g


def sgd_step(x: float, g: float, lr: float) -> float:
    """One step down the gradient: x - lr * g.

    >>> sgd_step(1.0, 2.0, 0.25)
    0.5
    """
    return x - lr * g


def moving_mean(mean: float, g: float, beta: float, weight: float) -> float:
    """beta * mean + weight * g: an exponential moving average where weight is 1 - beta.

    The weight is computed by the caller: 1 - 0.999 in float32 would be off in the fifth digit.

    >>> moving_mean(2.0, 4.0, 0.5, 0.5)
    3.0
    """
    return beta * mean + weight * g


def moving_square(square: float, g: float, beta: float, weight: float) -> float:
    """beta * square + weight * g * g: a moving average of g^2 where weight is 1 - beta.

    >>> moving_square(2.0, 2.0, 0.5, 0.5)
    3.0
    """
    return beta * square + weight * g * g


def adam_step(
    x: float,
    mean: float,
    square: float,
    lr: float,
    correction1: float,
    correction2: float,
    eps: float,
) -> float:
    """x - lr * (mean / correction1) / (sqrt(square / correction2) + eps).

    Algorithm 1 of Kingma and Ba, "Adam", 2015; correction_i = 1 - beta_i^t. What is the same for
    all cells stands apart, so that a loop computes it once.

    >>> adam_step(1.0, 2.0, 4.0, 0.5, 1.0, 1.0, 0.0)
    0.5
    """
    return x - (lr / correction1) * mean / (sqrt(square * (1.0 / correction2)) + eps)


def map(fn: Callable[[float], float]) -> Callable[[Iterable[float]], list[float]]:
    """Lift a function of one number to lists.

    >>> map(neg)([1.0, 2.0])
    [-1.0, -2.0]
    """

    def apply(ls: Iterable[float]) -> list[float]:
        return [fn(x) for x in ls]

    return apply


def zipWith(
    fn: Callable[[float, float], float],
) -> Callable[[Iterable[float], Iterable[float]], list[float]]:
    """Lift a function of two numbers to pairs of lists; the shorter list decides the length.

    >>> zipWith(add)([1.0, 2.0], [3.0, 4.0])
    [4.0, 6.0]
    """

    def apply(ls1: Iterable[float], ls2: Iterable[float]) -> list[float]:
        return [fn(x, y) for x, y in zip(ls1, ls2, strict=False)]

    return apply


def reduce(fn: Callable[[float, float], float], start: float) -> Callable[[Iterable[float]], float]:
    """Lift a function of two numbers to a fold: fn(... fn(fn(start, x0), x1) ..., xn).

    >>> reduce(mul, 1.0)([2.0, 3.0])
    6.0
    """

    def apply(ls: Iterable[float]) -> float:
        result = start
        for x in ls:
            result = fn(result, x)
        return result

    return apply


def negList(ls: Iterable[float]) -> list[float]:
    """Negate each number of a list.

    >>> negList([1.0, -2.0])
    [-1.0, 2.0]
    """
    return map(neg)(ls)


def addLists(ls1: Iterable[float], ls2: Iterable[float]) -> list[float]:
    """Add two lists number by number.

    >>> addLists([1.0, 2.0], [3.0, 4.0])
    [4.0, 6.0]
    """
    return zipWith(add)(ls1, ls2)


def sum(ls: Iterable[float]) -> float:
    """The sum of a list; 0.0 for an empty one.

    >>> sum([1.0, 2.0, 3.0])
    6.0
    """
    return reduce(add, 0.0)(ls)


def prod(ls: Iterable[float]) -> float:
    """The product of a list; 1.0 for an empty one.

    >>> prod((2.0, 3.0))
    6.0
    """
    return reduce(mul, 1.0)(ls)
