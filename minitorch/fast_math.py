"""Float32 forms of the primitives, without branches: a loop over them vectorises.

Idea: bring x into a small interval, use a polynomial there, put the exponent back by its bits:
    e^x = 2^k e^r, k = round(x / ln 2). Where one must decide, both sides are computed and one is
    selected. All of float32 is right to 3.1 ulp (units in the last place), inf, nan, -0.0 and
    denormal numbers too; with each form stands the largest error found over all 2^32 arguments.
Not here: formulas over primitives (operators.py); when a form is taken (kernels.py).
Read next: kernels.py
"""

# The polynomials are minimax fits in float32; tools/minimax.py makes them and prints their errors.
# ln 2 is split in two, as W. Cody and W. Waite do ("Software Manual for the Elementary Functions",
# 1980): 45426 / 65536, whose product with a small whole number is exact, and the rest.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch import operators
from minitorch.operators import INFINITY, NAN

__all__ = [
    "FASTMATH",
    "FORMS",
    "ROW_FOLDS",
    "cos",
    "erf",
    "exp",
    "ln",
    "max_over",
    "sin",
    "tanh",
]

# a * b + c may round once (that is better, and faster). Nothing else may be reordered: adding
# 1.5 * 2^23 and taking it away again rounds a number to a whole one, and algebra would cancel it.
FASTMATH = frozenset({"contract"})


def _bits(x: Any) -> Any:
    return np.float32(x).view(np.int32)


def _of_bits(bits: Any) -> Any:
    return np.int32(bits).view(np.float32)


def _split(x: Any) -> tuple[Any, Any]:
    """(k + 1.5 * 2^23, e^r - 1) for x = k ln 2 + r with |r| <= ln 2 / 2.

    The sum has k in its lowest bits.
    """
    shifted = x * 1.44269504088896 + 12582912.0
    k = shifted - 12582912.0
    r = (x - k * 0.693145751953125) - k * 1.4286068203094172e-06
    q = 0.04166743531823158 + r * (0.00836627185344696 + r * 0.0013870695838704705)
    return shifted, r + r * r * (0.4999999701976776 + r * (0.1666654646396637 + r * q))


def _power_of_two(shifted: Any) -> Any:
    """2^k out of k + 1.5 * 2^23, for -126 <= k <= 127."""
    return _of_bits((_bits(shifted) + 127) << 23)  # the bits of 1.5 * 2^23 leave at the top


def exp(x: Any) -> Any:
    """e^x; at most 1.04 ulp off.

    >>> float(exp(np.float32(0.0))), float(exp(np.float32(-1e4)))
    (1.0, 0.0)
    """
    x = np.float32(x)
    x = 89.0 if x > 89.0 else x  # already inf
    x = -104.0 if x < -104.0 else x  # already 0
    shifted, p = _split(x)
    low = x < -86.0  # 2^k may be denormal, and is made in two factors: 2^(k + 64), 2^-64
    scale = _power_of_two(shifted + (63.0 if low else -1.0))
    return (2.0 + 2.0 * p) * scale * (5.421010862427522e-20 if low else 1.0)


def _one_minus_exp(x: Any) -> Any:
    """1 - e^x for x <= 0, as precise near 0 as elsewhere."""
    shifted, p = _split(-40.0 if x < -40.0 else x)
    scale = _power_of_two(shifted)
    return (1.0 - scale) - scale * p


def _with_sign_of(x: Any, size: Any) -> Any:
    """A positive number, or 0.0, with the sign bit of x."""
    return _of_bits(_bits(size) | (_bits(x) & -0x80000000))


def tanh(x: Any) -> Any:
    """m / (2 - m) with the sign of x, m = 1 - e^(-2 |x|); at most 2.5 ulp off.

    >>> float(tanh(np.float32(20.0)))
    1.0
    """
    x = np.float32(x)
    m = _one_minus_exp(-2.0 * abs(x))
    return _with_sign_of(x, m / (2.0 - m))


def erf(x: Any) -> Any:
    """1 - 2^-w with the sign of x; at most 3.1 ulp off.

    w = -log2(1 - erf |x|) is smooth: a polynomial up to 3.93, from where on erf is 1.

    >>> float(erf(np.float32(4.0)))
    1.0
    """
    x = np.float32(x)
    a = abs(x)
    a = 3.93 if a > 3.93 else a
    w = 0.0018282055389136076 + a * (-0.000557374965865165 + a * 5.975808380753733e-05)
    w = -0.027852199971675873 + a * (0.0002650809765327722 + a * w)
    w = 0.9184446930885315 + a * (0.14832156896591187 + a * w)
    w = a * (1.6279070377349854 + a * w)
    shifted = 12582912.0 - w  # k is small, so that w needs no splitting as in _split
    k = shifted - 12582912.0
    f = -w - k
    p = 0.0096183056011796 + f * (0.001338742091320455 + f * 0.0001538457872811705)
    p = f * (0.6931471824645996 + f * (0.24022649228572845 + f * (0.05550367385149002 + f * p)))
    scale = _power_of_two(shifted)
    return _with_sign_of(x, (1.0 - scale) - scale * p)


