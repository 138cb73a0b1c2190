"""When a kernel is compiled: once Python has spent on it about what the compiler would cost.

Idea: a kernel is Python, so it runs without the compiler too, slowly. As one who does not know
    how often he will ski rents skis until he has paid their price, a kernel is interpreted until
        seconds so far + estimate of the next launch > PRICE
    and compiled then: at most twice the best that hindsight could do. What is kept on disk is
    used at once.
Not here: the loops (fast_ops.py, fuse/), their text (kernels.py), the disk (kernel_store.py).
Read next: kernels.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, wraps
from math import prod
from types import CellType, FunctionType
from typing import Any, cast

import numba
import numpy as np
from numba import prange

from minitorch import kernel_store
from minitorch.config import config
from minitorch.fast_math import ROW_FOLDS
from minitorch.rules import Rule, rebind

__all__ = [
    "JIT",
    "PRICE",
    "Ready",
    "Tier",
    "at_once",
    "cells",
    "cells_of",
    "compiled_form",
    "number_in_python",
    "remember",
]

JIT = not numba.config.DISABLE_JIT
PRICE = 0.3  # seconds: most kernels take from 0.1 to 1 to compile
STEP = 5e-7  # seconds of one function of numbers on one cell, before it was measured
MANY = 100  # a launch of so many steps tells what one takes; of fewer, what a launch takes


_always = config.compile == "always"


@contextmanager
def at_once() -> Generator[None]:
    """Kernels that are launched meanwhile, by whatever thread, are compiled first.

    >>> with at_once():
    ...     pass
    """
    global _always
    before, _always = _always, True
    try:
        yield
    finally:
        _always = before


def cells_of(shape: int) -> Callable[[tuple[Any, ...]], int]:
    """What counts the cells of an argument, from the place of its shape among the arguments.

    >>> cells_of(1)((None, np.array([2, 3]), None))
    6
    """
    return lambda args: prod(args[shape].tolist())


def cells(args: tuple[Any, ...]) -> int:
    """The cells of a result: (storage, shape, strides) begins what most kernels are given."""
    return prod(args[1].tolist())


class Ready:
    """What is launched as it is: `run`."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run


class Tier(Ready):
    """A kernel, interpreted or compiled: `run` is what is to be launched now.

    Once the kernel is compiled that is the compiled function itself. `steps(args)` tells about
    how many functions of numbers a launch calls.
    """

    __slots__ = ("loop", "plain", "seconds", "step", "steps")

    def __init__(self, loop: Any, steps: Callable[[tuple[Any, ...]], int] = cells) -> None:
        super().__init__(self._first)
        self.loop = loop
        self.steps = steps
        self.seconds = 0.0  # spent on interpreting it
        self.step = STEP
        self.plain: Callable[..., Any] | None = None
        if not JIT:
            self.run = _ieee(loop)
        elif _always:
            self.run = loop

    def compiled(self) -> Any:
        """The compiled function, which is what `run` is from now on."""
        if JIT:
            self.run, self.plain = self.loop, None
        return self.run

    def _first(self, *args: Any) -> Any:
        """The first launch: perhaps another process has left the machine code."""
        if _always or self.loop.overloads or kernel_store.is_kept(self.loop, args):
            return self.compiled()(*args)
        self.run = self._interpret
        return self._interpret(*args)

    def _interpret(self, *args: Any) -> Any:
        """A launch in Python, unless it would cost too much."""
        steps = self.steps(args)
        if _always or self.seconds + steps * self.step > PRICE:
            return self.compiled()(*args)
        plain = self.plain
        if plain is None:
            plain = self.plain = _in_python(self.loop)
        start = time.perf_counter()
        with np.errstate(all="ignore"):
            result = plain(*args)
        took = time.perf_counter() - start
        self.seconds += took
        if steps >= MANY:
            self.step = took / steps
        return result

    def __repr__(self) -> str:
        return f"Tier({self.loop.__name__}, {self.seconds:.3f} s in Python)"


