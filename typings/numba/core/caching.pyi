"""Numba's cache of compiled functions: the part that reads one file."""

from typing import Any

class IndexDataCacheFile:
    def __init__(self, cache_path: str, filename_base: str, source_stamp: object) -> None: ...
    def _load_data(self, name: str) -> tuple[Any, ...]: ...
