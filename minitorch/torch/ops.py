"""torch.ops: ops under the names that PyTorch's own code calls them by.

Idea: `torch.ops.aten.add.Tensor` is `torch.add`: the last part says which of several C++ functions,
    and here there is one for all. What begins with an underscore is for PyTorch's insides.
Not here: the ops.
Read next: face.py
"""

from __future__ import annotations

import sys
from typing import Any

from minitorch.errors import NotSupportedError
from minitorch.torch.face import FUNCTIONS, op
from minitorch.torch.nn.functional.probability import softmax
from minitorch.torch.pointwise import where
from minitorch.torch.reductions import sum

__all__ = ["aten"]


@op(method=False)
def _softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """The gradient of what softmax was given, from that of its output."""
    return ((grad_output - sum(grad_output * output, dim, True)) * output).to(input_dtype)


@op(method=False)
def _safe_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """softmax, but 0 for a row of nothing but -inf."""
    nothing = (input == float("-inf")).all(dim, True)
    return where(nothing, 0.0, softmax(where(nothing, 0.0, input), dim, dtype=dtype))


class _Overloads:
    """An op of a namespace; its attributes are its forms, all of them the one function."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return FUNCTIONS[self.name](*args, **kwargs)

    def __getattr__(self, overload: str) -> Any:
        if overload.startswith("__"):
            raise AttributeError(overload)
        return FUNCTIONS[self.name]

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='aten.{self.name}')>"


class _Aten:
    """The ops of PyTorch's library by their names."""

    def __getattr__(self, name: str) -> Any:
        if name not in FUNCTIONS:
            raise NotSupportedError(f"'torch.ops.aten' has no attribute '{name}' here.")
        return _Overloads(name)


aten = _Aten()
FUNCTIONS["torch"] = sys.modules["minitorch.torch"]  # type: ignore[assignment]  # torch.torch is torch
