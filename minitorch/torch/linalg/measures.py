"""What one number says of a matrix: norms, rank, condition; and covariances.

Idea: the norms of a matrix are sums, or its singular values; rank and condition count and compare
    those.
Not here: norms of vectors (../norms.py).
Read next: factors.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.dtypes import finfo
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.joining import cat
from minitorch.torch.linalg.checks import MatrixError, floats_of, matrix_of, square_of
from minitorch.torch.linalg.factors import eigvalsh, svdvals
from minitorch.torch.linalg.products import cross_over, matmul
from minitorch.torch.linalg.solving import inv
from minitorch.torch.norms import vector_norm as norm_over
from minitorch.torch.tensor import Tensor

__all__ = [
    "cond",
    "corrcoef",
    "cov",
    "cross",
    "diagonal",
    "matrix_norm",
    "matrix_rank",
    "norm",
    "old_norm",
    "vander",
    "vector_norm",
]

INFINITY = float("inf")


@op(function=False, method=False)
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The p-norm of the numbers over dims, by default over all."""
    return norm_over(x, ord, dim, keepdim, dtype=dtype)


@op(function=False, method=False)
def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """A norm of each matrix.

    Of order "fro", "nuc", or the largest or least column sum (1, -1), row sum (inf, -inf) or
    singular value (2, -2).

    Raises:
        MatrixError: an unknown order, or dims that are no matrix.
    """
    floats_of("linalg.matrix_norm", A)
    if len(dim) != 2:
        raise MatrixError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    matrix_of("linalg.matrix_norm", A)
    x = A if dtype is None else converted(A, dtype)
    rows, columns = (check_dim(k, x.dims) for k in dim)
    if rows == columns:
        raise MatrixError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return norm_over(x, 2, (rows, columns), keepdim)
    if ord in (1, -1, INFINITY, -INFINITY):
        first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = x.abs().sum(first, keepdim=True)
        out = sums.amax(second, keepdim=True) if ord > 0 else sums.amin(second, keepdim=True)
    elif ord in ("nuc", 2, -2):
        rest = [k for k in range(x.dims) if k not in (rows, columns)]
        values = svdvals(x.permute([*rest, rows, columns]))
        found = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
        out = found
        for k in sorted((rows, columns)):
            out = out.unsqueeze(k)
    else:
        raise MatrixError(f"linalg.matrix_norm: Order {ord} not supported.")
    return out if keepdim else out.squeeze((rows, columns))


@op(function=False, method=False)
def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of a vector, or of a matrix where an order is given for one, or two dims.

    Raises:
        MatrixError: an order for more than two dims.
    """
    if ord is None:
        return norm_over(A, 2, dim, keepdim, dtype=dtype)
    dims = A.dims if dim is None else 1 if isinstance(dim, int) else len(dim)
    if dims not in (1, 2):
        raise MatrixError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{A.dims}D."
        )
    if dims == 2:
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise MatrixError(f"linalg.matrix_norm: dim must be a 2-tuple for order {ord}")
    return norm_over(A, ord, dim, keepdim, dtype=dtype)


@op(name="norm")
def old_norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """The p-norm over dims, by default over all; "fro" is 2, "nuc" the sum of singular values."""
    if p == "nuc":
        return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return norm_over(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


@op(function=False, method=False)
def matrix_rank(
    A: Any,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Any:
    """How many singular values of each matrix count: those above the tolerances.

    Raises:
        MatrixError: no matrix.
    """
    matrix_of("linalg.matrix_rank", A)
    x = A.detach()
    if tol is not None:
        atol, rtol = tol, 0.0
    values = eigvalsh(x).abs() if hermitian else svdvals(x)
    if not values.shape[-1]:
        return values.sum(-1).to(x.new_zeros(0).long().dtype)
    if rtol is None:
        usual = finfo(x.dtype).eps * max(x.shape[-2:])
        if hasattr(atol, "dims"):
            rtol = (atol <= 0).to(x.dtype) * usual
        else:
            rtol = 0.0 if atol is not None and atol > 0.0 else usual
    limit = values.amax(-1) * rtol
    if isinstance(atol, Tensor):
        limit = limit.maximum(converted(atol, limit.dtype) + limit * 0)
    elif atol is not None:
        limit = limit.clamp_min(float(atol))
    return (values > limit.unsqueeze(-1)).sum(-1)


@op(function=False, method=False)
def cond(A: Any, p: Any = None) -> Any:
    """The condition of each matrix: its norm times that of its inverse.

    Raises:
        MatrixError: no matrix, or no square one for a norm other than 2.
    """
    matrix_of("linalg.cond", A)
    floats_of("linalg.cond", A)
    if p in (None, 2, -2):
        values = svdvals(A)
        if not values.shape[-1]:
            return values.sum(-1)
        first, last = values[..., 0], values[..., -1]
        return last / first if p == -2 else first / last
    square_of("linalg.cond", A)
    if not A._tensor.size:
        return A.sum((-1, -2))
    if p == "nuc":
        values = svdvals(A)
        return values.sum(-1) * (1.0 / values).sum(-1)
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


@op(function=False, method=False)
def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """A diagonal of each matrix; shares the storage."""
    return A.diagonal(offset, dim1, dim2)


@op(function=False, method=False)
def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The cross product along a dim of size 3; the others broadcast."""
    return cross_over(input, other, dim)


