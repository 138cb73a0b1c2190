"""What tests are made of: checks of gradients, and tables of functions on any kind of number.

Idea: `MathTest` is written for numbers; `MathTestVariable` overrides what needs a method. A test
    that runs both and compares has tested operators, Scalars and Tensors at once.
Not here: scalar.derivative_check, which the first chapters need.
Read next: train/models.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorch import operators
from minitorch.config import config
from minitorch.scalar import is_slope
from minitorch.tensor import Tensor, from_numpy
from minitorch.tensor_data import UserIndex

__all__ = ["MathTest", "MathTestVariable", "grad_central_difference", "grad_check"]

Case = tuple[Any, ...]


def grad_central_difference(
    f: Callable[..., Tensor],
    *vals: Tensor,
    arg: int = 0,
    epsilon: float = 1e-6,
    ind: UserIndex,
) -> float:
    """The slope of f(*vals).sum() in one cell of one argument, by central difference.

    >>> from minitorch import tensor
    >>> x = tensor([1.0, 3.0])
    >>> round(grad_central_difference(lambda t: t * t, x, ind=(1,)), 4)
    6.0
    """
    rise = _nudged(f, vals, arg, ind, epsilon) - _nudged(f, vals, arg, ind, -epsilon)
    return rise / (2.0 * epsilon)


def _nudged(
    f: Callable[..., Tensor], vals: tuple[Tensor, ...], arg: int, ind: UserIndex, step: float
) -> float:
    """f(*vals).sum() with one cell of one argument moved by a step."""
    x = vals[arg]
    nudge = np.zeros(x.shape, x.dtype)
    nudge[tuple(ind)] = step
    moved = x.detach() + from_numpy(nudge, x.backend)
    return f(*vals[:arg], moved, *vals[arg + 1 :]).sum().item()


def grad_check(f: Callable[..., Tensor], *vals: Tensor, tol: float = 1e-2) -> None:
    """Compare the gradients of f by autodiff with central differences, at one random cell each.

    Raises:
        AssertionError: two of them differ by more than `tol`, absolutely and relatively.

    >>> from minitorch import tensor
    >>> grad_check(lambda t: t.sigmoid() * t, tensor([1.0, 2.0]))
    """
    for x in vals:
        x.requires_grad_(True)
        x.zero_grad_()
    f(*vals).sum().backward()
    for arg, x in enumerate(vals):
        if x.size:
            _check_cell(f, vals, arg, tol)


def _check_cell(f: Callable[..., Tensor], vals: tuple[Tensor, ...], arg: int, tol: float) -> None:
    """Compare the gradient of one argument with differences of f, at a cell drawn at random."""
    x = vals[arg]
    ind = x._tensor.sample()
    assert x.grad is None or x.grad.shape == x.shape
    found = 0.0 if x.grad is None else x.grad[ind]
    central = grad_central_difference(f, *vals, arg=arg, ind=ind)

    def one_sided(step: float) -> float:
        rise = _nudged(f, vals, arg, ind, step) - _nudged(f, vals, arg, ind, 0.0)
        return rise / step

    assert is_slope(found, central, one_sided, tol), (
        f"gradient {found} of argument {arg} at {ind} by autodiff, {central} by central "
        "difference, for\n" + "\n".join(map(str, vals))
    )


class MathTest:
    """Functions of one number, of two, and reductions of a list.

    >>> [name for name, _, _ in MathTest._tests()[1]]
    ['add2', 'div2', 'eq2', 'gt2', 'lt2', 'mul2']
    """

    @staticmethod
    def neg(a: Any) -> Any:
        """-a."""
        return -a

    @staticmethod
    def addConstant(a: Any) -> Any:
        """A + 5."""
        return 5 + a

    @staticmethod
    def subConstant(a: Any) -> Any:
        """A - 5."""
        return a - 5

    @staticmethod
    def square(a: Any) -> Any:
        """A squared."""
        return a * a

    @staticmethod
    def cube(a: Any) -> Any:
        """A cubed."""
        return a * a * a

    @staticmethod
    def multConstant(a: Any) -> Any:
        """5 a."""
        return 5 * a

    @staticmethod
    def div(a: Any) -> Any:
        """A / 5."""
        return a / 5

    @staticmethod
    def inv(a: Any) -> Any:
        """1 / (a + 3.5)."""
        return operators.inv(a + 3.5)

    @staticmethod
    def sig(a: Any) -> Any:
        """The sigmoid."""
        return operators.sigmoid(a)

    @staticmethod
    def log(a: Any) -> Any:
        """The logarithm, shifted to be defined for positive and small negative a."""
        return operators.log(a + 100000)

    @staticmethod
    def relu(a: Any) -> Any:
        """The rectifier of a + 5.5."""
        return operators.relu(a + 5.5)

    @staticmethod
    def exp(a: Any) -> Any:
        """The exponential of a - 200."""
        return operators.exp(a - 200)

    @staticmethod
    def explog(a: Any) -> Any:
        """Logarithm plus exponential."""
        return operators.log(a + 100000) + operators.exp(a - 200)

    @staticmethod
    def complex(a: Any) -> Any:
        """Logarithm, sigmoid and rectifier in a chain."""
        return (
            operators.log(
                operators.sigmoid(operators.relu(operators.relu(a * 10 + 7) * 6 + 5) * 10)
            )
            / 50
        )

    @staticmethod
    def add2(a: Any, b: Any) -> Any:
        """A + b."""
        return a + b

    @staticmethod
    def mul2(a: Any, b: Any) -> Any:
        """A * b."""
        return a * b

    @staticmethod
    def div2(a: Any, b: Any) -> Any:
        """A / (b + 5.5)."""
        return a / (b + 5.5)

    @staticmethod
    def gt2(a: Any, b: Any) -> Any:
        """1.0 if b < a + 1.2."""
        return operators.lt(b, a + 1.2)

    @staticmethod
    def lt2(a: Any, b: Any) -> Any:
        """1.0 if a + 1.2 < b."""
        return operators.lt(a + 1.2, b)

    @staticmethod
    def eq2(a: Any, b: Any) -> Any:
        """1.0 if a equals b + 5.5."""
        return operators.eq(a, b + 5.5)

    @staticmethod
    def sum_red(a: Iterable[float]) -> float:
        """The sum of a list."""
        return operators.sum(a)

    @staticmethod
    def mean_red(a: list[float]) -> float:
        """The mean of a list."""
        return operators.sum(a) / float(len(a))

    @staticmethod
    def mean_full_red(a: list[float]) -> float:
        """The mean of a list."""
        return operators.sum(a) / float(len(a))

    @classmethod
    def _functions(cls) -> tuple[list[tuple[str, Any]], ...]:
        """(name, function) of one argument, of two, and of a list, each in alphabetical order."""
        one: list[tuple[str, Any]] = []
        two: list[tuple[str, Any]] = []
        red: list[tuple[str, Any]] = []
        for name in dir(MathTest):
            if callable(getattr(MathTest, name)) and not name.startswith("_"):
                kind = two if name.endswith("2") else red if name.endswith("red") else one
                kind.append((name, getattr(cls, name)))
        return one, two, red

    @classmethod
    def _tests(cls) -> tuple[list[Case], ...]:
        """Cases of one argument, of two, and reductions.

        In the 2021 edition a case of MathTest is (name, number function, number function), later
        (name, number function); `MINITORCH_EDITION` chooses. A case of a subclass is always
        (name, number function, its own function).
        """
        if cls is MathTest and config.edition != "2021":
            return tuple([(name, fn) for name, fn in kind] for kind in cls._functions())
        return cls._comp_testing()

    @classmethod
    def _comp_testing(cls) -> tuple[list[Case], ...]:
        """Cases (name, function on numbers, function of this class)."""
        return tuple(
            [(name, base, fn) for (name, base), (_, fn) in zip(on_numbers, own, strict=True)]
            for on_numbers, own in zip(MathTest._functions(), cls._functions(), strict=True)
        )


class MathTestVariable(MathTest):
    """The same functions on Scalars and Tensors.

    >>> from minitorch import Scalar
    >>> MathTestVariable.inv(Scalar(0.5))
    Scalar(0.25)
    """

    @staticmethod
    def inv(a: Any) -> Any:
        """1 / (a + 3.5)."""
        return 1.0 / (a + 3.5)

    @staticmethod
    def sig(a: Any) -> Any:
        """The sigmoid."""
        return a.sigmoid()

    @staticmethod
    def log(a: Any) -> Any:
        """The logarithm of a + 100000."""
        return (a + 100000).log()

    @staticmethod
    def relu(a: Any) -> Any:
        """The rectifier of a + 5.5."""
        return (a + 5.5).relu()

    @staticmethod
    def exp(a: Any) -> Any:
        """The exponential of a - 200."""
        return (a - 200).exp()

    @staticmethod
    def explog(a: Any) -> Any:
        """Logarithm plus exponential."""
        return (a + 100000).log() + (a - 200).exp()

    @staticmethod
    def complex(a: Any) -> Any:
        """Logarithm, sigmoid and rectifier in a chain."""
        return (((a * 10 + 7).relu() * 6 + 5).relu() * 10).sigmoid().log() / 50

    @staticmethod
    def gt2(a: Any, b: Any) -> Any:
        """1.0 where b < a + 1.2."""
        return a + 1.2 > b

    @staticmethod
    def lt2(a: Any, b: Any) -> Any:
        """1.0 where a + 1.2 < b."""
        return a + 1.2 < b

    @staticmethod
    def eq2(a: Any, b: Any) -> Any:
        """1.0 where a equals b + 5.5."""
        return a == (b + 5.5)

    @staticmethod
    def sum_red(a: Any) -> Any:
        """The sum over dim 0."""
        return a.sum(0)

    @staticmethod
    def mean_red(a: Any) -> Any:
        """The mean over dim 0."""
        return a.mean(0)

    @staticmethod
    def mean_full_red(a: Any) -> Any:
        """The mean over all cells."""
        return a.mean()
