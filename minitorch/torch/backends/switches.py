"""What the modules of torch.backends are made of: a group of switches, set for a while.

Idea: `flags(name=value)` sets attributes of a module inside a `with`, and sets them back.
Not here: which switches there are (cudnn.py, cuda.py).
Read next: cudnn.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from minitorch.errors import ConfigError

__all__ = ["flags_of"]


def flags_of(module: str) -> Callable[..., AbstractContextManager[None]]:
    """The function `flags` of a module.

    >>> from minitorch.torch.backends import cudnn
    >>> with cudnn.flags(benchmark=True):
    ...     cudnn.benchmark
    True
    """

    @contextmanager
    def flags(*values: Any, **named: Any) -> Generator[None]:
        """Set switches inside a `with`."""
        owner = vars(sys.modules[module])
        wanted = {**dict(zip(owner["SWITCHES"], values, strict=False)), **named}
        unknown = sorted(wanted.keys() - set(owner["SWITCHES"]))
        if unknown:
            raise ConfigError(
                f"flags({', '.join(unknown)}): expected some of {', '.join(owner['SWITCHES'])}."
            )
        before = {name: owner[name] for name in wanted}
        owner.update(wanted)
        try:
            yield
        finally:
            owner.update(before)

    return flags
