"""torch.special: the error, gamma and Bessel functions, and orthogonal polynomials.

Idea: each op is a row of the op table under the names that PyTorch has for it, in `torch`, on
    tensors, and in `torch.special`. What PyTorch cannot differentiate is refused here too.
Not here: the series (../formulas/), functions that everybody knows (elementary.py).
Read next: reductions.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import GradientError
from minitorch.rows import bessel, error_function, gamma, polynomials, powers, trigonometry
from minitorch.rules import Rule
from minitorch.tensor_functions import row_function
from minitorch.torch.elementary import logit, round
from minitorch.torch.extremes import logsumexp
from minitorch.torch.face import FUNCTIONS, apply_row, op
from minitorch.torch.missing import getattr_of
from minitorch.torch.nn.functional.probability import log_softmax, softmax
from minitorch.torch.pointwise import add, mul
from minitorch.torch.refusals import barred

__all__ = [
    "SPECIAL",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "mvlgamma",
    "polygamma",
    "round",
    "softmax",
]

SPECIAL: dict[str, Any] = {}  # torch.special.NAME


def _place(rule: Rule, names: str, text: str, bar: str = "", inplace: bool = True) -> None:
    """Give a row its names: `special.x` only in torch.special, others everywhere.

    `bar` are the operands, by number, through which no gradient comes.
    """
    function = row_function(rule)
    titles = names.split()
    closed = [int(k) for k in bar]

    def call(*operands: Any) -> Any:
        if closed:
            operands = tuple(
                [
                    barred(it, f"operand {k} of {titles[0]}") if k in closed else it
                    for k, it in enumerate(operands)
                ]
            )
        if len(operands) == 1:
            return function.apply(*operands)
        return apply_row(function, *operands)

    call.__name__ = titles[0].removeprefix("special.")
    call.__doc__ = text
    plain = [title for title in titles if not title.startswith("special.")]
    if plain:
        made = op(name=plain[0], also=plain[1:], inplace=inplace)(call)
    else:
        made = op(function=False, method=False)(call)
    for title in titles:
        if title.startswith("special."):
            SPECIAL[title.removeprefix("special.")] = made


for _rule, _names, _text in (
    (rules.sigmoid, "special.expit", "1 / (1 + e^-input)."),
    (rules.erf, "special.erf", "The error function."),
    (powers.exp2, "special.exp2", "2^input."),
    (powers.expm1, "special.expm1", "e^input - 1."),
    (powers.log1p, "special.log1p", "The logarithm of 1 + input."),
    (powers.xlogy, "xlogy special.xlogy", "input * log(other); 0 where input is."),
    (powers.xlog1py, "special.xlog1py", "input * log(1 + other); 0 where input is."),
    (trigonometry.sinc, "special.sinc", "sin(pi x) / (pi x)."),
    (error_function.erfc, "erfc special.erfc", "1 - erf(input)."),
    (error_function.erfinv, "erfinv special.erfinv", "The number of this error function."),
    (error_function.erfcx, "special.erfcx", "e^(x^2) erfc(x)."),
    (error_function.ndtr, "special.ndtr", "The probability of less, of a normal number."),
    (error_function.ndtri, "special.ndtri", "The number of this probability of less."),
    (error_function.log_ndtr, "special.log_ndtr", "The logarithm of ndtr."),
    (error_function.entr, "special.entr", "-x log(x)."),
    (gamma.lgamma, "lgamma special.gammaln", "The logarithm of the gamma function."),
    (gamma.digamma, "digamma special.digamma special.psi", "The derivative of lgamma."),
    (
        bessel.bessel_i0,
        "i0 special.i0 special.modified_bessel_i0",
        "The modified Bessel function I0.",
    ),
    (bessel.scaled_i0, "special.i0e", "e^-|x| I0(x)."),
    (bessel.bessel_i1, "special.i1 special.modified_bessel_i1", "The modified Bessel function I1."),
    (bessel.scaled_i1, "special.i1e", "e^-|x| I1(x)."),
    (bessel.bessel_j0, "special.bessel_j0", "The Bessel function J0."),
    (bessel.bessel_j1, "special.bessel_j1", "The Bessel function J1."),
    (bessel.bessel_y0, "special.bessel_y0", "The Bessel function Y0."),
    (bessel.bessel_y1, "special.bessel_y1", "The Bessel function Y1."),
    (bessel.bessel_k0, "special.modified_bessel_k0", "The modified Bessel function K0."),
    (bessel.bessel_k1, "special.modified_bessel_k1", "The modified Bessel function K1."),
    (bessel.scaled_k0, "special.scaled_modified_bessel_k0", "e^x K0(x)."),
    (bessel.scaled_k1, "special.scaled_modified_bessel_k1", "e^x K1(x)."),
    (bessel.spherical_j0, "special.spherical_bessel_j0", "sin(x) / x."),
):
    _place(_rule, _names, _text)

_place(gamma.zeta, "special.zeta", "The zeta function of Hurwitz.", bar="0")
_place(gamma.igamma, "igamma special.gammainc", "The lower incomplete gamma function.", bar="0")
_place(gamma.igammac, "igammac special.gammaincc", "The upper incomplete gamma function.", bar="0")
_place(polynomials.airy_ai, "special.airy_ai", "Airy's function Ai.", bar="0")
_place(powers.logaddexp, "logaddexp", "log(e^input + e^other).", inplace=False)
_place(powers.logaddexp2, "logaddexp2", "log2(2^input + 2^other).", inplace=False)
_place(powers.hypot, "hypot", "sqrt(input^2 + other^2).")
_place(trigonometry.atan2, "atan2 arctan2", "The angle of the point (other, input).")

# The polynomials: PyTorch's name for each of ours.
for _ours, _theirs in (
    ("chebyshev_t", "chebyshev_polynomial_t"),
    ("chebyshev_u", "chebyshev_polynomial_u"),
    ("chebyshev_v", "chebyshev_polynomial_v"),
    ("chebyshev_w", "chebyshev_polynomial_w"),
    ("shifted_chebyshev_t", "shifted_chebyshev_polynomial_t"),
    ("shifted_chebyshev_u", "shifted_chebyshev_polynomial_u"),
    ("shifted_chebyshev_v", "shifted_chebyshev_polynomial_v"),
    ("shifted_chebyshev_w", "shifted_chebyshev_polynomial_w"),
    ("hermite_h", "hermite_polynomial_h"),
    ("hermite_he", "hermite_polynomial_he"),
    ("laguerre", "laguerre_polynomial_l"),
    ("legendre", "legendre_polynomial_p"),
):
    _place(polynomials.POLYNOMIALS[_ours], f"special.{_theirs}", "Of degree n at input.", bar="01")


Polygamma = row_function(gamma.polygamma)
Lgamma = row_function(gamma.lgamma)


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma.

    Raises:
        GradientError: n is negative.
    """
    if n < 0:
        raise GradientError(f"polygamma(n, x) does not support negative n. Got n = {n}")
    return Polygamma.apply(input, float(n))


@op(name="polygamma", function=False, inplace=True)
def _polygamma_of(input: Any, n: int) -> Any:
    """The n-th derivative of digamma."""
    return polygamma(n, input)


FUNCTIONS["polygamma"] = polygamma


@op(inplace=True)
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension p.

    Raises:
        GradientError: p is below 1.
    """
    if p < 1:
        raise GradientError(f"p has to be greater than or equal to 1, but got {p}")
    total: Any = 0.25 * p * (p - 1) * 1.1447298858494002  # ln(pi)
    for k in range(p):
        total = add(Lgamma.apply(add(mul(input, 1.0), -0.5 * k)), total)
    return total


multigammaln = mvlgamma
globals().update(SPECIAL)

__getattr__ = getattr_of(__name__)
