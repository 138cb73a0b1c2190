"""Products of matrices and vectors, and sums of a matrix and a product.

Idea: a product of tensors of any rank is one of (.., n, k) and (.., k, m), with dims put in or
    dropped for vectors.
Not here: the loops and BLAS (../../fast_ops.py), products named by letters (contraction.py).
Read next: contraction.py
"""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

from minitorch.errors import GradientError
from minitorch.tensor_functions import MatMul
from minitorch.torch.dtypes import BOOL, FLOAT, kind_of
from minitorch.torch.face import check_dim, in_place, op
from minitorch.torch.linalg.checks import MatrixError, by
from minitorch.torch.tensor import Tensor

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "chain_matmul",
    "cross",
    "cross_over",
    "dot",
    "inner",
    "kron",
    "matmul",
    "mm",
    "multi_dot",
    "mv",
    "outer",
    "vdot",
    "vecdot",
]


def _same(name: str, a: Any, b: Any) -> None:
    if a._tensor.dtype != b._tensor.dtype:
        raise GradientError(
            f"expected {name} to have the same dtype, but got: {a.dtype.name} != {b.dtype.name}"
        )


@op()
def matmul(input: Any, other: Any) -> Any:
    """The matrix product; of vectors the dot product; the dims before the last two broadcast.

    Raises:
        GradientError: the dtypes differ, or an operand has no dims.
        MatrixError: the sizes do not fit.

    >>> import minitorch.torch as torch
    >>> torch.matmul(torch.ones(2, 3), torch.ones(3))
    tensor([3., 3.])
    """
    if input._tensor.dtype is not other._tensor.dtype:
        _same("m1 and m2", input, other)
    a, b = input, other
    dims, others = a.dims, b.dims
    if dims >= 2 and others >= 2:
        if a._tensor.shape[-1] != b._tensor.shape[-2]:
            raise _mismatch(a, b)
        return MatMul.apply(a, b)
    if 0 in (dims, others):
        raise GradientError(
            f"both arguments to matmul need to be at least 1D, but they are {dims}D and {others}D"
        )
    if dims == others == 1:
        return dot(a, b)
    if others == 1:
        if a.shape[-1] != b.shape[0]:
            raise MatrixError(
                f"size mismatch, got input ({a.shape[0]}), mat ({by(a)}), vec ({b.shape[0]})"
            )
        return MatMul.apply(a, b.unsqueeze(1)).squeeze(-1)
    if a.shape[0] != b.shape[-2]:
        raise MatrixError(
            f"size mismatch, got input ({b.shape[-1]}), mat ({by(b.transpose(-1, -2))}), vec "
            f"({a.shape[0]})"
        )
    return MatMul.apply(a.unsqueeze(0), b).squeeze(-2)


def _mismatch(a: Any, b: Any) -> MatrixError:
    if a.dims == b.dims == 3:
        return MatrixError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    rows = f"{prod(a.shape[:-1])}x{a.shape[-1]}" if b.dims == 2 else by(a)
    return MatrixError(f"mat1 and mat2 shapes cannot be multiplied ({rows} and {by(b)})")


@op()
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices.

    Raises:
        MatrixError: they are no matrices, or the sizes do not fit.
    """
    if input.dims != 2:
        raise MatrixError("self must be a matrix")
    if mat2.dims != 2:
        raise MatrixError("mat2 must be a matrix")
    return matmul(input, mat2)


@op()
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two batches of matrices.

    Raises:
        MatrixError: other ranks, or sizes that do not fit.
    """
    if input.dims != 3:
        raise MatrixError("batch1 must be a 3D tensor")
    if mat2.dims != 3:
        raise MatrixError("batch2 must be a 3D tensor")
    if input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise _mismatch(input, mat2)
    return matmul(input, mat2)


