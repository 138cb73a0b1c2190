"""torch.backends.cuda: not built; its switches take what they are given.

Idea: see switches.py. Attention is one composition here, "math", whichever kind is switched on.
Not here: torch.cuda (../cuda/).
Read next: mps.py
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from minitorch.torch.missing import getattr_of

__all__ = [
    "cudnn_sdp_enabled",
    "enable_cudnn_sdp",
    "enable_flash_sdp",
    "enable_math_sdp",
    "enable_mem_efficient_sdp",
    "flash_sdp_enabled",
    "is_built",
    "math_sdp_enabled",
    "matmul",
    "mem_efficient_sdp_enabled",
    "preferred_linalg_library",
    "sdp_kernel",
]

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    fp32_precision="none",
)
_kinds = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def is_built() -> bool:
    """False.

    >>> is_built()
    False
    """
    return False


def flash_sdp_enabled() -> bool:
    """What `enable_flash_sdp` was given."""
    return _kinds["flash"]


def mem_efficient_sdp_enabled() -> bool:
    """What `enable_mem_efficient_sdp` was given."""
    return _kinds["mem_efficient"]


def math_sdp_enabled() -> bool:
    """What `enable_math_sdp` was given."""
    return _kinds["math"]


def cudnn_sdp_enabled() -> bool:
    """What `enable_cudnn_sdp` was given."""
    return _kinds["cudnn"]


def enable_flash_sdp(enabled: bool) -> None:
    """Accepted: attention is computed in one way here."""
    _kinds["flash"] = bool(enabled)


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Accepted: attention is computed in one way here."""
    _kinds["mem_efficient"] = bool(enabled)


def enable_math_sdp(enabled: bool) -> None:
    """Accepted: attention is computed in one way here."""
    _kinds["math"] = bool(enabled)


def enable_cudnn_sdp(enabled: bool) -> None:
    """Accepted: attention is computed in one way here."""
    _kinds["cudnn"] = bool(enabled)


@contextmanager
def sdp_kernel(
    enable_flash: bool = True,
    enable_math: bool = True,
    enable_mem_efficient: bool = True,
    enable_cudnn: bool = True,
) -> Generator[None]:
    """Choose kinds of attention inside a `with`; accepted.

    >>> with sdp_kernel(enable_flash=False):
    ...     flash_sdp_enabled()
    False
    """
    before = dict(_kinds)
    _kinds.update(
        flash=enable_flash,
        math=enable_math,
        mem_efficient=enable_mem_efficient,
        cudnn=enable_cudnn,
    )
    try:
        yield
    finally:
        _kinds.update(before)


def preferred_linalg_library(backend: Any = None) -> str:
    """Accepted: there is one."""
    return "default"


__getattr__ = getattr_of(__name__)
