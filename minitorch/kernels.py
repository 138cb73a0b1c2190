"""Compiled kernels: a loop template and a function of numbers become machine code.

Idea: Numba keeps only functions of a file, and a closure like `tensor_map(fn)` is none. So the
    template's text becomes a module of its own, with `fn` bound by name, and a hash in it over
    everything else that changes the result.
Not here: the loops (fast_ops.py, fast_conv.py), formulas (operators.py), where kernels are kept
    (kernel_store.py).
Read next: fast_ops.py
"""

from __future__ import annotations

import ctypes
import hashlib
import inspect
import linecache
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

import numba
import numpy as np
from numba import njit
from numba.extending import overload

from minitorch import fast_math, kernel_store, operators
from minitorch.config import config
from minitorch.errors import HalfPrecisionError
from minitorch.rules import Rule, named_globals, rebind
from minitorch.tiers import JIT, Tier, cells, number_in_python, remember

__all__ = [
    "PARALLEL_FROM",
    "Kernel",
    "LoopReport",
    "has_parallel_layer",
    "number_function",
    "parallel_report",
]

PARALLEL_FROM = 100_000  # cells of a result from which several threads pay
OPTIONS = {"error_model": "numpy"}  # IEEE: a division by zero gives inf or nan


def _preload_tbb() -> bool:
    """Load the tbb wheel, which Numba does not find by itself, and choose it."""
    places = [
        Path(sys.prefix) / "lib",
        *(Path(p).parents[2] for p in sys.path if "site-packages" in p),
    ]
    for name in ("libtbb.so.12", "libtbb.12.dylib"):
        for candidate in [str(place / name) for place in places] + [name]:
            try:
                ctypes.CDLL(candidate, ctypes.RTLD_GLOBAL)
            except OSError:
                continue
            if "NUMBA_THREADING_LAYER" not in os.environ:
                numba.config.THREADING_LAYER = "tbb"
            return True
    return False


TBB = JIT and _preload_tbb()  # before anybody's first parallel kernel


def has_parallel_layer() -> bool:
    """True where tbb is there; the other layers are slow beside other load, or abort."""
    return TBB and numba.config.NUMBA_NUM_THREADS > 1


# Functions of numbers.


def number_function(fn: Callable[..., Any], dtype: str = "float64") -> Any:
    """A function of numbers, compiled, with its literals and constants in `dtype`.

    What it calls, operators and rows of the op table, is compiled along. A Python literal in a
    float32 kernel would turn the arithmetic around it into float64. There a primitive has the form
    of it that vectorises.
    """
    if not JIT:
        return _uncompiled(fn, dtype)
    fn = getattr(fn, "py_func", fn)
    form = _form(fn) if dtype == "float32" else fn
    return remember(_number_function(form, dtype, tuple(_called(form))), fn, dtype)


def fold_function(fn: Callable[..., Any], dtype: str = "float64") -> Any:
    """`number_function` of a fold that may be done in any order, so that it vectorises."""
    if not JIT:
        return _uncompiled(fn, dtype)
    fn = getattr(fn, "py_func", fn)
    in_any_order = frozenset({"reassoc", "contract"})
    return remember(_number_function(fn, dtype, tuple(_called(fn)), in_any_order), fn, dtype)


_uncompiled = cache(number_in_python)


def _form(fn: Any) -> Any:
    """What stands for a function in a float32 kernel; an operator that was replaced has no form."""
    return fast_math.FORMS.get(fn, fn) if config.shortcuts else fn


def _called(fn: Any) -> Iterator[Any]:
    """What a body names as it is now: an operator, or a constant, may have been replaced."""
    for value in named_globals(fn).values():
        it = value.fn if isinstance(value, Rule) else value
        if isinstance(it, FunctionType):
            yield _form(it)
            yield from _called(it)
        else:
            yield id(it)  # of something that the function made of `fn` keeps alive


