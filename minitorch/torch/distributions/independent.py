"""Independent: dims of the batch become dims of one value.

Idea: the log_prob of a vector of independent variables is the sum of theirs.
Not here: the variables.
Read next: kl.py
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ConfigError
from minitorch.torch.distributions.distribution import Distribution

__all__ = ["Independent"]


class Independent(Distribution):
    """The last dims of a batch as one event.

    >>> import minitorch.torch as torch
    >>> from minitorch.torch.distributions import Independent, Normal
    >>> Independent(Normal(torch.zeros(2), torch.ones(2)), 1).log_prob(torch.zeros(2))
    tensor(-1.8379)
    """

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        count, base = reinterpreted_batch_ndims, base_distribution
        if count > len(base.batch_shape):
            raise ConfigError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual "
                f"{count} vs {len(base.batch_shape)}"
            )
        shape = base.batch_shape + base.event_shape
        events = count + len(base.event_shape)
        self.base_dist = base
        self.reinterpreted_batch_ndims = count
        super().__init__(shape[: len(shape) - events], shape[len(shape) - events :], validate_args)

    def _summed(self, value: Any) -> Any:
        for _ in range(self.reinterpreted_batch_ndims):
            value = value.sum(-1)
        return value

    @property
    def mean(self) -> Any:
        """That of the variables."""
        return self.base_dist.mean

    @property
    def variance(self) -> Any:
        """That of the variables."""
        return self.base_dist.variance

    def rsample(self, sample_shape: Any = ()) -> Any:
        """A draw of each."""
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape: Any = ()) -> Any:
        """A draw of each, as a constant."""
        return self.base_dist.sample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        """The sum of theirs."""
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Any:
        """The sum of theirs."""
        return self._summed(self.base_dist.entropy())