@op()
def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector."""
    if (input.dims, vec.dims) != (2, 1):
        raise MatrixError(f"vector + matrix @ vector expected, got 1, {input.dims}, {vec.dims}")
    return matmul(input, vec)


@op()
def dot(input: Any, tensor: Any) -> Any:
    """The sum of the products of two vectors' numbers.

    Raises:
        MatrixError: they are no vectors of one size.
        GradientError: the dtypes differ.
    """
    if input.dims != 1 or tensor.dims != 1:
        raise MatrixError(f"1D tensors expected, but got {input.dims}D and {tensor.dims}D tensors")
    if input._tensor.dtype != tensor._tensor.dtype:
        raise GradientError(
            "dot : expected both vectors to have same dtype, but found "
            f"{kind_of(input.dtype)} and {kind_of(tensor.dtype)}"
        )
    if input.shape != tensor.shape:
        raise MatrixError(
            f"inconsistent tensor size, expected tensor [{input.shape[0]}] and src "
            f"[{tensor.shape[0]}] to have the same number of elements, but got {input.shape[0]} "
            f"and {tensor.shape[0]} elements respectively"
        )
    return (input * tensor).sum().to(input.dtype)


@op()
def vdot(input: Any, other: Any) -> Any:
    """`dot`, of real numbers."""
    return dot(input, other)


@op()
def inner(input: Any, other: Any) -> Any:
    """The sums of products over the last dims; of a number, the product."""
    if not input.dims or not other.dims:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise MatrixError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    size = input.shape[-1]
    out = matmul(input.reshape(-1, size), other.reshape(-1, size).transpose(0, 1))
    return out.reshape(*input.shape[:-1], *other.shape[:-1])


@op(also=("ger",))
def outer(input: Any, vec2: Any) -> Any:
    """All products of a number of one vector and a number of the other: a matrix."""
    for title, it in (("self", input), ("vec2", vec2)):
        if it.dims != 1:
            raise MatrixError(f"outer: Expected 1-D argument {title}, but got {it.dims}-D")
    return input.unsqueeze(1) * vec2


# A matrix and a product, added.


def _combined(input: Any, product: Any, beta: Any, alpha: Any, shape: tuple[int, ...]) -> Any:
    """beta * input + alpha * product; with beta 0 the input, NaN and all, does not count."""
    if input._tensor.dtype != product._tensor.dtype:
        raise GradientError(
            "self and mat2 must have the same dtype, but got "
            f"{kind_of(input.dtype)} and {kind_of(product.dtype)}"
        )
    if product.dtype.kind != FLOAT:  # the numbers become of the tensors' kind
        beta, alpha = int(beta), int(alpha)
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product + (input * 0).expand(shape) * 0 if input.history is not None else product
    scaled = input if beta == 1 else input * beta
    return scaled + product


@op(inplace=True)
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * mat1 @ mat2."""
    if mat1.dims != 2 or mat2.dims != 2:
        raise MatrixError(
            f"mat1 and mat2 must be matrices, got {mat1.dims}-D and {mat2.dims}-D tensors"
        )
    product = mm(mat1, mat2)
    return _combined(input, product, beta, alpha, tuple(product.shape))


@op(inplace=True)
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * mat @ vec."""
    product = mv(mat, vec)
    return _combined(input, product, beta, alpha, tuple(product.shape))


def _addbmm_in_place(self: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    shape = (batch1.shape[1], batch2.shape[2])
    if self.shape != shape:  # the tensor takes the shape of the result
        self.data = self.detach().expand(shape).clone()
    return _written(self, batch1, batch2, beta=beta, alpha=alpha)


@op(inplace=_addbmm_in_place)
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * the sum over the batch of batch1 @ batch2."""
    product = bmm(batch1, batch2).sum(0).to(batch1.dtype)
    return _combined(input, product, beta, alpha, tuple(product.shape))


_written = in_place(addbmm, "addbmm")


@op(inplace=True)
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * batch1 @ batch2."""
    product = bmm(batch1, batch2)
    return _combined(input, product, beta, alpha, tuple(product.shape))


@op(inplace=True)
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * the outer product of two vectors."""
    product = outer(vec1, vec2)
    if input.dtype.kind == BOOL:
        return (input & bool(beta)) | (product & bool(alpha))
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return product + input * 0 if input.history is not None else product.to(input.dtype)
    return (input if beta == 1 else input * beta) + product


