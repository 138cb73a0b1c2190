"""Uniform: any number between two, equally likely.

Idea: low + u * (high - low), u from [0, 1).
Not here: drawing u (../drawing.py).
Read next: positive.py
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from minitorch.errors import ConfigError
from minitorch.torch import drawing
from minitorch.torch.distributions import constraints
from minitorch.torch.distributions.distribution import Distribution, together

__all__ = ["Uniform"]


class Uniform(Distribution):
    """A number from low up to high.

    >>> import minitorch.torch as torch
    >>> torch.distributions.Uniform(0.0, 2.0).log_prob(torch.tensor(1.0))
    tensor(-0.6931)
    """

    arg_constraints: ClassVar[Any] = {"low": constraints.real, "high": constraints.real}
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = together(low, high)
        super().__init__(self.low.shape, (), validate_args)
        if self._checks and not bool((self.low < self.high).all()):
            raise ConfigError("Uniform is not defined when low>= high")

    @property
    def support(self) -> Any:  # type: ignore[override]  # it depends on the limits
        """From low to high."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Any:
        """The middle."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Any:
        """(high - low)^2 / 12."""
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        """low + u * (high - low)."""
        u = drawing.rand(*self._extended(sample_shape), dtype=self.low.dtype)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        """-log(high - low) inside, -inf outside."""
        value = self._check_value(value)
        inside = (self.low <= value) & (value < self.high)
        return (-(self.high - self.low).log() + value * 0).masked_fill(~inside, -math.inf)

    def entropy(self) -> Any:
        """log(high - low)."""
        return (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        """The share of the interval below the value."""
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)
