"""Linear systems, inverses, determinants, and powers of matrices.

Idea: an inverse is the solution for the identity; a triangular system is a system; least squares go
    by the pseudo-inverse.
Not here: gradients (../../factorisations.py), factors (factors.py).
Read next: factors.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch.factorisations import Det, Pinv, SlogDet, Solve, factorise, identity, solved
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.dtypes import finfo
from minitorch.torch.face import converted, op
from minitorch.torch.linalg.checks import (
    MatrixError,
    floats_of,
    matrix_of,
    raise_singular,
    square_of,
)
from minitorch.torch.linalg.products import matmul

__all__ = [
    "det",
    "inv",
    "inv_ex",
    "logdet",
    "lstsq",
    "matrix_exp",
    "matrix_power",
    "pinv",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "tensorinv",
    "tensorsolve",
    "triangular_solve",
]

INT32 = Dtype.named["int32"]


class SolveEx(NamedTuple):
    """A solution, and for each matrix 0 or the place of a zero pivot."""

    result: Any
    info: Any


class InvEx(NamedTuple):
    """An inverse, and for each matrix 0 or the place of a zero pivot."""

    inverse: Any
    info: Any


class SlogDetResult(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


class LstsqResult(NamedTuple):
    """A solution, its residuals, the rank and the singular values of the matrix."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


class TriangularResult(NamedTuple):
    """A solution, and the matrix."""

    solution: Any
    cloned_coefficient: Any


# Systems.


def _is_vector(a: Any, b: Any) -> bool:
    """Whether b is a batch of vectors: one dim, or the batch of a and one."""
    return b.dims == 1 or (a.dims - 1 == b.dims and tuple(b.shape) == tuple(a.shape[:-1]))


