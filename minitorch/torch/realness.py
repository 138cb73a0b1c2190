"""Ops of complex numbers on real ones, of which they leave everything as it is.

Idea: the conjugate of a real number is itself: the tensor is returned, or a view of it.
Not here: `angle`, `sgn` (elementary.py).
Read next: special.py
"""

from __future__ import annotations

from typing import Any

from minitorch import rules
from minitorch.errors import GradientError
from minitorch.tensor_functions import row_function
from minitorch.torch.face import FUNCTIONS, op
from minitorch.torch.tensor import Tensor

__all__ = ["conj", "conj_physical", "is_conj", "is_neg", "resolve_conj", "resolve_neg"]

Id = row_function(rules.id)


@op()
def conj(input: Any) -> Any:
    """The tensor itself."""
    return input


@op()
def resolve_conj(input: Any) -> Any:
    """The tensor itself."""
    return input


@op()
def resolve_neg(input: Any) -> Any:
    """The tensor itself."""
    return input


@op(inplace=True)
def conj_physical(input: Any) -> Any:
    """The same numbers."""
    return Id.apply(input)


@op()
def is_conj(input: Any) -> bool:
    """Whether numbers wait to be conjugated: never."""
    return False


@op()
def is_neg(input: Any) -> bool:
    """Whether numbers wait to be negated: never."""
    return False


def real(input: Any) -> Any:
    """The tensor itself."""
    return input


def imag(input: Any) -> Any:
    """Raise, as PyTorch does: real numbers have no imaginary part to look at.

    Raises:
        GradientError: always.
    """
    raise GradientError(
        f"imag is not implemented for tensors with non-complex dtypes: {input.dtype}"
    )


FUNCTIONS["real"], FUNCTIONS["imag"] = real, imag
_known: Any = Tensor
_known.real, _known.imag = property(real), property(imag)
