"""Samples of the rows of minitorch/rows/: where each is tried, and what PyTorch calls it.

Idea: one row per op. From it follow the tests of values, of derivatives of first and second order,
    of special values and of compiled code.
Not here: the tests (test_rows.py), the course's rows (samples.py).
Read next: test_rows.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from minitorch.rows import (
    activation,
    bessel,
    error_function,
    gamma,
    ordering,
    polynomials,
    powers,
    rounding,
    trigonometry,
    updates,
    whole,
)
from minitorch.rules import Rule

Interval = tuple[float, float]

ANY = (-2.3, 2.4)
POSITIVE = (0.4, 3.1)
INNER = (-0.9, 0.9)
SHARE = (0.05, 0.95)
ABOVE_ONE = (1.1, 4.0)


@dataclass(frozen=True)
class Row:
    """A row, an interval for each operand, its parameters, and PyTorch's function of the same."""

    rule: Rule
    theirs: Callable[..., Any] | None  # (torch, *operands, *parameters)
    domain: tuple[Interval, ...]
    parameters: tuple[float, ...] = ()
    whole: bool = False

    def points(self, count: int) -> list[list[float]]:
        """So many numbers for each operand, always the same, none on a kink."""
        drawn: list[list[float]] = []
        for k, (low, high) in enumerate(self.domain):
            shares = [((i + 1) * (0.618034 + 0.1 * k) + 0.137 * k) % 1.0 for i in range(count)]
            numbers = [low + (high - low) * share for share in shares]
            drawn.append([float(int(x)) for x in numbers] if self.whole else numbers)
        return drawn


def _named(name: str) -> Callable[..., Any]:
    """PyTorch's function of this name."""

    def call(torch: Any, *values: Any) -> Any:
        found = torch
        for part in name.split("."):
            found = getattr(found, part)
        return found(*values)

    return call


def _ordering() -> list[Row]:
    return [
        Row(ordering.absolute, _named("abs"), (ANY,)),
        Row(ordering.sign, _named("sign"), (ANY,)),
        Row(ordering.signbit, _named("signbit"), (ANY,)),
        Row(ordering.copysign, _named("copysign"), (ANY, ANY)),
        Row(ordering.heaviside, _named("heaviside"), (ANY, ANY)),
        Row(ordering.maximum, _named("maximum"), (ANY, ANY)),
        Row(ordering.minimum, _named("minimum"), (ANY, ANY)),
        Row(ordering.fmax, _named("fmax"), (ANY, ANY)),
        Row(ordering.fmin, _named("fmin"), (ANY, ANY)),
        Row(ordering.clamp, _named("clamp"), (ANY, (-2.0, 0.1), (-0.1, 2.0))),
        Row(ordering.at_least, _named("clamp_min"), (ANY, ANY)),
        Row(ordering.at_most, _named("clamp_max"), (ANY, ANY)),
        Row(ordering.rectify, _named("relu"), (ANY,)),
        Row(ordering.threshold, _named("nn.functional.threshold"), (ANY,), (0.3, -7.0)),
        Row(ordering.nan_to_num, _named("nan_to_num"), (ANY,), (1.0, 2.0, 3.0)),
        Row(ordering.is_nan, _named("isnan"), (ANY,)),
        Row(ordering.is_infinite, _named("isinf"), (ANY,)),
        Row(ordering.is_finite, _named("isfinite"), (ANY,)),
        Row(
            ordering.is_near,
            lambda torch, x, y, rtol, atol, nan: torch.isclose(x, y, rtol, atol, nan != 0.0),
            (ANY, ANY),
            (0.1, 0.1, 1.0),
        ),
        Row(ordering.is_same, _named("eq"), (ANY, ANY)),
        Row(ordering.logical_not, _named("logical_not"), (ANY,)),
        Row(ordering.logical_or, _named("logical_or"), (ANY, ANY)),
        Row(ordering.logical_xor, _named("logical_xor"), (ANY, ANY)),
        Row(
            ordering.within,
            lambda _, x, lo, hi: (x >= lo) & (x <= hi),
            (ANY, (-2.0, 0.1), (-0.1, 2.0)),
        ),
    ]


