"""Linear algebra: matrix products and what is made of them.

Idea: a product of tensors of any rank is one of (.., n, k) and (.., k, m), with dims put in or
    dropped for vectors.
Not here: the loops and BLAS (../fast_ops.py).
Read next: reductions.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import GradientError
from minitorch.tensor_functions import MatMul
from minitorch.torch.face import op
from minitorch.torch.missing import getattr_of
from minitorch.torch.tensor import Tensor

__all__ = ["matmul"]


@op()
def matmul(input: Any, other: Any) -> Any:
    """The matrix product; of vectors the dot product; the dims before the last two broadcast.

    Raises:
        GradientError: the shapes or the dtypes do not fit.
    """
    if input._tensor.dtype != other._tensor.dtype:
        raise GradientError(
            f"expected m1 and m2 to have the same dtype, but got: {input.dtype} != {other.dtype}"
        )
    a, b = input, other
    if 0 in (a.dims, b.dims):
        raise GradientError(
            f"both arguments to matmul need to be at least 1D, but they are {a.dims}D and {b.dims}D"
        )
    left, right = a.dims == 1, b.dims == 1
    a = a.unsqueeze(0) if left else a
    b = b.unsqueeze(1) if right else b
    if a.shape[-1] != b.shape[-2]:
        raise GradientError(f"mat1 and mat2 shapes cannot be multiplied ({_by(a)} and {_by(b)})")
    out = MatMul.apply(a, b)
    if right:
        out = out.squeeze(-1)
    return out.squeeze(-1 if right else -2) if left else out


def _by(x: Tensor) -> str:
    return "x".join(map(str, x.shape))


def _operators() -> None:
    known: Any = Tensor
    known.__matmul__ = known.matmul

    def reverse(self: Any, other: Any) -> Any:
        return matmul(other, self)

    known.__rmatmul__ = reverse


_operators()

__getattr__ = getattr_of(__name__)