@cache
def _number_function(
    fn: Any, dtype: str, called: tuple[Any, ...], fastmath: frozenset[str] = frozenset()
) -> Any:
    kind = np.dtype(dtype).type if np.dtype(dtype).kind == "f" else np.float64

    def literal(value: Any) -> Any:
        return kind(value) if isinstance(value, float) else value

    def meaning(value: Any) -> Any:
        if isinstance(value, Rule):
            value = value.fn
        if isinstance(value, FunctionType):
            return number_function(value, dtype)
        return literal(value)

    if fn.__module__ == fast_math.__name__:
        fastmath |= fast_math.FASTMATH
    # A call that is not inlined keeps the loop around it from being vectorised.
    options = {"forceinline": True, "fastmath": set(fastmath), **OPTIONS}
    return njit(**options)(rebind(fn, meaning, literal))


def named_number_function(module: str, name: str, dtype: str) -> Any:
    """`number_function` of a function that a generated module knows by name."""
    return number_function(getattr(sys.modules[module], name), dtype)


class _Unknown(Exception):
    """Something whose text cannot be told, so that no key can stand for it."""


def _identity(it: Any, seen: dict[Any, int]) -> Iterator[Any]:
    """Everything in a function, and in what it names, that changes what it computes.

    Raises:
        _Unknown: it names something that cannot be described exactly.
    """
    it = it.fn if isinstance(it, Rule) else it
    if hasattr(it, "targetoptions"):  # a helper that was compiled by itself, in its own way
        yield sorted(f"{option}={_ordered(value)}" for option, value in it.targetoptions.items())
        it = it.py_func
    if it is None or isinstance(it, bool | int | float | str):
        yield repr(it)
    elif isinstance(it, np.generic):
        number = cast("np.generic[Any]", it)
        yield (type(number).__name__, number.tobytes())
    elif isinstance(it, tuple):
        yield ("tuple", len(cast("tuple[Any, ...]", it)))
        for part in cast("tuple[Any, ...]", it):
            yield from _identity(part, seen)
    elif isinstance(it, np.ndarray):  # a table of fast_math
        table = cast("np.ndarray[Any, np.dtype[Any]]", it)
        yield (str(table.dtype), table.shape, table.tobytes())
    elif isinstance(it, CodeType):
        yield (it.co_code, it.co_names, it.co_varnames, it.co_argcount, it.co_flags)
        yield from _identity(it.co_consts, seen)
    elif isinstance(it, FunctionType) and it.__closure__ is None:
        if it in seen:
            yield ("again", seen[it])
            return
        seen[it] = len(seen)
        yield from _identity((it.__code__, it.__defaults__), seen)
        if _form(it) is not it:
            yield sorted(fast_math.FASTMATH)
            yield from _identity(_form(it), seen)
        for name, value in named_globals(it).items():
            yield name
            yield from _identity(value, seen)
    elif _is_versioned(it):
        yield f"{getattr(it, '__module__', '')}.{it.__name__}"
    else:
        raise _Unknown(it)


def identity_of(fn: Any) -> str | None:
    """The text that tells a function of numbers from every other; None where there is none."""
    try:
        return repr(list(_identity(fn, {})))
    except _Unknown:
        return None


def _ordered(value: Any) -> str:
    """The text of an option of Numba's; that of a set hangs on the process."""
    return str(sorted(map(str, value)) if type(value) in (set, frozenset) else value)


def _is_versioned(it: Any) -> bool:
    """True for a module, or what can be found by its name in one, whose version is in the key."""
    module = it.__name__ if isinstance(it, ModuleType) else getattr(it, "__module__", None)
    if str(module).partition(".")[0] not in ("builtins", "math", "numpy", "numba", "_operator"):
        return False
    named = getattr(sys.modules.get(str(module)), getattr(it, "__name__", ""), None)
    return isinstance(it, ModuleType) or named is it


def _teach_numba() -> None:
    """Let `njit(operators.sigmoid)` find the operators that others call, in the course's way."""

    def teach(fn: Callable[[float], float]) -> None:
        def typed(x: Any) -> Callable[[float], float]:
            return fn

        overload(fn, strict=False)(typed)

    for fn in (operators.exp, operators.ln, operators.inv, operators.sqrt):
        teach(fn)


