"""The counter-based generator: known answers, states, and what its numbers look like."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch import Generator, default_generator, manual_seed
from minitorch.errors import ConfigError
from minitorch.random import normal, philox, uniform, uniform_single

counters = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0x00000000, 0x00000000), 0x00000000, (0xFF1DAE59, 0x6CD10DF2)),
        ((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, (0x2C3F628B, 0xAB4FD7AD)),
        ((0x243F6A88, 0x85A308D3), 0x13198A2E, (0xDD7CE038, 0xF62A4C12)),
    ],
)
def test_published_answers(counter: tuple[int, int], key: int, expected: tuple[int, int]) -> None:
    """The known-answer vectors of philox2x32-10 that come with Random123."""
    low, high = counter
    assert philox(low | high << 32, key) == expected


@given(counters, counters)
def test_words_are_of_32_bits(counter: int, seed: int) -> None:
    assert all(0 <= word < 2**32 for word in philox(counter, seed))


@given(counters, st.integers(0, 62), counters)
def test_every_bit_of_counter_and_seed_counts(counter: int, bit: int, seed: int) -> None:
    assert philox(counter ^ 1 << bit, seed) != philox(counter, seed)
    assert philox(counter, seed ^ 1 << bit) != philox(counter, seed)


@given(counters, counters)
def test_uniform_numbers_stay_below_one(counter: int, seed: int) -> None:
    assert 0.0 <= uniform(counter, seed) < 1.0
    single = uniform_single(counter, seed)
    assert 0.0 <= single < 1.0
    assert (single * 2**24).is_integer(), "exact in float32, so never rounded up to 1"


def test_largest_words_stay_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minitorch.random.philox", lambda counter, seed: (2**32 - 1, 2**32 - 1))
    assert uniform(0, 0) == 1.0 - 2.0**-53
    assert uniform_single(0, 0) == 1.0 - 2.0**-24
    assert normal(0, 0) == 0.0


def test_smallest_words_are_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minitorch.random.philox", lambda counter, seed: (0, 0))
    assert uniform(0, 0) == uniform_single(0, 0) == 0.0
    assert normal(0, 0) == pytest.approx(6.66, abs=0.01), "ln(2^-32), not ln(0)"


def moments(numbers: list[float]) -> tuple[float, float]:
    mean = sum(numbers) / len(numbers)
    return mean, sum((x - mean) ** 2 for x in numbers) / len(numbers)


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_moments(seed: int) -> None:
    """Within four standard errors of mean and variance, for 4000 numbers."""
    count = 4000
    mean, variance = moments([uniform(n, seed) for n in range(count)])
    assert abs(mean - 0.5) < 4 * (1 / 12 / count) ** 0.5
    assert abs(variance - 1 / 12) < 4 * (1 / 180 / count) ** 0.5
    mean, variance = moments([normal(n, seed) for n in range(count)])
    assert abs(mean) < 4 * (1 / count) ** 0.5
    assert abs(variance - 1.0) < 4 * (2 / count) ** 0.5


def test_neighbours_are_not_correlated() -> None:
    numbers = [uniform(n, 5) - 0.5 for n in range(4000)]
    shifted = sum(a * b for a, b in pairwise(numbers)) / 4000 * 12
    assert abs(shifted) < 4 / 4000**0.5


def test_generator_draws_by_its_counter() -> None:
    generator = Generator(7)
    assert [generator.random() for _ in range(3)] == [uniform(n, 7) for n in range(3)]
    assert generator.reserve(10) == 3
    assert generator.random() == uniform(13, 7)
    assert generator.offset == 14


def test_state_is_seed_and_offset() -> None:
    generator = Generator(3)
    generator.reserve(100)
    state = generator.state()
    assert state == {"seed": 3, "offset": 100}
    expected = [generator.random() for _ in range(5)]
    other = Generator()
    other.set_state(state)
    assert [other.random() for _ in range(5)] == expected


def test_manual_seed_starts_again() -> None:
    before = default_generator.state()
    try:
        assert manual_seed(11) is default_generator
        first = default_generator.random()
        assert manual_seed(11).random() == first
        assert manual_seed(12).random() != first
    finally:
        default_generator.set_state(before)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "1", None, True])
def test_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(ConfigError, match=r"seed=.*: expected an integer from 0 to 2\*\*63 - 1"):
        Generator(seed)  # type: ignore[arg-type]
