"""torch.autograd.profiler: the profiler under its older name.

Idea: `profile` takes the older arguments too and gives the same table and trace.
Not here: how events come about (../profiler/recording.py).
Read next: ../profiler/profile.py
"""

from __future__ import annotations

from typing import Any

from minitorch.torch.profiler import profile as _profile
from minitorch.torch.profiler import record_function

__all__ = ["profile", "record_function"]


class profile(_profile):
    """Profiles a block; where not enabled, nothing is recorded.

    >>> with profile() as profiler:
    ...     with record_function("work"):
    ...         pass
    >>> profiler.key_averages()[0].key
    'work'
    """

    def __init__(
        self, enabled: bool = True, *, record_shapes: bool = False, **ignored: Any
    ) -> None:
        super().__init__(record_shapes=record_shapes)
        self.enabled = enabled

    def start(self) -> None:
        """Begin, if enabled."""
        if self.enabled:
            super().start()

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The averages by name as text."""
        return self.key_averages().table(*args, **kwargs)

    @property
    def self_cpu_time_total(self) -> float:
        """The time of everything, in microseconds."""
        return self.key_averages().self_cpu_time_total
