"""How the losses of single cells become one number.

Idea: "none", "mean" or "sum"; the older arguments size_average and reduce say the same.
Not here: the losses (loss.py, classification.py, margins.py).
Read next: loss.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.dtypes import dtype
from minitorch.torch.face import converted
from minitorch.torch.nn.functional.parts import SizeError

__all__ = ["broadcast_target", "reduced", "reduction_of", "same_float"]


def reduction_of(size_average: Any, reduce: Any, reduction: str, stacklevel: int = 4) -> str:
    """The reduction that is asked for, in whichever way.

    Raises:
        ConfigError: it is none of "none", "mean", "sum".
    """
    if size_average is not None or reduce is not None:
        size_average = True if size_average is None else size_average
        reduce = True if reduce is None else reduce
        reduction = ("mean" if size_average else "sum") if reduce else "none"
        warnings.warn(
            "size_average and reduce args will be deprecated, please use "
            f"reduction='{reduction}' instead.",
            stacklevel=stacklevel,
        )
    if reduction not in ("none", "mean", "sum"):
        raise ConfigError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss: Any, reduction: str) -> Any:
    """The losses themselves, their mean or their sum."""
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" else loss.sum()


def same_float(*tensors: Any) -> list[Any]:
    """The tensors in one float dtype, the widest."""
    widest: Any = None
    for it in tensors:
        kind = it.dtype
        if widest is None or (kind.kind, kind.itemsize) > (widest.kind, widest.itemsize):
            widest = kind
    if not widest.is_floating_point:
        widest = dtype.named["float32"]
    return [converted(it, widest) for it in tensors]


def broadcast_target(input: Any, target: Any, stacklevel: int = 4) -> None:
    """Warn where the sizes of input and target differ, since they then broadcast.

    Raises:
        SizeError: they do not even broadcast.
    """
    a, b = tuple(input.shape), tuple(target.shape)
    if a == b:
        return
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size "
        f"({input.shape}). This will likely lead to incorrect results due to broadcasting. Please "
        "ensure they have the same size.",
        stacklevel=stacklevel,
    )
    for k, (n, m) in enumerate(zip(reversed(a), reversed(b), strict=False)):
        if n != m and 1 not in (n, m):
            raise SizeError(
                f"The size of tensor a ({n}) must match the size of tensor b ({m}) at "
                f"non-singleton dimension {max(len(a), len(b)) - 1 - k}"
            )
