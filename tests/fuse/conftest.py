"""Fixtures of this room: kernels that run without the compiler, or with it, and are counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import Record, recorded


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Record]:
    """Kernels of the fused backend run as the Python that they are."""
    with recorded(monkeypatch) as record:
        yield record


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, compiled_at_once: None) -> Iterator[Record]:
    """Kernels of the fused backend are compiled, and noted too."""
    with recorded(monkeypatch, compiles=True) as record:
        yield record
