"""torch.cuda.amp: the older names of torch.amp, with the device left out.

Idea: each hands over to torch.amp with the device "cuda", which is not there.
Not here: what autocast does and does not do (../amp.py).
Read next: ../amp.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.amp import GradScaler as _GradScaler
from minitorch.torch.amp import autocast as _autocast
from minitorch.torch.amp import custom_bwd, custom_fwd
from minitorch.torch.missing import getattr_of

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(_autocast):
    """torch.amp.autocast for "cuda".

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"), autocast():
    ...     pass
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(_GradScaler):
    """torch.amp.GradScaler for "cuda"."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


__getattr__ = getattr_of(__name__)
