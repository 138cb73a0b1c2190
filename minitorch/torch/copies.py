"""Copies of what views show, torch.NAME_copy; and three ops that PyTorch itself is made of.

Idea: NAME_copy(...) is NAME(...), copied.
Not here: the views (shaping.py, parts.py, joining.py).
Read next: shaping.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.torch import parts, shaping
from minitorch.torch.arranging import OrderError
from minitorch.torch.face import FUNCTIONS, check_dim, op
from minitorch.torch.indexing import getitem, index_put
from minitorch.torch.joining import cat
from minitorch.torch.pointwise import where
from minitorch.torch.tensor import Tensor

__all__ = ["COPIES"]

VIEWS = (shaping, parts)  # which give Tensor its views
COPIES = (
    *("alias", "as_strided", "detach", "diagonal", "expand", "permute", "select", "slice"),
    *("split", "split_with_sizes", "squeeze", "t", "transpose", "unbind", "unfold"),
    *("unsqueeze", "view"),
)


def _copied(name: str) -> Callable[..., Any]:
    def copy(input: Any, *args: Any, **kwargs: Any) -> Any:
        shown = input if name == "alias" else getattr(input, name)(*args, **kwargs)
        return tuple([it.clone() for it in shown]) if isinstance(shown, tuple) else shown.clone()

    copy.__name__ = copy.__qualname__ = f"{name}_copy"
    copy.__doc__ = f"A copy of what `{name}` shows."
    return copy


for _name in COPIES:
    if _name == "alias" or hasattr(Tensor, _name):
        FUNCTIONS[f"{_name}_copy"] = _copied(_name)


@op(method=False)
def _chunk_cat(tensors: Any, dim: int, num_chunks: int) -> Any:
    """Each tensor cut into chunks along a dim, with zeros where it is short, and joined."""
    pieces: list[Any] = []
    for it in tensors:
        at = check_dim(dim, it.dims)
        shape = list(it._tensor.shape)
        short = -shape[at] % num_chunks
        if short:
            shape[at] = short
            it = cat([it, it.new_zeros(shape)], at)
        pieces.append(it.reshape([*shape[:at], num_chunks, -1]))
    if not pieces:
        raise OrderError("_chunk_cat expects a non-empty input tensor list")
    return cat(pieces, check_dim(dim, tensors[0].dims) + 1)


@op(method=False)
def _unsafe_masked_index(input: Any, mask: Any, indices: Any, fill: Any) -> Any:
    """What the indices name where a mask is True, else one value."""
    return where(mask, getitem(input, _inside(input, indices, mask)), fill)


@op(method=False)
def _unsafe_masked_index_put_accumulate(input: Any, mask: Any, indices: Any, values: Any) -> Any:
    """values added where the indices lead, but not where a mask is False."""
    added = where(mask, values, values.new_zeros(()))
    return index_put(input, _inside(input, indices, mask), added, True)


def _inside(x: Any, indices: Any, mask: Any) -> tuple[Any, ...]:
    """The indices brought into the bounds: what a mask leaves out may lead anywhere."""
    return tuple(
        [
            slice(None) if it is None else it.clamp(-n, n - 1)
            for it, n in zip(indices, x._tensor.shape, strict=False)
        ]
    )
