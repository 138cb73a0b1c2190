"""Rows of the activations, and of the losses of single cells.

Idea: a derivative says for each cell which side of the bend it is on; masks are `where`, and what
    is not chosen is kept finite (`at_most`), since the next derivative multiplies it by 0.
Not here: the formulas (../formulas/activation.py), `rectify` and `threshold` (ordering.py).
Read next: powers.py
"""

from __future__ import annotations

from minitorch.formulas import activation as home
from minitorch.rows.ordering import at_least, at_most, logical_or, sign
from minitorch.rows.powers import log1p
from minitorch.rules import (
    FLOATS,
    NUMBERS,
    Rule,
    add,
    erf,
    exp,
    inv,
    le,
    ln,
    lt,
    mul,
    neg,
    sigmoid,
    tanh,
    where,
)

__all__ = [
    "binary_entropy",
    "binary_entropy_of_logit",
    "elu",
    "gelu",
    "gelu_tanh",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "prelu",
    "silu",
    "smooth_l1",
    "softplus",
    "softshrink",
    "squared_difference",
]


def leaky_relu_dx(g: float, x: float, slope: float) -> float:
    return where(lt(0.0, x), g, mul(g, slope))


leaky_relu = Rule("leaky_relu", leaky_relu_dx, parameters=1, accepts=FLOATS, home=home)


def prelu_dx(g: float, x: float, weight: float) -> float:
    return where(lt(0.0, x), g, mul(g, weight))


def prelu_dweight(g: float, x: float) -> float:
    return where(lt(0.0, x), 0.0, mul(g, x))


prelu = Rule("prelu", prelu_dx, prelu_dweight, accepts=FLOATS, home=home)


def hardtanh_dx(g: float, x: float, lo: float, hi: float) -> float:
    return where(logical_or(le(x, lo), le(hi, x)), 0.0, g)


hardtanh = Rule("hardtanh", hardtanh_dx, parameters=2, accepts=NUMBERS, home=home)


def elu_dx(g: float, x: float, alpha: float, scale: float, inner: float) -> float:
    below = mul(mul(g, mul(mul(inner, alpha), scale)), exp(mul(at_most(x, 0.0), inner)))
    return where(le(x, 0.0), below, mul(g, scale))


elu = Rule("elu", elu_dx, parameters=3, accepts=FLOATS, home=home)


def gelu_dx(g: float, x: float) -> float:
    below = mul(0.5, add(1.0, erf(mul(x, 0.7071067811865476))))  # 1 / sqrt(2)
    density = mul(0.3989422804014327, exp(mul(-0.5, mul(x, x))))  # 1 / sqrt(2 pi)
    return mul(g, add(below, mul(x, density)))


gelu = Rule("gelu", gelu_dx, accepts=FLOATS, home=home)


def gelu_tanh_dx(g: float, x: float) -> float:
    square = mul(x, x)
    t = tanh(mul(x, add(0.7978845608028654, mul(square, 0.035677408136300125))))
    slope = add(0.7978845608028654, mul(square, 0.10703222440890037))
    rest = mul(mul(x, slope), add(1.0, neg(mul(t, t))))
    return mul(g, mul(0.5, add(add(1.0, t), rest)))


gelu_tanh = Rule("gelu_tanh", gelu_tanh_dx, accepts=FLOATS, home=home)


def silu_dx(g: float, x: float) -> float:
    s = sigmoid(x)
    return mul(g, mul(s, add(1.0, mul(x, add(1.0, neg(s))))))


silu = Rule("silu", silu_dx, accepts=FLOATS, home=home)


def softplus_dx(g: float, x: float, beta: float, threshold: float) -> float:
    return where(lt(threshold, mul(x, beta)), g, mul(g, sigmoid(mul(x, beta))))


softplus = Rule("softplus", softplus_dx, parameters=2, accepts=FLOATS, home=home)


def log_sigmoid_dx(g: float, x: float) -> float:
    return mul(g, sigmoid(neg(x)))


log_sigmoid = Rule("log_sigmoid", log_sigmoid_dx, accepts=FLOATS, home=home)


