"""The op table: one row per elementwise op, its function and a derivative per operand.

Idea: a derivative is an expression made of rows only, over what it names: g (the derivative of the
    result), out (the result), the operator's own arguments. On numbers a row is its operator;
    `rebind` reads the same expression with another meaning of the rows: Scalars, tensors, kernels.
Not here: the formulas (operators.py), more rows (rows/), reductions and movement
    (tensor_functions.py).
Read next: scalar_functions.py
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from functools import cache, lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from minitorch import operators

__all__ = ["TABLE", "Rule", "named_globals", "passes_on", "rebind"]

TABLE: dict[str, Rule] = {}

Derivative = Callable[..., float]
FLOATS = ("float32", "float64")
WHOLE = ("uint8", "int8", "int16", "int32", "int64")
NUMBERS = (*WHOLE, *FLOATS)
ALL_DTYPES = ("bool", *NUMBERS)


class Rule:
    """A row: an operator's name, its derivatives, and its dtypes. None: no gradient flows.

    The last `parameters` arguments of the operator neither promote nor have derivatives.
    `result` is the dtype of the result: "same" as the operands, "float" for integers too, "bool".
    `home` is the module whose function of that name the row lifts.

    >>> TABLE["mul"](2.0, 3.0), TABLE["mul"].operands, TABLE["sgd_step"].parameters
    (6.0, 2, 1)
    """

    __slots__ = (
        "accepts",
        "derivatives",
        "home",
        "name",
        "names",
        "operands",
        "parameters",
        "result",
    )

    def __init__(
        self,
        name: str,
        *derivatives: Derivative | None,
        parameters: int = 0,
        accepts: tuple[str, ...] = ALL_DTYPES,
        result: str = "same",
        home: ModuleType = operators,
    ) -> None:
        self.name = name
        self.home = home
        self.operands = len(inspect.signature(self.fn).parameters) - parameters
        self.parameters = parameters
        self.derivatives: tuple[Derivative | None, ...] = derivatives or (None,) * self.operands
        self.names = ("g", "out", *inspect.signature(self.fn).parameters)
        self.accepts = accepts
        self.result = result
        assert len(self.derivatives) == self.operands, f"{name}: one derivative per operand"
        TABLE[name] = self

    def reads(self, derivative: Derivative) -> tuple[int, ...]:
        """Where in (g, out, *operands, *parameters) the arguments of a derivative stand.

        >>> TABLE["mul"].reads(TABLE["mul"].derivatives[0])  # mul_dx(g, y)
        (0, 3)
        """
        return _positions(self.names, derivative)

    @property
    def kept(self) -> frozenset[int]:
        """Which of (g, out, *operands, *parameters) any derivative reads: what must be saved."""
        return _kept(self.names, self.derivatives)

    @property
    def fn(self) -> Callable[..., float]:
        """The operator, looked up by name: replaced there, it is replaced everywhere."""
        return getattr(self.home, self.name)

    def __call__(self, *values: float) -> float:
        """The operator's value on plain numbers."""
        return self.fn(*values)

    def __repr__(self) -> str:
        return f"Rule({self.name})"


@cache
def _positions(names: tuple[str, ...], derivative: Derivative) -> tuple[int, ...]:
    return tuple(names.index(name) for name in inspect.signature(derivative).parameters)


@cache
def _kept(names: tuple[str, ...], derivatives: tuple[Derivative | None, ...]) -> frozenset[int]:
    return frozenset(k for d in derivatives if d for k in _positions(names, d))


def passes_on(derivative: Derivative) -> bool:
    """True for a derivative that is g itself, so that nothing needs to be computed.

    >>> passes_on(TABLE["add"].derivatives[0]), passes_on(TABLE["neg"].derivatives[0])
    (True, False)
    """
    return derivative.__code__.co_code == _JUST_G.__code__.co_code


def _JUST_G(g: float) -> float:
    return g


def named_globals(function: Any) -> dict[str, Any]:
    """The globals that a function's body names, builtins apart.

    >>> list(named_globals(TABLE["exp"].fn))
    ['LARGEST_EXPONENT', 'math', 'INFINITY']
    """
    known = function.__globals__
    return {name: known[name] for name in _loaded(function.__code__) if name in known}


@lru_cache(4096)
def _loaded(code: CodeType) -> tuple[str, ...]:
    # Not co_names: in `math.exp` it lists the attribute too, which may be a global's name.
    found = [s.argval for s in dis.get_instructions(code) if s.opname == "LOAD_GLOBAL"]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # a comprehension, or a function within
            found += _loaded(constant)
    return tuple(found)


