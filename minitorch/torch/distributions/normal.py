"""Normal, and LogNormal, whose logarithm is normal.

Idea: loc + scale * z, z standard normal: the gradient of a draw in loc is 1, in scale z.
Not here: drawing z (../drawing.py).
Read next: categorical.py
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from minitorch.torch import drawing
from minitorch.torch.distributions import constraints
from minitorch.torch.distributions.distribution import Distribution, together

__all__ = ["LogNormal", "Normal"]


class Normal(Distribution):
    """The normal distribution.

    Args:
        loc: the mean.
        scale: the standard deviation.

    >>> import minitorch.torch as torch
    >>> torch.distributions.Normal(0.0, 1.0).log_prob(torch.tensor(0.0))
    tensor(-0.9189)
    """

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
    def mode(self) -> Any:
        """loc."""
        return self.loc

    @property
    def stddev(self) -> Any:
        """scale."""
        return self.scale

    @property
    def variance(self) -> Any:
        """scale squared."""
        return self.scale.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc + scale * z."""
        z = drawing.randn(*self._extended(sample_shape), dtype=self.loc.dtype)
        return self.loc + z * self.scale

    def log_prob(self, value: Any) -> Any:
        """-(value - loc)^2 / (2 scale^2) - log(scale) - log(2 pi) / 2."""
        value = self._check_value(value)
        distance = (value - self.loc) ** 2 / (2 * self.scale**2)
        return -distance - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def entropy(self) -> Any:
        """1 / 2 + log(2 pi) / 2 + log(scale)."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def cdf(self, value: Any) -> Any:
        """The probability of less than the value."""
        value = self._check_value(value)
        return 0.5 * (1 + ((value - self.loc) / (self.scale * math.sqrt(2))).erf())

    def icdf(self, value: Any) -> Any:
        """The value that is exceeded with probability 1 - value."""
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)


class LogNormal(Distribution):
    """e to a normal variable."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.base_dist = Normal(loc, scale, validate_args)
        self.loc, self.scale = self.base_dist.loc, self.base_dist.scale
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Any:
        """e^(loc + scale^2 / 2)."""
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def variance(self) -> Any:
        """(e^(scale^2) - 1) e^(2 loc + scale^2)."""
        square = self.scale.pow(2)
        return (square.exp() - 1) * (2 * self.loc + square).exp()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """e to a draw of the normal variable."""
        return self.base_dist.rsample(sample_shape).exp()

    def log_prob(self, value: Any) -> Any:
        """The density of the logarithm, over the value."""
        logarithm = self._check_value(value).log()
        return self.base_dist.log_prob(logarithm) - logarithm

    def entropy(self) -> Any:
        """That of the normal variable, plus loc."""
        return self.base_dist.entropy() + self.loc
