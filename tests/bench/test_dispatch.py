"""The report on dispatch adds up, counts launches, and leaves nothing behind."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.bench import dispatch as module
from minitorch.bench.dispatch import launches
from minitorch.bench.sheets import dispatch_sheet
from minitorch.bench.with_minitorch import realise
from minitorch.fuse.build import Plan


@pytest.mark.jit
def test_launches_are_counted_and_the_watch_ends() -> None:
    before = Plan.run
    x = minitorch.from_numpy(np.ones(8, np.float32), minitorch.BACKENDS["fused"])
    with launches() as clock:
        y = x * x + x
        assert clock.count == 0, "nothing is computed before it is asked for"
        realise(y)
        assert clock.count == 1
        assert clock.seconds > 0.0
    realise(x * x)
    assert clock.count == 1
    assert Plan.run is before


@pytest.mark.jit
def test_parts_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CALLS", 2)
    monkeypatch.setattr(module, "SAMPLES", 3)
    found = module.dispatch()
    *parts, whole = found.parts.values()
    assert sum(parts) == pytest.approx(whole)
    assert found.launches >= 1
    sheet = dispatch_sheet(found)
    assert [row[0] for row in sheet.rows] == [
        "record, forward", "record, backward", "look up", "launch", "whole",
        "kernels launched",
    ]  # fmt: skip
