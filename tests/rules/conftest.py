"""Most fused kernels of this room run as the Python that they are; a sample of them is compiled.

A compiler takes a second for each, and here are hundreds: each op, dtype and layout has its own.
What compiling changes (rounding, forms of primitives, special values) the sample shows for each op.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minitorch import BACKENDS
from tests.fuse.running import recorded

COMPILED = {
    "test_float32_stays_float32",
    "test_nan_inf_and_extremes",
    "test_an_optimiser_walks_the_same_way",
    "test_softmax_and_logsoftmax",
    "test_layernorm",
}


@pytest.fixture(autouse=True)
def fused_kernels(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fused kernels are run without the compiler, but for those of `COMPILED`."""
    function = request.node.originalname
    parameters = getattr(getattr(request.node, "callspec", None), "params", {})
    backend = parameters.get("backend")
    if backend in ("fused", BACKENDS["fused"]) and function in COMPILED:
        request.getfixturevalue("compiled_at_once")
        yield
        return
    with recorded(monkeypatch):
        yield
