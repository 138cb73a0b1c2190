"""Rows of powers, exponentials and logarithms.

Idea: x^y differentiates to itself with other exponents; at the edges (x or y zero) PyTorch's masks.
Not here: the formulas (../formulas/powers.py); exp, ln, sqrt (../rules.py).
Read next: trigonometry.py
"""

from __future__ import annotations

from minitorch.formulas import powers as home
from minitorch.rows.ordering import sign, within
from minitorch.rules import FLOATS, Rule, add, eq, exp, inv, le, ln, logical_and, mul, neg, where

__all__ = [
    "abs_power",
    "exp2",
    "expm1",
    "hypot",
    "lerp",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "power",
    "power_of_sum",
    "root",
    "rsqrt",
    "xlog1py",
    "xlogy",
]


def power_dx(g: float, x: float, y: float) -> float:
    return where(eq(y, 0.0), 0.0, mul(g, mul(y, power(x, add(y, -1.0)))))


def power_dy(g: float, out: float, x: float, y: float) -> float:
    return where(logical_and(eq(x, 0.0), le(0.0, y)), 0.0, mul(g, mul(out, ln(x))))


power = Rule("power", power_dx, power_dy, accepts=FLOATS, home=home)


def abs_power_dx(g: float, x: float, p: float) -> float:
    slope = mul(p, mul(abs_power(x, add(p, -1.0)), sign(x)))
    return where(eq(x, 0.0), 0.0, mul(g, slope))


abs_power = Rule("abs_power", abs_power_dx, parameters=1, accepts=FLOATS, home=home)


def power_of_sum_dx(g: float, out: float, x: float, p: float) -> float:
    slope = mul(p, power_of_sum(x, add(p, -1.0)))
    return where(eq(out, 0.0), 0.0, mul(g, slope))


power_of_sum = Rule("power_of_sum", power_of_sum_dx, parameters=1, accepts=FLOATS, home=home)


def root_dx(g: float, out: float) -> float:
    return where(eq(out, 0.0), 0.0, mul(g, inv(add(out, out))))


root = Rule("root", root_dx, result="float", home=home)


def rsqrt_dx(g: float, out: float) -> float:
    return mul(g, mul(-0.5, mul(out, mul(out, out))))


rsqrt = Rule("rsqrt", rsqrt_dx, result="float", home=home)


def exp2_dx(g: float, out: float) -> float:
    return mul(g, mul(out, 0.6931471805599453))  # ln 2


exp2 = Rule("exp2", exp2_dx, result="float", home=home)


def expm1_dx(g: float, out: float) -> float:
    return mul(g, add(out, 1.0))


expm1 = Rule("expm1", expm1_dx, result="float", home=home)


def log1p_dx(g: float, x: float) -> float:
    return mul(g, inv(add(x, 1.0)))


log1p = Rule("log1p", log1p_dx, result="float", home=home)


def log2_dx(g: float, x: float) -> float:
    return mul(g, inv(mul(x, 0.6931471805599453)))  # ln 2


log2 = Rule("log2", log2_dx, result="float", home=home)


def log10_dx(g: float, x: float) -> float:
    return mul(g, inv(mul(x, 2.302585092994046)))  # ln 10


log10 = Rule("log10", log10_dx, result="float", home=home)


def hypot_dx(g: float, out: float, x: float) -> float:
    return mul(g, mul(x, inv(out)))


def hypot_dy(g: float, out: float, y: float) -> float:
    return mul(g, mul(y, inv(out)))


hypot = Rule("hypot", hypot_dx, hypot_dy, accepts=FLOATS, home=home)


def logaddexp_dx(g: float, out: float, x: float) -> float:
    return mul(g, exp(add(x, neg(out))))


def logaddexp_dy(g: float, out: float, y: float) -> float:
    return mul(g, exp(add(y, neg(out))))


logaddexp = Rule("logaddexp", logaddexp_dx, logaddexp_dy, accepts=FLOATS, home=home)


def logaddexp2_dx(g: float, out: float, x: float) -> float:
    return mul(g, exp2(add(x, neg(out))))


def logaddexp2_dy(g: float, out: float, y: float) -> float:
    return mul(g, exp2(add(y, neg(out))))


logaddexp2 = Rule("logaddexp2", logaddexp2_dx, logaddexp2_dy, accepts=FLOATS, home=home)


def xlogy_dx(g: float, x: float, y: float) -> float:
    return where(logical_and(eq(x, 0.0), le(y, 0.0)), 0.0, xlogy(g, y))


def xlogy_dy(g: float, x: float, y: float) -> float:
    return mul(g, mul(x, inv(y)))


xlogy = Rule("xlogy", xlogy_dx, xlogy_dy, result="float", home=home)


def xlog1py_dx(g: float, x: float, y: float) -> float:
    return where(logical_and(eq(x, 0.0), le(y, -1.0)), 0.0, xlog1py(g, y))


def xlog1py_dy(g: float, x: float, y: float) -> float:
    return mul(g, mul(x, inv(add(y, 1.0))))


xlog1py = Rule("xlog1py", xlog1py_dx, xlog1py_dy, result="float", home=home)


def logit_dx(g: float, x: float, lo: float, hi: float) -> float:
    return where(within(x, lo, hi), mul(g, inv(mul(x, add(1.0, neg(x))))), 0.0)


logit = Rule("logit", logit_dx, parameters=2, result="float", home=home)


def lerp_dx(g: float, weight: float) -> float:
    return mul(g, add(1.0, neg(weight)))


def lerp_dy(g: float, weight: float) -> float:
    return mul(g, weight)


def lerp_dweight(g: float, x: float, y: float) -> float:
    return mul(g, add(y, neg(x)))


lerp = Rule("lerp", lerp_dx, lerp_dy, lerp_dweight, accepts=FLOATS, home=home)
