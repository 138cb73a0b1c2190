"""Factorisations: a matrix as a product of simpler ones.

Idea: the Functions of the engine give the factors and their gradients; here are the shapes, names
    and errors that PyTorch gives them.
Not here: gradients (../../factorisations.py), elimination (elimination.py).
Read next: elimination.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch.errors import LinAlgError
from minitorch.factorisations import Cholesky, Eigh, Qr, Solve, Svd, factorise, identity
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import op
from minitorch.torch.joining import cat
from minitorch.torch.linalg.checks import (
    MatrixError,
    floats_of,
    matrix_of,
    raise_singular,
    square_of,
)
from minitorch.torch.linalg.products import matmul

__all__ = [
    "cholesky",
    "cholesky_ex",
    "cholesky_inverse",
    "cholesky_solve",
    "eigh",
    "eigvalsh",
    "geqrf",
    "householder_product",
    "old_cholesky",
    "old_qr",
    "old_svd",
    "ormqr",
    "qr",
    "svd",
    "svdvals",
]

INT32 = Dtype.named["int32"]
NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the "
    "leading minor of order {} is not positive-definite)."
)


class CholeskyEx(NamedTuple):
    """A factor, and for each matrix 0 or the order of a minor that is not positive."""

    L: Any
    info: Any


class QrResult(NamedTuple):
    """Orthonormal columns, and an upper triangle."""

    Q: Any
    R: Any


class EighResult(NamedTuple):
    """Eigenvalues, ascending, and their vectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class SvdResult(NamedTuple):
    """Left vectors, singular values, descending, and right vectors as rows."""

    U: Any
    S: Any
    Vh: Any


class OldSvdResult(NamedTuple):
    """Left vectors, singular values, and right vectors as columns."""

    U: Any
    S: Any
    V: Any


class GeqrfResult(NamedTuple):
    """Householder's reflectors packed in a matrix, and their scales."""

    a: Any
    tau: Any


# Cholesky.


def _cholesky(name: str, A: Any, upper: bool, check: bool) -> tuple[Any, Any]:
    square_of(name, A)
    if not A._tensor.size:
        return A + 0, A.new_zeros(A.shape[:-2], dtype=INT32)
    given = A.transpose(-1, -2) if upper else A
    info = factorise("cholesky", given.detach())[1]
    if check:
        raise_singular(info, f"{name}: {NOT_POSITIVE}")
    out = Cholesky.apply(given)
    return (out.transpose(-1, -2) if upper else out), info


@op(function=False, method=False)
def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangle L with L @ L^T = A, or the upper one, of symmetric matrices.

    Raises:
        MatrixError: no square matrix.
        LinAlgError: A is not positive-definite.

    >>> import minitorch.torch as torch
    >>> torch.linalg.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    return _cholesky("linalg.cholesky", A, upper, True)[0]


@op(function=False, method=False)
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """`cholesky`, and for each matrix 0 or the order of a minor that is not positive."""
    return CholeskyEx(*_cholesky("linalg.cholesky_ex", A, upper, check_errors))


@op(name="cholesky")
def old_cholesky(input: Any, upper: bool = False) -> Any:
    """`linalg.cholesky`."""
    return _cholesky("cholesky", input, upper, True)[0]


@op()
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """x with L @ L^T @ x = B, or with the upper triangle."""
    square_of("cholesky_solve", L, "L")
    matrix_of("cholesky_solve", B, "b")
    lower = L.transpose(-1, -2) if upper else L
    triangle = lower.detach().tril()
    flipped = triangle.transpose(-1, -2)
    out = Solve.apply(flipped, Solve.apply(triangle, B.detach()))
    if L.history is None and B.history is None:
        return out
    # PyTorch's gradient is that of the whole of L in L @ L^T, though only the triangle counts.
    square = matmul(lower, lower.transpose(-1, -2))
    square = square + (matmul(triangle, flipped) - square).detach()
    solution = Solve.apply(square, B)
    return solution + (out - solution).detach()


@op()
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of L @ L^T."""
    square_of("cholesky_inverse", L, "L")
    if not L._tensor.size:
        return L + 0
    return cholesky_solve(identity(L, L.shape[-1]).expand(L.shape), L, upper)


# QR.


def _qr(A: Any, mode: str) -> tuple[Any, Any]:
    """Q and R; a wide matrix by its first columns, whose R the others follow."""
    m, n = A.shape[-2:]
    if mode == "complete" and m > n:
        return Qr.apply(A.detach(), True) if A.history is None else _complete(A)
    if m >= n:
        return Qr.apply(A)
    if A.history is None:
        return Qr.apply(A)
    q, r = Qr.apply(A[..., :m])
    return q, cat([r, matmul(q.transpose(-1, -2), A[..., m:])], -1)


def _complete(A: Any) -> tuple[Any, Any]:
    raise LinAlgError(
        "linalg_qr_backward: The QR decomposition is not differentiable when mode='complete' and "
        "nrows > ncols"
    )


@op(function=False, method=False)
def qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns, and R upper triangular, with Q @ R = A.

    With "complete", Q is square; with "r" it is not computed.

    Raises:
        MatrixError: no matrix, or an unknown mode.
    """
    matrix_of("linalg.qr", A)
    floats_of("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise MatrixError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', "
            "or 'complete'"
        )
    if not A._tensor.size:
        m, n = A.shape[-2:]
        k = m if mode == "complete" else min(m, n)
        q = identity(A, m)[:, :k].expand(*A.shape[:-1], k) if m else A.new_zeros(*A.shape[:-1], k)
        r = A.new_zeros(*A.shape[:-2], k, n)
        return QrResult(A.new_zeros(0) if mode == "r" else q + A.sum() * 0, r + A.sum() * 0)
    if mode == "r":
        return QrResult(A.new_zeros(0), _qr(A.detach() if A.history is None else A, "reduced")[1])
    return QrResult(*_qr(A, mode))