def _solved(name: str, a: Any, b: Any, left: bool, check: bool) -> tuple[Any, Any]:
    square_of(name, a)
    floats_of(name, b)
    if a._tensor.dtype != b._tensor.dtype:
        raise MatrixError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {a.dtype} and B "
            f"of type {b.dtype} instead"
        )
    vector = _is_vector(a, b)
    if vector and not left:
        raise MatrixError(
            f"{name}: Vector broadcasting of the left hand side is not supported for left=False. "
            "In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    right = b.unsqueeze(-1) if vector else b
    if not left:
        a, right = a.transpose(-1, -2), right.transpose(-1, -2)
    if right.shape[-2] != a.shape[-1]:
        raise MatrixError(
            f"{name}: Incompatible shapes of A and B for the equation AX = B "
            f"({a.shape[-2]}x{a.shape[-1]} and {right.shape[-2]}x{right.shape[-1]})"
        )
    if a._tensor.size and right._tensor.size:
        info = solved(a.detach(), right.detach()[..., :1])[1]
        if check:
            raise_singular(info, f"{name}: The solver failed because the input matrix is singular.")
    else:
        info = a.new_zeros(a.shape[:-2], dtype=INT32)
    out = Solve.apply(a, right)
    out = out if left else out.transpose(-1, -2)
    return (out.squeeze(-1) if vector else out), info


@op(function=False, method=False)
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """x with A @ x = B, or x @ A = B: (.., n, n) and (.., n, k) or (.., n).

    Raises:
        MatrixError: sizes that do not fit.
        LinAlgError: A is singular.

    >>> import minitorch.torch as torch
    >>> torch.linalg.solve(torch.tensor([[2.0]]), torch.tensor([6.0]))
    tensor([3.])
    """
    return _solved("linalg.solve", A, B, left, True)[0]


@op(function=False, method=False)
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """`solve`, and for each matrix 0 or the place of a zero pivot."""
    return SolveEx(*_solved("linalg.solve_ex", A, B, left, check_errors))


@op(function=False, method=False)
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """`inv`, and for each matrix 0 or the place of a zero pivot."""
    return InvEx(*_inverted("linalg.inv_ex", A, check_errors))


def _inverted(name: str, a: Any, check: bool) -> tuple[Any, Any]:
    square_of(name, a)
    same = identity(a, a.shape[-1])
    if not a._tensor.size:
        return a + 0, a.new_zeros(a.shape[:-2], dtype=INT32)
    info = solved(a.detach(), same)[1]
    if check:
        raise_singular(
            info,
            f"{name}: The diagonal element {{}} is zero, the inversion could not be completed "
            "because the input matrix is singular.",
        )
    return Solve.apply(a, same), info


def _inv(A: Any) -> Any:
    """The inverse of each square matrix.

    Raises:
        MatrixError: no square matrix.
        LinAlgError: it is singular.
    """
    return _inverted("linalg.inv", A, True)[0]


_inv.__name__ = "inverse"
inv = op()(_inv)


def _triangle(a: Any, upper: bool, unitriangular: bool) -> Any:
    """The triangle of a that counts, with ones on its diagonal if so asked."""
    if unitriangular:
        a = a.triu(1) if upper else a.tril(-1)
        return a + identity(a, a.shape[-1])
    return a.triu() if upper else a.tril()


@op(function=False, method=False)
def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """x with A @ x = B, or x @ A = B, of A one triangle counting.

    Raises:
        MatrixError: sizes that do not fit.
    """
    name = "linalg.solve_triangular"
    square_of(name, A)
    matrix_of(name, B, "B")
    size = B.shape[-2 if left else -1]
    if size != A.shape[-1]:
        sides = "AX = B" if left else "XA = B"
        raise MatrixError(
            f"{name}: Incompatible shapes of A and B for the equation {sides} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    a = _triangle(A, upper, unitriangular)
    if left:
        return Solve.apply(a, B)
    return Solve.apply(a.transpose(-1, -2), B.transpose(-1, -2)).transpose(-1, -2)


@op()
def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """x with A @ x = input, of A one triangle counting; the older `solve_triangular`."""
    square_of("triangular_solve", A)
    matrix_of("triangular_solve", input, "b")
    a = _triangle(A, upper, unitriangular)
    a = a.transpose(-1, -2) if transpose else a
    return TriangularResult(Solve.apply(a, input), A.clone())


# Determinants.


def _det(A: Any) -> Any:
    """The determinant of each square matrix.

    Raises:
        MatrixError: no square matrix.
    """
    square_of("linalg.det", A)
    return Det.apply(A)


_det.__name__ = "det"
det = op()(_det)


@op()
def slogdet(A: Any) -> Any:
    """The sign of each determinant, and the logarithm of its absolute value."""
    square_of("linalg.slogdet", A)
    return SlogDetResult(*SlogDet.apply(A))


@op()
def logdet(A: Any) -> Any:
    """The logarithm of the determinant of each square matrix; NaN where it is negative."""
    square_of("logdet", A)
    sign, logarithm = SlogDet.apply(A)
    return logarithm.where(sign != -1.0, float("nan"))


# Pseudo-inverses and least squares.


def _tolerance(a: Any, largest: Any, atol: Any, rtol: Any) -> Any:
    """What counts as zero, for each matrix: the larger of atol and rtol times the largest value."""
    if rtol is None:  # an atol that is positive stands alone
        usual = finfo(a.dtype).eps * max(a.shape[-2:])
        if hasattr(atol, "dims"):
            rtol = (atol <= 0).to(a.dtype) * usual
        else:
            rtol = 0.0 if atol is not None and atol > 0.0 else usual
    relative = largest * rtol
    if atol is None:
        return relative
    if not hasattr(atol, "dims"):
        return relative.clamp_min(float(atol))
    return relative.maximum(atol.to(relative.dtype) + relative * 0)


def _pinv(
    A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """The pseudo-inverse of each matrix (Moore and Penrose), by its singular values.

    Values up to the larger of atol and rtol times the largest one count as zero.

    Raises:
        MatrixError: less than two dims.
    """
    matrix_of("linalg.pinv", A)
    floats_of("linalg.pinv", A)
    rtol = rcond if rtol is None else rtol
    if not A._tensor.size:
        return A.transpose(-1, -2) + 0
    seen = A.detach()
    if hermitian:
        seen = seen.tril() + seen.tril(-1).transpose(-1, -2)
    largest = factorise("svd", seen)[1][..., 0]
    tolerance = _tolerance(A, largest, atol, rtol)
    tolerance = tolerance.expand(A.shape[:-2]) if tolerance.dims < A.dims - 2 else tolerance
    return Pinv.apply(A, seen, tolerance.detach().contiguous())


_pinv.__name__ = "pinverse"
pinv = op()(_pinv)


@op(function=False, method=False)
def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: Any = None) -> Any:
    """x that makes |A @ x - B| least: the solution, its residuals, the rank, the singular values.

    Raises:
        MatrixError: sizes that do not fit, or an unknown driver.
    """
    matrix_of("linalg.lstsq", A, "input")
    floats_of("linalg.lstsq", A, B)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise MatrixError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    vector = B.dims == 1 or (B.dims == A.dims - 1 and tuple(B.shape) == tuple(A.shape[:-1]))
    right = B.unsqueeze(-1) if vector else B
    if right.shape[-2] != A.shape[-2]:
        raise MatrixError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    driver = driver or "gelsy"
    empty = A.new_zeros(0)
    values = factorise("svd", A.detach())[1] if A._tensor.size else A.new_zeros(*A.shape[:-2], 0)
    rcond = finfo(A.dtype).eps * max(A.shape[-2:]) if rcond is None else rcond
    solution = matmul(_pinv(A, rtol=rcond), right)
    rank: Any = empty.to(Dtype.named["int64"])
    if driver != "gels":
        largest = values[..., :1] if values.shape[-1] else values.sum(-1, keepdim=True)
        rank = (values > largest * rcond).sum(-1)
    m, n = A.shape[-2:]
    residuals = empty
    full = driver == "gels" or bool((rank == n).all())
    if m > n and full and driver != "gelsy":
        gap = matmul(A, solution) - right
        residuals = (gap * gap).sum(-2)
        residuals = residuals.squeeze(-1) if vector else residuals
    shown = values if driver in ("gelsd", "gelss") else empty
    return LstsqResult(solution.squeeze(-1) if vector else solution, residuals, rank, shown)


# Powers.


@op()
def matrix_power(input: Any, n: int) -> Any:
    """A square matrix multiplied with itself; its inverse for negative n.

    Raises:
        MatrixError: no square matrix.
        LinAlgError: negative n, and the matrix is singular.
    """
    square_of("linalg.matrix_power", input)
    if n == 0:
        return identity(input, input.shape[-1]) + input * 0
    if n < 0:
        return matrix_power(_inv(input), -n)
    result: Any = None
    power = input
    while n:
        if n & 1:
            result = power if result is None else matmul(result, power)
        n >>= 1
        if n:
            power = matmul(power, power)
    return result.clone() if result is input else result


TERMS = 18  # of the series: enough for float64 where the norm is at most 1


def _matrix_exp(A: Any) -> Any:
    """e^A of each square matrix: the sum of A^k / k!.

    By scaling and squaring: (e^(A / 2^s))^(2^s), s so that the norm of A / 2^s is at most 1.

    Raises:
        MatrixError: no square matrix.
    """
    square_of("linalg.matrix_exp", A)
    if not A._tensor.size:
        return A + 0
    x = converted(A, Dtype.named["float64"])
    norm = float(x.detach().abs().sum(-1).amax())
    halvings = 0
    while norm > 1.0 and halvings < 64:
        norm, halvings = norm / 2.0, halvings + 1
    scaled = x * 0.5**halvings
    same = identity(x, x.shape[-1])
    out = same + scaled * (1.0 / TERMS)
    for k in range(TERMS - 1, 0, -1):  # 1 + x (1 + x / 2 (1 + x / 3 ...))
        out = same + matmul(scaled, out) * (1.0 / k)
    for _ in range(halvings):
        out = matmul(out, out)
    return converted(out, A.dtype)


_matrix_exp.__name__ = "matrix_exp"
matrix_exp = op()(_matrix_exp)


# Tensors as matrices.


@op(function=False, method=False)
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse for tensordot: A's first `ind` dims are rows, the others columns.

    Raises:
        MatrixError: rows and columns differ in number.
        LinAlgError: the matrix is singular.
    """
    if ind <= 0:
        raise MatrixError("Expected a strictly positive integer for 'ind'")
    rows, columns = A.shape[:ind], A.shape[ind:]
    if rows.numel() != columns.numel():
        raise MatrixError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {columns.numel()} != {rows.numel()}"
        )
    return _inv(A.reshape(rows.numel(), columns.numel())).reshape(*columns, *rows)


@op(function=False, method=False)
def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:
    """x with tensordot(A, x, x.ndim) = B; `dims` of A are moved to its end first.

    Raises:
        MatrixError: sizes that do not fit.
        LinAlgError: the matrix is singular.
    """
    moved = [k % A.dims for k in dims or ()]
    x = A.permute([k for k in range(A.dims) if k not in moved] + moved)
    rest = x.shape[B.dims :]
    if rest.numel() != B._tensor.size:
        raise MatrixError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {rest.numel()} != {B._tensor.size}"
        )
    return solve(x.reshape(rest.numel(), rest.numel()), B.reshape(-1)).reshape(rest)
