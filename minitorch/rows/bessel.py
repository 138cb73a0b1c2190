"""Rows of Bessel functions, which differentiate to each other, and of Airy's.

Idea: f0' = -f1 and f1' = f0 - f1 / x, with signs as the kind has them.
Not here: the formulas (../formulas/bessel.py).
Read next: polynomials.py
"""

from __future__ import annotations

from minitorch.formulas import bessel as home
from minitorch.rows.ordering import sign
from minitorch.rules import Rule, add, cos, eq, inv, mul, neg, where

__all__ = [
    "bessel_i0",
    "bessel_i1",
    "bessel_j0",
    "bessel_j1",
    "bessel_k0",
    "bessel_k1",
    "bessel_y0",
    "bessel_y1",
    "scaled_i0",
    "scaled_i1",
    "scaled_k0",
    "scaled_k1",
    "spherical_j0",
]


def bessel_j0_dx(g: float, x: float) -> float:
    return neg(mul(g, bessel_j1(x)))


bessel_j0 = Rule("bessel_j0", bessel_j0_dx, result="float", home=home)


def bessel_j1_dx(g: float, out: float, x: float) -> float:
    slope = where(eq(x, 0.0), 0.5, add(bessel_j0(x), neg(mul(out, inv(x)))))
    return mul(g, slope)


bessel_j1 = Rule("bessel_j1", bessel_j1_dx, result="float", home=home)


def bessel_y0_dx(g: float, x: float) -> float:
    return neg(mul(g, bessel_y1(x)))


bessel_y0 = Rule("bessel_y0", bessel_y0_dx, result="float", home=home)


def bessel_y1_dx(g: float, out: float, x: float) -> float:
    return mul(g, add(bessel_y0(x), neg(mul(out, inv(x)))))


bessel_y1 = Rule("bessel_y1", bessel_y1_dx, result="float", home=home)


def spherical_j0_dx(g: float, out: float, x: float) -> float:
    return mul(g, where(eq(x, 0.0), 0.0, mul(add(cos(x), neg(out)), inv(x))))


spherical_j0 = Rule("spherical_j0", spherical_j0_dx, result="float", home=home)


def bessel_i0_dx(g: float, x: float) -> float:
    return mul(g, bessel_i1(x))


bessel_i0 = Rule("bessel_i0", bessel_i0_dx, result="float", home=home)


def bessel_i1_dx(g: float, out: float, x: float) -> float:
    return mul(g, where(eq(x, 0.0), 0.5, add(bessel_i0(x), neg(mul(out, inv(x))))))


bessel_i1 = Rule("bessel_i1", bessel_i1_dx, result="float", home=home)


def scaled_i0_dx(g: float, out: float, x: float) -> float:
    return mul(g, add(scaled_i1(x), neg(mul(out, sign(x)))))


scaled_i0 = Rule("scaled_i0", scaled_i0_dx, result="float", home=home)


def scaled_i1_dx(g: float, out: float, x: float) -> float:
    slope = add(scaled_i0(x), neg(mul(out, add(sign(x), inv(x)))))
    return mul(g, where(eq(x, 0.0), 0.5, slope))


scaled_i1 = Rule("scaled_i1", scaled_i1_dx, result="float", home=home)


def bessel_k0_dx(g: float, x: float) -> float:
    return neg(mul(g, bessel_k1(x)))


bessel_k0 = Rule("bessel_k0", bessel_k0_dx, result="float", home=home)


def bessel_k1_dx(g: float, out: float, x: float) -> float:
    return neg(mul(g, add(bessel_k0(x), mul(out, inv(x)))))


bessel_k1 = Rule("bessel_k1", bessel_k1_dx, result="float", home=home)


def scaled_k0_dx(g: float, out: float, x: float) -> float:
    return mul(g, add(out, neg(scaled_k1(x))))


scaled_k0 = Rule("scaled_k0", scaled_k0_dx, result="float", home=home)


def scaled_k1_dx(g: float, out: float, x: float) -> float:
    return mul(g, add(mul(out, add(1.0, neg(inv(x)))), neg(scaled_k0(x))))


scaled_k1 = Rule("scaled_k1", scaled_k1_dx, result="float", home=home)
