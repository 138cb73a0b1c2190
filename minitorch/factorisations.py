"""Factorisations of matrices with their gradients, and what is solved with them.

Idea: the numbers come from the backend (LAPACK); each adjoint is a composition of Functions over
    the factors themselves, so that it can be differentiated again. Formulas as in Giles, "Extended
    collection of matrix derivative results", 2008, and for singular vectors as in Townsend 2016.
Not here: the algorithms (factor_loops.py).
Read next: tensor.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.arranging import Band
from minitorch.autodiff import Context, is_grad_enabled
from minitorch.factor_loops import FactorOps
from minitorch.folds import Prod
from minitorch.launches import note
from minitorch.rules import le, where
from minitorch.several import SeveralFunction
from minitorch.tensor_data import TensorData
from minitorch.tensor_functions import (
    Add,
    Copy,
    Function,
    Inv,
    MatMul,
    Mul,
    Neg,
    Permute,
    Sum,
    View,
    row_function,
)
from minitorch.tensor_ops import new_like

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

__all__ = [
    "Cholesky",
    "Det",
    "Eigh",
    "Elimination",
    "Pinv",
    "Qr",
    "SlogDet",
    "Solve",
    "Svd",
    "factorise",
    "identity",
    "pivoted",
    "solved",
    "transposed",
]

Where = row_function(where)


def _ops(a: Tensor) -> Any:
    ops: Any = a.backend.ops
    return ops if hasattr(ops, "factorise") else FactorOps


def factorise(kind: str, a: Tensor) -> list[Any]:
    """The factors of each matrix of (.., m, n), without a graph; see factor_loops.KINDS.

    >>> from minitorch import tensor
    >>> factorise("cholesky", tensor([[4.0]]))[0]
    tensor([[2.00]])
    """
    return [new_like(a, it) for it in _ops(a).factorise(kind, a._tensor)]


def solved(a: Tensor, b: Tensor) -> list[Any]:
    """x with a @ x = b, and 0 or the place, from 1, of a pivot that is zero, without a graph."""
    return [new_like(a, it) for it in _ops(a).solve(a._tensor, b._tensor)]


def pivoted(a: Tensor, symmetric: bool = False) -> list[Any]:
    """The packed factors of elimination and its pivots, int32 from 1, without a graph."""
    return [new_like(a, it) for it in _ops(a).pivoted(a._tensor, symmetric)]


def transposed(a: Tensor) -> Tensor:
    """The last two dims exchanged."""
    order = list(range(len(a.shape)))
    order[-2:] = order[:-3:-1]
    return Permute.apply(a, *order)


def identity(a: Tensor, size: int) -> Any:
    """The identity matrix in the dtype and on the backend of a."""
    data = TensorData.empty((size, size), a._tensor.dtype)
    array = data.array()
    array[:] = 0
    for k in range(size):
        array[k, k] = 1
    return new_like(a, data)


def _column(a: Tensor) -> Tensor:
    return View.apply(Copy.apply(a), *a.shape, 1)


def _row(a: Tensor) -> Tensor:
    return View.apply(Copy.apply(a), *a.shape[:-1], 1, a.shape[-1])


def _as_diagonal(a: Tensor) -> Tensor:
    """Matrices with the numbers of the last dim on their diagonals."""
    return Mul.apply(_column(a), identity(a, a.shape[-1]))


def _minus(a: Tensor, b: Tensor) -> Tensor:
    return Add.apply(a, Neg.apply(b))


def _half_diagonal(a: Tensor, low: int | None, high: int | None) -> Tensor:
    """A triangle of each matrix, its diagonal halved."""
    return _minus(Band.apply(a, low, high), Mul.apply(Band.apply(a, 0, 0), _number(a, 0.5)))


def _number(a: Tensor, value: float) -> Tensor:
    like: Any = a
    return like._ensure_tensor(value)


class Solve(Function):
    """x with a @ x = b, for (.., n, n) and (.., n, k).

    >>> from minitorch import tensor
    >>> Solve.apply(tensor([[2.0]]), tensor([[6.0]]))
    tensor([[3.00]])
    """

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        """The solution; NaN or infinite for a singular matrix."""
        out = solved(a, b)[0]
        ctx.save_for_backward(a, out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """h, which solves a^T h = g, for b; -h x^T for a."""
        a, out = ctx.saved_tensors
        of_b = Solve.apply(transposed(a), grad_output)
        of_a = None
        if ctx.needs_input_grad[0]:
            of_a = Neg.apply(MatMul.apply(of_b, transposed(out)))
        return of_a, of_b


class Cholesky(Function):
    """The lower triangle L with L L^T = a, for symmetric positive-definite matrices."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        """L, from the lower half of a."""
        out = factorise("cholesky", a)[0]
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        """The symmetric part of L^-T phi(L^T g) L^-1, phi the lower triangle, diagonal halved."""
        (out,) = ctx.saved_tensors
        upper = transposed(out)
        phi = _half_diagonal(MatMul.apply(upper, grad_output), None, 0)
        left = Solve.apply(upper, phi)
        both = transposed(Solve.apply(upper, transposed(left)))
        return Mul.apply(Add.apply(both, transposed(both)), _number(both, 0.5))


class Elimination(Function):
    """L, without its diagonal of ones, and U, in one square matrix, with L U = a; no exchanges."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, packed: Tensor) -> Tensor:
        """The factors, which are given: those that pivoting found for the rows in their order."""
        ctx.save_for_backward(packed)
        return packed.detach()

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """L^-T (the triangle of L^T g below, of g U^T above, the diagonal) U^-T."""
        (packed,) = ctx.saved_tensors
        if is_grad_enabled():  # in their place in the graph
            packed = Elimination.apply(ctx.inputs[0], packed)
        lower = Add.apply(Band.apply(packed, None, -1), identity(packed, packed.shape[-1]))
        upper = Band.apply(packed, 0, None)
        below = MatMul.apply(transposed(lower), Band.apply(grad_output, None, -1))
        above = MatMul.apply(Band.apply(grad_output, 0, None), transposed(upper))
        middle = Add.apply(Band.apply(below, None, -1), Band.apply(above, 0, None))
        left = Solve.apply(transposed(lower), middle)
        return transposed(Solve.apply(upper, transposed(left))), None


