"""How the tests of this room run fused programs: kernels without the compiler, and counted.

Idea: an emitted kernel is plain Python too, so thousands of them run in the time in which a
    compiler makes a dozen. `interpreted` gives the function that the text defines, with the same
    operators under the same names; a result of float32 is rounded to it, as the compiled one is.
Not here: what is asked of the kernels (test_*.py).
Read next: programs.py
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from minitorch import BACKENDS, Tensor, TensorData
from minitorch.fuse import build, recipes
from minitorch.fuse.emit import Kernel
from minitorch.fuse.nodes import Node

WORDS: dict[str, Any] = {
    "np": np,
    "njit": lambda **_: lambda fn: fn,
    "prange": range,
    "unsigned": int,
    "int64": int,
    "float32": np.float32,
    "float64": np.float64,
    "inf": np.inf,
    "BLOCKS": 64,
}


def rounded(fn: Callable[..., Any], dtype: str) -> Callable[..., Any]:
    """A function of numbers as a kernel of this dtype computes it."""
    fn = getattr(fn, "py_func", fn)
    if dtype != "float32":
        return fn

    @wraps(fn)
    def apply(*values: Any) -> Any:
        return np.float32(fn(*values))

    return apply


def interpreted(kernel: Kernel) -> Callable[..., None]:
    """The kernel as Python runs it."""
    names = {**WORDS, **{name: rounded(fn, dtype) for name, fn, dtype, _ in kernel.functions}}
    exec(compile(kernel.text.replace("{decorator}", ""), "<kernel>", "exec"), names)

    def launch(*arguments: Any) -> None:
        with np.errstate(all="ignore"):
            names["kernel"](*arguments)

    return launch


class Record:
    """The kernels that were planned and launched, in order."""

    def __init__(self) -> None:
        self.made: list[Kernel] = []
        self.launched: list[Kernel] = []
        self.parallel: list[bool] = []

    def clear(self) -> None:
        """Begin to count anew; what is planned stays planned."""
        self.made.clear()
        self.launched.clear()
        self.parallel.clear()


@contextmanager
def recorded(patch: pytest.MonkeyPatch, compiles: bool = False) -> Generator[Record]:
    """Fused programs plan anew, and each kernel is noted as it is made and as it is launched."""
    record = Record()
    real = build.compiled

    def make(kernel: Kernel, parallel: bool) -> Any:
        record.made.append(kernel)
        record.parallel.append(parallel)
        run = real(kernel, parallel).run if compiles else interpreted(kernel)

        def launch(*arguments: Any) -> None:
            record.launched.append(kernel)
            run(*arguments)

        return SimpleNamespace(run=launch)

    patch.setattr(build, "compiled", make)
    for home, name in ((build, "_plans"), (recipes, "_recipes")):
        patch.setattr(home, name, dict[Any, Any]())
    yield record


def leaf(*shape: int, seed: int = 0, dtype: str = "float64", grad: bool = True) -> Tensor:
    """A tensor of the fused backend whose numbers are there, and that nobody else can write to."""
    numbers = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    tensor = Tensor(TensorData.of(numbers), backend=BACKENDS["fused"])
    if grad:
        tensor.requires_grad_(True)
    return tensor


def numbers(tensor: Tensor | None) -> npt.NDArray[Any]:
    """A copy of the numbers of a tensor, computed if need be; it is not exposed."""
    assert tensor is not None
    return tensor._tensor.array().copy()


def is_pending(tensor: Any) -> bool:
    """True for a tensor whose numbers nobody has computed yet."""
    node = tensor._tensor.cell.node
    return isinstance(node, Node) and node.array is None
