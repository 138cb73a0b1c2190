"""The counter-based generator: random numbers as a function of a counter.

Idea: the n-th number is hash(n, seed); drawing k numbers reserves k counters. So any number can be
    computed by itself, on any backend, in any order, again and again, with the same bits.
    The hash is Philox 2x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
Not here: tensors of random numbers (tensor.rand lifts `uniform` over the counters).
Read next: tensor_data.py
"""

from __future__ import annotations

from minitorch.errors import ConfigError
from minitorch.launches import live
from minitorch.operators import cos, exp, ln, sqrt

__all__ = [
    "Generator",
    "default_generator",
    "manual_seed",
    "normal",
    "philox",
    "poisson",
    "uniform",
    "uniform_single",
    "whole",
]

MASK = 0xFFFFFFFF
MULTIPLIER = 0xD256D193
WEYL = 0x9E3779B9


def philox(counter: int, seed: int) -> tuple[int, int]:
    """Two 32-bit words for a counter in [0, 2^63) and a seed in [0, 2^63).

    >>> philox(0, 0) == philox(0, 0) != philox(1, 0)
    True
    """
    low = counter & MASK
    high = ((counter >> 32) ^ (seed >> 32)) & MASK
    key = seed & MASK
    for _ in range(10):
        product = MULTIPLIER * low  # may wrap at 64 bits; the masks keep what is exact
        low = ((product >> 32) ^ high ^ key) & MASK
        high = product & MASK
        key = (key + WEYL) & MASK
    return low, high


def uniform(counter: int, seed: int) -> float:
    """A number in [0, 1) with 53 random bits.

    >>> 0.0 <= uniform(7, 1) < 1.0
    True
    """
    low, high = philox(counter, seed)
    return ((low >> 5) * 67108864.0 + (high >> 6)) * 1.1102230246251565e-16  # 2^26, 2^-53


def uniform_single(counter: int, seed: int) -> float:
    """A number in [0, 1) with 24 random bits: exact in float32, never rounded up to 1.

    >>> 0.0 <= uniform_single(7, 1) < 1.0
    True
    """
    low, _ = philox(counter, seed)
    return (low >> 8) * 5.960464477539063e-08  # 2^-24


def normal(counter: int, seed: int) -> float:
    """A number from the standard normal distribution (Box and Muller 1958).

    >>> -9.0 < normal(7, 1) < 9.0
    True
    """
    low, high = philox(counter, seed)
    radius = sqrt(-2.0 * ln((low + 1) * 2.3283064365386963e-10))  # 2^-32; never ln(0)
    return radius * cos(high * 1.4629180792671596e-09)  # 2 pi 2^-32


def whole(counter: int, seed: int, low: int, span: int) -> int:
    """A whole number from low to low + span - 1; a span of 0 stands for all of 2^63.

    >>> 5 <= whole(7, 1, 5, 10) < 15
    True
    """
    first, second = philox(counter, seed)
    word = (first << 31) ^ second  # 63 bits, none negative
    return low + (word if span == 0 else word % span)


def poisson(rate: float, left: float, z: float) -> float:
    """A number of events, where `rate` are expected: the distribution inverted at `left`, uniform.

    Above 500 expected the normal distribution of that mean and variance, rounded: z is one of it.

    >>> poisson(0.0, 0.5, 0.0), poisson(1.0, 0.5, 0.0), poisson(1e4, 0.5, 1.0)
    (0.0, 1.0, 10100.0)
    """
    if rate > 500.0:
        near = rate + sqrt(rate) * z
        return float(int(near + 0.5)) if near > 0.0 else 0.0
    chance = exp(-rate)
    events = 0.0
    while left >= chance and events < 2000.0:
        left -= chance
        events += 1.0
        chance *= rate / events
    return events


class Generator:
    """A seed and the number of counters already used; both together are its whole state.

    >>> a, b = Generator(1), Generator(1)
    >>> a.random() == b.random()
    True
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = 0
        self.offset = 0
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start again at the first number of this seed.

        Raises:
            ConfigError: the seed is not an integer from 0 to 2^63 - 1.
        """
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            raise ConfigError(f"seed={seed!r}: expected an integer from 0 to 2**63 - 1.")
        self.seed, self.offset = seed, 0
        return self

    def reserve(self, count: int) -> int:
        """Take `count` counters for oneself; returns the first."""
        return live(self._reserve, count)

    def _reserve(self, count: int) -> int:
        first = self.offset
        self.offset += count
        return first

    def random(self) -> float:
        """The next number in [0, 1)."""
        return uniform(self.reserve(1), self.seed)

    def state(self) -> dict[str, int]:
        """All that is needed to go on from here."""
        return {"seed": self.seed, "offset": self.offset}

    def set_state(self, state: dict[str, int]) -> None:
        """Go on from where `state` was taken."""
        self.manual_seed(state["seed"])
        self.offset = state["offset"]


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that everything draws from by default, and return it.

    >>> manual_seed(7).state()
    {'seed': 7, 'offset': 0}
    """
    return default_generator.manual_seed(seed)
