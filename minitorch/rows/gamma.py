"""Rows of the gamma function's family.

Idea: each differentiates to the next: lgamma, digamma, polygamma of one order more. What has no
    row (the derivative of igamma in a, of zeta in x) is refused by the face.
Not here: the formulas (../formulas/gamma.py).
Read next: bessel.py
"""

from __future__ import annotations

from minitorch.formulas import gamma as home
from minitorch.rules import FLOATS, Rule, add, inv, mul, neg

__all__ = ["digamma", "gamma_density", "igamma", "igammac", "lgamma", "polygamma", "zeta"]


def lgamma_dx(g: float, x: float) -> float:
    return mul(g, digamma(x))


lgamma = Rule("lgamma", lgamma_dx, result="float", home=home)


def digamma_dx(g: float, x: float) -> float:
    return mul(g, polygamma(x, 1.0))


digamma = Rule("digamma", digamma_dx, result="float", home=home)


def polygamma_dx(g: float, x: float, n: float) -> float:
    return mul(g, polygamma(x, add(n, 1.0)))


polygamma = Rule("polygamma", polygamma_dx, parameters=1, result="float", home=home)


def zeta_dq(g: float, x: float, q: float) -> float:
    return neg(mul(g, mul(x, zeta(add(x, 1.0), q))))


zeta = Rule("zeta", None, zeta_dq, result="float", home=home)


def gamma_density_dx(g: float, out: float, a: float, x: float) -> float:
    return mul(g, mul(out, add(mul(add(a, -1.0), inv(x)), -1.0)))


gamma_density = Rule("gamma_density", None, gamma_density_dx, accepts=FLOATS, home=home)


def igamma_dx(g: float, a: float, x: float) -> float:
    return mul(g, gamma_density(a, x))


igamma = Rule("igamma", None, igamma_dx, result="float", home=home)


def igammac_dx(g: float, a: float, x: float) -> float:
    return neg(mul(g, gamma_density(a, x)))


igammac = Rule("igammac", None, igammac_dx, result="float", home=home)
