"""NaN, infinity and signed zero go through a fused kernel as IEEE says, forward and backward.

Idea: chains of elementwise ops over every special value, compared cell by cell with the plain
    backend: the same NaNs, the same infinities, zeros of the same sign.
Not here: each op by itself (tests/rules/test_elementwise.py).
Read next: test_counts.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch import BACKENDS, Tensor, TensorBackend, from_numpy, rules
from minitorch.tensor_functions import row_function
from tests.rules.samples import SPECIAL

from .running import recorded

SIMPLE, FUSED = BACKENDS["simple"], BACKENDS["fused"]
UNARY = ("neg", "relu", "exp", "ln", "tanh", "sigmoid", "inv", "sqrt", "erf", "id")
BINARY = ("add", "mul", "lt", "eq", "max")
ROWS = {name: row_function(rules.TABLE[name]) for name in (*UNARY, *BINARY, "where")}

chains = st.lists(st.tuples(st.sampled_from(list(ROWS)), st.integers(0, 9)), min_size=1, max_size=6)
Chain = list[tuple[str, int]]
Array = npt.NDArray[Any]


def follow(chain: Chain, dtype: str, backend: TensorBackend, fold: str) -> list[Array]:
    """The last value, a fold of it along each row, and the gradients."""
    grid = np.meshgrid(np.array(SPECIAL), np.array(SPECIAL), indexing="ij")
    with np.errstate(over="ignore"):
        leaves = [from_numpy(np.ascontiguousarray(a, dtype), backend) for a in grid]
    for leaf in leaves:
        leaf.requires_grad_(True)
    values: list[Tensor] = list(leaves)
    for name, other in chain:
        a, b, c = values[-1], values[other % len(values)], values[(other + 1) % len(values)]
        operands = (a,) if name in UNARY else (a, b) if name in BINARY else (a.detach(), b, c)
        values.append(ROWS[name].apply(*operands))
    out = values[-1]
    folded = out.sum(1) if fold == "sum" else backend.max_reduce(out.detach(), 1)
    results = [out, folded]
    if out.requires_grad():
        out.sum().backward()
        results += [leaf.grad for leaf in leaves if leaf.grad is not None]
    return [np.array(it._tensor.array()) for it in results]


def agree(chain: Chain, dtype: str, fold: str, tolerance: float) -> None:
    expected = follow(chain, dtype, SIMPLE, fold)
    found = follow(chain, dtype, FUSED, fold)
    for k, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(ours, theirs, tolerance, 0)
        if k == 1 and fold == "max":
            continue  # 0.0 and -0.0 are equal: which of them is the maximum hangs on the order
        zeros = (theirs == 0) & (ours == 0)
        assert np.array_equal(np.signbit(ours[zeros]), np.signbit(theirs[zeros]))


@settings(max_examples=150)
@given(chain=chains, fold=st.sampled_from(["sum", "max"]))
def test_special_values_go_through_chains(chain: Chain, fold: str) -> None:
    with pytest.MonkeyPatch.context() as patch, recorded(patch):
        agree(chain, "float64", fold, 1e-12)


@pytest.mark.jit
@pytest.mark.usefixtures("compiled_at_once")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "chain",
    [
        [("inv", 0), ("mul", 1), ("neg", 0), ("relu", 0)],
        [("exp", 0), ("ln", 0), ("add", 1), ("where", 0)],
        [("max", 1), ("tanh", 0), ("mul", 0), ("sqrt", 0)],
    ],
    ids=lambda chain: "-".join(name for name, _ in chain),
)
def test_special_values_go_through_compiled_chains(chain: Chain, dtype: str) -> None:
    agree(chain, dtype, *(("sum", 1e-12) if dtype == "float64" else ("max", 2e-6)))
