"""Elementwise ops, comparisons and signs against PyTorch: numbers, dtypes, gradients, mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import Case, check, check_errors, check_gradients, numbers, theirs

X, Y, Z = numbers(3, 4, seed=1), numbers(3, 4, seed=2), numbers(4, seed=3)
INNER = numbers(3, 4, seed=4, low=-0.9, high=0.9)
POSITIVE = numbers(3, 4, seed=5, low=0.3, high=3.0)

UNARY = (
    *("abs", "acosh", "asinh", "atan", "cos", "cosh", "deg2rad", "erf", "erfc", "exp"),
    *("exp2", "expm1", "frac", "lgamma", "neg", "positive", "rad2deg", "reciprocal", "relu"),
    *("sigmoid", "sign", "sin", "sinc", "sinh", "square", "tan", "tanh", "trunc"),
)  # fmt: skip
OF_POSITIVE = (
    *("digamma", "i0", "log", "log10", "log1p", "log2", "rsqrt", "sqrt"),
)  # fmt: skip
OF_INNER = (
    *("acos", "asin", "atanh", "erfinv"),
)  # fmt: skip
SPECIAL = (
    *("entr", "erfcx", "expit", "i0e", "i1", "i1e", "log_ndtr", "ndtr"),
)  # fmt: skip


@pytest.mark.parametrize("name", [*UNARY, *OF_POSITIVE, *OF_INNER])
def test_functions_of_one_number(name: str) -> None:
    x = POSITIVE if name in OF_POSITIVE else INNER if name in OF_INNER else X
    if name == "acosh":
        x = POSITIVE + 1.0
    check_gradients(lambda t, x: getattr(t, name)(x), x)
    check(lambda t, x: getattr(x, name)(), x)


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(name: str) -> None:
    x = POSITIVE if name == "entr" else X
    check_gradients(lambda t, x: getattr(t.special, name)(x), x, rtol=1e-6)


BINARY: tuple[Case, ...] = (
    lambda t, x, y: t.add(x, y, alpha=2),
    lambda t, x, y: t.sub(x, y, alpha=0.5),
    lambda t, x, y: t.rsub(x, y, alpha=3),
    lambda t, x, y: x * y,
    lambda t, x, y: x / (y + 3),
    lambda t, x, y: t.div(x, y + 3, rounding_mode="floor") + x,
    lambda t, x, y: t.div(x, y + 3, rounding_mode="trunc") + x,
    lambda t, x, y: t.remainder(x, y + 3),
    lambda t, x, y: t.fmod(x, y + 3),
    lambda t, x, y: (x + 3) ** y,
    lambda t, x, y: t.maximum(x, y),
    lambda t, x, y: t.minimum(x, x * 1.0),
    lambda t, x, y: t.maximum(x, x.clone()),
    lambda t, x, y: t.fmax(x, y) + t.fmin(x, y),
    lambda t, x, y: t.atan2(x, y),
    lambda t, x, y: t.hypot(x, y),
    lambda t, x, y: t.copysign(x, y),
    lambda t, x, y: t.logaddexp(x, y),
    lambda t, x, y: t.logaddexp2(x, y),
    lambda t, x, y: t.xlogy(x, y + 3),
    lambda t, x, y: t.special.xlog1py(x, y + 3),
    lambda t, x, y: t.lerp(x, y, 0.3),
    lambda t, x, y: t.lerp(x, y, x * y),
    lambda t, x, y: t.addcmul(x, x, y, value=2.5),
    lambda t, x, y: t.addcdiv(x, x, y + 3, value=2.5),
    lambda t, x, y: t.where(x > 0, x, y),
    lambda t, x, y: x.where(y > 0, y),
    lambda t, x, y: t.ldexp(x, t.tensor([1, 2, 3, 0])) + y,
    lambda t, x, y: t.clamp(x, -0.5, 1.0) + y.clamp(min=0) + y.clamp_max(0.3),
    lambda t, x, y: t.clamp(x, y - 1, y + 1),
    lambda t, x, y: t.clamp(x, min=y),
    lambda t, x, y: t.frexp(x)[0] + y,
    lambda t, x, y: t.special.zeta(t.full((4,), 2.5).double(), y + 3) + x,
    lambda t, x, y: t.igamma(t.full((4,), 2.5).double(), y + 3) + x,
    lambda t, x, y: t.nan_to_num(x) + t.logit(x / 8 + 0.5, 0.3) * y,
    lambda t, x, y: 2 - x + 3 / (y + 3) + (1.5 ** x) + (x ** 3) + (y + 3) ** 0.5 + x ** -1,
    lambda t, x, y: t.polygamma(2, x + 3) + (y + 5).mvlgamma(3),
    lambda t, x, y: abs(-x) + (+y) - (x % 2.0),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(BINARY)))
def test_functions_of_two_tensors(number: int) -> None:
    check_gradients(BINARY[number], X, Y, rtol=1e-6)


@pytest.mark.parametrize("number", range(len(BINARY)))
def test_gradients_are_summed_over_what_was_broadcast(number: int) -> None:
    check_gradients(BINARY[number], X, Z, rtol=1e-6)


INTS = np.array([[-7, 3, 0, 5], [2, -1, 9, 4]])
FEW = np.array([[2, -3, 4, 1], [5, 1, -2, 3]])
BITS = np.array([[True, False, True, False], [False, False, True, True]])

WHOLE: tuple[Case, ...] = (
    lambda t, x, y, b: [x + y, x - y, x * y, x / y, x // y, x % y, x**2, x ** abs(y)],
    lambda t, x, y, b: [x & y, x | y, x ^ y, ~x, x << 2, x >> 1, 7 & x, 7 | x, 7 ^ x, 1 << abs(y)],
    lambda t, x, y, b: [b & b, b | False, b ^ True, ~b, b + 1, b * 2.5, b + b, b * b],
    lambda t, x, y, b: [x + 1.5, x * True, 2 - x, 1 / y, 7 // y, 7 % y, 2 ** abs(y), -x, +x],
    lambda t, x, y, b: [t.fmod(x, y), t.div(x, y, rounding_mode="trunc"), t.gcd(x, y), t.lcm(x, y)],
    lambda t, x, y, b: [x.float().floor_divide(y), t.float_power(x.abs(), 2), t.square(b)],
    lambda t, x, y, b: [x.exp(), x.abs().sqrt(), x.sigmoid(), b.exp(), x.abs(), x.sign(), x.sgn()],
    lambda t, x, y, b: [x.floor(), x.ceil(), x.round(), x.trunc(), x.relu(), x.clamp(-1, 3)],
    lambda t, x, y, b: [x.clamp(0.5, 2.5), t.maximum(x, y), t.minimum(x, t.tensor(2))],
    lambda t, x, y, b: [x == y, x != 3, x < y, x <= 2.5, x > y, x >= t.tensor(0), b == 1],
    lambda t, x, y, b: [t.logical_and(x, y), t.logical_or(x, b), t.logical_xor(x, b), ~b],
    lambda t, x, y, b: [t.isnan(x), t.isfinite(x), t.isinf(b), t.isposinf(x), t.signbit(x)],
    lambda t, x, y, b: [t.isin(x, t.tensor([3, 9])), t.isin(x, 3, invert=True), t.heaviside(x, y)],
    lambda t, x, y, b: [t.where(b, x, 1.5), t.where(b, x, y), t.where(b, 1, 2), t.where(b, x, b)],
    lambda t, x, y, b: [t.bitwise_left_shift(x, abs(y)), t.bitwise_right_shift(x, abs(y))],
    lambda t, x, y, b: [x.to(t.uint8) + y.to(t.int8), x.to(t.int16) * 3, x.to(t.int32) / 2],
    lambda t, x, y, b: [t.frexp(x.double()), t.angle(x), t.isreal(x), x.conj(), t.real(x)],
    lambda t, x, y, b: [x.is_floating_point(), t.is_complex(x), t.is_nonzero(t.tensor([3.0]))],
    lambda t, x, y, b: [t.equal(x, x + 0), t.allclose(x.double(), y.double()), x.isclose(x + y)],
)


@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_whole_numbers_and_promotion(number: int) -> None:
    check(WHOLE[number], INTS, FEW, BITS, rtol=1e-6)


NAN, INF = float("nan"), float("inf")
ODD = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -2.5, 2.5, 0.5, -0.5, 1e300, 5e-324])


ROUNDING = (
    *("acosh", "floor", "ceil", "round", "sgn", "signbit", "isfinite"),
)  # fmt: skip
PAIRS = (
    *("add", "sub", "mul", "div", "remainder", "fmod", "floor_divide", "pow", "maximum"),
    *("minimum", "fmax", "fmin", "atan2", "hypot", "copysign", "logaddexp", "xlogy"),
    *("nextafter", "heaviside", "eq", "lt", "le", "isclose", "logical_xor"),
)  # fmt: skip


@pytest.mark.parametrize("name", [*UNARY, *OF_POSITIVE, *OF_INNER, *ROUNDING])
def test_nan_inf_and_zeros(name: str) -> None:
    numbers = ODD[abs(ODD) != INF] if name == "i0" else ODD  # theirs of infinity is NaN
    check(lambda t, x: getattr(t, name)(x), numbers)


@pytest.mark.parametrize("name", PAIRS)
def test_nan_inf_and_zeros_in_pairs(name: str) -> None:
    # Theirs of a remainder by the smallest number there is is NaN.
    divisors = ODD[:-1] if name in ("fmod", "remainder") else ODD
    left, right = (np.ascontiguousarray(a) for a in np.meshgrid(ODD, divisors))
    check(lambda t, x, y: getattr(t, name)(x, y), left, right)


WRITTEN: tuple[Case, ...] = (
    lambda t, x, y: x.clone().add_(y, alpha=2).mul_(3).sub_(1).div_(y + 3),
    lambda t, x, y: (x * 2).sigmoid_() + (x + 1).neg_().clamp_(0.4, 0.6) + (y + 0).exp_(),
    lambda t, x, y: (x * 1).addcmul_(x, y).lerp_(y, 0.5) * (y + 3).sqrt_() * (x + 0).tanh_(),
    lambda t, x, y: (x * 1).fmod_(2.0).remainder_(1.5) + (y * 1).floor_(),
    lambda t, x, y: (x * 1)[0].mul_(y[0]).add_(1),
)


@pytest.mark.parametrize("number", range(len(WRITTEN)))
def test_in_place(number: int) -> None:
    check_gradients(WRITTEN[number], X, Y)


def test_out() -> None:
    for library in (ours, theirs):
        x = library.tensor([1.0, -2.0])
        room: Any = library.empty(2)
        assert library.add(x, x, out=room) is room
        assert room.tolist() == [2.0, -4.0]
        room = library.empty(2, dtype=library.bool)
        library.lt(x, 0, out=room)
        assert room.tolist() == [False, True]


ERRORS: tuple[Case, ...] = (
    lambda t, x, b: x // 0,
    lambda t, x, b: x % t.tensor([0, 1, 1, 1]),
    lambda t, x, b: x**-1,
    lambda t, x, b: b - b,
    lambda t, x, b: -b,
    lambda t, x, b: t.clamp(x),
    lambda t, x, b: x.double() & x,
    lambda t, x, b: x.add_(1.5),
    lambda t, x, b: t.div(x, x, rounding_mode="up"),
    lambda t, x, b: x + t.ones(5),
    lambda t, x, b: t.lerp(x.double(), x.float(), 0.5),
    lambda t, x, b: t.isclose(x, b),
    lambda t, x, b: t.polygamma(-1, x.double()),
    lambda t, x, b: t.frexp(x),
    lambda t, x, b: t.heaviside(x, x.double()),
    lambda t, x, b: t.where(x, x, x),
    lambda t, x, b: t.igamma(x.double().requires_grad_(), x.double()).sum().backward(),
    lambda t, x, b: t.is_nonzero(x),
    lambda t, x, b: bool(x == x),
    lambda t, x, b: b.relu(),
)


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_mistakes_raise_what_they_raise_there(number: int) -> None:
    check_errors(ERRORS[number], np.abs(INTS) + 1, BITS)


def test_a_sign_leaves_strangers_to_themselves() -> None:
    class Stranger:
        def __radd__(self, other: Any) -> str:
            return "asked"

    x: Any = ours.tensor([1.0])
    assert x + Stranger() == "asked"
    assert (x == "word") is False
    with pytest.raises(TypeError):
        x < "word"  # noqa: B015  # it raises
