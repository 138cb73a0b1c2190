"""Elimination: P L U = A, and L D L^T = A for symmetric matrices.

Idea: the exchanges of rows are found first, without a graph; the factors of the rows in their new
    order have gradients. Of a matrix that is not square the first rows and columns are eliminated;
    the other rows and columns follow from a system.
Not here: the loops (../../factor_loops.py), other factors (factors.py).
Read next: solving.py
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from minitorch.errors import LinAlgError
from minitorch.factorisations import Elimination, Solve, identity, pivoted
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import op
from minitorch.torch.joining import cat
from minitorch.torch.linalg.checks import MatrixError, floats_of, matrix_of, square_of
from minitorch.torch.linalg.products import matmul

__all__ = [
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "lu_unpack",
    "old_lu",
    "old_lu_solve",
]

INT32 = Dtype.named["int32"]


class LuFactorResult(NamedTuple):
    """The packed factors, and the exchanges of rows."""

    LU: Any
    pivots: Any


class LuFactorExResult(NamedTuple):
    """The packed factors, the exchanges of rows, and 0 or the place of a zero pivot."""

    LU: Any
    pivots: Any
    info: Any


class LuResult(NamedTuple):
    """A permutation of rows, a lower triangle with ones on its diagonal, an upper triangle."""

    P: Any
    L: Any
    U: Any


class LdlFactorResult(NamedTuple):
    """The packed factors, and the exchanges."""

    LD: Any
    pivots: Any


class LdlFactorExResult(NamedTuple):
    """The packed factors, the exchanges, and 0 or the place of a zero block."""

    LD: Any
    pivots: Any
    info: Any


def _permutation(pivots: Any, rows: int, like: Any) -> Any:
    """The matrix P with P @ (the rows in their new order) = the rows."""
    orders: list[list[list[float]]] = []
    count = prod(pivots.shape[:-1])
    for exchange in pivots.reshape(count, pivots.shape[-1]).tolist():
        order = list(range(rows))
        for k, other in enumerate(exchange):
            order[k], order[other - 1] = order[other - 1], order[k]
        orders.append([[1.0 if order[j] == i else 0.0 for j in range(rows)] for i in range(rows)])
    flat = like.new_tensor(orders) if orders and rows else like.new_zeros(count, rows, rows)
    return flat.reshape(*pivots.shape[:-1], rows, rows)


def _factored(A: Any, pivot: bool = True) -> tuple[Any, Any]:
    """The packed factors, in the graph of A, and the pivots."""
    m, n = A.shape[-2:]
    k = min(m, n)
    if not A._tensor.size:
        return A + 0, A.new_zeros(*A.shape[:-2], k, dtype=INT32)
    if not pivot:
        raise LinAlgError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots = pivoted(A.detach())
    if A.history is None:
        return packed, pivots
    rows = matmul(_permutation(pivots, m, A).transpose(-1, -2), A)
    first = Elimination.apply(rows[..., :k, :k].contiguous(), packed[..., :k, :k].contiguous())
    if m > k:
        upper = first.triu()
        below = Solve.apply(upper.transpose(-1, -2), rows[..., k:, :].transpose(-1, -2))
        return cat([first, below.transpose(-1, -2)], -2), pivots
    if n > k:
        right = Solve.apply(first.tril(-1) + identity(A, k), rows[..., k:])
        return cat([first, right], -1), pivots
    return first, pivots


def _zero_pivots(packed: Any) -> Any:
    """For each matrix 0, or the place of its first zero pivot, counted from 1."""
    diagonal = packed.detach().diagonal(0, -2, -1)
    if not diagonal.shape[-1]:
        return packed.new_zeros(packed.shape[:-2], dtype=INT32)
    zero = diagonal == 0
    first = zero.to(INT32).argmax(-1) + 1
    return (first * zero.any(-1)).to(INT32)


def _check(name: str, A: Any) -> None:
    matrix_of(name, A)
    floats_of(name, A)


@op(function=False, method=False)
def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """L below the diagonal and U above, in one matrix, and the exchanges of rows from 1.

    Raises:
        MatrixError: no matrix.
    """
    _check("linalg.lu_factor", A)
    return LuFactorResult(*_factored(A, pivot))


@op(function=False, method=False)
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """`lu_factor`, and for each matrix 0 or the place of a zero pivot."""
    _check("linalg.lu_factor_ex", A)
    packed, pivots = _factored(A, pivot)
    return LuFactorExResult(packed, pivots, _zero_pivots(packed))


@op(name="lu")
def old_lu(A: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """`lu_factor`, and if so asked for each matrix 0 or the place of a zero pivot."""
    _check("lu", A)
    packed, pivots = _factored(A, pivot)
    return (packed, pivots, _zero_pivots(packed)) if get_infos else (packed, pivots)


def _unpacked(packed: Any) -> tuple[Any, Any]:
    m, n = packed.shape[-2:]
    k = min(m, n)
    lower = packed[..., :k].tril(-1)
    ones = identity(packed, max(m, k))[:, :k]
    return lower + ones, packed[..., :k, :].triu()


@op(function=False, method=False)
def lu(A: Any, *, pivot: bool = True) -> Any:
    """P, L and U with P @ L @ U = A.

    Raises:
        MatrixError: no matrix.
    """
    _check("linalg.lu", A)
    packed, pivots = _factored(A, pivot)
    return LuResult(_permutation(pivots, A.shape[-2], A.detach()), *_unpacked(packed))


@op(method=False)
def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """P, L and U out of what `lu_factor` packed; empty tensors for what is not asked.

    Raises:
        MatrixError: pivots of another dtype.
    """
    if unpack_pivots and LU_pivots.dtype is not INT32:
        raise MatrixError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            "dtype. Note: this function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    empty = LU_data.new_zeros(0)
    p = _permutation(LU_pivots, LU_data.shape[-2], LU_data.detach()) if unpack_pivots else empty
    lower, upper = _unpacked(LU_data) if unpack_data else (empty, empty)
    return LuResult(p, lower, upper)


def _lu_solved(LU: Any, pivots: Any, B: Any, left: bool, adjoint: bool) -> Any:
    lower, upper = _unpacked(LU)
    p = _permutation(pivots, LU.shape[-2], LU.detach())
    right = B if left else B.transpose(-1, -2)  # x A = B is A^T x^T = B^T
    if adjoint is left:
        inner = Solve.apply(upper.transpose(-1, -2), right)
        out = matmul(p, Solve.apply(lower.transpose(-1, -2), inner))
    else:
        out = Solve.apply(upper, Solve.apply(lower, matmul(p.transpose(-1, -2), right)))
    return out if left else out.transpose(-1, -2)


@op(function=False, method=False)
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """x with A @ x = B, or x @ A = B, or with A^T, out of what `lu_factor` packed of A.

    Raises:
        MatrixError: no square matrix.
    """
    square_of("linalg.lu_solve", LU, "LU")
    return _lu_solved(LU, pivots, B, left, adjoint)


@op(name="lu_solve")
def old_lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """x with A @ x = b, out of what `lu_factor` packed of A."""
    square_of("lu_solve", LU_data, "LU_data")
    return _lu_solved(LU_data, LU_pivots, b, True, False)


# Symmetric matrices.


def _ldl(A: Any) -> tuple[Any, Any]:
    square_of("linalg.ldl_factor", A)
    if not A._tensor.size:
        return A + 0, A.new_zeros(A.shape[:-1], dtype=INT32)
    packed, pivots = pivoted(A.detach(), symmetric=True)
    return packed.tril(), pivots


@op(function=False, method=False)
def ldl_factor(A: Any, *, hermitian: bool = False) -> Any:
    """L and D of L @ D @ L^T = A, for symmetric matrices, packed, and the exchanges.

    Raises:
        MatrixError: no square matrix.
    """
    return LdlFactorResult(*_ldl(A))


@op(function=False, method=False)
def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """`ldl_factor`, and for each matrix 0 or the place of a zero block."""
    packed, pivots = _ldl(A)
    return LdlFactorExResult(packed, pivots, _zero_pivots(packed) * 0)


@op(function=False, method=False)
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """x with A @ x = B, out of what `ldl_factor` packed of A.

    Raises:
        MatrixError: no square matrix.
    """
    square_of("linalg.ldl_solve", LD, "LD")
    if not LD._tensor.size or not B._tensor.size:
        return Solve.apply(LD, B)
    size = LD.shape[-1]
    rows = pivots.reshape(-1, size).tolist()
    packed = LD.reshape(-1, size, size).tolist()
    made = [_ldl_unpacked(matrix, row) for matrix, row in zip(packed, rows, strict=True)]
    shape = (*LD.shape[:-2], size, size)
    factor = LD.new_tensor([it[0] for it in made]).reshape(shape)
    blocks = LD.new_tensor([it[1] for it in made]).reshape(shape)
    inner = Solve.apply(blocks, Solve.apply(factor, B))
    return Solve.apply(factor.transpose(-1, -2), inner)


def _ldl_unpacked(
    packed: list[list[float]], pivots: list[int]
) -> tuple[list[list[float]], list[list[float]]]:
    """The exchanges and L in one matrix, P1 L1 P2 L2 .., and D."""
    size = len(pivots)
    factor = [[1.0 if i == j else 0.0 for j in range(size)] for i in range(size)]
    blocks = [[0.0] * size for _ in range(size)]
    k = 0
    steps: list[tuple[int, int]] = []
    while k < size:
        width = 1 if pivots[k] > 0 else 2
        steps.append((k, width))
        for i in range(k, k + width):
            for j in range(k, i + 1):
                blocks[i][j] = blocks[j][i] = packed[i][j]
        k += width
    for k, width in reversed(steps):
        for j in range(k, k + width):  # L of this step
            for i in range(k + width, size):
                weight = packed[i][j]
                if weight:
                    factor[i] = [a + weight * b for a, b in zip(factor[i], factor[j], strict=True)]
        last, other = k + width - 1, abs(pivots[k]) - 1
        factor[last], factor[other] = factor[other], factor[last]
    return factor, blocks
