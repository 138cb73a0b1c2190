"""torch.cuda, answered truthfully: there is no card that this library computes on.

Idea: questions are answered with no, none and 0; seeds and caches are accepted, since programs
    set them unasked; what would have to run on a card raises what PyTorch raises where it has
    none.
Not here: the kernels for a card, which are the engine's (cuda_ops.py, once it is there).
Read next: ../accelerator.py
"""

from __future__ import annotations

from collections import OrderedDict
from types import TracebackType
from typing import Any, NoReturn

from minitorch.errors import DeviceError
from minitorch.torch.cuda import amp
from minitorch.torch.dtypes import device as Device
from minitorch.torch.legacy import CUDA_TYPES
from minitorch.torch.missing import getattr_of

__all__ = [
    "Event",
    "OutOfMemoryError",
    "Stream",
    "StreamContext",
    "amp",
    "can_device_access_peer",
    "current_device",
    "current_stream",
    "default_generators",
    "default_stream",
    "device",
    "device_count",
    "device_of",
    "empty_cache",
    "get_arch_list",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "get_rng_state",
    "get_rng_state_all",
    "init",
    "initial_seed",
    "ipc_collect",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "is_tf32_supported",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_cached",
    "max_memory_reserved",
    "mem_get_info",
    "memory_allocated",
    "memory_cached",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "reset_max_memory_allocated",
    "reset_peak_memory_stats",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "set_rng_state_all",
    "stream",
    "synchronize",
]

ABSENT = "Torch not compiled with CUDA enabled"
default_generators: tuple[Any, ...] = ()


class OutOfMemoryError(DeviceError):
    """A card whose memory is full: never raised here, but caught by programs."""


def is_available() -> bool:
    """False.

    >>> is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0.

    >>> device_count()
    0
    """
    return 0


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def is_tf32_supported() -> bool:
    """False."""
    return False


def get_arch_list() -> list[str]:
    """No architecture."""
    return []


# What a program asks for or sets without a card.


def manual_seed(seed: int) -> None:
    """Accepted: there is no generator to seed."""


manual_seed_all = manual_seed


def seed() -> None:
    """Accepted: there is no generator to seed."""


seed_all = seed


def empty_cache() -> None:
    """Accepted: there is no cache."""


def memory_allocated(device: Any = None) -> int:
    """0 bytes."""
    return 0


memory_reserved = max_memory_allocated = max_memory_reserved = memory_allocated
memory_cached = max_memory_cached = memory_allocated


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """No figures."""
    return OrderedDict()


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """A table of nothing."""
    return "No CUDA device: 0 bytes are allocated."


def reset_peak_memory_stats(device: Any = None) -> None:
    """Accepted: there are no figures."""


reset_max_memory_allocated = reset_peak_memory_stats


def get_rng_state_all() -> list[Any]:
    """No states."""
    return []


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Accepted: there is no generator."""


def set_rng_state_all(new_states: Any) -> None:
    """Accepted: there are no generators."""


class device:
    """A `with` that would choose a card; without one it does nothing."""

    def __init__(self, device: Any = None) -> None:
        self.idx = device

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class device_of(device):
    """A `with` that would choose the card of a tensor; tensors are not on one."""


class StreamContext(device):
    """A `with` for a stream; without one it does nothing."""


def stream(stream: Any) -> StreamContext:
    """A `with` for a stream; there are none."""
    return StreamContext(stream)


# What would have to run on a card.


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise DeviceError(ABSENT)


def synchronize(device: Any = None) -> None:
    """Refused, as in PyTorch without a card.

    Raises:
        DeviceError: always.
    """
    _refuse()


def init() -> None:
    """Refused, as in PyTorch without a card."""
    _refuse()


def current_device() -> int:
    """Refused, as in PyTorch without a card."""
    _refuse()


def set_device(device: Any) -> None:
    """Refused, as in PyTorch without a card; a device of the CPU is an error of its own.

    Raises:
        DeviceError: always.
    """
    if isinstance(device, Device | str) and Device(device).type == "cpu":
        raise DeviceError(f"Expected a cuda device, but got: {device}")
    _refuse()


def get_device_name(device: Any = None) -> str:
    """Refused, as in PyTorch without a card."""
    _refuse()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Refused, as in PyTorch without a card."""
    _refuse()


def get_device_properties(device: Any = None) -> Any:
    """Refused, as in PyTorch without a card."""
    _refuse()


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Refused, as in PyTorch without a card."""
    _refuse()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Refused, as in PyTorch without a card."""
    _refuse()


def ipc_collect() -> None:
    """Refused, as in PyTorch without a card."""
    _refuse()


def initial_seed() -> int:
    """Refused, as in PyTorch without a card."""
    _refuse()


def get_rng_state(device: Any = "cuda") -> Any:
    """Refused, as in PyTorch without a card."""
    _refuse()


def current_stream(device: Any = None) -> Any:
    """Refused, as in PyTorch without a card."""
    _refuse()


default_stream = current_stream


class Stream:
    """A queue of a card's work: there is none.

    Raises:
        DeviceError: always.
    """

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        raise DeviceError("torch.cuda.Stream requires CUDA support")


class Event:
    """A mark in a queue of a card's work: there is none.

    Raises:
        DeviceError: always.
    """

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        raise DeviceError("torch.cuda.Event requires CUDA support")


globals().update(CUDA_TYPES)  # FloatTensor and the like, which no tensor is an instance of
__getattr__ = getattr_of(__name__)
