"""torch.distributions: random variables with densities that can be differentiated.

Idea: a distribution knows its parameters, draws from them, and gives the logarithm of its density;
    `rsample` draws so that gradients flow to the parameters.
Not here: the generator (../random.py).
Read next: distribution.py
"""

from __future__ import annotations

from minitorch.torch.distributions import constraints, kl
from minitorch.torch.distributions.bernoulli import Bernoulli
from minitorch.torch.distributions.categorical import Categorical
from minitorch.torch.distributions.distribution import Distribution
from minitorch.torch.distributions.independent import Independent
from minitorch.torch.distributions.kl import kl_divergence, register_kl
from minitorch.torch.distributions.normal import LogNormal, Normal
from minitorch.torch.distributions.positive import Exponential, Laplace
from minitorch.torch.distributions.uniform import Uniform

__all__ = [
    "Bernoulli",
    "Categorical",
    "Distribution",
    "Exponential",
    "Independent",
    "Laplace",
    "LogNormal",
    "Normal",
    "Uniform",
    "constraints",
    "kl",
    "kl_divergence",
    "register_kl",
]
