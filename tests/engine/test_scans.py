"""Running folds, products and places on every backend, against NumPy and central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minitorch import BACKENDS, Tensor, from_numpy
from minitorch.folds import Extreme, Prod, SumOver
from minitorch.formulas.ordering import maximum, minimum
from minitorch.rows import ordering
from minitorch.scans import Recurrence, RunningLog, running_extreme
from minitorch.testing import grad_check
from tests.course.tensors import values

every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
A = np.random.default_rng(1).uniform(0.5, 1.5, (3, 4, 2))
B = np.random.default_rng(2).uniform(-1.0, 1.0, (3, 4, 2))


def recurrence(a: Any, b: Any, start: float, reverse: bool) -> Any:
    """Along dim 1."""
    out, state = np.empty_like(a), np.full((3, 2), start)
    for k in range(3, -1, -1) if reverse else range(4):
        state = a[:, k] * state + b[:, k]
        out[:, k] = state
    return out


@every_backend
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("start", [0.0, 1.5])
def test_a_recurrence_and_its_gradients(backend: Any, reverse: bool, start: float) -> None:
    a, b = from_numpy(A, backend), from_numpy(B, backend)
    out = Recurrence.apply(a, b, 1, start, reverse)
    np.testing.assert_allclose(values(out), recurrence(A, B, start, reverse), rtol=1e-14)

    def squared(a: Tensor, b: Tensor) -> Tensor:
        out = Recurrence.apply(a, b, 1, start, reverse)
        return out * out

    grad_check(squared, a, b, tol=1e-4)


@every_backend
def test_sums_products_and_logarithms(backend: Any) -> None:
    b = from_numpy(B, backend)
    np.testing.assert_allclose(values(Recurrence.sums(b, 1)), B.cumsum(1), rtol=1e-14)
    found = values(Recurrence.products(b, 1, inclusive=True))
    np.testing.assert_allclose(found, B.cumprod(1), rtol=1e-14)
    found = values(RunningLog.apply(b, 1, False))
    np.testing.assert_allclose(found, np.logaddexp.accumulate(B, 1), rtol=1e-13)
    grad_check(lambda x: RunningLog.apply(x, 1, False), b, tol=1e-4)


@every_backend
def test_extremes_and_their_places(backend: Any) -> None:
    numbers = np.array([[1.0, 3.0, 3.0, 0.0], [np.nan, 2.0, 5.0, -1.0], [4.0, np.nan, 9.0, np.nan]])
    a = from_numpy(numbers, backend)
    running = values(running_extreme(a, 1, ordering.maximum))
    np.testing.assert_array_equal(running, np.maximum.accumulate(numbers, 1))
    for fn, find in ((maximum, np.argmax), (minimum, np.argmin)):
        place = a.backend.place(fn)(a, 1)
        np.testing.assert_array_equal(values(place), find(numbers, 1)[:, None])
    top = Extreme.apply(a, ordering.maximum, (0, 1))
    assert np.isnan(values(top)).all()


@every_backend
def test_whole_numbers_wrap_and_are_exact(backend: Any) -> None:
    numbers = np.array([2**62, 2**62, 2**62 - 1, 3])
    a = from_numpy(numbers, backend)
    found = values(Recurrence.sums(a, 0))
    np.testing.assert_array_equal(found, numbers.cumsum())
    assert values(running_extreme(a, 0, ordering.maximum)).tolist() == [2**62] * 4


@every_backend
def test_a_product_is_differentiable_at_zero(backend: Any) -> None:
    a = from_numpy(np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]]), backend, requires_grad=True)
    Prod.apply(a, 1).sum().backward()
    assert a.grad is not None
    assert values(a.grad).tolist() == [[0.0, 6.0, 0.0], [0.0, 0.0, 0.0]]


@every_backend
def test_sums_over_several_dims(backend: Any) -> None:
    a = from_numpy(A, backend)
    np.testing.assert_allclose(values(SumOver.apply(a, (0, 2), False)), A.sum((0, 2)))
    kept = SumOver.apply(a, (0, 2), True)
    np.testing.assert_allclose(values(kept), A.sum((0, 2), keepdims=True))
    grad_check(lambda x: SumOver.apply(x * x, (0, 2), False), a, tol=1e-4)