class Qr(SeveralFunction):
    """Q with orthonormal columns, and R upper triangular, with Q R = a, for (.., m, n), m >= n.

    With `complete`, Q is square; then m = n is asked of what is differentiated.
    """

    @staticmethod
    def forward(ctx: Context, a: Tensor, complete: bool = False) -> tuple[Tensor, ...]:
        """Q and R."""
        q, r = factorise("qr_complete" if complete else "qr", a)
        ctx.save_for_backward(q, r)
        return q, r

    @staticmethod
    def backward(ctx: Context, of_q: Tensor, of_r: Tensor) -> tuple[Any, ...]:
        """(gQ + Q (M + M^T, M the upper triangle of gR R^T - Q^T gQ, diagonal halved)) R^-T."""
        q, r = ctx.saved_tensors
        inner = _minus(MatMul.apply(of_r, transposed(r)), MatMul.apply(transposed(q), of_q))
        half = _half_diagonal(inner, 0, None)
        whole = Add.apply(of_q, MatMul.apply(q, Add.apply(half, transposed(half))))
        return transposed(Solve.apply(r, transposed(whole))), *[None] * (len(ctx.inputs) - 1)


def _gaps(values: Tensor) -> Tensor:
    """1 / (value j - value i) in row i and column j, and 0 on the diagonal."""
    size = values.shape[-1]
    same = identity(values, size)
    gaps = _minus(_row(values), _column(values))
    return Where.apply(same, _number(gaps, 0.0), Inv.apply(Add.apply(gaps, same)))


class Eigh(SeveralFunction):
    """The eigenvalues of symmetric matrices, ascending, and their vectors as columns."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> tuple[Tensor, ...]:
        """Values and vectors, from the lower half of a."""
        values, vectors = factorise("eigh", a)
        ctx.save_for_backward(values, vectors)
        ctx.fills = False
        return values, vectors

    @staticmethod
    def backward(ctx: Context, of_values: Any, of_vectors: Any) -> Any:
        """V (diag(g of the values) + V^T gV / gaps) V^T."""
        values, vectors = ctx.saved_tensors
        flipped = transposed(vectors)
        inner: Any = None
        if of_vectors is not None:
            inner = Mul.apply(MatMul.apply(flipped, of_vectors), _gaps(values))
        if of_values is not None:
            straight = _as_diagonal(of_values)
            inner = straight if inner is None else Add.apply(inner, straight)
        return MatMul.apply(vectors, MatMul.apply(inner, flipped))


class Svd(SeveralFunction):
    """U, S and V^T with U diag(S) V^T = a, S descending; U and V have min(m, n) columns."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> tuple[Tensor, ...]:
        """The factors."""
        u, s, vt = factorise("svd", a)
        ctx.save_for_backward(u, s, vt)
        ctx.fills = False
        return u, s, vt

    @staticmethod
    def backward(ctx: Context, of_u: Any, of_s: Any, of_vt: Any) -> Any:
        """U (inner) V^T, and what of gU and gV lies outside of U and V."""
        u, s, vt = ctx.saved_tensors
        inner: Any = None if of_s is None else _as_diagonal(of_s)
        if of_u is None and of_vt is None:
            return MatMul.apply(u, MatMul.apply(inner, vt))
        gaps = _gaps(Mul.apply(s, s))
        if of_u is not None:
            turn = Mul.apply(_skew(MatMul.apply(transposed(u), of_u)), gaps)
            inner = _plus(inner, Mul.apply(turn, _row(s)))
        if of_vt is not None:
            turn = Mul.apply(_skew(MatMul.apply(vt, transposed(of_vt))), gaps)
            inner = _plus(inner, Mul.apply(_column(s), turn))
        out = MatMul.apply(u, MatMul.apply(inner, vt))
        if of_u is not None and u.shape[-2] > u.shape[-1]:
            rest = _minus(of_u, MatMul.apply(u, MatMul.apply(transposed(u), of_u)))
            out = Add.apply(out, MatMul.apply(Mul.apply(rest, _row(Inv.apply(s))), vt))
        if of_vt is not None and vt.shape[-1] > vt.shape[-2]:
            rest = _minus(of_vt, MatMul.apply(MatMul.apply(of_vt, transposed(vt)), vt))
            out = Add.apply(out, MatMul.apply(u, Mul.apply(_column(Inv.apply(s)), rest)))
        return out


