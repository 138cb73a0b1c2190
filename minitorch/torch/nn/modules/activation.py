"""Activations: elementwise functions and softmax, as layers.

Idea: a layer keeps the settings, and gives them to the function of nn/functional/.
Not here: the functions, attention (attention.py).
Read next: loss.py
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.torch.nn import functional as F
from minitorch.torch.nn import init as initialise
from minitorch.torch.nn.modules.attention import MultiheadAttention
from minitorch.torch.nn.modules.module import Module
from minitorch.torch.nn.modules.shrink_activation import (
    GLU,
    Hardshrink,
    LogSoftmax,
    Softmax,
    Softmax2d,
    Softmin,
    Softshrink,
    Softsign,
    Tanhshrink,
)
from minitorch.torch.nn.modules.utils import declare_parameter, settings

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "MultiheadAttention",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class Threshold(Module):
    """x above the threshold, a value elsewhere.

    >>> Threshold(0.1, 20)
    Threshold(threshold=0.1, value=20)
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return settings(self, "threshold", "value", inplace=True)


class _Inplace(Module):
    """An activation whose only setting is whether it overwrites its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return settings(self, inplace=True)


class ReLU(_Inplace):
    """max(x, 0).

    >>> import minitorch.torch as torch
    >>> ReLU()(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        return F.relu(input, inplace=self.inplace)


class RReLU(Module):
    """x, times a slope drawn anew for each cell where negative; in evaluation the mean slope.

    >>> RReLU(0.1, 0.3)
    RReLU(lower=0.1, upper=0.3)
    """

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return settings(self, "lower", "upper", inplace=True)


class Hardtanh(Module):
    """x, kept between min_val and max_val.

    >>> Hardtanh(-2, 2)
    Hardtanh(min_val=-2, max_val=2)
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for name, given in (("min", min_value), ("max", max_value)):
            if given is not None:
                warnings.warn(
                    f"keyword argument `{name}_value` is deprecated and renamed to `{name}_val`",
                    FutureWarning,
                    stacklevel=2,
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(
                f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})"
            )

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return settings(self, "min_val", "max_val", inplace=True)


class ReLU6(Hardtanh):
    """x, kept between 0 and 6.

    >>> ReLU6()
    ReLU6()
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return settings(self, inplace=True)


class Sigmoid(Module):
    """1 / (1 + e^-x).

    >>> import minitorch.torch as torch
    >>> Sigmoid()(torch.tensor([0.0]))
    tensor([0.5000])
    """

    def forward(self, input: Any) -> Any:
        return input.sigmoid()


class Hardsigmoid(_Inplace):
    """x / 6 + 1 / 2, kept between 0 and 1.

    >>> Hardsigmoid()
    Hardsigmoid()
    """

    def forward(self, input: Any) -> Any:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Tanh(Module):
    """Hyperbolic tangent.

    >>> import minitorch.torch as torch
    >>> Tanh()(torch.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Any) -> Any:
        return input.tanh()


class SiLU(_Inplace):
    """x times its sigmoid.

    >>> SiLU()
    SiLU()
    """

    def forward(self, input: Any) -> Any:
        return F.silu(input, inplace=self.inplace)


class Mish(_Inplace):
    """x tanh(softplus(x)).

    >>> Mish()
    Mish()
    """

    def forward(self, input: Any) -> Any:
        return F.mish(input, inplace=self.inplace)


class Hardswish(_Inplace):
    """x times its `Hardsigmoid`.

    >>> Hardswish()
    Hardswish()
    """

    def forward(self, input: Any) -> Any:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class ELU(Module):
    """x, or alpha (e^x - 1) where negative.

    >>> ELU()
    ELU(alpha=1.0)
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return settings(self, "alpha", inplace=True)


class CELU(ELU):
    """x, or alpha (e^(x / alpha) - 1) where negative.

    >>> CELU(alpha=0.5)
    CELU(alpha=0.5)
    """

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha, self.inplace)


class SELU(_Inplace):
    """`ELU` with the alpha and the scale that keep mean 0 and variance 1.

    >>> SELU()
    SELU()
    """

    def forward(self, input: Any) -> Any:
        return F.selu(input, self.inplace)


class GELU(Module):
    """x times the probability that a standard normal number is below x.

    >>> GELU()
    GELU(approximate='none')
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class LeakyReLU(Module):
    """x, times a slope where negative.

    >>> LeakyReLU(0.2, inplace=True)
    LeakyReLU(negative_slope=0.2, inplace=True)
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return settings(self, "negative_slope", inplace=True)


class PReLU(Module):
    """x, times a learnt slope where negative; one slope, or one per channel.

    >>> list(PReLU().state_dict())
    ['weight']
    """

    weight: Any

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        declare_parameter(self, "weight", num_parameters, True, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All slopes `init`."""
        initialise.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return settings(self, "num_parameters")


class LogSigmoid(Module):
    """log(1 / (1 + e^-x)).

    >>> LogSigmoid()
    LogSigmoid()
    """

    def forward(self, input: Any) -> Any:
        return F.logsigmoid(input)


class Softplus(Module):
    """log(1 + e^(beta x)) / beta; x itself where beta x is above the threshold.

    >>> Softplus()
    Softplus(beta=1.0, threshold=20.0)
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return settings(self, "beta", "threshold")
