"""Random tensors: the same bits on every backend, counted, and never 1.

Idea: the n-th number is a function of n and the seed; drawing reserves counters, nothing else.
Not here: the hash itself and its published vectors (tests/course/test_module0_random.py).
Read next: test_memory.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import BACKENDS, Generator, rand, randn
from minitorch import random as counted
from tests.course.tensors import values

every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)


@pytest.mark.parametrize("draw", [rand, randn], ids=["rand", "randn"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(seed=st.integers(0, 2**63 - 1), start=st.integers(0, 2**62))
def test_the_same_bits_on_every_backend(draw: Any, dtype: str, seed: int, start: int) -> None:
    drawn: list[Any] = []
    for backend in BACKENDS.values():
        generator = Generator(seed)
        generator.reserve(start)
        drawn.append(values(draw((3, 2), backend, dtype=dtype, generator=generator)))
    assert drawn[0].dtype == dtype
    assert drawn[0].tobytes() == drawn[1].tobytes()


def test_each_number_is_the_one_of_its_counter() -> None:
    generator = Generator(11)
    generator.reserve(5)
    drawn = values(rand((2, 2), generator=generator)).reshape(-1)
    assert drawn.tolist() == [counted.uniform(k, 11) for k in (5, 6, 7, 8)]
    singles = values(rand((2,), dtype="float32", generator=generator))
    assert singles.tolist() == [counted.uniform_single(k, 11) for k in (9, 10)]
    normals = values(randn((2,), generator=generator))
    assert normals.tolist() == [counted.normal(k, 11) for k in (11, 12)]


@every_backend
def test_counters_are_reserved_at_the_call(backend: Any) -> None:
    generator = Generator(3)
    sizes = [(2, 3), (0,), (), (5,)]
    for shape, offset in zip(sizes, (6, 6, 7, 12), strict=True):
        rand(shape, backend, generator=generator)
        assert generator.offset == offset
    minitorch.manual_seed(4)
    minitorch.dropout(minitorch.zeros((7,), backend), 0.5)
    assert minitorch.default_generator.offset == 7
    minitorch.dropout(minitorch.zeros((7,), backend), 0.5, ignore=True)
    assert minitorch.default_generator.offset == 7


@every_backend
def test_how_the_numbers_are_asked_for_changes_nothing(backend: Any) -> None:
    whole = values(rand((12,), backend, generator=Generator(1)))
    generator = Generator(1)
    parts = [values(rand(s, backend, generator=generator)) for s in ((2, 3), (1,), (5,))]
    assert np.concatenate([p.reshape(-1) for p in parts]).tolist() == whole.tolist()


@every_backend
def test_a_seed_starts_again_and_another_seed_elsewhere(backend: Any) -> None:
    def draw(seed: int) -> list[float]:
        minitorch.manual_seed(seed)
        return values(rand((8,), backend)).tolist()

    assert draw(5) == draw(5)
    assert not set(draw(5)) & set(draw(6))
    assert len(set(draw(5))) == 8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_number_is_below_one(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where all bits of the hash are set; rounding to float32 must not reach 1."""
    monkeypatch.setattr(counted, "philox", lambda counter, seed: (0xFFFFFFFF, 0xFFFFFFFF))
    largest = values(rand((1,), BACKENDS["simple"], dtype=dtype))
    bits = {"float32": 24, "float64": 53}[dtype]
    assert largest.tolist() == [1.0 - 2.0**-bits]
    monkeypatch.setattr(counted, "philox", lambda counter, seed: (0, 0))
    assert values(rand((1,), BACKENDS["simple"], dtype=dtype)).tolist() == [0.0]
    assert np.isfinite(values(randn((1,), BACKENDS["simple"], dtype=dtype))).all()


@pytest.mark.jit
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_are_spread_evenly(dtype: str) -> None:
    count, bins = 200_000, 100
    drawn = values(rand((count,), BACKENDS["fast"], dtype=dtype, generator=Generator(0)))
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    found, _ = np.histogram(drawn, bins, (0.0, 1.0))
    expected = count / bins
    statistic = ((found - expected) ** 2 / expected).sum()
    assert 50 < statistic < 160  # chi-square of 99: mean 99, six standard deviations wide
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.02
    if dtype == "float32":
        whole = drawn * 2.0**24
        assert np.array_equal(whole, np.round(whole))


@pytest.mark.jit
def test_normal_numbers_have_mean_0_and_variance_1() -> None:
    drawn = values(randn((200_000,), BACKENDS["fast"], generator=Generator(0)))
    assert np.isfinite(drawn).all()
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.var() - 1.0) < 0.02
    assert abs((drawn**4).mean() - 3.0) < 0.2
    assert abs((abs(drawn) < 1.0).mean() - 0.6827) < 0.01


def test_whole_numbers_cannot_be_drawn_uniformly() -> None:
    with pytest.raises(minitorch.DtypeError, match="int64"):
        rand((2,), dtype="int64")


def test_training_by_a_restored_generator_goes_on_as_before() -> None:
    generator = Generator(9)
    rand((3,), generator=generator)
    state = generator.state()
    first = values(rand((4,), generator=generator)).tolist()
    other = Generator()
    other.set_state(state)
    assert values(rand((4,), generator=other)).tolist() == first
