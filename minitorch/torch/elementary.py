"""Functions of one number: exponentials, logarithms, trigonometry, rounding.

Idea: each op is a row of the op table under PyTorch's name; whole numbers become floats where the
    row says so.
Not here: arithmetic (pointwise.py), special functions (special.py).
Read next: comparison.py
"""

from __future__ import annotations

from builtins import abs as size_of_number
from typing import Any, NamedTuple

from minitorch import rules
from minitorch.errors import GradientError
from minitorch.rows import ordering, powers, rounding, trigonometry
from minitorch.rules import Rule
from minitorch.tensor_data import dtype_of
from minitorch.tensor_functions import Exp, Mul, row_function
from minitorch.torch.face import apply_row, op, together
from minitorch.torch.refusals import not_implemented
from minitorch.torch.tensor import Tensor

__all__ = [
    "PLAIN",
    "abs",
    "angle",
    "deg2rad",
    "exp",
    "frexp",
    "log",
    "logit",
    "nextafter",
    "positive",
    "rad2deg",
    "round",
    "sgn",
    "sign",
    "sqrt",
    "tanh",
]

Angle = row_function(trigonometry.angle)
Absolute = row_function(ordering.absolute)
Sign = row_function(ordering.sign)
Id = row_function(rules.id)
Logit = row_function(powers.logit)
Mantissa = row_function(rounding.mantissa_of)
NextAfter = row_function(rounding.nextafter)
Ln = row_function(rules.ln)
Sqrt = row_function(rules.sqrt)
Tanh = row_function(rules.tanh)
Round = row_function(rounding.round)
INT32 = dtype_of("int32")

# What needs no manners: the names, the row, what it is.
PLAIN: tuple[tuple[tuple[str, ...], Rule, str], ...] = (
    (("sin",), rules.sin, "The sine."),
    (("cos",), rules.cos, "The cosine."),
    (("tan",), trigonometry.tan, "The tangent."),
    (("asin", "arcsin"), trigonometry.asin, "The angle of this sine."),
    (("acos", "arccos"), trigonometry.acos, "The angle of this cosine."),
    (("atan", "arctan"), trigonometry.atan, "The angle of this tangent."),
    (("sinh",), trigonometry.sinh, "The hyperbolic sine."),
    (("cosh",), trigonometry.cosh, "The hyperbolic cosine."),
    (("asinh", "arcsinh"), trigonometry.asinh, "The number of this hyperbolic sine."),
    (("acosh", "arccosh"), trigonometry.acosh, "The number of this hyperbolic cosine."),
    (("atanh", "arctanh"), trigonometry.atanh, "The number of this hyperbolic tangent."),
    (("sinc",), trigonometry.sinc, "sin(pi x) / (pi x), and 1 at zero."),
    (("exp2",), powers.exp2, "2^input."),
    (("expm1",), powers.expm1, "e^input - 1."),
    (("log1p",), powers.log1p, "The logarithm of 1 + input."),
    (("log2",), powers.log2, "The logarithm to the base 2."),
    (("log10",), powers.log10, "The logarithm to the base 10."),
    (("rsqrt",), powers.rsqrt, "1 / sqrt(input)."),
    (("sigmoid",), rules.sigmoid, "1 / (1 + e^-input)."),
    (("erf",), rules.erf, "The error function."),
)


def _place(names: tuple[str, ...], rule: Rule, text: str) -> None:
    function = row_function(rule)

    def call(input: Any) -> Any:
        return function.apply(input)

    call.__name__ = names[0]
    call.__doc__ = text
    op(inplace=True, also=names[1:])(call)


for _names, _rule, _text in PLAIN:
    _place(_names, _rule, _text)


@op(inplace=True)
def exp(input: Any) -> Any:
    """e^input."""
    return Exp.apply(input)


@op(inplace=True)
def log(input: Any) -> Any:
    """The natural logarithm."""
    return Ln.apply(input)


