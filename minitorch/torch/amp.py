"""torch.amp: mixed precision, which this library accepts and does not need.

Idea: autocast asks for matrix products in half precision, to be faster on a card. On the CPU here
    half precision is stored only, so that inside autocast ops go on in the dtype of their
    operands: the numbers are at least as exact, and results stay float32 where PyTorch's are
    bfloat16.
Not here: half precision tensors (dtypes.py, face.py).
Read next: cuda/amp.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

from minitorch.errors import ConfigError
from minitorch.torch.dtypes import device, dtype
from minitorch.torch.missing import getattr_of

__all__ = [
    "GradScaler",
    "autocast",
    "custom_bwd",
    "custom_fwd",
    "get_autocast_dtype",
    "is_autocast_available",
    "is_autocast_enabled",
]

F = TypeVar("F", bound=Callable[..., Any])
HALVES = {"cpu": dtype.named["bfloat16"], "cuda": dtype.named["float16"]}
# Outside any autocast: nothing is enabled.
_active: ContextVar[dict[str, dtype]] = ContextVar("autocast", default={})  # noqa: B039 -- never changed in place


def is_autocast_available(device_type: str) -> bool:
    """True for the CPU.

    >>> is_autocast_available("cpu"), is_autocast_available("cuda")
    (True, False)
    """
    return device(device_type).type == "cpu"


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """True inside an autocast for the device, by default a card.

    >>> with autocast("cpu"):
    ...     is_autocast_enabled("cpu"), is_autocast_enabled()
    (True, False)
    """
    return (device_type or "cuda") in _active.get()


def get_autocast_dtype(device_type: str) -> dtype:
    """The half precision that an autocast for the device asks for.

    >>> get_autocast_dtype("cpu")
    torch.bfloat16
    """
    return _active.get().get(device_type) or HALVES.get(device_type, dtype.named["bfloat16"])


class autocast:
    """A `with`, or a decorator, that asks for half precision; ops go on in that of their operands.

    Args:
        device_type: "cpu"; others are not here, and a warning says so.
        dtype: bfloat16 or float16.
        enabled: False inside another autocast takes it back.
        cache_enabled: accepted.

    >>> import minitorch.torch as torch
    >>> with autocast("cpu"):
    ...     (torch.ones(2) * 2).dtype
    torch.float32
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ConfigError(
                f"Expected `device_type` of type `str`, got: `{type(device_type).__name__}`"
            )
        self.device = device(device_type).type
        self.fast_dtype = dtype or get_autocast_dtype(self.device)
        self._enabled = bool(enabled)
        if self._enabled and not is_autocast_available(self.device):
            warnings.warn(
                f"User provided device_type of '{self.device}', but {self.device.upper()} is not "
                "available. Disabling",
                UserWarning,
                stacklevel=3 if type(self) is not autocast else 2,
            )
            self._enabled = False
        if self._enabled and self.fast_dtype.name not in ("bfloat16", "float16"):
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                UserWarning,
                stacklevel=2,
            )
            self._enabled = False
        self._tokens: list[Any] = []

    def __enter__(self) -> autocast:
        inner = {k: v for k, v in _active.get().items() if k != self.device}
        if self._enabled:
            inner[self.device] = self.fast_dtype
        self._tokens.append(_active.set(inner))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _active.reset(self._tokens.pop())

    def __call__(self, function: F) -> F:
        """The function, run inside."""

        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]  # it takes what the function takes


def custom_fwd(fwd: Any = None, *, device_type: str = "cuda", cast_inputs: Any = None) -> Any:
    """The forward of an autograd.Function, unchanged: nothing is cast here."""
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Any = None, *, device_type: str = "cuda") -> Any:
    """The backward of an autograd.Function, unchanged: nothing is cast here."""
    return (lambda function: function) if bwd is None else bwd


class GradScaler:
    """Keeps small gradients of half precision from vanishing; there are none here, so it is off.

    Everything passes through: `scale` gives back what it is given, `step` steps.

    >>> scaler = GradScaler("cpu")
    >>> scaler.scale(2.0), scaler.is_enabled(), scaler.get_scale()
    (2.0, False, 1.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        if growth_factor <= 1.0 or backoff_factor >= 1.0:
            raise ConfigError(
                "The growth factor must be > 1.0 and the backoff factor must be < 1.0; got "
                f"{growth_factor} and {backoff_factor}."
            )
        if enabled and device == "cuda":
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                UserWarning,
                stacklevel=3 if type(self) is not GradScaler else 2,
            )

    def scale(self, outputs: Any) -> Any:
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing: gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """What the optimiser's `step` returns."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing: the scale stays 1."""

    def is_enabled(self) -> bool:
        """False."""
        return False

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """Nothing to save."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Accept the state of a scaler that was on, and stay off."""


__getattr__ = getattr_of(__name__)
