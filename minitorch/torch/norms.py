"""Norms and distances.

Idea: |x|^p summed, and the root of it; where the norm is zero its gradient is taken to be zero.
Not here: norms of matrices by singular values (linalg/measures.py).
Read next: scans.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import GradientError
from minitorch.rows import powers
from minitorch.tensor_functions import row_function
from minitorch.torch.comparison import ne
from minitorch.torch.extremes import amax, amin
from minitorch.torch.face import check_dim, converted, dims_of, op
from minitorch.torch.pointwise import where
from minitorch.torch.reductions import sum

__all__ = ["dist", "renorm", "vector_norm"]

AbsPower = row_function(powers.abs_power)
PowerOfSum = row_function(powers.power_of_sum)
Root = row_function(powers.root)


def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The p-norm of the numbers over dims, by default over all.

    Raises:
        GradientError: of whole numbers; the largest of no numbers.
    """
    if dtype is not None:
        x = converted(x, dtype)
    if x._tensor.dtype.kind in "iub":
        raise GradientError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{x.dtype}"
        )
    ord = float(ord)
    dims = dims_of(dim, x.dims)
    if ord in (float("inf"), float("-inf")):
        extreme = amax if ord > 0 else amin
        if any(x._tensor.shape[k] == 0 for k in dims):
            raise GradientError(
                f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the "
                "operation does not have an identity"
            )
        return extreme(x.abs(), dims, keepdim)
    if ord == 0.0:
        return sum(converted(ne(x, 0), x.dtype) + x * 0.0, dim, keepdim)
    if ord == 1.0:
        return sum(x.abs(), dim, keepdim)
    if ord == 2.0:
        return Root.apply(sum(x * x, dim, keepdim))
    return PowerOfSum.apply(sum(AbsPower.apply(x, ord), dim, keepdim), 1.0 / ord)


@op(inplace=True)
def renorm(input: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    """Each slice along a dim, scaled down to the p-norm maxnorm where it has a larger one."""
    k = check_dim(dim, input.dims)
    others = tuple(j for j in range(input.dims) if j != k)
    size = vector_norm(input, p, others, True)
    return input * where(size > maxnorm, maxnorm / (size + 1e-7), 1.0)


@op()
def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of input - other."""
    return vector_norm(input - other, p)
