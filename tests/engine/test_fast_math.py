"""The float32 forms of the primitives: against mpmath, at the edges, in kernels, and vectorised.

Idea: an error is counted in ulp, the distance of neighbouring float32 numbers where the true result
    lies. Points are drawn from all bit patterns, so that each exponent has its share.
Not here: the operators themselves, in float64 (tests/rules/).
Read next: minitorch/fast_math.py
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

import minitorch
from minitorch import FastOps, fast_math, kernels, operators
from minitorch.config import Config
from minitorch.fast_ops import tensor_map
from minitorch.kernels import Kernel, number_function
from minitorch.rules import TABLE, add, erf, exp, inv, ln, lt, mul, sigmoid, tanh, where
from minitorch.rules import max as larger
from tests.course.tensors import values

mpmath = pytest.importorskip("mpmath", reason="the reference: make setup")
pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("compiled_at_once")]

INF, NAN = math.inf, math.nan
TINY, DENORMAL, LARGEST = 2.0**-126, 2.0**-149, (2.0 - 2.0**-23) * 2.0**127


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


# Each form: the truth, the interval where most happens, and the ulp that its docstring promises.
TRUTH: dict[str, tuple[Callable[[Any], Any], tuple[float, float], float]] = {
    "exp": (mpmath.exp, (-105.0, 90.0), 1.04),
    "ln": (mpmath.log, (0.25, 4.0), 0.86),
    "tanh": (mpmath.tanh, (-10.0, 10.0), 2.51),
    "erf": (mpmath.erf, (-4.5, 4.5), 3.1),
    "sin": (mpmath.sin, (-20.0, 20.0), 1.8),
    "cos": (mpmath.cos, (-20.0, 20.0), 1.8),
    "sigmoid": (_sigmoid, (-105.0, 20.0), 4.0),
}
every_form = pytest.mark.parametrize("name", TRUTH)


def loop_over(fn: Any) -> Any:
    """A compiled loop that calls a compiled function of numbers, as kernels do."""
    count = len(inspect.signature(getattr(fn, "py_func", fn)).parameters)
    columns = [f"x{k}" for k in range(count)]
    cells = ", ".join(f"{x}[i]" for x in columns)
    namespace: dict[str, Any] = {"fn": fn}
    exec(
        f"def loop(out, {', '.join(columns)}):\n"
        f"    for i in range(out.size):\n"
        f"        out[i] = fn({cells})\n",
        namespace,
    )
    return njit(error_model="numpy")(namespace["loop"])


def computed(name: str, x: Any) -> Any:
    out = np.empty_like(x)
    loop_over(number_function(getattr(operators, name), "float32"))(out, x)
    return out


def error(found: float, truth: Any) -> float:
    """How far off, in ulp of the truth; inf counts as 2^128, from which on all is inf."""
    size = max(math.floor(mpmath.log(abs(truth), 2)), -126) if truth else -126
    found = 2.0**128 if found == INF else found
    return float(abs(found - min(truth, mpmath.mpf(2) ** 128)) / mpmath.mpf(2) ** (size - 23))


def points(interval: tuple[float, float], positive: bool) -> Any:
    """A dense grid, all exponents with random fractions, and the neighbours of powers of two."""
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**32, 3000, dtype=np.uint64).astype(np.uint32)
    powers = np.exp2(np.arange(-149, 128, 4), dtype=np.float32)
    near = np.linspace(*interval, 2000, dtype=np.float32)
    beside = [np.nextafter(powers, np.float32(to), dtype=np.float32) for to in (0.0, INF)]
    x = np.concatenate([near, bits.view(np.float32), powers, *beside])
    x = x[np.isfinite(x)]
    return abs(x[x != 0]) if positive else x


@every_form
def test_errors_are_small_everywhere(name: str) -> None:
    truth, interval, bound = TRUTH[name]
    x = points(interval, positive=name == "ln")
    out = computed(name, x)
    with mpmath.workprec(120):
        errors = [
            error(y, truth(mpmath.mpf(a))) for a, y in zip(x.tolist(), out.tolist(), strict=True)
        ]
    worst = int(np.argmax(errors))
    assert errors[worst] <= bound, (float(x[worst]), float(out[worst]))


EDGES: dict[str, list[tuple[float, float]]] = {
    "exp": [(INF, INF), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (89.0, INF), (-104.0, 0.0),
            (LARGEST, INF), (-LARGEST, 0.0), (DENORMAL, 1.0), (-103.27893, DENORMAL)],
    "ln": [(INF, INF), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (-INF, NAN), (1.0, 0.0),
           (-DENORMAL, NAN)],
    "tanh": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (LARGEST, 1.0),
             (DENORMAL, DENORMAL), (-DENORMAL, -DENORMAL)],
    "erf": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (LARGEST, 1.0),
            (DENORMAL, DENORMAL), (-DENORMAL, -DENORMAL)],
    "sin": [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0)],
    "cos": [(INF, NAN), (-INF, NAN), (0.0, 1.0), (-0.0, 1.0), (DENORMAL, 1.0)],
    "sigmoid": [(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (-0.0, 0.5), (LARGEST, 1.0),
                (-LARGEST, 0.0)],
}  # fmt: skip


@every_form
def test_edges_are_exact(name: str) -> None:
    x, expected = np.array([*EDGES[name], (NAN, NAN)], np.float32).T
    out = computed(name, np.ascontiguousarray(x))
    np.testing.assert_array_equal(out, expected)
    assert np.array_equal(np.signbit(out[out == 0]), np.signbit(expected[expected == 0]))


@pytest.mark.parametrize("x", [1e5, 1.6e6, 2.0**30, 1e22, 2.0**100, LARGEST])
def test_large_angles_keep_all_digits(x: float) -> None:
    angles = np.array([x, -x, np.nextafter(np.float32(x), np.float32(0.0))], np.float32)
    with mpmath.workprec(300):
        for name in ("sin", "cos"):
            for a, y in zip(angles.tolist(), computed(name, angles).tolist(), strict=True):
                assert error(y, getattr(mpmath, name)(mpmath.mpf(a))) <= 1.8


def test_digits_of_two_over_pi() -> None:
    """What the table left out makes whole turns; the rest of it is 2 / pi."""
    with mpmath.workprec(400):
        for k, (high, low) in enumerate(zip(fast_math.HIGH, fast_math.LOW, strict=True)):
            left_out = (2 / mpmath.pi - mpmath.mpf(float(high)) - mpmath.mpf(float(low))) * 2**k
            assert abs(left_out / 4 - mpmath.nint(left_out / 4)) < mpmath.mpf(2) ** -81


# In kernels.


def test_float32_kernels_take_the_forms_and_float64_kernels_do_not() -> None:
    x = np.linspace(-3, 3, 50)
    assert computed("exp", x.astype(np.float32)).tolist() != np.exp(x.astype(np.float32)).tolist()
    wide = FastOps.map(operators.exp)(minitorch.from_numpy(x))
    assert values(wide).tolist() == [math.exp(v) for v in x.tolist()]
    single = minitorch.from_numpy(x.astype(np.float32))
    for name in TRUTH:
        if name != "ln":
            out = values(FastOps.map(getattr(operators, name))(single))
            assert out.tolist() == computed(name, x.astype(np.float32)).tolist(), name


def test_a_replaced_primitive_has_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where another operator calls it, and where a learner's own body is to run."""
    x = np.array([1.0, 2.0], np.float32)
    before = computed("sigmoid", x)
    with monkeypatch.context() as patch:
        patch.setattr(operators, "exp", _plus_one)
        assert computed("exp", x).tolist() == [2.0, 3.0]
        assert computed("sigmoid", x).tolist() == [1.0, INF]
    assert np.array_equal(computed("sigmoid", x), before)