def compiled_form(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled function where `fn` is the `run` of a kernel that still is interpreted.

    >>> compiled_form(max)
    <built-in function max>
    """
    tier: Any = getattr(fn, "__self__", None)
    return tier.compiled() if isinstance(tier, Tier) else fn


def _ieee(loop: Callable[..., Any]) -> Callable[..., Any]:
    """The loop as plain Python, where NumPy would warn of what IEEE defines."""

    def run(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return loop(*args)

    return run


# A kernel as Python. Its arrays give NumPy's numbers, which compute in their dtype and wrap.

_originals: dict[Any, tuple[Any, str]] = {}  # by compiled function of numbers


def remember(compiled: Any, fn: Any, dtype: str) -> Any:
    """The compiled function of numbers, of which from now on is known what it was made of."""
    _originals.setdefault(compiled, (fn, dtype))
    return compiled


def _in_python(loop: Any) -> Any:
    """The function that Numba compiles, with all that it calls as Python too."""
    plain = rebind(loop.py_func, _meaning)
    if plain.__closure__ is None:
        return plain
    around = tuple(CellType(_meaning(cell.cell_contents)) for cell in plain.__closure__)
    return FunctionType(
        plain.__code__, plain.__globals__, plain.__name__, plain.__defaults__, around
    )


_helper = cache(_in_python)


def _meaning(it: Any) -> Any:
    """What a name in a kernel stands for in Python."""
    if it is prange:
        return range
    if it is np.uint64:  # an index; Python's whole numbers are quicker, and as good
        return int
    if hasattr(it, "py_func"):
        return _number(it) if it in _originals else _helper(it)
    return it


@cache
def _number(compiled: Any) -> Any:
    """A compiled function of numbers as Python."""
    fn, dtype = _originals[compiled]
    for fold, form in ROW_FOLDS.items():
        if fn is form:
            return _over(number_in_python(fold, dtype))
    return number_in_python(_direct(fn), dtype, compiled)


def _over(fold: Callable[..., Any]) -> Callable[..., Any]:
    """The fold of a row, one number after the other."""

    def over(row: Any, start: Any) -> Any:
        for number in row:
            start = fold(start, number)
        return start

    return over


def _direct(fn: Any) -> Any:
    """The function with operators in the place of the rows that it names, as they are now."""

    def meaning(it: Any) -> Any:
        it = it.fn if isinstance(it, Rule) else it
        return _direct(it) if isinstance(it, FunctionType) else it

    return rebind(fn, meaning)


def _whole(dtype: str) -> Callable[[Any], Any]:
    """What makes a number a whole one as a compiled kernel stores it: cut off, and wrapped."""
    kind = np.dtype(dtype)

    def whole(value: Any) -> Any:
        wide = np.int64(value) if isinstance(value, int) else value
        return np.asarray(wide).astype(kind)[()]

    return whole


FRACTIONS = (float, np.float32, np.float64)
# By dtype: what a result may come as, and what makes it a number of the dtype.
RESULTS: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "float64": ((float,), np.float64),
    "float32": ((float, np.float64), np.float32),
    "int64": (FRACTIONS, _whole("int64")),
    **{
        dtype: ((*FRACTIONS, int, np.int64), _whole(dtype))
        for dtype in ("uint8", "int8", "int16", "int32")
    },
}
NARROW = ("int8", "int16", "int32")  # the compiler computes with them in int64


def _widened(fn: Any) -> Any:
    """The function of whole numbers, computed in int64."""

    @wraps(fn)
    def wide(*values: Any) -> Any:
        return fn(*[np.int64(cast(Any, it)) if isinstance(it, np.integer) else it for it in values])

    return wide


def number_in_python(fn: Any, dtype: str, compiled: Callable[..., Any] | None = None) -> Any:
    """A function of numbers, whose results are numbers of `dtype`, without the compiler.

    Args:
        fn: the function, of Python's or NumPy's numbers.
        dtype: that of the kernel; whole numbers stay whole.
        compiled: what knows the answer where Python raises and IEEE has a number.

    >>> number_in_python(lambda x: x / 3, "float32")(1.0)
    np.float32(0.33333334)
    """
    given, made = RESULTS.get(dtype, ((), float))
    fn = _widened(fn) if dtype in NARROW else fn
    exact: Any = compiled
    raised = () if compiled is None else (ArithmeticError, TypeError, ValueError)

    def one(x: Any) -> Any:
        try:
            value = fn(x)
        except raised:
            value = exact(x)
        return made(value) if value.__class__ in given else value

    def two(x: Any, y: Any) -> Any:
        try:
            value = fn(x, y)
        except raised:
            value = exact(x, y)
        return made(value) if value.__class__ in given else value

    def several(*values: Any) -> Any:
        try:
            value = fn(*values)
        except raised:
            value = exact(*values)
        return made(value) if value.__class__ in given else value

    count = 0 if fn.__defaults__ else fn.__code__.co_argcount
    form: Any = {1: one, 2: two}.get(count, several)
    form.__name__, form.__doc__ = fn.__name__, fn.__doc__
    return form
