"""Rows of trigonometric and hyperbolic functions, and their inverses.

Idea: the derivatives of the inverses are algebraic: 1 / (1 + x^2) and its like.
Not here: the formulas (../formulas/trigonometry.py); sin, cos, tanh (../rules.py).
Read next: whole.py
"""

from __future__ import annotations

from minitorch.formulas import trigonometry as home
from minitorch.rows.powers import rsqrt
from minitorch.rules import Rule, add, cos, eq, inv, mul, neg, where

__all__ = [
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cosh",
    "sinc",
    "sinh",
    "tan",
]

angle = Rule("angle", result="float", home=home)


def tan_dx(g: float, out: float) -> float:
    return mul(g, add(1.0, mul(out, out)))


tan = Rule("tan", tan_dx, result="float", home=home)


def asin_dx(g: float, x: float) -> float:
    return mul(g, rsqrt(add(1.0, neg(mul(x, x)))))


asin = Rule("asin", asin_dx, result="float", home=home)


def acos_dx(g: float, x: float) -> float:
    return neg(mul(g, rsqrt(add(1.0, neg(mul(x, x))))))


acos = Rule("acos", acos_dx, result="float", home=home)


def atan_dx(g: float, x: float) -> float:
    return mul(g, inv(add(1.0, mul(x, x))))


atan = Rule("atan", atan_dx, result="float", home=home)


def atan2_dx(g: float, x: float, y: float) -> float:
    return mul(g, mul(y, inv(add(mul(x, x), mul(y, y)))))


def atan2_dy(g: float, x: float, y: float) -> float:
    return neg(mul(g, mul(x, inv(add(mul(x, x), mul(y, y))))))


atan2 = Rule("atan2", atan2_dx, atan2_dy, result="float", home=home)


def sinh_dx(g: float, x: float) -> float:
    return mul(g, cosh(x))


sinh = Rule("sinh", sinh_dx, result="float", home=home)


def cosh_dx(g: float, x: float) -> float:
    return mul(g, sinh(x))


cosh = Rule("cosh", cosh_dx, result="float", home=home)


def asinh_dx(g: float, x: float) -> float:
    return mul(g, rsqrt(add(mul(x, x), 1.0)))


asinh = Rule("asinh", asinh_dx, result="float", home=home)


def acosh_dx(g: float, x: float) -> float:
    return mul(g, rsqrt(add(mul(x, x), -1.0)))


acosh = Rule("acosh", acosh_dx, result="float", home=home)


def atanh_dx(g: float, x: float) -> float:
    return mul(g, inv(add(1.0, neg(mul(x, x)))))


atanh = Rule("atanh", atanh_dx, result="float", home=home)


def sinc_dx(g: float, out: float, x: float) -> float:
    slope = mul(add(cos(mul(x, 3.141592653589793)), neg(out)), inv(x))  # (cos(pi x) - out) / x
    return where(eq(x, 0.0), 0.0, mul(g, slope))


sinc = Rule("sinc", sinc_dx, result="float", home=home)