@op(inplace=True)
def sqrt(input: Any) -> Any:
    """The square root."""
    return Sqrt.apply(input)


@op(inplace=True)
def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return Tanh.apply(input)


@op(inplace=True, also=("absolute",))
def abs(input: Any) -> Any:
    """The absolute value."""
    if input._tensor.dtype.kind == "b":
        raise not_implemented("abs_cpu", input)
    return Absolute.apply(input)


@op(inplace=True)
def sign(input: Any) -> Any:
    """1, 0 or -1, as the number is positive, zero or negative."""
    return Sign.apply(input)


@op(inplace=True)
def sgn(input: Any) -> Any:
    """`sign`, as there are no complex numbers here."""
    return Sign.apply(input)


@op()
def positive(input: Any) -> Any:
    """The tensor itself.

    Raises:
        GradientError: of a bool tensor.
    """
    if input._tensor.dtype.kind == "b":
        raise GradientError("The `+` operator, on a bool tensor is not supported.")
    return input


def _rounded(name: str, rule: Rule, text: str) -> None:
    """Place an op that leaves whole numbers as they are."""
    function = row_function(rule)

    def call(input: Any) -> Any:
        if input._tensor.dtype.kind in "iu":
            return Id.apply(input)
        if input._tensor.dtype.kind == "b":
            raise not_implemented(f"{name}_vml_cpu", input)
        return function.apply(input)

    call.__name__ = name
    call.__doc__ = text
    op(inplace=True, also=("fix",) if name == "trunc" else ())(call)


_rounded("floor", rounding.floor, "The largest whole number not above.")
_rounded("ceil", rounding.ceil, "The smallest whole number not below.")
_rounded("trunc", rounding.trunc, "The number without its fraction.")
_rounded("frac", rounding.frac, "The fraction, with the sign of the number.")


@op(inplace=True)
def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest number with so many decimals; halves go to the even one."""
    if input._tensor.dtype.kind in "iu":
        return Id.apply(input)
    if decimals == 0:
        return Round.apply(input)
    power = 10.0 ** size_of_number(decimals)
    if decimals > 0:
        return Round.apply(input * power) / power
    return Round.apply(input / power) * power


@op(inplace=True)
def deg2rad(input: Any) -> Any:
    """Degrees as radians."""
    return apply_row(Mul, input, 0.017453292519943295)


@op(inplace=True)
def rad2deg(input: Any) -> Any:
    """Radians as degrees."""
    return apply_row(Mul, input, 57.29577951308232)


@op()
def angle(input: Any) -> Any:
    """Pi where the number is negative, else 0."""
    return Angle.apply(input)


@op(inplace=True)
def logit(input: Any, eps: float | None = None) -> Any:
    """The logarithm of x / (1 - x), of x brought between eps and 1 - eps."""
    lo, hi = (0.0, 1.0) if eps is None else (eps, 1.0 - eps)
    return Logit.apply(input, lo, hi)


class frexp_result(NamedTuple):
    """What `frexp` returns: numbers of 1/2 <= |m| < 1, and powers of two."""

    mantissa: Tensor
    exponent: Tensor


@op()
def frexp(input: Any) -> Any:
    """m and e of input = m * 2^e, with 1/2 <= |m| < 1.

    Raises:
        GradientError: of whole numbers.
    """
    if not input.dtype.is_floating_point:
        raise GradientError("torch.frexp() only supports floating-point dtypes")
    exponent = input.backend.launch(rounding.exponent_of.fn, 1, 0, INT32)(input.detach())
    return frexp_result(Mantissa.apply(input), exponent)


@op(inplace=True)
def nextafter(input: Any, other: Any) -> Any:
    """The next float after input towards other."""
    x, y = together(input, other)
    wide = x._tensor.dtype.name == "float64"
    return NextAfter.apply(x, y, *((53.0, 5e-324) if wide else (24.0, 1.401298464324817e-45)))