_teach_numba()


# Kernels.


class Kernel:
    """A loop template with, or without, a function of numbers in it; compiled when first needed.

    `template` is a plain function, or a function that takes the compiled `fn` and returns the loop
    (`tensor_map`). `kernel(dtype, size)` is the loop to launch: serial below PARALLEL_FROM cells,
    on all threads above, literals in `dtype`. `steps` estimates the work of a launch (tiers.py).
    """

    def __init__(
        self,
        template: FunctionType | Any,
        fn: Callable[..., Any] | None = None,
        steps: Callable[[tuple[Any, ...]], int] = cells,
    ) -> None:
        self.template = template
        self.fn = getattr(fn, "py_func", fn)
        self.steps = steps
        self._built: dict[tuple[Any, bool], Tier] = {}

    def __call__(self, dtype: Any, size: int) -> Any:
        """The loop for operands of this dtype and a result of this size."""
        key = (dtype, size >= PARALLEL_FROM)
        try:
            return self._built[key].run
        except KeyError:
            with kernel_store.building:
                if key not in self._built:
                    parallel = key[1] and has_parallel_layer()
                    self._built[key] = self._build(str(dtype), parallel)
            return self._built[key].run

    def _build(self, dtype: str, parallel: bool) -> Tier:
        if dtype in ("float16", "bfloat16"):
            raise HalfPrecisionError(f"{dtype} is stored only; convert to float32 to compute.")
        number = None if self.fn is None else number_function(self.fn, dtype)
        loop = self.template if number is None else self.template(number)
        plain = getattr(loop, "py_func", loop)
        if not JIT:
            return Tier(plain)
        about = _about(plain, self.fn, dtype)
        others = [c for c in plain.__closure__ or () if c.cell_contents is not number]
        source = None if others else _module_source(plain, self.fn, dtype, parallel)
        if source is None:
            return Tier(_in_memory(plain, parallel, about), self.steps)
        return load_kernel(source, plain.__name__, about, self.steps)

    def __repr__(self) -> str:
        return f"Kernel({self.template.__name__}, {getattr(self.fn, '__name__', None)})"


def _about(loop: Any, fn: Any, dtype: str) -> str:
    """What a kernel is, in words: `tensor_map of operators.neg, float64`."""
    words = [loop.__qualname__.partition(".<locals>")[0]]
    if fn is not None:
        words.append(f"{fn.__module__}.{fn.__qualname__}".removeprefix("minitorch."))
    return f"{' of '.join(words)}, {dtype}"


def _in_memory(plain: Any, parallel: bool, about: str) -> Any:
    """The compiled loop without a module: for functions that no other process could find."""
    helpers = rebind(plain, lambda it: number_function(it) if isinstance(it, FunctionType) else it)
    loop = njit(parallel=parallel, **OPTIONS)(helpers)
    kernel_store.watch(loop, about)
    return loop


def _module_source(loop: Any, fn: Any, dtype: str, parallel: bool) -> str | None:
    """The text of a module that defines this loop, or None where it cannot stand by itself."""
    body = _body(loop)
    if body is None or loop.__defaults__ or loop.__kwdefaults__:
        return None
    imports: set[str] = set()
    shared: list[str] = []  # names of the template's own module
    numbers: list[str] = []
    digest = hashlib.sha256()
    closed_over = dict.fromkeys(loop.__code__.co_freevars, fn)
    for name, value in sorted({**named_globals(loop), **closed_over}.items()):
        if isinstance(value, ModuleType):
            imports.add(f"import {value.__name__} as {name}")
        elif name in closed_over or isinstance(value, FunctionType):
            # The function of numbers that a template closes over, or a helper in plain Python.
            home, attribute = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
            if getattr(sys.modules.get(home), attribute, None) is not value:
                return None  # a lambda or an inner function: no other process could find it
            imports |= {f"import {home}", "from minitorch.kernels import named_number_function"}
            # What a helper computes of whole numbers are places in arrays, which are int64.
            kind = dtype if name in closed_over or dtype.startswith("float") else "int64"
            numbers.append(f"{name} = named_number_function({home!r}, {attribute!r}, {kind!r})")
        else:
            shared.append(name)
        try:
            digest.update(repr((name, *_identity(value, {}))).encode())
        except _Unknown:
            return None
    if shared:
        imports.add(f"from {loop.__module__} import {', '.join(shared)}")
    options = ", ".join(f"{k}={v!r}" for k, v in {"parallel": parallel, **OPTIONS}.items())
    lines = ["from __future__ import annotations", "from numba import njit", *sorted(imports)]
    lines += ["", *numbers, f"# All that is named above: {digest.hexdigest()[:16]}", "", ""]
    return "\n".join([*lines, f"@njit({options})", body])