def ln(x: Any) -> Any:
    """k ln 2 + ln(1 + f) for x = 2^k (1 + f); at most 0.86 ulp off.

    1 + f lies between sqrt(1/2) and sqrt(2).

    >>> float(ln(np.float32(1.0)))
    0.0
    """
    x = np.float32(x)
    small = x < 1.1754943508222875e-38  # a denormal number has no exponent bits: times 2^23
    bits = _bits(x * 8388608.0 if small else x)
    whole = np.int32(np.int32(bits - 0x3F3504F3) >> 23)  # less the bits of sqrt(1/2)
    k = np.float32(whole) - (23.0 if small else 0.0)
    f = _of_bits(bits - (whole << 23)) - 1.0
    p = 0.14201273024082184 + f * (
        -0.13160189986228943 + f * (0.12764762341976166 + f * -0.07638184726238251)
    )
    p = 0.20001250505447388 + f * (-0.1662331521511078 + f * p)
    p = 0.3333333134651184 + f * (-0.250008225440979 + f * p)
    square = f * f
    rest = square * f * p + k * 1.4286068203094172e-06
    y = (f + (rest - 0.5 * square)) + k * 0.693145751953125
    y = y if x < INFINITY else x
    return y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


def _two_over_pi() -> tuple[Any, Any]:
    """The bits of 2 / pi that matter to numbers of the k-th size: HIGH[k] + LOW[k].

    Numbers below 2^24 are of size 0, those from 2^(23 + k) on of size k. These are multiples of
    2^k, so what 2 / pi has at 2^(2 - k) and above makes whole turns, and is left out.
    HIGH has 29 bits: its product with a float32 is exact in float64.
    """
    digits = 0xA2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBB  # 2 / pi times 2^240
    high, low = np.zeros(106), np.zeros(106)
    for k in range(106):
        kept = digits % (1 << (242 - k))
        rest = kept % (1 << (213 - k))
        high[k] = (kept - rest) / (1 << 240)
        low[k] = rest / (1 << 240)
    return high, low


HIGH, LOW = _two_over_pi()


def _quarter_turns(x: Any) -> tuple[Any, Any]:
    """(k, f) for x = (k + f) pi / 2 with |f| <= 1/2; k modulo 4, as the lowest bits.

    M. Payne and R. Hanek, "Radian reduction for trigonometric functions", 1983, in float64.
    """
    wide = np.float64(x)
    size = np.uint64(max(((_bits(x) >> 23) & 255) - 150, 0))
    turns, rest = wide * HIGH[size], wide * LOW[size]
    shifted = (turns + rest) + 6755399441055744.0  # 1.5 * 2^52, as 1.5 * 2^23 above
    f = np.float32((turns - (shifted - 6755399441055744.0)) + rest)
    return np.int32(np.float64(shifted).view(np.int64)), f


def _sine(k: Any, f: Any) -> Any:
    """sin((k + f) pi / 2)."""
    z = f * f
    s = -0.6459625959396362 + z * (0.07967019826173782 + z * -0.0045743403024971485)
    s = f + f * (0.5707963109016418 + z * s)  # so that -0.0 stays -0.0
    c = 0.25366854667663574 + z * (-0.02085559442639351 + z * 0.0008944742730818689)
    c = 1.0 + z * (-1.2337005138397217 + z * c)
    y = c if k & 1 else s
    return -y if k & 2 else y


def sin(x: Any) -> Any:
    """The sine; at most 1.8 ulp off, for large x too.

    >>> float(sin(np.float32(0.0)))
    0.0
    """
    k, f = _quarter_turns(np.float32(x))
    return _sine(k, f)


def cos(x: Any) -> Any:
    """The cosine; at most 1.8 ulp off, for large x too.

    >>> float(cos(np.float32(0.0)))
    1.0
    """
    k, f = _quarter_turns(np.float32(x))
    return _sine(k + 1, f)


def _ordered(x: Any) -> Any:
    """A whole number that is larger where x is; of NaN the least."""
    bits = _bits(x)
    size = np.int32(bits & np.int32(0x7FFFFFFF))
    key = np.int32(bits ^ (np.int32(bits >> np.int32(31)) & np.int32(0x7FFFFFFF)))
    return np.int32(-0x80000000) if size > np.int32(0x7F800000) else key


def max_over(row: Any, start: Any) -> Any:
    """The fold of a row by `operators.max`, exact; NaN is passed over.

    A maximum of whole numbers vectorises, one of floats that must look out for NaN does not.

    >>> float(max_over(np.array([1.0, np.nan, -3.0], np.float32), np.float32(-np.inf)))
    1.0
    """
    best = _ordered(start)
    for k in range(len(row)):
        key = _ordered(row[k])
        best = key if key > best else best
    sign = np.int32(best >> np.int32(31))
    return _of_bits(np.int32(best ^ (sign & np.int32(0x7FFFFFFF))))


ROW_FOLDS: dict[Callable[..., Any], Callable[..., Any]] = {operators.max: max_over}

FORMS: dict[Callable[..., Any], Callable[..., Any]] = {
    operators.exp: exp,
    operators.ln: ln,
    operators.tanh: tanh,
    operators.erf: erf,
    operators.sin: sin,
    operators.cos: cos,
}
