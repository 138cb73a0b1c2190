"""Categorical: one of several classes.

Idea: log-probabilities are kept normalised; `probs` is made from them when asked for.
Not here: drawing (../sampling.py).
Read next: bernoulli.py
"""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.errors import ConfigError
from minitorch.torch import sampling
from minitorch.torch.distributions import constraints
from minitorch.torch.distributions.distribution import Distribution
from minitorch.torch.dtypes import Size, finfo

__all__ = ["Categorical"]


class Categorical(Distribution):
    """A class, drawn with the given probabilities.

    Args:
        probs: (.., K) not negative; they need not add up to 1.
        logits: (.., K) their logarithms, instead.

    >>> import minitorch.torch as torch
    >>> torch.distributions.Categorical(torch.tensor([1.0, 3.0])).log_prob(torch.tensor(1))
    tensor(-0.2877)
    """

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ConfigError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        if given.dim() < 1:
            name = "logits" if probs is None else "probs"
            raise ConfigError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], (), validate_args)

    def __getattr__(self, name: str) -> Any:
        if name == "logits":
            tiny = finfo(self.probs.dtype).eps
            self.logits = self.probs.clamp(min=tiny, max=1 - tiny).log()
            return self.logits
        if name == "probs":
            self.probs = self.logits.softmax(dim=-1)
            return self.probs
        raise AttributeError(name)

    @property
    def support(self) -> Any:  # type: ignore[override]  # it depends on the number of classes
        """The classes 0 .. K - 1."""
        return constraints.interval(0, self._num_events - 1)

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return Size((*self.batch_shape, self._num_events))

    @property
    def mode(self) -> Any:
        """The likeliest class."""
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Classes, as int64."""
        shape = Size(tuple(sample_shape))
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn = sampling.multinomial(rows, max(shape.numel(), 1), True).t()
        return drawn.reshape(self._extended(shape))

    def log_prob(self, value: Any) -> Any:
        """The log-probability of the class."""
        value = self._check_value(value).long().unsqueeze(-1)
        shape = [*value.shape[:-1]]
        logits = self.logits
        while logits.dim() < len(shape) + 1:
            logits = logits.unsqueeze(0)
        wide = [max(a, b) for a, b in zip(shape, logits.shape[:-1], strict=True)] if shape else []
        missing = logits.dim() - value.dim()
        for _ in range(missing):
            value = value.unsqueeze(0)
        if not wide:
            wide = list(logits.shape[:-1])
        value = value.expand(*wide, 1)
        return logits.expand(*wide, self._num_events).gather(-1, value).squeeze(-1)

    def entropy(self) -> Any:
        """-sum of p log p."""
        least = finfo(self.logits.dtype).min
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)
