"""Mistakes are told at the call, a NaN names its line, and a replaced formula is seen.

Idea: that numbers come late must not show: what can be told without them is told at once.
Not here: the texts of the errors (tests/rules/test_bad_input.py).
Read next: test_golden.py
"""

from __future__ import annotations

import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import minitorch
from minitorch import (
    BACKENDS,
    DtypeError,
    IndexingError,
    NonFiniteError,
    ShapeError,
    Tensor,
    ViewError,
    from_numpy,
    nn,
    operators,
    rules,
    tensor,
    watch_nan,
)
from minitorch.fuse import FusedOps
from minitorch.selection import Gather, ScatterAdd
from minitorch.tensor_functions import Slice, row_function
from tests.layout.house import ROOT

from .running import Record, is_pending, leaf, numbers

FUSED = BACKENDS["fused"]
Tanh, Ln = row_function(rules.tanh), row_function(rules.ln)
pytestmark = pytest.mark.usefixtures("uncompiled")


def pending(*shape: int) -> Tensor:
    return leaf(*shape, grad=False) + 1.0


def index(values: list[list[int]]) -> Tensor:
    return from_numpy(np.array(values), FUSED)


MISTAKES: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "broadcast": (IndexingError, lambda: pending(2, 3) + pending(2, 4)),
    "sum of a dim that is not there": (IndexingError, lambda: pending(2, 3).sum(2)),
    "view": (ShapeError, lambda: pending(2, 3).view(4)),
    "view of what is turned": (ViewError, lambda: pending(2, 3).permute(1, 0).view(6)),
    "permute": (IndexingError, lambda: pending(2, 3).permute(0, 0)),
    "slice": (IndexingError, lambda: Slice.apply(pending(3), 0, 2, 5, 1)),
    "gather": (IndexingError, lambda: Gather.apply(pending(2, 3), 1, index([[0], [3]]))),
    "scatter": (IndexingError, lambda: ScatterAdd.apply(pending(2, 1), 1, index([[0], [3]]), 3)),
    "matmul": (ShapeError, lambda: pending(2, 3) @ pending(2, 3)),
    "class": (IndexingError, lambda: nn.cross_entropy(pending(2, 3), index([[0, 7]]).view(2))),
    "dtype": (DtypeError, lambda: nn.embedding(pending(2, 3), pending(2))),
    "index": (IndexingError, lambda: pending(2, 3)[2, 0]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_at_the_call(name: str) -> None:
    kind, mistake = MISTAKES[name]
    with pytest.raises(kind):
        mistake()


def test_a_mistake_leaves_what_is_pending_as_it_was() -> None:
    x = pending(2, 3)
    with pytest.raises(IndexingError):
        x + pending(2, 4)
    assert is_pending(x)
    np.testing.assert_array_equal(numbers(x), numbers(pending(2, 3)))


# NaN.


def line_of(text: str) -> int:
    lines = linecache.getlines(__file__)
    return next(k for k, line in enumerate(lines, 1) if line.strip().startswith(text))


def test_watch_nan_names_the_line_of_the_op() -> None:
    x = leaf(3, grad=False) * 0.0 - 1.0

    def program() -> Tensor:
        good = Tanh.apply(x) * 2.0
        bad = Ln.apply(good)
        return bad + 1.0

    with watch_nan(), pytest.raises(NonFiniteError) as caught:
        program()
    assert f"{__file__}:{line_of('bad = Ln')}: bad = Ln.apply(good)" in str(caught.value)


def test_watch_nan_names_the_forward_line_of_a_backward() -> None:
    x = leaf(3) * 0.0
    x = x.detach()
    x.requires_grad_(True)

    def program() -> None:
        root = row_function(rules.sqrt).apply(x)
        flat = root * 0.0  # the slope of the root is inf, times 0
        flat.sum().backward()

    with watch_nan(), pytest.raises(NonFiniteError) as caught:
        program()
    assert f"{__file__}:{line_of('root = row')}" in str(caught.value)
    assert "backward" in str(caught.value)


def test_watched_ops_compute_at_once() -> None:
    with watch_nan():
        assert not is_pending(leaf(3) * 2.0)
    assert is_pending(leaf(3) * 2.0)


def test_the_variable_watches_a_whole_program() -> None:
    program = (
        "import minitorch\n"
        "x = minitorch.tensor([-1.0])\n"
        "y = minitorch.tensor([1.0]) + (x * 2.0).log()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "MINITORCH_DEBUG": "1",
            "MINITORCH_BACKEND": "fused",
            "NUMBA_DISABLE_JIT": "1",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"NonFiniteError: Log gave NaN from numbers at <string>:3", done.stderr)


# One engine.


def cubic(x: float) -> float:
    return x * x * x + 2.0


def test_a_fresh_backend_sees_a_replaced_operator(
    uncompiled: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "sigmoid", cubic)
    made = minitorch.make_tensor_backend(FusedOps)
    x = tensor([0.3, 0.5], backend=made)
    assert ((x + 0.0).sigmoid() * 2.0)[1] == pytest.approx(2.0 * cubic(0.5))
    assert "cubic(" in uncompiled.launched[-1].text


def test_a_fresh_backend_sees_a_replaced_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    def seven(g: float) -> float:
        return rules.mul(g, 7.0)

    monkeypatch.setattr(rules.sigmoid, "derivatives", (seven,))
    made = minitorch.make_tensor_backend(FusedOps)
    x = tensor([0.3, 0.5], backend=made, requires_grad=True)
    (x.sigmoid() * 2.0).sum().backward()
    assert numbers(x.grad).tolist() == [14.0, 14.0]


def test_the_plain_backend_computes_at_once() -> None:
    x = tensor([0.3, 0.5], backend=BACKENDS["simple"])
    assert (x + 1.0)._tensor.cell.node is None