def mish_dx(g: float, x: float) -> float:
    t = tanh(neg(log_sigmoid(neg(x))))
    return mul(g, add(t, mul(mul(x, sigmoid(x)), add(1.0, neg(mul(t, t))))))


mish = Rule("mish", mish_dx, accepts=FLOATS, home=home)


def hardsigmoid_dx(g: float, x: float) -> float:
    return where(lt(-3.0, x), where(lt(x, 3.0), mul(g, 0.16666666666666666), 0.0), 0.0)


hardsigmoid = Rule("hardsigmoid", hardsigmoid_dx, accepts=FLOATS, home=home)


def hardswish_dx(g: float, x: float) -> float:
    bend = mul(g, add(mul(x, 0.3333333333333333), 0.5))
    return where(le(x, -3.0), 0.0, where(lt(x, 3.0), bend, g))


hardswish = Rule("hardswish", hardswish_dx, accepts=FLOATS, home=home)


def hardshrink_dx(g: float, x: float, bound: float) -> float:
    return where(le(neg(bound), x), where(le(x, bound), 0.0, g), g)


hardshrink = Rule("hardshrink", hardshrink_dx, parameters=1, accepts=FLOATS, home=home)


def softshrink_dx(g: float, x: float, bound: float) -> float:
    return where(le(neg(bound), x), where(le(x, bound), 0.0, g), g)


softshrink = Rule("softshrink", softshrink_dx, parameters=1, accepts=FLOATS, home=home)


def squared_difference_dx(g: float, x: float, y: float) -> float:
    return mul(mul(2.0, g), add(x, neg(y)))


def squared_difference_dy(g: float, x: float, y: float) -> float:
    return mul(mul(2.0, g), add(y, neg(x)))


squared_difference = Rule(
    "squared_difference",
    squared_difference_dx,
    squared_difference_dy,
    accepts=NUMBERS,
    home=home,
)


def huber_dx(g: float, x: float, y: float, delta: float) -> float:
    d = add(x, neg(y))
    return mul(g, where(lt(delta, d), delta, where(lt(d, neg(delta)), neg(delta), d)))


def huber_dy(g: float, x: float, y: float, delta: float) -> float:
    d = add(y, neg(x))
    return mul(g, where(lt(delta, d), delta, where(lt(d, neg(delta)), neg(delta), d)))


huber = Rule("huber", huber_dx, huber_dy, parameters=1, accepts=FLOATS, home=home)


def smooth_l1_dx(g: float, x: float, y: float, beta: float) -> float:
    d = add(x, neg(y))
    return mul(g, where(lt(mul(d, sign(d)), beta), mul(d, inv(beta)), sign(d)))


def smooth_l1_dy(g: float, x: float, y: float, beta: float) -> float:
    d = add(y, neg(x))
    return mul(g, where(lt(mul(d, sign(d)), beta), mul(d, inv(beta)), sign(d)))


smooth_l1 = Rule("smooth_l1", smooth_l1_dx, smooth_l1_dy, parameters=1, accepts=FLOATS, home=home)


def binary_entropy_dx(g: float, x: float, y: float) -> float:
    room = at_least(mul(x, add(1.0, neg(x))), 1e-12)
    return mul(g, mul(add(x, neg(y)), inv(room)))


def binary_entropy_dy(g: float, x: float) -> float:
    return mul(g, add(log1p(neg(x)), neg(ln(x))))


binary_entropy = Rule(
    "binary_entropy", binary_entropy_dx, binary_entropy_dy, accepts=FLOATS, home=home
)


def binary_entropy_of_logit_dx(g: float, x: float, y: float) -> float:
    return mul(g, add(sigmoid(x), neg(y)))


def binary_entropy_of_logit_dy(g: float, x: float) -> float:
    return neg(mul(g, x))


binary_entropy_of_logit = Rule(
    "binary_entropy_of_logit",
    binary_entropy_of_logit_dx,
    binary_entropy_of_logit_dy,
    accepts=FLOATS,
    home=home,
)
