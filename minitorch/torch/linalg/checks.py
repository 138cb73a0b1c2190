"""What the functions of this folder ask of a matrix, and what they say where it is another.

Idea: the errors of PyTorch's linear algebra begin with the name of the function, so that one check
    serves all.
Not here: the functions.
Read next: products.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import GradientError, LinAlgError, ShapeError
from minitorch.torch.dtypes import kind_of

__all__ = ["MatrixError", "by", "floats_of", "matrix_of", "raise_singular", "square_of"]


class MatrixError(ShapeError, GradientError):
    """Sizes that do not fit: a RuntimeError, as PyTorch raises it."""


def by(x: Any) -> str:
    """The sizes as PyTorch writes them: 2x3."""
    return "x".join(map(str, x.shape))


def floats_of(name: str, *tensors: Any) -> None:
    """Raise where one holds no floats.

    Raises:
        GradientError: a RuntimeError, as PyTorch raises it.
    """
    for it in tensors:
        if it._tensor.dtype.kind in "iub":
            raise GradientError(
                f"{name}: Expected a floating point or complex tensor as input. Got "
                f"{kind_of(it.dtype)}"
            )


def matrix_of(name: str, x: Any, title: str = "A") -> None:
    """Raise where x has less than two dims.

    Raises:
        MatrixError: a RuntimeError.
    """
    if x.dims < 2:
        raise MatrixError(f"{name}: The input tensor {title} must have at least 2 dimensions.")


def square_of(name: str, x: Any, title: str = "A") -> None:
    """Raise where x is no batch of square matrices of floats.

    Raises:
        MatrixError: a RuntimeError.
    """
    matrix_of(name, x, title)
    if x.shape[-1] != x.shape[-2]:
        raise MatrixError(
            f"{name}: {title} must be batches of square matrices, but they are {x.shape[-2]} by "
            f"{x.shape[-1]} matrices"
        )
    floats_of(name, x)


def raise_singular(info: Any, message: str) -> None:
    """Raise where a factorisation failed: where info, one number for each matrix, is not 0.

    Raises:
        LinAlgError: the message, with the number and, in a batch, the place put in.
    """
    found = info.reshape(-1).tolist()
    for place, code in enumerate(found):
        if code:
            name, _, rest = message.partition(": ")
            batch = f"(Batch element {place}): " if info.dims else ""
            raise LinAlgError(f"{name}: {batch}{rest.format(code)}")
