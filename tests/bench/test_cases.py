"""The sides of a case compute the same numbers: else their times would not be comparable."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.bench import with_capture, with_minitorch, with_numpy
from minitorch.bench.cases import CASES, Case
from minitorch.bench.draws import Array
from minitorch.bench.sides import SIDES, SUBJECT, SUBJECT_BACKEND, installed
from minitorch.bench.starts import STARTS
from minitorch.bench.worker import Turn, prepare

CALLS = 3  # a step changes what the next one starts from
SLOW = {"compiled", "jax", "tinygrad"}  # they take seconds for each case
# `torch.compile` runs what the side of PyTorch runs: these are for the wrapping.
WRAPPED = {
    "softmax 512x128",
    "MLP 784-256-10, batch 64, SGD",
    "Adam, 1e5 parameters, PyTorch's loop",
}
PAIRS = [
    pytest.param(
        case, peer,
        id=f"{case.group}, {case.name}, {peer}", marks=[pytest.mark.slow] * (peer in SLOW),
    )
    for case in CASES
    for peer in case.sides
    if peer not in (SUBJECT, "fast") and (peer != "compiled" or case.name in WRAPPED)
]  # fmt: skip
BACKENDS = {
    SUBJECT: minitorch.BACKENDS[SUBJECT_BACKEND],
    "simple": minitorch.BACKENDS["simple"],
}


def results_of(case: Case, side: str, monkeypatch: pytest.MonkeyPatch) -> list[Array]:
    """All that the calls of a case return; `exact` leaves out what no two sides share."""
    if side in BACKENDS:
        monkeypatch.setattr(with_minitorch, "DEFAULT_BACKEND", BACKENDS[side])
    options = {**case.options, **({"exact": True} if "exact" in case.options else {})}
    module = importlib.import_module(SIDES[side].module)
    call = prepare(module, Turn(case.op, case.draws, options))
    return [array for _ in range(CALLS) for array in arrays(call())]


def arrays(value: Any) -> list[Array]:
    """Copies of all numbers in a result: the next call may change them in place."""
    if isinstance(value, tuple | list):
        return [array for part in value for array in arrays(part)]
    if isinstance(value, minitorch.Scalar):
        value = value.data
    elif isinstance(value, minitorch.Tensor):
        value = value.to_numpy()
    elif hasattr(value, "detach"):  # of PyTorch and of tinygrad
        value = value.detach().numpy()
    return [np.array(value, dtype=np.float64)]


@pytest.mark.jit
@pytest.mark.parametrize(("case", "peer"), PAIRS)
def test_peers_compute_the_same(case: Case, peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not installed(peer):
        pytest.skip(f"{SIDES[peer].title} is not installed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a library says when it is imported is not ours
            importlib.import_module(SIDES[peer].module)
    except Exception as error:  # a peer, or the compiler it needs, fails in its own ways
        if peer == "torch":
            raise  # it needs nothing but itself: the mistake is ours
        pytest.skip(f"{SIDES[peer].title} cannot start: {error}")
    ours = results_of(case, SUBJECT, monkeypatch)
    theirs = results_of(case, peer, monkeypatch)
    assert len(ours) == len(theirs) >= CALLS
    for a, b in zip(ours, theirs, strict=True):
        assert a.size == b.size
        scale = max(1.0, float(np.abs(b).max()))
        np.testing.assert_allclose(a.reshape(-1), b.reshape(-1), rtol=2e-4, atol=5e-5 * scale)


def test_every_side_of_a_case_has_its_op() -> None:
    modules = {
        SIDES[SUBJECT].module: with_minitorch,
        SIDES["captured"].module: with_capture,
        SIDES["numpy"].module: with_numpy,
    }
    for case in CASES:
        for side in case.sides:
            module = modules.get(SIDES[side].module) if side in SIDES else None
            assert module is None or callable(getattr(module, case.op)), (case.name, side)


def test_names_are_unique_and_minitorch_takes_part_in_all() -> None:
    names = [(it.group, it.name) for it in [*CASES, *STARTS]]
    assert len(set(names)) == len(names)
    assert all(case.sides[0] == SUBJECT for case in CASES)
    assert all(SUBJECT in start.programs for start in STARTS)
