"""The whole steps of minitorch, captured by `minitorch.compile`: recorded once, then replayed.

Idea: the steps of with_minitorch.py, in the wrapper that a user would put around them.
Not here: the steps (with_minitorch.py).
Read next: with_minitorch.py
"""

from __future__ import annotations

from functools import partial
from typing import Any

import minitorch
from minitorch.bench import with_minitorch
from minitorch.bench.with_minitorch import TITLE, peak_bytes

__all__ = ["TITLE", "kim", "lenet", "mlp", "peak_bytes"]

compiled: Any = getattr(minitorch, "compile", None)  # the side takes part only where it is there

mlp = partial(with_minitorch.mlp, wrap=compiled)
lenet = partial(with_minitorch.lenet, wrap=compiled)
kim = partial(with_minitorch.kim, wrap=compiled)
