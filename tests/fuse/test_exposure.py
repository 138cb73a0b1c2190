"""Reading late changes nothing: writes, foreign memory and donated arrays are not seen too soon.

Idea: a pending tensor is a promise of the numbers as they were at the call. Whoever writes in
    between (a program into a tensor, foreign code into an array, a kernel into an array that it
    may reuse) must not break it.
Not here: random programs with writes (test_graphs.py).
Read next: test_limits.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import BACKENDS, Tensor, TensorBackend, TensorData, from_numpy, nn, rules, tensor
from minitorch.fuse.nodes import SNAPSHOT
from minitorch.tensor_functions import row_function

from .running import Record, is_pending, leaf, numbers

FUSED = BACKENDS["fused"]
Tanh = row_function(rules.tanh)
pytestmark = pytest.mark.usefixtures("uncompiled")

SIZES = [6, SNAPSHOT // 8 + 1]  # copied, and read at once


def test_an_op_is_pending_until_it_is_read() -> None:
    x = leaf(3, grad=False)
    y = x + 1.0
    assert is_pending(y)
    assert y[0] == numbers(x)[0] + 1.0
    assert not is_pending(y)


# Foreign memory.


@pytest.mark.parametrize("size", SIZES)
def test_writes_to_the_source_of_from_numpy_come_too_late(size: int) -> None:
    a = np.zeros(size)
    y = from_numpy(a, FUSED) + 1.0
    a[0] = 5.0
    assert y[0] == 1.0


@pytest.mark.parametrize("size", SIZES)
def test_writes_to_what_to_numpy_gave_come_too_late(size: int) -> None:
    x = leaf(size, grad=False) * 0.0
    a = x.to_numpy()
    y = x + 1.0
    a[0] = 5.0
    assert y[0] == 1.0
    assert (x + 0.0)[0] == 5.0, "but the tensor shares the memory"


@pytest.mark.parametrize("expose", [lambda x: x.to_numpy(), lambda x: x._tensor._storage])
@pytest.mark.parametrize("size", SIZES)
def test_what_was_pending_before_the_exposure_keeps_its_numbers(
    expose: Callable[[Tensor], Any], size: int
) -> None:
    x = leaf(size, grad=False) * 0.0
    numbers(x)
    y = x + 1.0
    z = Tanh.apply(y)
    expose(x)[0] = 5.0
    assert y[0] == 1.0
    assert z[0] == np.tanh(1.0)


def test_exposing_what_is_pending_gives_its_numbers() -> None:
    y = leaf(3, grad=False) * 0.0 + 1.0
    z = y * 2.0
    y.to_numpy()[0] = 5.0
    assert (z[0], z[1]) == (2.0, 2.0)


# Writes.


@pytest.mark.parametrize("pending", [True, False])
def test_a_write_is_seen_by_later_readers_only(pending: bool) -> None:
    x = leaf(2, 3, grad=False) * 0.0
    if not pending:
        numbers(x)
    before, view = x + 1.0, x.permute(1, 0)
    x[1, 2] = 7.0
    after = x + 1.0
    assert (before[1, 2], after[1, 2]) == (1.0, 8.0)
    assert view[2, 1] == 7.0, "a view shares the memory"


def test_a_write_through_a_view_is_seen_by_later_readers_only() -> None:
    x = leaf(2, 3, grad=False) * 0.0
    before = Tanh.apply(x.permute(1, 0) + 1.0)
    x.view(6)[4] = 7.0
    assert before[1, 1] == np.tanh(1.0)
    assert (x + 0.0)[1, 1] == 7.0


def test_a_lift_with_out_is_seen_by_later_readers_only() -> None:
    x, out = leaf(3, grad=False), leaf(3, seed=1, grad=False)
    was, given = numbers(out), numbers(x)
    before = out * 2.0
    FUSED.neg_map(x, out)
    np.testing.assert_array_equal(numbers(before), was * 2.0)
    np.testing.assert_array_equal(numbers(out), -given)


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_source_and_destination_may_overlap(backend: TensorBackend) -> None:
    was = np.arange(9.0).reshape(3, 3)
    x = Tensor(TensorData.of(was.copy()), backend=backend)
    backend.neg_map(x.permute(1, 0), x)
    np.testing.assert_array_equal(numbers(x), -was.T)
    backend.neg_map(x, x)
    np.testing.assert_array_equal(numbers(x), was.T)


# Donation: a kernel may write into an array that nobody reads any more, and into no other.


def doubled(x: Tensor) -> Tensor:
    y = x * 2.0
    numbers(y)
    return y


HOLDERS: dict[str, Callable[[Tensor], Any]] = {
    "name": lambda x: x,
    "detached": lambda x: x.detach(),
    "view": lambda x: x.view(x.size),
    "slice": lambda x: x[0:1] if False else x.permute(*range(x.dims)),
    "pending reader": lambda x: x + 1.0,
    "array": lambda x: x.to_numpy(),
    "saved tensor": lambda x: Tanh.apply(with_graph(x)),
}


def with_graph(x: Tensor) -> Tensor:
    y = x.detach()
    y.requires_grad_(True)
    return y


def read_holder(holder: Any) -> Any:
    return holder.copy() if isinstance(holder, np.ndarray) else numbers(holder)


@pytest.mark.parametrize("name", HOLDERS)
def test_what_somebody_can_still_see_is_not_overwritten(name: str) -> None:
    expected = read_holder(HOLDERS[name](leaf(4, 2, seed=3, grad=False)))
    x = leaf(4, 2, seed=3, grad=False)
    holder = HOLDERS[name](x)
    y = x * 3.0
    del x
    numbers(y)
    np.testing.assert_array_equal(read_holder(holder), expected)


def test_what_backward_needs_is_not_overwritten() -> None:
    x = leaf(4, seed=3)
    given = numbers(x)
    out = nn.softmax(x, 0)
    loss = (out * out).sum()
    numbers(loss)
    later = out * 5.0
    del out
    numbers(later)
    loss.backward()
    e = np.exp(given - given.max())
    s = e / e.sum()
    np.testing.assert_allclose(numbers(x.grad), s * (2 * s - (2 * s * s).sum()), rtol=1e-12)


def test_what_nobody_can_see_is_overwritten() -> None:
    x = leaf(4, grad=False)
    place = x._tensor.cell.array.ctypes.data
    y = x * 3.0
    del x
    assert y._tensor.cell.array.ctypes.data == place


def test_a_leaf_read_in_two_orders_is_not_overwritten() -> None:
    x = leaf(3, 3, grad=False)
    was = numbers(x)
    y = x + x.permute(1, 0)
    del x
    np.testing.assert_array_equal(numbers(y), was + was.T)


def test_a_leaf_that_a_later_walk_reads_is_not_overwritten_too_soon(uncompiled: Record) -> None:
    x = leaf(3, 4, grad=False)
    was = numbers(x)
    y = nn.softmax(x, 1) * x
    del x
    e = np.exp(was - was.max(1, keepdims=True))
    np.testing.assert_allclose(numbers(y), e / e.sum(1, keepdims=True) * was, rtol=1e-12)


def test_a_leaf_is_not_overwritten_by_a_fold_that_is_over_before_the_last_walk() -> None:
    x, b = leaf(3, 4, grad=False), leaf(1, 4, seed=1, grad=False)
    was, row = numbers(x), numbers(b)
    folded = (x * b).sum(0)  # as long as b, and there before b is read again
    out = (x + b) * folded
    del b
    np.testing.assert_allclose(numbers(out), (was + row) * (was * row).sum(0), rtol=1e-12)
    np.testing.assert_allclose(numbers(folded), (was * row).sum(0, keepdims=True), rtol=1e-12)


def test_numbers_of_the_text_are_no_leaves_to_overwrite() -> None:
    one = tensor([1.0], backend=FUSED)
    for _ in range(3):
        y = one * 3.0 + 1.0
        assert y[0] == 4.0