def rebind(
    function: Any,
    meaning: Callable[[Any], Any],
    literal: Callable[[Any], Any] = lambda constant: constant,
) -> Any:
    """The same function body with another meaning for the names and literals in it.

    Args:
        function: a plain Python function, such as a derivative or an operator.
        meaning: what each global that the body names is replaced by.
        literal: what each constant in the body is replaced by.

    >>> double = rebind(TABLE["neg"].derivatives[0], lambda row: lambda g: 2 * g)
    >>> double(3.0)
    6.0
    """
    code: CodeType = function.__code__
    known = function.__globals__
    names = {name: meaning(value) for name, value in named_globals(function).items()}
    code = code.replace(co_consts=tuple(map(literal, code.co_consts)))
    bound = FunctionType(
        code, {**known, **names}, function.__name__, function.__defaults__, function.__closure__
    )
    bound.__module__ = function.__module__
    bound.__qualname__ = function.__qualname__
    return bound


# Each row stands below its derivatives, one for each operand.


def id_dx(g: float) -> float:
    return g


id = Rule("id", id_dx)


def neg_dx(g: float) -> float:
    return neg(g)


neg = Rule("neg", neg_dx, accepts=NUMBERS)


def add_dx(g: float) -> float:
    return g


def add_dy(g: float) -> float:
    return g


add = Rule("add", add_dx, add_dy)


def mul_dx(g: float, y: float) -> float:
    return mul(g, y)


def mul_dy(g: float, x: float) -> float:
    return mul(g, x)


mul = Rule("mul", mul_dx, mul_dy)

lt = Rule("lt")
eq = Rule("eq")
ne = Rule("ne")
le = Rule("le")
is_close = Rule("is_close", accepts=NUMBERS)
logical_and = Rule("logical_and")


def where_dx(g: float, condition: float) -> float:
    return where(condition, g, 0.0)


def where_dy(g: float, condition: float) -> float:
    return where(condition, 0.0, g)


where = Rule("where", None, where_dx, where_dy)


def max_dx(g: float, x: float, y: float) -> float:
    return where(lt(x, y), 0.0, g)


def max_dy(g: float, x: float, y: float) -> float:
    return where(lt(x, y), g, 0.0)


max = Rule("max", max_dx, max_dy)


def relu_dx(g: float, out: float) -> float:
    return relu_back(out, g)  # out is positive where x is, and is there anyway


relu = Rule("relu", relu_dx)


def relu_back_dd(g: float, x: float) -> float:
    return relu_back(x, g)


relu_back = Rule("relu_back", None, relu_back_dd)


def exp_dx(g: float, out: float) -> float:
    return mul(g, out)


exp = Rule("exp", exp_dx, result="float")


def ln_dx(g: float, x: float) -> float:
    return mul(g, inv(x))


ln = Rule("ln", ln_dx, result="float")


def tanh_dx(g: float, out: float) -> float:
    return mul(g, add(1.0, neg(mul(out, out))))


tanh = Rule("tanh", tanh_dx, result="float")


def erf_dx(g: float, x: float) -> float:
    return mul(mul(g, 1.1283791670955126), exp(neg(mul(x, x))))  # 2 / sqrt(pi)


erf = Rule("erf", erf_dx, result="float")


def sqrt_dx(g: float, out: float) -> float:
    return mul(g, inv(add(out, out)))


sqrt = Rule("sqrt", sqrt_dx, result="float")


def sin_dx(g: float, x: float) -> float:
    return mul(g, cos(x))


sin = Rule("sin", sin_dx, result="float")


def cos_dx(g: float, x: float) -> float:
    return neg(mul(g, sin(x)))


cos = Rule("cos", cos_dx, result="float")


def sigmoid_dx(g: float, out: float) -> float:
    return mul(g, mul(out, add(1.0, neg(out))))


sigmoid = Rule("sigmoid", sigmoid_dx, result="float")


def log_dx(g: float, x: float) -> float:
    return log_back(x, g)


log = Rule("log", log_dx, result="float")


def log_back_dx(g: float, x: float, d: float) -> float:
    return neg(log_back(x, log_back(x, mul(g, d))))


def log_back_dd(g: float, x: float) -> float:
    return log_back(x, g)


log_back = Rule("log_back", log_back_dx, log_back_dd, result="float")


def inv_dx(g: float, x: float) -> float:
    return inv_back(x, g)


inv = Rule("inv", inv_dx, result="float")


def inv_back_dx(g: float, x: float, d: float) -> float:
    return mul(mul(-2.0, inv(x)), inv_back(x, mul(g, d)))


def inv_back_dd(g: float, x: float) -> float:
    return inv_back(x, g)


inv_back = Rule("inv_back", inv_back_dx, inv_back_dd, result="float")

# The updates of the optimisers: lifted like the rest, never differentiated.
momentum_step = Rule("momentum_step", parameters=1, accepts=FLOATS)
sgd_step = Rule("sgd_step", parameters=1, accepts=FLOATS)
moving_mean = Rule("moving_mean", parameters=2, accepts=FLOATS)
moving_square = Rule("moving_square", parameters=2, accepts=FLOATS)
adam_step = Rule("adam_step", parameters=4, accepts=FLOATS)
