"""Rows of rounding, quotients and remainders.

Idea: what rounds is flat almost everywhere: no gradient flows through it. A remainder is
    x - y * (whole quotient), and so are its derivatives.
Not here: the formulas (../formulas/rounding.py), rows of whole numbers (whole.py).
Read next: powers.py
"""

from __future__ import annotations

from minitorch.formulas import rounding as home
from minitorch.rows.powers import exp2
from minitorch.rules import FLOATS, Rule, mul, neg

__all__ = [
    "ceil",
    "div",
    "exponent_of",
    "floor",
    "floor_divide",
    "fmod",
    "frac",
    "mantissa_of",
    "nextafter",
    "remainder",
    "round",
    "trunc",
    "trunc_divide",
]

floor = Rule("floor", accepts=FLOATS, home=home)
ceil = Rule("ceil", accepts=FLOATS, home=home)
trunc = Rule("trunc", accepts=FLOATS, home=home)
round = Rule("round", accepts=FLOATS, home=home)
floor_divide = Rule("floor_divide", accepts=FLOATS, home=home)
trunc_divide = Rule("trunc_divide", accepts=FLOATS, home=home)
exponent_of = Rule("exponent_of", accepts=FLOATS, home=home)


def nextafter_dx(g: float) -> float:
    return g


nextafter = Rule("nextafter", nextafter_dx, None, parameters=2, accepts=FLOATS, home=home)


def frac_dx(g: float) -> float:
    return g


frac = Rule("frac", frac_dx, accepts=FLOATS, home=home)


def div_dx(g: float, y: float) -> float:
    return div(g, y)


def div_dy(g: float, out: float, y: float) -> float:
    return neg(div(mul(g, out), y))


div = Rule("div", div_dx, div_dy, result="float", home=home)


def remainder_dx(g: float) -> float:
    return g


def remainder_dy(g: float, x: float, y: float) -> float:
    return neg(mul(g, floor_divide(x, y)))


remainder = Rule("remainder", remainder_dx, remainder_dy, accepts=FLOATS, home=home)


def fmod_dx(g: float) -> float:
    return g


def fmod_dy(g: float, x: float, y: float) -> float:
    return neg(mul(g, trunc_divide(x, y)))


fmod = Rule("fmod", fmod_dx, fmod_dy, accepts=FLOATS, home=home)


def mantissa_of_dx(g: float, x: float) -> float:
    return mul(g, exp2(neg(exponent_of(x))))


mantissa_of = Rule("mantissa_of", mantissa_of_dx, accepts=FLOATS, home=home)
