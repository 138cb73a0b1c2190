"""Bytes of buffers are counted: NumPy's, those of kernels, and those that steps make."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, numba, numpy
from minitorch.bench.memory import counting, peak_bytes

counting()  # before any kernel is loaded

@numba.njit
def inside(n):
    room = numpy.empty(n)
    for k in range(n):
        room[k] = k * 1.5
    return room.sum()

@numba.njit
def handed_out(n):
    return numpy.zeros(n)

def chain():
    x = numpy.ones(1000)
    return lambda: ((x + 1.0) * 2.0).reshape(10, 100)[0]

def grown():
    def call():
        room = numpy.empty(1000)
        room.resize(3000, refcheck=False)
        room.resize(500, refcheck=False)
    return call

print(json.dumps([
    peak_bytes(chain),
    peak_bytes(grown),
    peak_bytes(lambda: lambda: inside(5000)),
    peak_bytes(lambda: lambda: handed_out(2000) + 1.0),
    peak_bytes(lambda: lambda: None),
]))
"""


@pytest.mark.jit
def test_buffers_of_numpy_and_of_kernels_are_counted() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (whole, chain), (_, grown), (_, inside), (_, handed_out), nothing = json.loads(done.stdout)
    assert 16_000 <= chain <= 16_100  # two of 8000 at once, and a number
    assert whole == chain + 8000
    assert 24_000 <= grown <= 24_100
    assert 40_000 <= inside <= 40_200
    assert 32_000 <= handed_out <= 32_200
    assert nothing == [0, 0]


def test_pytorch_counts_its_own() -> None:
    pytest.importorskip("torch", reason="the count is PyTorch's")
    code = (
        "import torch; from minitorch.bench.with_torch import peak_bytes; x = torch.ones(2000); "
        "print(list(peak_bytes(lambda: lambda: (x + 1.0).mul(2.0)[:3])))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, above = json.loads(done.stdout.splitlines()[-1])
    assert 16_000 <= peak == above <= 16_100
