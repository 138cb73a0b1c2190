"""Bernoulli: 1 with probability p, else 0.

Idea: log_prob is minus the binary cross-entropy of the logit.
Not here: drawing (../sampling.py).
Read next: uniform.py
"""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.autodiff import no_grad
from minitorch.errors import ConfigError
from minitorch.torch import sampling
from minitorch.torch.distributions import constraints
from minitorch.torch.distributions.distribution import Distribution, together
from minitorch.torch.dtypes import finfo
from minitorch.torch.nn.functional import binary_cross_entropy_with_logits

__all__ = ["Bernoulli"]


class Bernoulli(Distribution):
    """1 with probability p, else 0; given by `probs` or by `logits`, log(p / (1 - p)).

    >>> import minitorch.torch as torch
    >>> torch.distributions.Bernoulli(torch.tensor(0.25)).log_prob(torch.tensor(1.0))
    tensor(-1.3863)
    """

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.boolean

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ConfigError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            (self.probs,) = together(probs)
            shape = self.probs.shape
        else:
            (self.logits,) = together(logits)
            shape = self.logits.shape
        super().__init__(shape, (), validate_args)

    def __getattr__(self, name: str) -> Any:
        if name == "logits":
            eps = finfo(self.probs.dtype).eps
            p = self.probs.clamp(min=eps, max=1 - eps)
            self.logits = p.log() - (-p).log1p()
            return self.logits
        if name == "probs":
            self.probs = self.logits.sigmoid()
            return self.probs
        raise AttributeError(name)

    @property
    def mean(self) -> Any:
        """p."""
        return self.probs

    @property
    def variance(self) -> Any:
        """p (1 - p)."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Zeros and ones."""
        with no_grad():
            return sampling.bernoulli(self.probs.expand(self._extended(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """log p of 1, log(1 - p) of 0."""
        logits, value = together(self.logits, self._check_value(value))
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        """-p log p - (1 - p) log(1 - p)."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
