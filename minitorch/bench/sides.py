"""Who is compared: the sides, how their processes differ, and whether their libraries are there.

Idea: a side is a file of ops and an environment. A side whose library is absent has no column; one
    that cannot start, such as a compiler of its own that is missing, is left out with its reason.
Not here: the ops (with_*.py), the processes (harness.py).
Read next: cases.py
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SIDES", "SUBJECT", "SUBJECT_BACKEND", "Side", "environment", "installed"]

SUBJECT = "minitorch"
# The backend that is measured; `fast`, the eager one, is a peer that shows what fusion gains.
SUBJECT_BACKEND = "fused"

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # of XLA, which JAX compiles with
)
# What tunes a library by hand is left out: each chooses by the processor that it finds.
TUNING = ("OPENBLAS_", "MKL_", "OMP_", "NUMBA_", "MINITORCH_", "XLA_", "JAX_", "TORCHINDUCTOR_")


@dataclass(frozen=True)
class Side:
    """One of those compared: the module that defines its ops, and what sets its processes apart.

    `needs` is a module, or a module and a name in it after a colon.
    """

    title: str
    module: str
    needs: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    compiles: bool = False  # its first call takes much longer than the others

    @property
    def ours(self) -> bool:
        """True for minitorch itself, whichever backend."""
        return self.needs.partition(":")[0] == "minitorch"


def on(backend: str) -> dict[str, str]:
    """The environment that chooses a backend."""
    return {"MINITORCH_BACKEND": backend}


OURS = "minitorch.bench.with_minitorch"
JAX = {
    "JAX_PLATFORMS": "cpu",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
SIDES: dict[str, Side] = {
    SUBJECT: Side("minitorch", OURS, "minitorch", on(SUBJECT_BACKEND), compiles=True),
    "captured": Side(
        "minitorch.compile", "minitorch.bench.with_capture", "minitorch:compile",
        on(SUBJECT_BACKEND), compiles=True,
    ),
    "fast": Side("FastOps", OURS, "minitorch", on("fast"), compiles=True),
    "torch": Side("PyTorch", "minitorch.bench.with_torch", "torch"),
    "compiled": Side(
        "torch.compile", "minitorch.bench.with_torch_compile", "torch", compiles=True
    ),
    "jax": Side("JAX jit", "minitorch.bench.with_jax", "jax", JAX, compiles=True),
    "numpy": Side("NumPy", "minitorch.bench.with_numpy", "numpy"),
    "tinygrad": Side(
        "tinygrad", "minitorch.bench.with_tinygrad", "tinygrad",
        {"DEV": os.environ.get("DEV") or "CPU"}, compiles=True,
    ),
    "simple": Side("SimpleOps", OURS, "minitorch", on("simple")),
}  # fmt: skip


def installed(name: str) -> bool:
    """True where the library of this side is there, with the part that the side needs.

    >>> installed("numpy")
    True
    """
    side = SIDES.get(name)
    if side is None:
        return False
    module, _, part = side.needs.partition(":")
    if importlib.util.find_spec(module) is None:
        return False
    return not part or hasattr(importlib.import_module(module), part)


def environment(side: Side, cache: Path, threads: int = 1) -> dict[str, str]:
    """The environment of a side's processes: so many threads, and caches of our own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(TUNING)}
    return {
        **kept,
        **dict.fromkeys(THREADS, str(threads)),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}",
        "MINITORCH_CACHE": str(cache),
        "MINITORCH_COMPILE": "always",  # first calls say what compiling takes, samples what is left
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"),
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
        "CACHEDB": str(cache / "tinygrad.db"),
        **side.environment,
    }
