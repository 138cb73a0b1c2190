"""Numba's switches; each is also an environment variable with NUMBA_ in front."""

THREADING_LAYER: str
THREADING_LAYER_PRIORITY: list[str]
NUMBA_NUM_THREADS: int
NUMBA_DEFAULT_NUM_THREADS: int
DISABLE_JIT: int
CACHE_DIR: str
CPU_NAME: str | None
CPU_FEATURES: str | None
OPT: int
BOUNDSCHECK: int | None
DEBUGINFO_DEFAULT: int
ENABLE_CUDASIM: int
