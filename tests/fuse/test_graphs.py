"""Fused equals unfused: random programs, forward and backward, on the fused backend and the plain.

Idea: hypothesis draws programs; the plain backend, one number at a time, says what is right.
    Thousands of kernels run as Python, a few dozen through the compiler.
Not here: how many kernels a program becomes (test_counts.py).
Read next: programs.py
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from minitorch import BACKENDS
from minitorch.fuse import build

from .programs import Program, programs, run
from .running import recorded

SIMPLE, FUSED = BACKENDS["simple"], BACKENDS["fused"]

quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def check(program: Program) -> None:
    expected = run(program, SIMPLE)
    assume(not expected.risky and np.isfinite(expected.scale))
    single = any(leaf.dtype == "float32" for leaf in program.leaves)
    tolerance = 2e-4 if single else 1e-9
    for _ in range(2):  # planned, then by the plans of the first time
        found = run(program, FUSED)
        assert len(found.arrays) == len(expected.arrays)
        for ours, theirs in zip(found.arrays, expected.arrays, strict=True):
            assert ours.shape == theirs.shape
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, tolerance, tolerance * expected.scale)


@settings(max_examples=1000, suppress_health_check=quiet)
@given(program=programs())
def test_random_programs(program: Program) -> None:
    with pytest.MonkeyPatch.context() as patch, recorded(patch):
        check(program)


@settings(max_examples=300, suppress_health_check=quiet)
@given(program=programs())
def test_random_programs_in_the_parallel_form(program: Program) -> None:
    """The text that is shared out to threads, run in one."""
    with pytest.MonkeyPatch.context() as patch, recorded(patch) as record:
        patch.setattr(build, "PARALLEL_FROM", 2)
        patch.setattr(build, "has_parallel_layer", lambda: True)
        check(program)
        for kernel, parallel in zip(record.made, record.parallel, strict=True):
            assert ("prange" in kernel.text) == parallel


@pytest.mark.jit
@pytest.mark.usefixtures("compiled_at_once")
@settings(max_examples=60, suppress_health_check=quiet)
@given(program=programs(most=6))
def test_random_programs_compiled(program: Program) -> None:
    check(program)
