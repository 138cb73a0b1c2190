"""Exponential and Laplace: e to minus a distance.

Idea: both are drawn by the logarithm of a uniform number.
Not here: drawing it (../drawing.py).
Read next: independent.py
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from minitorch.torch import drawing
from minitorch.torch.distributions import constraints
from minitorch.torch.distributions.distribution import Distribution, together

__all__ = ["Exponential", "Laplace"]


class Exponential(Distribution):
    """A waiting time at a rate."""

    arg_constraints: ClassVar[Any] = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = together(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        """1 / rate."""
        return self.rate.reciprocal()

    @property
    def variance(self) -> Any:
        """1 / rate^2."""
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """-log(1 - u) / rate."""
        u = drawing.rand(*self._extended(sample_shape), dtype=self.rate.dtype)
        return -(-u).log1p() / self.rate

    def log_prob(self, value: Any) -> Any:
        """log(rate) - rate * value."""
        return self.rate.log() - self.rate * self._check_value(value)

    def entropy(self) -> Any:
        """1 - log(rate)."""
        return 1.0 - self.rate.log()


class Laplace(Distribution):
    """As likely as e to minus the distance from loc, over scale."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = together(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Any:
        """2 scale^2."""
        return 2 * self.scale.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc - scale * sign(u) * log(1 - 2 |u|), u from (-1/2, 1/2)."""
        u = drawing.rand(*self._extended(sample_shape), dtype=self.loc.dtype) - 0.5
        return self.loc - self.scale * u.sign() * (-2 * u.abs()).log1p()

    def log_prob(self, value: Any) -> Any:
        """-log(2 scale) - |value - loc| / scale."""
        value = self._check_value(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def entropy(self) -> Any:
        """1 + log(2 scale)."""
        return 1 + math.log(2) + self.scale.log()