@op(name="qr")
def old_qr(input: Any, some: bool = True) -> Any:
    """`linalg.qr`, reduced or complete."""
    return qr(input, "reduced" if some else "complete")


@op()
def geqrf(input: Any) -> Any:
    """Householder's reflectors of the columns, packed below R, and their scales."""
    matrix_of("geqrf", input, "input")
    floats_of("geqrf", input)
    if not input._tensor.size:
        return GeqrfResult(input + 0, input.new_zeros(*input.shape[:-2], min(input.shape[-2:])))
    return GeqrfResult(*factorise("reflectors", input.detach()))


def _reflected(A: Any, tau: Any, onto: Any) -> Any:
    """H1 H2 .. Hk @ onto, with Hi = 1 - tau_i v_i v_i^T and v_i packed in column i of A."""
    low = A.tril(-1)
    ones = identity(A, A.shape[-2])
    for k in reversed(range(tau.shape[-1])):
        v = low[..., k : k + 1] + ones[:, k : k + 1]
        scaled = v * tau[..., k : k + 1].unsqueeze(-1)
        onto = onto - matmul(scaled, matmul(v.transpose(-1, -2), onto))
    return onto


@op(function=True, name="orgqr", method=True)
def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of the product of reflectors that `geqrf` packed.

    Raises:
        MatrixError: sizes that do not fit.
    """
    name = "linalg.householder_product"
    if A.dims < 2:
        raise MatrixError(f"torch.{name}: input must have at least 2 dimensions.")
    if A.shape[-2] < A.shape[-1]:
        raise MatrixError(
            f"torch.{name}: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if A.shape[-1] < tau.shape[-1]:
        raise MatrixError(
            f"torch.{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    floats_of(name, A)
    first = identity(A, A.shape[-2])[:, : A.shape[-1]]
    out = _reflected(A, tau, first.expand(A.shape))
    return out + (A.sum() + tau.sum()) * 0 if not tau._tensor.size else out


@op()
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """The product of reflectors times another matrix, from the left or right, or transposed."""
    rows = input.shape[-2]
    wide = input
    if input.shape[-1] < rows:  # only the columns below the diagonal count
        wide = cat([input, input.new_zeros(*input.shape[:-1], rows - input.shape[-1])], -1)
    same = identity(input, rows).expand(*input.shape[:-2], rows, rows)
    q = _reflected(wide, tau, same)
    q = q.transpose(-1, -2) if transpose else q
    return matmul(q, other) if left else matmul(other, q)


# Eigenvalues and singular values.


def _symmetric(A: Any, uplo: str) -> Any:
    if uplo.upper() not in ("L", "U"):
        raise MatrixError(f"Expected UPLO argument to be 'L' or 'U', but got {uplo}")
    return A.transpose(-1, -2) if uplo.upper() == "U" else A


@op(function=False, method=False)
def eigh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending, and their vectors as columns.

    Raises:
        MatrixError: no square matrix.
    """
    square_of("linalg.eigh", A)
    if not A._tensor.size:
        return EighResult(A.new_zeros(A.shape[:-1]) + A.sum() * 0, A + 0)
    return EighResult(*Eigh.apply(_symmetric(A, UPLO)))


@op(function=False, method=False)
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending."""
    square_of("linalg.eigvalsh", A)
    return eigh(A, UPLO)[0]


def _svd(A: Any, full: bool) -> tuple[Any, Any, Any]:
    m, n = A.shape[-2:]
    if not A._tensor.size:
        k = min(m, n)
        batch = A.shape[:-2]
        u = identity(A, m)[:, : m if full else k].expand(*batch, m, m if full else k)
        v = identity(A, n)[: n if full else k].expand(*batch, n if full else k, n)
        zero = A.sum() * 0
        return u + zero, A.new_zeros(*batch, k) + zero, v + zero
    if not full or m == n:
        return Svd.apply(A)
    u, s, v = Svd.apply(A)
    whole = factorise("svd_full", A.detach())
    if m > n:
        return cat([u, whole[0][..., n:]], -1), s, v
    return u, s, cat([v, whole[2][..., m:, :]], -2)


@op(function=False, method=False)
def svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """U, S and V^T with U @ diag(S) @ V^T = A, S descending.

    Raises:
        MatrixError: no matrix.
    """
    matrix_of("linalg.svd", A)
    floats_of("linalg.svd", A)
    return SvdResult(*_svd(A, full_matrices))


@op(function=False, method=False)
def svdvals(A: Any, *, driver: Any = None) -> Any:
    """The singular values of each matrix, descending."""
    matrix_of("linalg.svdvals", A)
    floats_of("linalg.svdvals", A)
    return _svd(A, False)[1]


@op(name="svd")
def old_svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S and V with U @ diag(S) @ V^T = input."""
    matrix_of("svd", input)
    if not compute_uv:
        m, n = input.shape[-2:]
        batch = input.shape[:-2]
        zeros = input.new_zeros(*batch, m, m), input.new_zeros(*batch, n, n)
        return OldSvdResult(zeros[0], svdvals(input), zeros[1])
    u, s, vt = _svd(input, not some)
    return OldSvdResult(u, s, vt.transpose(-1, -2))
