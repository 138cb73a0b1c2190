"""Tables of functions for tests: the same formulas on numbers, Scalars and Tensors.

Idea: `MathTest` is written for numbers; `MathTestVariable` overrides what needs a method. A test
    that runs both and compares has tested operators, Scalars and Tensors at once.
Not here: the checks of gradients (scalar.derivative_check, tensor.grad_check).
Read next: train/models.py
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch import operators
from minitorch.config import config

__all__ = ["MathTest", "MathTestVariable"]

Case = tuple[Any, ...]


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
