"""Activations and the losses of single cells, as PyTorch has them.

Idea: a formula whose arguments after the first ones are settings (a slope, a bound); NaN stays NaN.
Not here: `rectify` and `threshold` (ordering.py), softmax, which is no function of single cells.
Read next: powers.py
"""

from __future__ import annotations

from minitorch.formulas.powers import expm1, log1p
from minitorch.operators import erf, exp, ln, sigmoid, tanh

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


def leaky_relu(x: float, slope: float) -> float:
    """x where it is positive, else slope * x.

    >>> leaky_relu(-2.0, 0.5)
    -1.0
    """
    return x if x > 0.0 else x * slope


def prelu(x: float, weight: float) -> float:
    """x where it is positive, else weight * x; the weight is learnt.

    >>> prelu(-2.0, 0.5)
    -1.0
    """
    return x if x > 0.0 else weight * x


def hardtanh(x: float, lo: float, hi: float) -> float:
    """x, but at least lo and at most hi; flat at the bounds themselves.

    >>> hardtanh(5.0, -1.0, 1.0)
    1.0
    """
    y = lo if x < lo else x
    return hi if y > hi else y


def elu(x: float, alpha: float, scale: float, inner: float) -> float:
    """scale * x where x is positive, else scale * alpha * (e^(inner * x) - 1).

    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", 2016; with a scale, selu (Klambauer and others 2017).

    >>> elu(2.0, 1.0, 3.0, 1.0)
    6.0
    """
    return expm1(x * inner) * (alpha * scale) if x <= 0.0 else x * scale


def gelu(x: float) -> float:
    """x times the probability that a standard normal number is below x.

    Hendrycks and Gimpel, "Gaussian error linear units", 2016: x (1 + erf(x / sqrt(2))) / 2.

    >>> gelu(0.0)
    0.0
    """
    return x * 0.5 * (1.0 + erf(x * 0.7071067811865476))


def gelu_tanh(x: float) -> float:
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2: nearly `gelu`.

    >>> gelu_tanh(0.0)
    0.0
    """
    return x * 0.5 * (1.0 + tanh(x * (x * x * 0.035677408136300125 + 0.7978845608028654)))


def silu(x: float) -> float:
    """x * sigmoid(x), also called swish.

    >>> silu(0.0)
    0.0
    """
    return x * sigmoid(x)


def softplus(x: float, beta: float, threshold: float) -> float:
    """ln(1 + e^(beta * x)) / beta; x itself where beta * x is above the threshold.

    >>> softplus(30.0, 1.0, 20.0), round(softplus(0.0, 1.0, 20.0), 4)
    (30.0, 0.6931)
    """
    return x if x * beta > threshold else log1p(exp(x * beta)) / beta


def mish(x: float) -> float:
    """x * tanh(ln(1 + e^x)) (Misra 2019).

    >>> round(mish(1.0), 4)
    0.8651
    """
    return x * tanh(log1p(exp(x)))


def log_sigmoid(x: float) -> float:
    """ln(sigmoid(x)), written so that nothing overflows.

    >>> log_sigmoid(-1000.0)
    -1000.0
    """
    return (0.0 if x >= 0.0 else x) - log1p(exp(-abs(x)))


def hardsigmoid(x: float) -> float:
    """x / 6 + 1/2, but at least 0 and at most 1.

    >>> hardsigmoid(0.0), hardsigmoid(9.0)
    (0.5, 1.0)
    """
    y = x + 3.0
    y = 0.0 if y < 0.0 else y
    return (6.0 if y > 6.0 else y) / 6.0


def hardswish(x: float) -> float:
    """x * hardsigmoid(x).

    >>> hardswish(9.0)
    9.0
    """
    return x * hardsigmoid(x)


def hardshrink(x: float, bound: float) -> float:
    """0 where |x| <= bound, else x.

    >>> hardshrink(0.5, 1.0)
    0.0
    """
    return 0.0 if -bound <= x <= bound else x


def softshrink(x: float, bound: float) -> float:
    """x moved towards 0 by the bound, but not past it.

    >>> softshrink(3.0, 1.0), softshrink(0.5, 1.0)
    (2.0, 0.0)
    """
    if x > bound:
        return x - bound
    return x + bound if x < -bound else x * 0.0


# Losses of one prediction x and its target y.


def squared_difference(x: float, y: float) -> float:
    """(x - y)^2.

    >>> squared_difference(1.0, 3.0)
    4.0
    """
    return (x - y) * (x - y)


def huber(x: float, y: float, delta: float) -> float:
    """d^2 / 2 where d = |x - y| is at most delta, else delta * (d - delta / 2) (Huber 1964).

    >>> huber(0.0, 1.0, 2.0), huber(0.0, 3.0, 2.0)
    (0.5, 4.0)
    """
    d = abs(x - y)
    return 0.5 * d * d if d <= delta else delta * (d - 0.5 * delta)


def smooth_l1(x: float, y: float, beta: float) -> float:
    """d^2 / (2 beta) where d = |x - y| is below beta, else d - beta / 2.

    >>> smooth_l1(0.0, 1.0, 2.0), smooth_l1(0.0, 3.0, 2.0)
    (0.25, 2.0)
    """
    d = abs(x - y)
    return 0.5 * d * d / beta if d < beta else d - 0.5 * beta


def binary_entropy(x: float, y: float) -> float:
    """-(y ln x + (1 - y) ln(1 - x)), each logarithm at least -100.

    >>> binary_entropy(0.0, 1.0), binary_entropy(0.0, 0.0)
    (100.0, 0.0)
    """
    yes, no = ln(x), log1p(-x)
    yes = -100.0 if yes < -100.0 else yes
    no = -100.0 if no < -100.0 else no
    return (y - 1.0) * no - y * yes


def binary_entropy_of_logit(x: float, y: float) -> float:
    """`binary_entropy` of sigmoid(x) and y, written so that nothing overflows.

    >>> round(binary_entropy_of_logit(0.0, 1.0), 4)
    0.6931
    """
    return (1.0 - y) * x - log_sigmoid(x)