@op(function=False, method=False)
def vander(x: Any, *, N: Any = None) -> Any:
    """The powers 0 .. N - 1 of each number as a new last dim."""
    x = x if x.dims else x.reshape(1)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise MatrixError("N must be greater than 1.")
    wide = x.unsqueeze(-1).expand(*x.shape, count - 1)
    powers = wide.cumprod(-1)
    return cat([x.new_ones(*x.shape, 1).to(powers.dtype), powers], -1)


@op()
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of variables, the rows, whose observations are the columns.

    Raises:
        MatrixError: more than two dims, or weights that do not fit.
    """
    if input.dims > 2:
        raise MatrixError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{input.dims} dimensions"
        )
    x = input if input.dtype.is_floating_point else input.to(input.new_zeros(0).float().dtype)
    x = x if x.dims == 2 else x.reshape(1, -1)
    weights = _weights(fweights, aweights, x)
    if weights is None:
        count: Any = x.shape[1]
        mean = x.mean(1, keepdim=True)
    else:
        total = weights.sum()
        mean = (x * weights).sum(1, keepdim=True) / total
        count = total
        if aweights is not None and correction:
            spread = (weights * aweights.to(x.dtype)).sum() / total
            count = total - correction * spread
            correction = 0
    centred = x - mean
    weighed = centred if weights is None else centred * weights
    share = count - correction
    if not hasattr(share, "dims"):
        share = max(share, 0)
        out = matmul(centred, weighed.transpose(0, 1))
        out = out / share if share else out / (out.detach() * 0)
    else:
        out = matmul(centred, weighed.transpose(0, 1)) / share.clamp_min(0)
    return out.squeeze() if input.dims < 2 or out.shape[0] == 1 else out


def _weights(fweights: Any, aweights: Any, x: Any) -> Any:
    """The weights of the observations, multiplied."""
    for title, it in (("fweights", fweights), ("aweights", aweights)):
        if it is not None and (it.dims > 1 or it._tensor.size != x.shape[1]):
            raise MatrixError(
                f"cov(): expected {title} to have the same numel as there are observations in the "
                f"input but got {it._tensor.size} != {x.shape[1]}"
            )
    if fweights is None:
        return None if aweights is None else aweights.to(x.dtype)
    found = fweights.to(x.dtype)
    return found if aweights is None else found * aweights.to(x.dtype)


@op()
def corrcoef(input: Any) -> Any:
    """The correlations of variables, the rows: their covariances by their deviations."""
    if input.dims > 2:
        raise MatrixError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input.dims} dimensions"
        )
    c = cov(input)
    if not c.dims:
        return c / c
    deviations = c.diagonal(0, 0, 1).sqrt()
    return (c / deviations.unsqueeze(1) / deviations.unsqueeze(0)).clamp(-1, 1)
