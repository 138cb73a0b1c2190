"""How far it is from a user's line to the loop that computes: few frames, each a file to read.

Idea: an op is run once to warm it, then once under a profiler, which notes the frames that are
    active when the operator, or the compiled loop, is entered.
Not here: how long that takes (minitorch/bench/).
Read next: minitorch/autodiff.py, `FunctionBase.apply`
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from minitorch import FastOps, Scalar, TensorBackend, operators, tensor


def way_to(name: str, call: Callable[[], object]) -> list[tuple[str, str]]:
    """The (file, function) pairs from the user's call to the first entry of function `name`."""
    call()
    ways: list[list[tuple[str, str]]] = []

    def note(entered: FrameType, event: str, _: object) -> None:
        if event != "call" or entered.f_code.co_name != name:
            return
        # Numba's frame of a compiled function has no caller; the profiler's own frame has.
        active = entered.f_back or sys._getframe(1)
        way: list[tuple[str, str]] = []
        while active is not None and active.f_code is not call.__code__:
            way.append((Path(active.f_code.co_filename).name, active.f_code.co_name))
            active = active.f_back
        ways.append(way[::-1])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    assert ways, f"{name} was never entered"
    return ways[0]


def test_a_scalar_op_is_four_frames_in_three_files_away() -> None:
    x, y = Scalar(2.0), Scalar(3.0)
    way = way_to(operators.mul.__name__, lambda: x * y)
    assert len(way) <= 4, way
    assert len({file for file, _ in way}) <= 3, way


@pytest.mark.jit
@pytest.mark.usefixtures("compiled_at_once")  # a kernel in Python is one frame further
@pytest.mark.parametrize("op", ["zip", "map"])
def test_a_tensor_op_is_five_frames_in_four_files_away(op: str) -> None:
    backend = TensorBackend(FastOps)
    x, y = tensor([1.0, 2.0], backend=backend), tensor([3.0, 4.0], backend=backend)
    way = way_to(f"_{op}", (lambda: x * y) if op == "zip" else (lambda: x.relu()))
    assert len(way) <= 5, way
    assert len({file for file, _ in way}) <= 4, way
