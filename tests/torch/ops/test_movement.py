"""Shapes, orders, parts, joining and cutting, with gradients of both orders; and creation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import check, check_errors, check_gradients, numbers, theirs

MOVED: dict[str, Callable[..., Any]] = {
    "view": lambda t, x: x.view(4, -1) ** 2,
    "view of a turned one": lambda t, x: x.permute(2, 0, 1).reshape(4, 6) ** 2,
    "view of part": lambda t, x: x[:, 1:].view(2, 8) ** 2,
    "flatten": lambda t, x: x.flatten(1) * x.flatten(0, 1).sum(),
    "unflatten": lambda t, x: x.unflatten(2, (2, -1)) ** 2,
    "ravel": lambda t, x: x.transpose(0, 2).ravel() ** 2,
    "permute": lambda t, x: x.permute(dims=(1, -1, 0)) ** 2,
    "movedim": lambda t, x: x.movedim((0, 1), (-1, 0)) ** 2,
    "swapaxes": lambda t, x: x.swapaxes(0, 1) ** 2,
    "T": lambda t, x: x[0].T @ x[1],
    "mT": lambda t, x: x.mT**2,
    "squeeze": lambda t, x: x.unsqueeze(1).squeeze(1) * x.unsqueeze(-1).squeeze((0, -1)),
    "expand": lambda t, x: x.unsqueeze(1).expand(-1, 5, -1, 4) ** 2,
    "expand, then view": lambda t, x: x[:, :1].expand(2, 3, 4).reshape(2, 12) ** 2,
    "broadcast": lambda t, x: t.broadcast_tensors(x[0], x[:, :1])[1] ** 2,
    "repeat": lambda t, x: x.repeat(2, 1, 1, 2) ** 2,
    "tile": lambda t, x: t.tile(x, (2,)) ** 2,
    "repeat_interleave": lambda t, x: x.repeat_interleave(t.tensor([1, 0, 2]), 1) ** 2,
    "repeat_interleave all": lambda t, x: x.repeat_interleave(2) ** 2,
    "flip": lambda t, x: x.flip(0, 2) * x,
    "roll": lambda t, x: x.roll((1, -2), (0, 2)) * x + x.roll(5),
    "rot90": lambda t, x: t.rot90(x, 3, (0, 2)) ** 2,
    "tril": lambda t, x: x.tril(1) ** 2 + x.triu(-1) * 3,
    "diagonal": lambda t, x: x.diagonal(1, 0, 2) ** 2,
    "diag_embed": lambda t, x: t.diag_embed(x, -1, 0, 2) ** 2,
    "diag": lambda t, x: t.diag(t.diag(x[0])) ** 2,
    "trace": lambda t, x: x[1].trace() ** 2,
    "unfold": lambda t, x: x.unfold(2, 3, 1) ** 2,
    "as_strided": lambda t, x: x.as_strided((3, 3), (2, 1), 1) ** 2,
    "narrow": lambda t, x: x.narrow(2, -3, 2) ** 2 + x.select(1, 1).sum(),
    "cat": lambda t, x: t.cat([x, x[:, :1] ** 2, t.zeros(0)], dim=1),
    "stack": lambda t, x: t.stack([x, x**2], -2) * 2,
    "hstack": lambda t, x: t.hstack([x[0], x[1] ** 2]),
    "vstack": lambda t, x: t.vstack([x[0, 0], x[1, 0] ** 2]),
    "dstack": lambda t, x: t.dstack([x[0], x[1] ** 2]),
    "column_stack": lambda t, x: t.column_stack([x[0, 0], x[1].T ** 2]),
    "block_diag": lambda t, x: t.block_diag(x[0], x[1, 0] ** 2),
    "split": lambda t, x: x.split(3, 2)[0] * x.split([1, 3], 2)[1],
    "chunk": lambda t, x: x.chunk(3, 1)[0] * x.chunk(3, 1)[2] ** 2,
    "unbind": lambda t, x: x.unbind(1)[0] * x.unbind(1)[2] ** 2,
    "iteration": lambda t, x: [row[0] * row[1] for row in x],
    "tensor_split": lambda t, x: x.tensor_split(3, 2)[1] * x.tensor_split((1, 2), 2)[1],
    "meshgrid": lambda t, x: t.meshgrid(x[0, 0], x[1, 1] ** 2, indexing="xy"),
    "cartesian_prod": lambda t, x: t.cartesian_prod(x[0, 0], x[1, 1] ** 2),
    "combinations": lambda t, x: t.combinations(x[0, 0], 3) ** 2,
    "contiguous": lambda t, x: x.permute(2, 1, 0).contiguous() ** 2,
    "clone": lambda t, x: x.clone() * x,
}


@pytest.mark.parametrize("name", MOVED)
def test_gradients(name: str) -> None:
    check_gradients(MOVED[name], numbers(2, 3, 4))


def test_strides_and_storage() -> None:
    """What is a view there is one here, with the same strides."""
    x, y = ours.tensor(numbers(2, 3, 4)), theirs.tensor(numbers(2, 3, 4))
    for fn in (
        lambda a: a.view(4, 6),
        lambda a: a.permute(2, 0, 1),
        lambda a: a[:, 1:, ::2],
        lambda a: a.unsqueeze(1),
        lambda a: a.unfold(2, 2, 1),
        lambda a: a.diagonal(0, 1, 2),
        lambda a: a.chunk(2, 2)[1],
        lambda a: a[None, 0, ..., None],
        lambda a: a.expand(5, 2, 3, 4),
    ):
        a, b = fn(x), fn(y)
        assert a.stride() == b.stride()
        assert a.storage_offset() == b.storage_offset()
        assert a.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
        assert a.is_contiguous() == b.is_contiguous()


MADE: dict[str, Callable[..., Any]] = {
    "arange": lambda t: (t.arange(5), t.arange(1, 2, 0.3), t.arange(5, 0, -2), t.arange(3.0)),
    "arange of a dtype": lambda t: t.arange(0, 5, 2, dtype=t.int16),
    "linspace": lambda t: (t.linspace(0, 1, 7), t.linspace(3, -3, 4, dtype=t.int64)),
    "logspace": lambda t: t.logspace(0, 2, 5),
    "eye": lambda t: (t.eye(3), t.eye(2, 4, dtype=t.int32)),
    "full": lambda t: (t.full((2,), 3), t.full((2,), 1.5), t.full((), True)),
    "vander": lambda t: t.vander(t.arange(4.0), 3),
    "tensor": lambda t: (t.tensor([[1, 2.5]]), t.tensor([True]), t.tensor([]), t.tensor(3)),
    "tensors in lists": lambda t: t.tensor([t.tensor(1.0), 2]),
    "arrays in lists": lambda t: t.tensor([np.float32(1.5), np.float32(2)]),
    "as_tensor": lambda t: (t.as_tensor([1, 2]), t.asarray(np.arange(3))),
    "likes": lambda t: (
        t.ones_like(t.arange(3)),
        t.full_like(t.zeros(2), 3),
        t.zeros_like(t.eye(2)),
    ),
    "new": lambda t: (t.zeros(2).double().new_tensor([1, 2]), t.arange(2).new_ones(2, 2)),
    "triangles": lambda t: (t.tril_indices(3, 4, 1), t.triu_indices(3, 3)),
    "legacy": lambda t: (t.FloatTensor([1, 2]), t.LongTensor([3]), t.Tensor([[1.0]]), t.Tensor()),
    "sized": lambda t: [it.shape for it in (t.Tensor(2, 3), t.IntTensor(4), t.ones(2).new(3))],
    "types": lambda t: (
        t.ones(1).type(),
        t.arange(2).type(t.FloatTensor),
        t.ones(2).type("torch.IntTensor"),
    ),
    "casts": lambda t: (t.tensor([1.7]).int(), t.arange(3).bool(), t.tensor([-1]).byte()),
    "to": lambda t: (t.ones(2).to(t.int64), t.ones(2).to("cpu"), t.arange(2).to(t.zeros(1))),
    "windows": lambda t: (t.hann_window(5), t.hamming_window(4, False), t.kaiser_window(5)),
    "scalar_tensor": lambda t: t.scalar_tensor(3),
    "resize": lambda t: t.arange(6).resize_(2, 2),
    "memory": lambda t: t.zeros(1, 2, 2, 2).to(memory_format=t.channels_last).stride(),
    "sizes": lambda t: (
        t.ones(2, 3).size(1),
        t.ones(2, 3).numel(),
        t.ones(2, dtype=t.int16).nbytes,
    ),
    "reread": lambda t: t.ones(2).view(t.int32),
}


@pytest.mark.parametrize("name", MADE)
def test_creation(name: str) -> None:
    check(MADE[name], rtol=1e-6, atol=1e-7)


WRONG: dict[str, Callable[..., Any]] = {
    "a negative size": lambda t: t.zeros(-1),
    "ragged lists": lambda t: t.tensor([[1], [1, 2]]),
    "a text": lambda t: t.tensor("a"),
    "a step of nothing": lambda t: t.arange(0, 3, 0),
    "a step away": lambda t: t.arange(3, 0),
    "a cuda": lambda t: t.zeros(2, device="cuda"),
    "a length of a number": lambda t: len(t.tensor(1.0)),
    "an item of two": lambda t: t.ones(2).item(),
    "a type that is not there": lambda t: t.ones(2).type("torch.NoTensor"),
    "a negative eye": lambda t: t.eye(-1),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str) -> None:
    check_errors(WRONG[name])


def test_instances_of_types() -> None:
    for t in (ours, theirs):
        assert isinstance(t.ones(1), t.FloatTensor)
        assert not isinstance(t.ones(1), t.LongTensor)
        assert t.is_tensor(t.ones(1))
        assert isinstance(t.arange(2), t.Tensor)
