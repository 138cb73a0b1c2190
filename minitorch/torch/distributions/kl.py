"""kl_divergence: how much is lost by taking q for p.

Idea: for pairs of kinds there is a formula; it is found by the kinds.
Not here: the distributions.
Read next: normal.py
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from minitorch.torch.distributions.bernoulli import Bernoulli
from minitorch.torch.distributions.categorical import Categorical
from minitorch.torch.distributions.distribution import Distribution
from minitorch.torch.distributions.independent import Independent
from minitorch.torch.distributions.normal import Normal
from minitorch.torch.distributions.positive import Exponential
from minitorch.torch.distributions.uniform import Uniform
from minitorch.torch.nn.functional import softplus

__all__ = ["kl_divergence", "register_kl"]

_FORMULAS: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Give the formula of a pair of kinds, as a decorator."""

    def place(formula: Any) -> Any:
        _FORMULAS[type_p, type_q] = formula
        return formula

    return place


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """The mean over p of log(p / q).

    Raises:
        NotImplementedError: there is no formula for the pair.

    >>> from minitorch.torch.distributions import Normal
    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
    tensor(0.5000)
    """
    for (of_p, of_q), formula in _FORMULAS.items():
        if isinstance(p, of_p) and isinstance(q, of_q):
            return formula(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    parts = p.probs * (p.logits - q.logits)
    parts = parts.masked_fill((q.probs == 0) & (p.probs != 0), math.inf)
    return parts.masked_fill(p.probs == 0, 0.0).sum(-1)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    same = softplus(-q.logits) - softplus(-p.logits)
    return p.probs * same + (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    apart = (q.low > p.low) | (q.high < p.high)
    return ((q.high - q.low) / (p.high - p.low)).log().masked_fill(apart, math.inf)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("the two take different numbers of dims for one value")
    return p._summed(kl_divergence(p.base_dist, q.base_dist))