# Several matrices.


def _chained(matrices: list[Any]) -> Any:
    """The product of matrices in the order that takes the fewest multiplications."""
    sizes = [it.shape[0] for it in matrices] + [matrices[-1].shape[1]]
    count = len(matrices)
    cost = [[0] * count for _ in range(count)]
    cut = [[0] * count for _ in range(count)]
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            prices = [
                cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                for k in range(i, j)
            ]
            cost[i][j] = min(prices)
            cut[i][j] = i + prices.index(cost[i][j])

    def product(i: int, j: int) -> Any:
        if i == j:
            return matrices[i]
        return matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return product(0, count - 1)


@op(function=False, method=False)
def multi_dot(tensors: Any) -> Any:
    """The product of two or more matrices; the first and the last may be vectors.

    Raises:
        MatrixError: fewer than two, or other ranks.
    """
    parts = list(tensors)
    if len(parts) < 2:
        raise MatrixError(f"multi_dot(): expected at least 2 tensors but got {len(parts)}")
    first, last = parts[0].dims == 1, parts[-1].dims == 1
    if first:
        parts[0] = parts[0].unsqueeze(0)
    if last:
        parts[-1] = parts[-1].unsqueeze(-1)
    for place, it in enumerate(parts):
        if it.dims != 2:
            raise MatrixError(f"multi_dot(): tensor {place} must be 2D but got {it.dims}D")
    out = _chained(parts)
    if last:
        out = out.squeeze(-1)
    return out.squeeze(0) if first else out


@op(method=False)
def chain_matmul(*matrices: Any) -> Any:
    """The product of matrices, given one by one; the older `multi_dot`."""
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
        "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than "
        "multiple parameters.",
        stacklevel=3,
    )
    return matrices[0].clone() if len(matrices) == 1 else multi_dot(matrices)


@op()
def kron(input: Any, other: Any) -> Any:
    """Each number of the input times the whole other tensor, side by side (Kronecker)."""
    dims = max(input.dims, other.dims)
    a = input.reshape(*[1] * (dims - input.dims), *input.shape)
    b = other.reshape(*[1] * (dims - other.dims), *other.shape)
    wide = [part for n in a.shape for part in (n, 1)]
    far = [part for n in b.shape for part in (1, n)]
    shape = [n * m for n, m in zip(a.shape, b.shape, strict=True)]
    return (a.reshape(wide) * b.reshape(far)).reshape(shape)


def cross_over(input: Any, other: Any, dim: int) -> Any:
    """The cross product along a dim of size 3; the others broadcast.

    Raises:
        MatrixError: another size, or other ranks.
    """
    if input.dims != other.dims:
        raise MatrixError("linalg.cross: inputs must have the same number of dimensions.")
    at = check_dim(dim, input.dims)
    if input.shape[at] != 3 or other.shape[at] != 3:
        raise MatrixError(
            f"linalg.cross: inputs dimension {at} must have length 3. Got {input.shape[at]} and "
            f"{other.shape[at]}"
        )
    a = [input.roll(-k, at) for k in (1, 2)]
    b = [other.roll(-k, at) for k in (1, 2)]
    return a[0] * b[1] - a[1] * b[0]


@op()
def cross(input: Any, other: Any, dim: Any = None) -> Any:
    """The cross product along a dim, by default the first of size 3.

    Raises:
        MatrixError: no dim of size 3.
    """
    if dim is None:
        threes = [k for k, n in enumerate(input.shape) if n == 3]
        if not threes:
            raise MatrixError("no dimension of size 3 in input")
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated. Please either pass "
            "the dim explicitly or simply use torch.linalg.cross.",
            stacklevel=3,
        )
        dim = threes[0]
    return cross_over(input, other, dim)


@op(function=False, method=False)
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sums of products along a dim; the others broadcast."""
    product = x * y
    return product.sum(dim).to(product.dtype)


def _operators() -> None:
    known: Any = Tensor
    known.__matmul__ = known.matmul

    def reverse(self: Any, other: Any) -> Any:
        return matmul(other, self)

    known.__rmatmul__ = reverse


_operators()