def test_without_shortcuts_the_operator_itself_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    form, key = number_function(operators.tanh, "float32"), key_of(operators.tanh)
    assert form.py_func.__module__ == "minitorch.fast_math"
    monkeypatch.setattr(kernels, "config", Config(shortcuts=False))
    assert number_function(operators.tanh, "float32").py_func.__module__ == "minitorch.operators"
    assert key_of(operators.tanh) != key, "else the other's kernel is found on disk"


def key_of(fn: Any) -> str:
    """The text of a kernel's module, whose hash is its name on disk."""
    source = kernels._module_source(tensor_map(number_function(fn, "float32")).py_func, fn,
                                    "float32", False)  # fmt: skip
    assert source is not None
    return source


def _plus_one(x: float) -> float:
    return x + 1.0


def _other(x: Any) -> Any:
    return x + 3.0


@pytest.mark.parametrize("name", ["exp", "sigmoid"])
def test_a_changed_form_makes_another_kernel(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fn = getattr(operators, name)
    before = key_of(fn)
    assert key_of(fn) == before
    monkeypatch.setitem(fast_math.FORMS, operators.exp, _other)
    assert key_of(fn) != before


def test_a_changed_table_makes_another_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(operators.sin)
    monkeypatch.setattr(fast_math, "LOW", fast_math.LOW * 2.0)
    assert key_of(operators.sin) != before


def test_kernels_with_forms_are_kept_on_disk() -> None:
    loop = Kernel(tensor_map, operators.cos)(np.dtype("float32"), 1)
    assert loop.py_func.__module__.startswith("minitorch_kernels.")


# Vectorised: the loop works on several numbers at a time, and calls nobody.


def instructions(fn: Any) -> str:
    """What LLVM made of a loop over a float32 function."""
    loop = loop_over(fn)
    cells = np.ones(4, np.float32)
    count = len(inspect.signature(loop.py_func).parameters)
    loop(*[cells.copy() for _ in range(count)])
    text = loop.inspect_llvm(loop.signatures[0])
    return text[: text.index("@_ZN7cpython")]  # without the wrapper


@pytest.mark.parametrize("name", [it for it in TABLE if TABLE[it].home is operators])
def test_loops_over_operators_vectorise(name: str) -> None:
    text = instructions(number_function(TABLE[name].fn, "float32"))
    assert re.search(r"store <\d+ x (float|i32)>", text)
    assert not re.search(r"call float @(?!llvm\.|sqrtf)", text)


def chain(x: float, y: float) -> float:
    """Ten operators, as a fused kernel has them."""
    a = add(mul(x, y), y)
    b = mul(tanh(a), sigmoid(erf(a)))
    c = ln(inv(larger(a, x)))
    return where(lt(a, 0.0), exp(b), c)


def test_loops_over_chains_of_operators_vectorise() -> None:
    assert re.search(r"store <\d+ x float>", instructions(number_function(chain, "float32")))
