"""The part of threadpoolctl that minitorch uses."""

from contextlib import AbstractContextManager

def threadpool_limits(
    limits: int | None = ..., user_api: str | None = ...
) -> AbstractContextManager[object]: ...
