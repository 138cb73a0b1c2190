"""Rows of the error function's family.

Idea: their derivatives are all e^(-x^2), of x or of what the inverse found.
Not here: the formulas (../formulas/error_function.py), erf (../rules.py).
Read next: gamma.py
"""

from __future__ import annotations

from minitorch.formulas import error_function as home
from minitorch.rules import Rule, add, exp, inv, ln, mul, neg

__all__ = ["entr", "erfc", "erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]


def erfc_dx(g: float, x: float) -> float:
    return neg(mul(mul(g, 1.1283791670955126), exp(neg(mul(x, x)))))  # 2 / sqrt(pi)


erfc = Rule("erfc", erfc_dx, result="float", home=home)


def erfcx_dx(g: float, out: float, x: float) -> float:
    return mul(g, add(mul(2.0, mul(x, out)), -1.1283791670955126))  # 2 / sqrt(pi)


erfcx = Rule("erfcx", erfcx_dx, result="float", home=home)


def erfinv_dx(g: float, out: float) -> float:
    return mul(mul(g, 0.886226925452758), exp(mul(out, out)))  # sqrt(pi) / 2


erfinv = Rule("erfinv", erfinv_dx, result="float", home=home)


def ndtr_dx(g: float, x: float) -> float:
    return mul(mul(g, 0.3989422804014327), exp(mul(-0.5, mul(x, x))))  # 1 / sqrt(2 pi)


ndtr = Rule("ndtr", ndtr_dx, result="float", home=home)


def log_ndtr_dx(g: float, x: float) -> float:
    scaled = erfcx(mul(x, -0.7071067811865476))  # 1 / sqrt(2)
    return mul(g, mul(0.7978845608028654, inv(scaled)))  # sqrt(2 / pi)


log_ndtr = Rule("log_ndtr", log_ndtr_dx, result="float", home=home)


def ndtri_dx(g: float, out: float) -> float:
    return mul(mul(g, 2.5066282746310007), exp(mul(0.5, mul(out, out))))  # sqrt(2 pi)


ndtri = Rule("ndtri", ndtri_dx, result="float", home=home)


def entr_dx(g: float, x: float) -> float:
    return neg(mul(g, add(1.0, ln(x))))


entr = Rule("entr", entr_dx, result="float", home=home)