def _body(loop: Any) -> str | None:
    """The text of a function, or None where there is none that is sure to be its own."""
    lines, codes = _text_of(loop.__code__.co_filename)
    if loop.__code__ not in codes:
        return None  # no file, or one that was edited after it was imported
    block = inspect.getblock(lines[loop.__code__.co_firstlineno - 1 :])
    body = textwrap.dedent("".join(block))
    return body[body.index("def ") :]  # without decorators


@cache
def _text_of(filename: str) -> tuple[list[str], set[CodeType]]:
    """The lines of a file as they were when its first kernel was made, and what they compile to."""
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)

    def within(code: CodeType) -> Iterator[CodeType]:
        yield code
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from within(constant)

    try:
        return lines, set(within(compile("".join(lines), filename, "exec", dont_inherit=True)))
    except SyntaxError:
        return lines, set()


_tiers: dict[Any, Tier] = {}  # by compiled function


def load_kernel(
    source: str,
    name: str,
    about: str,
    steps: Callable[[tuple[Any, ...]], int],
    local: dict[str, Any] | None = None,
) -> Tier:
    """The function `name` of a generated module, which is kept unless it uses `local` names."""
    with kernel_store.building:
        loop = kernel_store.load(source, name, about, local)
        if loop not in _tiers:
            _tiers[loop] = Tier(loop, steps)
        return _tiers[loop]


@dataclass(frozen=True)
class LoopReport:
    """What Numba made of one parallel loop.

    `fused_with` are the loops merged into it; where it is not `parallel`, it runs serially inside
    another; `hoisted` are the allocations that it makes once instead of in every turn.

    >>> LoopReport(0, 10, "for i in prange(n):", "user defined prange", True, (), ()).parallel
    True
    """

    loop: int
    line: int
    source: str
    kind: str
    parallel: bool
    fused_with: tuple[int, ...]
    hoisted: tuple[str, ...]


def parallel_report(loop: Any) -> list[LoopReport]:
    """One row per parallel loop of a compiled function, as data; empty before it was called.

    >>> from minitorch import operators
    >>> from minitorch.fast_ops import tensor_map
    >>> parallel_report(tensor_map(njit(operators.neg)))
    []
    """
    rows: list[LoopReport] = []
    for signature in getattr(loop, "signatures", ()):  # none without the compiler
        found = loop.get_metadata(signature)["parfor_diagnostics"]
        serial = {inner for inners in found.nested_fusion_info.values() for inner in inners}
        for number, (_, place, kind) in sorted(found.get_parfors_simple(False).items()):
            allocations = (
                step.loc
                for step in found.hoist_info.get(number, {}).get("hoisted", ())
                if getattr(step.value, "op", "") == "getattr" and step.value.attr == "empty"
            )
            rows.append(
                LoopReport(
                    loop=number,
                    line=place.line,
                    source=linecache.getline(place.filename, place.line).strip(),
                    kind=str(kind),
                    parallel=number not in serial,
                    fused_with=tuple(found.fusion_info.get(number, ())),
                    hoisted=tuple(
                        linecache.getline(at.filename, at.line).strip() for at in allocations
                    ),
                )
            )
    return rows