def _rounding() -> list[Row]:
    return [
        Row(rounding.floor, _named("floor"), (ANY,)),
        Row(rounding.ceil, _named("ceil"), (ANY,)),
        Row(rounding.trunc, _named("trunc"), (ANY,)),
        Row(rounding.round, _named("round"), (ANY,)),
        Row(rounding.frac, _named("frac"), (ANY,)),
        Row(rounding.div, _named("div"), (ANY, POSITIVE)),
        Row(rounding.floor_divide, _named("floor_divide"), (ANY, POSITIVE)),
        Row(rounding.trunc_divide, lambda torch, x, y: torch.trunc(x / y), (ANY, POSITIVE)),
        Row(rounding.remainder, _named("remainder"), (ANY, POSITIVE)),
        Row(rounding.fmod, _named("fmod"), (ANY, POSITIVE)),
        Row(rounding.mantissa_of, lambda torch, x: torch.frexp(x)[0], (ANY,)),
        Row(rounding.exponent_of, lambda torch, x: torch.frexp(x)[1], (ANY,)),
        Row(
            rounding.nextafter,
            lambda torch, x, y, *_: torch.nextafter(x, y),
            (ANY, ANY),
            (53.0, 5e-324),
        ),
    ]


def _powers() -> list[Row]:
    return [
        Row(powers.power, _named("pow"), (POSITIVE, ANY)),
        Row(powers.abs_power, lambda torch, x, p: torch.abs(x) ** p, (ANY,), (2.5,)),
        Row(powers.power_of_sum, lambda _, x, p: x**p, (POSITIVE,), (0.4,)),
        Row(powers.root, _named("sqrt"), (POSITIVE,)),
        Row(powers.rsqrt, _named("rsqrt"), (POSITIVE,)),
        Row(powers.exp2, _named("exp2"), (ANY,)),
        Row(powers.expm1, _named("expm1"), (ANY,)),
        Row(powers.log1p, _named("log1p"), (POSITIVE,)),
        Row(powers.log2, _named("log2"), (POSITIVE,)),
        Row(powers.log10, _named("log10"), (POSITIVE,)),
        Row(powers.hypot, _named("hypot"), (ANY, POSITIVE)),
        Row(powers.logaddexp, _named("logaddexp"), (ANY, ANY)),
        Row(powers.logaddexp2, _named("logaddexp2"), (ANY, ANY)),
        Row(powers.xlogy, _named("xlogy"), (ANY, POSITIVE)),
        Row(powers.xlog1py, _named("special.xlog1py"), (ANY, POSITIVE)),
        Row(powers.logit, lambda torch, x, lo, _: torch.logit(x, lo), (SHARE,), (0.2, 0.8)),
        Row(powers.lerp, _named("lerp"), (ANY, ANY, ANY)),
    ]


def _trigonometry() -> list[Row]:
    return [
        Row(trigonometry.angle, _named("angle"), (ANY,)),
        Row(trigonometry.tan, _named("tan"), (INNER,)),
        Row(trigonometry.asin, _named("asin"), (INNER,)),
        Row(trigonometry.acos, _named("acos"), (INNER,)),
        Row(trigonometry.atan, _named("atan"), (ANY,)),
        Row(trigonometry.atan2, _named("atan2"), (ANY, POSITIVE)),
        Row(trigonometry.sinh, _named("sinh"), (ANY,)),
        Row(trigonometry.cosh, _named("cosh"), (ANY,)),
        Row(trigonometry.asinh, _named("asinh"), (ANY,)),
        Row(trigonometry.acosh, _named("acosh"), (ABOVE_ONE,)),
        Row(trigonometry.atanh, _named("atanh"), (INNER,)),
        Row(trigonometry.sinc, _named("sinc"), (POSITIVE,)),
    ]


