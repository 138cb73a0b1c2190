"""Generators of random numbers, and the one that everything draws from by default.

Idea: a seed and a count of numbers drawn are the whole state (../random.py).
Not here: drawing (drawing.py).
Read next: drawing.py
"""

from __future__ import annotations

from collections.abc import Generator as Context
from collections.abc import Iterable
from contextlib import contextmanager
from secrets import randbits
from typing import Any

from minitorch import random
from minitorch.errors import DtypeError, GradientError
from minitorch.torch.creation import tensor
from minitorch.torch.dtypes import check_device, device
from minitorch.torch.dtypes import dtype as Dtype
from minitorch.torch.face import op
from minitorch.torch.missing import getattr_of

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


class Generator:
    """A source of random numbers of its own.

    >>> Generator().manual_seed(7).initial_seed()
    7
    """

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        self._drawing = random.Generator()
        self._seed = 67280421310721  # what PyTorch begins with

    @property
    def device(self) -> Any:
        """Where it draws."""
        return device("cpu")

    def manual_seed(self, seed: int) -> Generator:
        """Start again at the first number of this seed.

        Raises:
            RuntimeError: the seed does not fit into 64 bits.
        """
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise _SeedError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._drawing.manual_seed(self._seed % 2**63)
        return self

    def initial_seed(self) -> int:
        """The seed it was given."""
        return self._seed

    def seed(self) -> int:
        """Start at a seed that nobody knows, and return it."""
        return self.manual_seed(randbits(63)).initial_seed()

    def get_state(self) -> Any:
        """All that is needed to go on from here, as a tensor of bytes."""
        state = self._drawing.state()
        numbers = (self._seed, state["seed"], state["offset"])
        found = b"".join(it.to_bytes(8, "little") for it in numbers)
        return tensor(list(found), dtype=Dtype.named["uint8"])

    def set_state(self, new_state: Any) -> Generator:
        """Go on from where a state was taken.

        Raises:
            TypeError: no state.
        """
        if getattr(getattr(new_state, "dtype", None), "name", "") != "uint8":
            raise DtypeError("expected a torch.ByteTensor, but got another type")
        found = bytes(new_state.tolist())
        if len(found) != 24:
            raise _SeedError("RNG state is wrong size")
        numbers = [int.from_bytes(found[k : k + 8], "little") for k in (0, 8, 16)]
        self._seed = numbers[0]
        self._drawing.set_state({"seed": numbers[1], "offset": numbers[2]})
        return self

    def clone_state(self) -> Generator:
        """Another generator that goes on from here."""
        return Generator().set_state(self.get_state())


class _SeedError(GradientError, ValueError):
    """What PyTorch raises as a RuntimeError."""


default_generator = Generator()
default_generator._drawing = random.default_generator


@op(method=False)
def manual_seed(seed: int) -> Any:
    """Seed the generator that everything draws from by default, and return it."""
    return default_generator.manual_seed(seed)


@op(method=False)
def seed() -> Any:
    """Seed the default generator with what nobody knows; returns the seed."""
    return default_generator.seed()


@op(method=False)
def initial_seed() -> Any:
    """The seed of the default generator."""
    return default_generator.initial_seed()


@op(method=False)
def get_rng_state() -> Any:
    """The state of the default generator."""
    return default_generator.get_state()


@op(method=False)
def set_rng_state(new_state: Any) -> Any:
    """Let the default generator go on from where a state was taken."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Iterable[Any] | None = None, enabled: bool = True, **_: Any) -> Context[None]:
    """A context after which the default generator goes on as if nothing had been drawn in it."""
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)


__getattr__ = getattr_of(__name__)
