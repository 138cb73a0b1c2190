"""Rows of what compares: absolute values, extremes, bounds.

Idea: at a tie `maximum` gives half of g to each, as PyTorch has it; a bound gives all to what it
    lets through. Masks are `where`, since inf * 0 is NaN.
Not here: the formulas (../formulas/ordering.py), the course's max and relu (../rules.py).
Read next: rounding.py
"""

from __future__ import annotations

from minitorch.formulas import ordering as home
from minitorch.rules import FLOATS, NUMBERS, Rule, eq, le, lt, mul, where

__all__ = [
    "absolute",
    "at_least",
    "at_most",
    "clamp",
    "copysign",
    "fmax",
    "fmin",
    "heaviside",
    "is_finite",
    "is_infinite",
    "is_nan",
    "is_near",
    "is_same",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "nan_to_num",
    "rectify",
    "sign",
    "signbit",
    "threshold",
    "within",
]

# Steps: flat almost everywhere, or questions.
sign = Rule("sign", home=home)
signbit = Rule("signbit", home=home)
heaviside = Rule("heaviside", home=home)
is_nan = Rule("is_nan", home=home)
is_infinite = Rule("is_infinite", home=home)
is_finite = Rule("is_finite", home=home)
is_near = Rule("is_near", parameters=3, home=home)
is_same = Rule("is_same", home=home)
logical_not = Rule("logical_not", home=home)
logical_or = Rule("logical_or", home=home)
logical_xor = Rule("logical_xor", home=home)
within = Rule("within", home=home)


def absolute_dx(g: float, x: float) -> float:
    return mul(g, sign(x))


absolute = Rule("absolute", absolute_dx, accepts=NUMBERS, home=home)


def copysign_dx(g: float, out: float, x: float) -> float:
    return mul(g, mul(sign(out), sign(x)))


copysign = Rule("copysign", copysign_dx, None, accepts=FLOATS, home=home)


def maximum_dx(g: float, x: float, y: float) -> float:
    return where(lt(x, y), 0.0, where(eq(x, y), mul(0.5, g), g))


def maximum_dy(g: float, x: float, y: float) -> float:
    return where(lt(y, x), 0.0, where(eq(x, y), mul(0.5, g), g))


maximum = Rule("maximum", maximum_dx, maximum_dy, home=home)


def minimum_dx(g: float, x: float, y: float) -> float:
    return where(lt(y, x), 0.0, where(eq(x, y), mul(0.5, g), g))


def minimum_dy(g: float, x: float, y: float) -> float:
    return where(lt(x, y), 0.0, where(eq(x, y), mul(0.5, g), g))


minimum = Rule("minimum", minimum_dx, minimum_dy, home=home)


def fmax_dx(g: float, x: float, y: float) -> float:
    return where(logical_or(le(y, x), is_nan(y)), g, 0.0)


def fmax_dy(g: float, x: float, y: float) -> float:
    return where(logical_or(le(y, x), is_nan(y)), 0.0, g)


fmax = Rule("fmax", fmax_dx, fmax_dy, home=home)


def fmin_dx(g: float, x: float, y: float) -> float:
    return where(logical_or(le(x, y), is_nan(y)), g, 0.0)


def fmin_dy(g: float, x: float, y: float) -> float:
    return where(logical_or(le(x, y), is_nan(y)), 0.0, g)


fmin = Rule("fmin", fmin_dx, fmin_dy, home=home)


def clamp_dx(g: float, x: float, lo: float, hi: float) -> float:
    return where(within(x, lo, hi), g, 0.0)


def clamp_dlo(g: float, x: float, lo: float, hi: float) -> float:
    return where(lt(x, lo), where(lt(lo, hi), g, 0.0), 0.0)


def clamp_dhi(g: float, x: float, lo: float, hi: float) -> float:
    return where(logical_or(lt(hi, x), lt(hi, lo)), g, 0.0)


clamp = Rule("clamp", clamp_dx, clamp_dlo, clamp_dhi, accepts=NUMBERS, home=home)


def at_least_dx(g: float, x: float, lo: float) -> float:
    return where(le(lo, x), g, 0.0)


def at_least_dlo(g: float, x: float, lo: float) -> float:
    return where(lt(x, lo), g, 0.0)


at_least = Rule("at_least", at_least_dx, at_least_dlo, home=home)


def at_most_dx(g: float, x: float, hi: float) -> float:
    return where(le(x, hi), g, 0.0)


def at_most_dhi(g: float, x: float, hi: float) -> float:
    return where(lt(hi, x), g, 0.0)


at_most = Rule("at_most", at_most_dx, at_most_dhi, home=home)


def rectify_dx(g: float, out: float) -> float:
    return where(le(out, 0.0), 0.0, g)


rectify = Rule("rectify", rectify_dx, accepts=NUMBERS, home=home)


def threshold_dx(g: float, x: float, limit: float) -> float:
    return where(le(x, limit), 0.0, g)


threshold = Rule("threshold", threshold_dx, parameters=2, accepts=NUMBERS, home=home)


def nan_to_num_dx(g: float, x: float) -> float:
    return where(is_finite(x), g, 0.0)


nan_to_num = Rule("nan_to_num", nan_to_num_dx, parameters=3, accepts=FLOATS, home=home)