def _whole() -> list[Row]:
    few, counts = (-9.0, 9.9), (1.0, 7.9)
    return [
        Row(whole.bitwise_and, _named("bitwise_and"), (few, few), whole=True),
        Row(whole.bitwise_or, _named("bitwise_or"), (few, few), whole=True),
        Row(whole.bitwise_xor, _named("bitwise_xor"), (few, few), whole=True),
        Row(whole.bitwise_not, _named("bitwise_not"), (few,), whole=True),
        Row(
            whole.shift_left,
            lambda torch, x, y, _: torch.bitwise_left_shift(x, y),
            (few, counts),
            (64,),
            whole=True,
        ),
        Row(
            whole.shift_right,
            lambda torch, x, y, _: torch.bitwise_right_shift(x, y),
            (few, counts),
            (64,),
            whole=True,
        ),
        Row(whole.gcd, _named("gcd"), (few, few), whole=True),
        Row(whole.lcm, _named("lcm"), (few, few), whole=True),
        Row(whole.whole_floor_divide, _named("floor_divide"), (few, counts), whole=True),
        Row(
            whole.whole_trunc_divide,
            lambda torch, x, y: torch.div(x, y, rounding_mode="trunc"),
            (few, counts),
            whole=True,
        ),
        Row(whole.whole_remainder, _named("remainder"), (few, counts), whole=True),
        Row(whole.whole_fmod, _named("fmod"), (few, counts), whole=True),
        Row(whole.whole_power, _named("pow"), (few, counts), whole=True),
    ]


def _special() -> list[Row]:
    return [
        Row(error_function.erfc, _named("erfc"), (ANY,)),
        Row(error_function.erfcx, _named("special.erfcx"), (ANY,)),
        Row(error_function.erfinv, _named("erfinv"), (INNER,)),
        Row(error_function.ndtr, _named("special.ndtr"), (ANY,)),
        Row(error_function.ndtri, _named("special.ndtri"), (SHARE,)),
        Row(error_function.log_ndtr, _named("special.log_ndtr"), (ANY,)),
        Row(error_function.entr, _named("special.entr"), (POSITIVE,)),
        Row(gamma.lgamma, _named("lgamma"), (POSITIVE,)),
        Row(gamma.digamma, _named("digamma"), (POSITIVE,)),
        Row(gamma.polygamma, lambda torch, x, n: torch.polygamma(int(n), x), (POSITIVE,), (2.0,)),
        Row(gamma.zeta, _named("special.zeta"), (ABOVE_ONE, POSITIVE)),
        Row(gamma.igamma, _named("igamma"), (POSITIVE, POSITIVE)),
        Row(gamma.igammac, _named("igammac"), (POSITIVE, POSITIVE)),
        Row(
            gamma.gamma_density,
            lambda torch, a, x: ((a - 1) * x.log() - x - a.lgamma()).exp(),
            (POSITIVE, POSITIVE),
        ),
    ]


def _bessel() -> list[Row]:
    return [
        Row(bessel.bessel_j0, _named("special.bessel_j0"), (ANY,)),
        Row(bessel.bessel_j1, _named("special.bessel_j1"), (ANY,)),
        Row(bessel.bessel_y0, _named("special.bessel_y0"), (POSITIVE,)),
        Row(bessel.bessel_y1, _named("special.bessel_y1"), (POSITIVE,)),
        Row(bessel.bessel_i0, _named("special.modified_bessel_i0"), (ANY,)),
        Row(bessel.bessel_i1, _named("special.modified_bessel_i1"), (ANY,)),
        Row(bessel.bessel_k0, _named("special.modified_bessel_k0"), (POSITIVE,)),
        Row(bessel.bessel_k1, _named("special.modified_bessel_k1"), (POSITIVE,)),
        Row(bessel.scaled_i0, _named("special.i0e"), (ANY,)),
        Row(bessel.scaled_i1, _named("special.i1e"), (ANY,)),
        Row(bessel.scaled_k0, _named("special.scaled_modified_bessel_k0"), (POSITIVE,)),
        Row(bessel.scaled_k1, _named("special.scaled_modified_bessel_k1"), (POSITIVE,)),
        Row(bessel.spherical_j0, _named("special.spherical_bessel_j0"), (POSITIVE,)),
        Row(polynomials.airy_ai, _named("special.airy_ai"), (ANY,)),
    ]


