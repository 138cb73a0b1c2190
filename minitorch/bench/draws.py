"""The arrays that a case works on, described so that every side draws the same ones.

Idea: a Draw is a shape and a kind; it travels to a worker as JSON, and the same seed gives the
    same numbers there.
Not here: what is computed with them (with_minitorch.py, with_torch.py, with_numpy.py).
Read next: cases.py
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Draw", "below", "draw_all", "normal", "weights"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Draw:
    """Numbers of a shape: normal ones times `scale`, or, where `below` is given, ids below it."""

    shape: tuple[int, ...]
    scale: float = 1.0
    below: int | None = None
    dtype: str = "float32"

    def draw(self, generator: np.random.Generator) -> Array:
        """The array."""
        if self.below is not None:
            return generator.integers(0, self.below, self.shape, dtype=np.int64)
        return (generator.standard_normal(self.shape) * self.scale).astype(self.dtype)


def normal(*shape: int, dtype: str = "float32") -> Draw:
    """Numbers of the standard normal distribution."""
    return Draw(shape, dtype=dtype)


def weights(*shape: int, inputs: int) -> Draw:
    """First weights of a layer whose cells have so many inputs (He et al. 2015, eq. 10)."""
    return Draw(shape, scale=math.sqrt(2.0 / inputs))


def below(limit: int, *shape: int) -> Draw:
    """Whole numbers from 0 to limit - 1, as int64."""
    return Draw(shape, below=limit)


def draw_all(draws: Sequence[Draw]) -> list[Array]:
    """All arrays of a case, the same in every process."""
    generator = np.random.default_rng(20240229)
    return [draw.draw(generator) for draw in draws]