def _skew(a: Tensor) -> Tensor:
    return _minus(a, transposed(a))


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else Add.apply(a, b)


class Pinv(Function):
    """The pseudo-inverse (Moore and Penrose); singular values up to `tolerance` count as zero.

    The tolerance has one number for each matrix. What is inverted is `seen`: a itself, or of
    matrices taken for symmetric the symmetric ones. The gradient (Golub and Pereyra 1973) holds
    where the rank stays.
    """

    @staticmethod
    def forward(ctx: Context, a: Tensor, seen: Tensor, tolerance: Tensor) -> Tensor:
        """V diag(1 / S) U^T."""
        u, s, vt = factorise("svd", seen)
        small = row_function(le).apply(s, _column(tolerance))
        weights = Where.apply(small, _number(s, 0.0), Inv.apply(s))
        out = MatMul.apply(Mul.apply(transposed(vt), _row(weights)), transposed(u))
        ctx.save_for_backward(a, out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """-P^T g P^T, and what of g P P^T and P^T P g is outside of a's columns and rows."""
        a, out = ctx.saved_tensors
        g, flipped = transposed(grad_output), transposed(out)
        main = Neg.apply(MatMul.apply(flipped, MatMul.apply(grad_output, flipped)))
        # g P P^T less its part within the columns of a, and P^T P g less that within its rows.
        left = MatMul.apply(g, MatMul.apply(out, flipped))
        left = _minus(left, MatMul.apply(a, MatMul.apply(out, left)))
        right = MatMul.apply(MatMul.apply(flipped, out), g)
        right = _minus(right, MatMul.apply(MatMul.apply(right, out), a))
        return Add.apply(main, Add.apply(left, right)), None, None


class Det(Function):
    """The determinant of each matrix."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        """By elimination."""
        out = factorise("det", a)[0]
        ctx.save_for_backward(a, out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        """g times the cofactors: det(a) a^-T, or for a singular matrix from its singular values."""
        a, out = ctx.saved_tensors
        size = a.shape[-1]
        if _is_any_singular(a, out):
            return Mul.apply(_column(_column(grad_output)), _cofactors(a))
        scaled = Mul.apply(_column(_column(Mul.apply(grad_output, out))), identity(a, size))
        return Solve.apply(transposed(a), scaled)


def _is_any_singular(a: Tensor, determinants: Tensor) -> bool:
    """Whether a determinant is nothing beside what the lengths of the rows allow (Hadamard)."""
    a, determinants = a.detach(), determinants.detach()
    if not determinants._tensor.size or not a.shape[-1]:
        return False
    squares = Sum.apply(Mul.apply(a, a), len(a.shape) - 1)
    most = Prod.apply(squares, len(a.shape) - 2)
    most = View.apply(Copy.apply(most), *determinants.shape)
    bound = Mul.apply(most, _number(most, 1e-12))
    small = row_function(le).apply(Mul.apply(determinants, determinants), bound)
    note("Python asks whether a matrix is singular")
    return any(float(it) != 0.0 for it in small._tensor.array().flat)


def _cofactors(a: Tensor) -> Tensor:
    """det(U) det(V) U diag(the product of the other singular values) V^T."""
    u, s, vt = Svd.apply(a)
    size = s.shape[-1]
    same = identity(s, size)
    others = Where.apply(same, _number(s, 1.0), _row(s))  # row i lacks value i
    products = Prod.apply(others, len(others.shape) - 1)
    signs = Mul.apply(factorise("det", u.detach())[0], factorise("det", vt.detach())[0])
    scaled = Mul.apply(Mul.apply(u, transposed(products)), _column(_column(signs)))
    return MatMul.apply(scaled, vt)


class SlogDet(SeveralFunction):
    """The sign of the determinant of each matrix, and the logarithm of its absolute value."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> tuple[Tensor, ...]:
        """Sign and logarithm; 0 and minus infinity for a singular matrix."""
        ctx.save_for_backward(a)
        sign, logarithm = factorise("slogdet", a)
        return sign, logarithm

    @staticmethod
    def backward(ctx: Context, of_sign: Tensor, of_logarithm: Tensor) -> Tensor:
        """g a^-T: the sign is constant."""
        (a,) = ctx.saved_tensors
        scaled = Mul.apply(_column(_column(of_logarithm)), identity(a, a.shape[-1]))
        return Solve.apply(transposed(a), scaled)
