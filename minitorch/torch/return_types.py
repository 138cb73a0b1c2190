"""The kinds of results with names: torch.return_types.sort and the like.

Idea: a tuple whose parts also have names, as PyTorch's have.
Not here: the ops that return them.
Read next: sorting.py
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["kthvalue", "median", "mode", "nanmedian", "sort", "topk"]


class sort(NamedTuple):
    """What `torch.sort` returns."""

    values: Any
    indices: Any


class topk(NamedTuple):
    """What `torch.topk` returns."""

    values: Any
    indices: Any


class kthvalue(NamedTuple):
    """What `torch.kthvalue` returns."""

    values: Any
    indices: Any


class median(NamedTuple):
    """What `torch.median` over a dim returns."""

    values: Any
    indices: Any


class nanmedian(NamedTuple):
    """What `torch.nanmedian` over a dim returns."""

    values: Any
    indices: Any


class mode(NamedTuple):
    """What `torch.mode` returns."""

    values: Any
    indices: Any


for _kind in (sort, topk, kthvalue, median, nanmedian, mode):
    _kind.__module__ = "torch.return_types"