def _polynomials() -> list[Row]:
    names = {
        "hermite_h": "hermite_polynomial_h",
        "hermite_he": "hermite_polynomial_he",
        "laguerre": "laguerre_polynomial_l",
        "legendre": "legendre_polynomial_p",
    }
    for kind in "tuvw":
        names[f"chebyshev_{kind}"] = f"chebyshev_polynomial_{kind}"
        names[f"shifted_chebyshev_{kind}"] = f"shifted_chebyshev_polynomial_{kind}"
    return [
        Row(polynomials.POLYNOMIALS[ours], _named(f"special.{theirs}"), (SHARE, (0.0, 12.0)))
        for ours, theirs in names.items()
    ]


def _activation() -> list[Row]:
    return [
        Row(activation.leaky_relu, _named("nn.functional.leaky_relu"), (ANY,), (0.1,)),
        Row(activation.prelu, lambda _, x, w: x.clamp(min=0) + w * x.clamp(max=0), (ANY, ANY)),
        Row(activation.hardtanh, _named("nn.functional.hardtanh"), (ANY,), (-1.0, 1.5)),
        Row(
            activation.elu,
            lambda torch, x, a, *_: torch.nn.functional.elu(x, a),
            (ANY,),
            (1.5, 1.0, 1.0),
        ),
        Row(activation.gelu, _named("nn.functional.gelu"), (ANY,)),
        Row(
            activation.gelu_tanh,
            lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"),
            (ANY,),
        ),
        Row(activation.silu, _named("nn.functional.silu"), (ANY,)),
        Row(activation.softplus, _named("nn.functional.softplus"), (ANY,), (1.5, 20.0)),
        Row(activation.log_sigmoid, _named("nn.functional.logsigmoid"), (ANY,)),
        Row(activation.mish, _named("nn.functional.mish"), (ANY,)),
        Row(activation.hardsigmoid, _named("nn.functional.hardsigmoid"), (ANY,)),
        Row(activation.hardswish, _named("nn.functional.hardswish"), (ANY,)),
        Row(activation.hardshrink, _named("nn.functional.hardshrink"), (ANY,), (0.5,)),
        Row(activation.softshrink, _named("nn.functional.softshrink"), (ANY,), (0.5,)),
        Row(activation.squared_difference, lambda _, x, y: (x - y) ** 2, (ANY, ANY)),
        Row(
            activation.huber,
            lambda torch, x, y, d: torch.nn.functional.huber_loss(x, y, "none", d),
            (ANY, ANY),
            (0.7,),
        ),
        Row(
            activation.smooth_l1,
            lambda torch, x, y, b: torch.nn.functional.smooth_l1_loss(
                x, y, reduction="none", beta=b
            ),
            (ANY, ANY),
            (0.7,),
        ),
        Row(
            activation.binary_entropy,
            lambda torch, x, y: torch.nn.functional.binary_cross_entropy(x, y, reduction="none"),
            (SHARE, SHARE),
        ),
        Row(
            activation.binary_entropy_of_logit,
            lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(
                x, y, reduction="none"
            ),
            (ANY, SHARE),
        ),
    ]


def _updates() -> list[Row]:
    """Steps of optimizers: PyTorch has them as classes (tests/torch/optim)."""
    return [
        Row(updates.moving_max, None, (ANY, ANY), (0.9, 1e-3)),
        Row(updates.ratio_step, None, (ANY, ANY, POSITIVE), (0.1,)),
        Row(updates.adadelta_step, None, (POSITIVE, POSITIVE, ANY), (1e-3,)),
        Row(updates.rprop_size, None, (POSITIVE, ANY, ANY), (0.5, 1.2, 0.5, 2.0)),
        Row(updates.rprop_gradient, None, (ANY, ANY)),
        Row(updates.sign_step, None, (ANY, ANY, POSITIVE)),
    ]


ROWS: dict[str, Row] = {
    row.rule.name: row
    for rows in (
        _ordering,
        _rounding,
        _powers,
        _trigonometry,
        _whole,
        _special,
        _bessel,
        _polynomials,
        _activation,
        _updates,
    )
    for row in rows()
}
