"""Distribution: what all distributions share.

Idea: a batch of independent variables of one kind; a sample has the shape
    sample_shape + batch_shape + event_shape.
Not here: the kinds (normal.py, categorical.py ...).
Read next: normal.py
"""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.autodiff import no_grad
from minitorch.errors import ConfigError
from minitorch.torch.broadcasting import broadcast_tensors
from minitorch.torch.creation import tensor
from minitorch.torch.distributions.constraints import Constraint
from minitorch.torch.dtypes import Size, get_default_dtype
from minitorch.torch.tensor import Tensor

__all__ = ["Distribution", "together"]


def together(*parameters: Any) -> list[Any]:
    """Parameters, tensors or numbers, broadcast to one shape."""
    like = next((p for p in parameters if isinstance(p, Tensor)), None)
    kind = get_default_dtype() if like is None else like.dtype
    made = [p if isinstance(p, Tensor) else tensor(float(p), dtype=kind) for p in parameters]
    return list(broadcast_tensors(*made))


class Distribution:
    """A random variable, or a batch of them.

    Args:
        batch_shape: the shape of the parameters.
        event_shape: the shape of one value.
        validate_args: check parameters and values; by default yes.

    Raises:
        ConfigError: a parameter is not what it must be.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample: ClassVar[bool] = False
    support: Constraint
    _validate: ClassVar[bool] = True

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape = Size(batch_shape)
        self.event_shape = Size(event_shape)
        self._checks = self._validate if validate_args is None else validate_args
        for name, constraint in self.arg_constraints.items() if self._checks else ():
            value = self.__dict__.get(name)
            if value is not None and not bool(constraint.check(value).all()):
                raise ConfigError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint}, but found invalid values:\n{value}"
                )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether parameters are checked unless said otherwise."""
        Distribution._validate = value  # type: ignore[misc]  # one setting for all

    def _extended(self, sample_shape: Any = ()) -> Size:
        return Size(tuple(sample_shape)) + self.batch_shape + self.event_shape

    def rsample(self, sample_shape: Any = ()) -> Any:
        """A draw through which gradients flow to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample")

    def sample(self, sample_shape: Any = ()) -> Any:
        """A draw, as a constant."""
        with no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n: int) -> Any:
        """n draws."""
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, of the value."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """The mean of -log_prob."""
        raise NotImplementedError

    def perplexity(self) -> Any:
        """e^entropy."""
        return self.entropy().exp()

    @property
    def mean(self) -> Any:
        """What draws are on average."""
        raise NotImplementedError

    @property
    def variance(self) -> Any:
        """The mean squared distance from the mean."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def _check_value(self, value: Any) -> Any:
        if not self._checks:
            return value
        if not isinstance(value, Tensor):
            raise ConfigError("The value argument to log_prob must be a Tensor")
        if not bool(self.support.check(value).all()):
            raise ConfigError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({self.support}) of the distribution {self!r}, but "
                f"found invalid values:\n{value}"
            )
        return value

    def __repr__(self) -> str:
        parts: list[str] = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if isinstance(value, Tensor):
                one = value.numel() == 1
                parts.append(f"{name}: {value if one else tuple(value.shape)}")
        return f"{type(self).__name__}({', '.join(parts)})"
