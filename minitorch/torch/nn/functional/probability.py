"""Softmax and its kin: what makes numbers along a dim into shares of one.

Idea: `softmax` and `log_softmax` are the engine's compositions, one node each; the rest are made
    of them.
Not here: their formulas (../../../nn.py), losses (classification.py).
Read next: classification.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import nn
from minitorch.torch.dtypes import get_default_dtype
from minitorch.torch.face import check_dim, converted, op
from minitorch.torch.nn.functional.dropout import noise_like
from minitorch.torch.nn.functional.parts import floats_only

__all__ = ["gumbel_softmax", "log_softmax", "normalize", "softmax", "softmin"]


def _dim_of(name: str, dim: Any, input: Any, stacklevel: int) -> int:
    """The dim that was asked for; without one, that of PyTorch's old rule, with a warning."""
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
            "dim=X as an argument.",
            stacklevel=stacklevel + 2,
        )
        return 0 if input.dims in (0, 1, 3) else 1
    return check_dim(dim, input.dims)


def _along(function: Any, label: str, input: Any, dim: int, dtype: Any) -> Any:
    """The function along a dim, in a dtype that may be given."""
    if dtype is not None:
        input = converted(input, dtype)
    floats_only(label, input)
    if input.dims == 0:
        return function.apply(input.reshape(1), 0).reshape(())
    return function.apply(input, dim) if input._tensor.size else input + 0


@op()
def softmax(input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """e^input / the sum of e^input over a dim.

    >>> import minitorch.torch as torch
    >>> torch.softmax(torch.tensor([0.0, 0.0]), 0)
    tensor([0.5000, 0.5000])
    """
    dim = _dim_of("softmax", dim, input, _stacklevel)
    return _along(nn.Softmax, "softmax_lastdim_kernel_impl", input, dim, dtype)


@op()
def log_softmax(input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, without overflow."""
    dim = _dim_of("log_softmax", dim, input, _stacklevel)
    return _along(nn.LogSoftmax, "log_softmax_lastdim_kernel_impl", input, dim, dtype)


@op(function=False, method=False)
def softmin(input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """`softmax` of -input."""
    dim = _dim_of("softmin", dim, input, _stacklevel)
    if dtype is not None:
        input = converted(input, dtype)
    return _along(nn.Softmax, "softmax_lastdim_kernel_impl", -input, dim, None)


@op(function=False, method=False)
def gumbel_softmax(
    logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Any:
    """A draw from the categories of the logits that gradients flow through.

    Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", 2017. With `hard` the
    result is one-hot, and its gradient that of the soft draw.
    """
    gumbels = -(-noise_like(logits, above_zero=True).log()).log()
    soft = softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    top = soft.detach().max(dim, keepdim=True)[1]
    sharp = (soft.detach() * 0).scatter(check_dim(dim, soft.dims), top, 1.0)
    return sharp - soft.detach() + soft


@op(function=False, method=False)
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """input / its norm along a dim, which counts as at least eps."""
    if input._tensor.dtype.kind in "iub":
        input = converted(input, get_default_dtype())
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps)
