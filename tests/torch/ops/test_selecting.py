"""Ops that take an index or a mask by name, in place and not, with gradients of both orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import check, check_errors, check_gradients, numbers, theirs

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's own, of what it plans

INDEX = np.array([2, 0, 2])
ALL_DIMS = np.array([[0, 2, 1, 1], [2, 0, 0, 1]])
MASK = np.array([[True, False, True, True], [False, False, True, False], [True, True, False, True]])

DIFFERENTIABLE: dict[str, Callable[..., Any]] = {
    "gather": lambda t, x, y: x.gather(0, t.tensor(ALL_DIMS)) * y[:2],
    "gather of more": lambda t, x, y: t.gather(x, 1, t.tensor(ALL_DIMS).repeat(1, 2)[:, :3]),
    "take_along_dim": lambda t, x, y: t.take_along_dim(x, t.tensor([[1, -1]]), 1),
    "index_select": lambda t, x, y: x.index_select(1, t.tensor(INDEX)) * 2,
    "index_add": lambda t, x, y: x.index_add(0, t.tensor(INDEX), y, alpha=3),
    "index_copy": lambda t, x, y: x.index_copy(0, t.tensor([2, 0, 1]), y),
    "index_fill": lambda t, x, y: x.index_fill(1, t.tensor(INDEX), y[0, 0]),
    "take": lambda t, x, y: x.take(t.tensor([[0, 5], [-1, 5]])) * y[:2, :2],
    "put": lambda t, x, y: x.put(t.tensor([0, 5, 11]), y[0, :3]),
    "put more": lambda t, x, y: x.put(t.tensor([0, 5, 0]), y[0, :3], accumulate=True),
    "masked_fill": lambda t, x, y: x.masked_fill(t.tensor(MASK), y.sum()),
    "masked_select": lambda t, x, y: (x * y).masked_select(t.tensor(MASK)),
    "masked_scatter": lambda t, x, y: x.masked_scatter(t.tensor(MASK), y),
    "scatter": lambda t, x, y: x.scatter(0, t.tensor([[0, 2, 1, 1]]), y[:1]),
    "scatter a value": lambda t, x, y: x.scatter(0, t.tensor(ALL_DIMS), 2.5) * y,
    "scatter of more": lambda t, x, y: x.detach().scatter(0, t.tensor([[0, 2]]), y.detach()) * x,
    "scatter_add": lambda t, x, y: x.scatter_add(0, t.tensor(ALL_DIMS), y[:2]),
    "index_put": lambda t, x, y: x.index_put((t.tensor([0, 1]), t.tensor([3, 3])), y[0, :2]),
    "where": lambda t, x, y: t.where(t.tensor(MASK), x, y),
    "slice_scatter": lambda t, x, y: x.slice_scatter(y[:, :2], 1, 1, 4, 2),
    "select_scatter": lambda t, x, y: x.select_scatter(y[0], 0, -1),
    "diagonal_scatter": lambda t, x, y: x.diagonal_scatter(y[:, 0], 1),
}
for _how in ("sum", "prod", "mean", "amax", "amin"):
    for _self in (True, False):
        DIFFERENTIABLE[f"scatter_reduce {_how} {_self}"] = lambda t, x, y, how=_how, own=_self: (
            x.scatter_reduce(0, t.tensor(ALL_DIMS), y[:2], how, include_self=own)
        )


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients(name: str) -> None:
    check_gradients(DIFFERENTIABLE[name], numbers(3, 4), numbers(3, 4, seed=1))


IN_PLACE: dict[str, Callable[..., Any]] = {
    "index_add_": lambda t, z, y: z.index_add_(0, t.tensor(INDEX), y, alpha=2),
    "index_copy_": lambda t, z, y: z.index_copy_(0, t.tensor([2, 0, 1]), y),
    "index_fill_": lambda t, z, y: z.index_fill_(1, t.tensor(INDEX), 1.5),
    "index_put_": lambda t, z, y: z.index_put_((t.tensor(INDEX),), y, accumulate=True),
    "scatter_": lambda t, z, y: z.scatter_(0, t.tensor([[0, 2, 1, 1]]), y[:1]),
    "scatter_add_": lambda t, z, y: z.scatter_add_(1, t.tensor(ALL_DIMS), y[:2]),
    "masked_fill_": lambda t, z, y: z.masked_fill_(t.tensor(MASK), 2.0),
    "masked_scatter_": lambda t, z, y: z.masked_scatter_(t.tensor(MASK), y),
    "put_": lambda t, z, y: z.put_(t.tensor([0, 5, 11]), y[0, :3]),
    "fill_": lambda t, z, y: z.fill_(y.sum()),
    "zero_": lambda t, z, y: z.zero_(),
    "copy_": lambda t, z, y: z.copy_(y[0]),
    "tril_": lambda t, z, y: z.tril_(),
    "transpose_": lambda t, z, y: z.transpose_(0, 1),
    "squeeze_": lambda t, z, y: z.unsqueeze_(1).squeeze_(1),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name: str) -> None:
    """The tensor, and a view of it, with the graph rebased; and without a graph."""

    def program(t: Any, x: Any, y: Any) -> Any:
        z = x * 2
        assert IN_PLACE[name](t, z, y) is z
        return z * z

    def through_a_view(t: Any, x: Any, y: Any) -> Any:
        z = t.cat([x, x]) * 2
        IN_PLACE[name](t, z[1:4], y)
        return z * z

    check_gradients(program, numbers(3, 4), numbers(3, 4, seed=1))
    check(program, numbers(3, 4), numbers(3, 4, seed=1))
    check(through_a_view, numbers(3, 4), numbers(3, 4, seed=1))
    if name not in ("transpose_", "squeeze_"):
        check_gradients(through_a_view, numbers(3, 4), numbers(3, 4, seed=1))


VALUES: dict[str, Callable[..., Any]] = {
    "nonzero": lambda t, x: (x > 0).nonzero(),
    "nonzero as a tuple": lambda t, x: t.nonzero(x > 0, as_tuple=True),
    "argwhere": lambda t, x: t.argwhere(x > 1),
    "nonzero_static": lambda t, x: t.nonzero_static(x > 1, size=20),
    "where of one": lambda t, x: t.where(x > 0),
    "bincount": lambda t, x: t.bincount((x > 0).long().reshape(-1), minlength=4),
    "scatter_ add": lambda t, x: x.clone().scatter_(1, t.tensor(ALL_DIMS), 1.5, reduce="add"),
    "scatter multiply": lambda t, x: x.scatter(1, t.tensor(ALL_DIMS), x, reduce="multiply"),
    "index_reduce": lambda t, x: x.index_reduce(0, t.tensor(INDEX), x, "amax"),
    "unravel_index": lambda t, x: t.unravel_index(t.tensor([3, 7]), (3, 4)),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    check(VALUES[name], numbers(3, 4))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int64", "int8", "bool"])
def test_dtypes(dtype: str) -> None:
    for library in (ours, theirs):
        x = library.arange(12).reshape(3, 4).to(getattr(library, dtype))
        picked = [
            x[library.tensor([0, 2])],
            x.gather(0, library.tensor([[1, 1, 0, 2]])),
            library.cat([x, x], 1)[:, ::3],
            x.flip(0),
            x.index_copy(0, library.tensor([1]), x[:1]),
        ]
        assert all(it.dtype is getattr(library, dtype) for it in picked)
        shown = [it.to(library.float32).tolist() for it in picked]
        if library is ours:
            mine = shown
    assert mine == shown


WRONG: dict[str, Callable[..., Any]] = {
    "gather a float": lambda t, x: x.gather(0, x),
    "gather other dims": lambda t, x: x.gather(0, t.tensor([0])),
    "gather too large": lambda t, x: x.gather(0, t.zeros(2, 9).long()),
    "gather outside": lambda t, x: x.gather(0, t.tensor([[7]])),
    "scatter outside": lambda t, x: x.scatter(0, t.tensor([[7]]), 1.0),
    "scatter backwards": lambda t, x: x.scatter(0, t.tensor([[-1]]), 1.0),
    "index_select outside": lambda t, x: x.index_select(0, t.tensor([7])),
    "index_add of others": lambda t, x: x.index_add(0, t.tensor([0]), x),
    "masked_fill by numbers": lambda t, x: x.masked_fill(x, 1.0),
    "masked_scatter of too few": lambda t, x: x.masked_scatter(x > -9, x[0]),
    "take a float": lambda t, x: x.take(x),
    "topk of too many": lambda t, x: x.topk(9),
    "kthvalue of none": lambda t, x: x.kthvalue(0),
    "narrow outside": lambda t, x: x.narrow(0, 2, 3),
    "select outside": lambda t, x: x.select(0, 5),
    "split of others": lambda t, x: x.split([1, 1]),
    "cat of others": lambda t, x: t.cat([x, x[:, :2]]),
    "cat of none": lambda t, x: t.cat([]),
    "stack of others": lambda t, x: t.stack([x, x[0]]),
    "view of others": lambda t, x: x.view(5, 5),
    "view of what is turned": lambda t, x: x.t().view(12),
    "expand of others": lambda t, x: x.expand(2, 2),
    "flip twice": lambda t, x: x.flip(0, 0),
    "repeat of too few": lambda t, x: x.repeat(2),
    "a dim that is not there": lambda t, x: x.unsqueeze(7),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str) -> None:
    check_errors(WRONG[name], numbers(3, 4))
