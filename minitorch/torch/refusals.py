"""What is said where an op does not take a dtype, or cannot be differentiated.

Idea: the words and the kind of error are PyTorch's, so that what catches them there does here.
Not here: names that are missing (missing.py).
Read next: pointwise.py
"""

from __future__ import annotations

from typing import Any

from minitorch.autodiff import Context
from minitorch.errors import MissingKernelError
from minitorch.tensor_functions import Function
from minitorch.torch.dtypes import kind_of
from minitorch.torch.tensor import Tensor

__all__ = ["barred", "not_implemented", "scalar_name"]


def scalar_name(x: Tensor) -> str:
    """What messages call the dtype of a tensor: Float, Long, Bool ..."""
    return kind_of(x.dtype)


def not_implemented(name: str, x: Tensor) -> MissingKernelError:
    """The error of an op that does not take the dtype of a tensor."""
    return MissingKernelError(f"\"{name}\" not implemented for '{scalar_name(x)}'")


class Barred(Function):
    """The operand itself; no gradient comes through."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, what: str) -> Tensor:
        """The operand."""
        ctx.save_for_backward(what)
        return a.detach()

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Any, ...]:
        """Raise a MissingKernelError."""
        raise MissingKernelError(f"the derivative for {ctx.saved_tensors[0]} is not implemented.")


def barred(value: Any, what: str) -> Any:
    """A value; where it is a tensor that tracks gradients, one through which none comes."""
    if isinstance(value, Tensor) and value.history is not None:
        return Barred.apply(value, what)
    return value
