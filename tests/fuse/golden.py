"""The kernels of tests/golden, and the one of docs/fusion.md: which programs emit them.

    python -m tests.fuse.golden  # writes them anew

Idea: what is emitted is read by people, so a change of the emitter is looked at as text.
Not here: the comparison (test_golden.py).
Read next: ../golden/softmax.py
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch import BACKENDS, Adam, Parameter, Tensor, from_numpy, nn
from minitorch.fuse.build import source_of

from .running import leaf, numbers, recorded

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "tests" / "golden"
PAGE = ROOT / "docs" / "fusion.md"


def backward(out: Tensor, x: Tensor) -> Tensor | None:
    numbers(out)
    out.backward(leaf(*out.shape, seed=1, dtype="float32", grad=False))
    return x.grad


def gelu(x: Tensor) -> Tensor:
    row = leaf(6, seed=2, dtype="float32", grad=False)
    return nn.gelu(x * row + row, "tanh")


def softmax(x: Tensor) -> Tensor:
    return nn.softmax(x, 1)


def softmax_of_columns(x: Tensor) -> Tensor:
    return nn.softmax(x, 0)


def cross_entropy(x: Tensor) -> Tensor:
    return nn.cross_entropy(x, from_numpy(np.array([1, 0, 5, 2]), BACKENDS["fused"]))


def layernorm_backward(x: Tensor) -> Tensor | None:
    weight, bias = (leaf(6, seed=k, dtype="float32", grad=False) for k in (2, 3))
    return backward(nn.layernorm(x, weight, bias), x)


def maxpool_backward(x: Tensor) -> Tensor | None:
    return backward(nn.maxpool2d(x.view(1, 1, 4, 6), (2, 2)), x)


def adam(x: Tensor) -> Tensor:
    parameter = Parameter(x)
    optimiser = Adam([parameter], lr=0.1)
    for _ in range(2):  # the second step has averages to go on from
        parameter.value.derivative = leaf(4, 6, seed=3, dtype="float32", grad=False)
        optimiser.step()
        numbers(parameter.value)
    return parameter.value


PROGRAMS: dict[str, tuple[Callable[[Tensor], Any], bool]] = {  # and whether for threads
    "gelu": (gelu, False),
    "gelu_parallel": (gelu, True),
    "softmax": (softmax, False),
    "softmax_of_columns": (softmax_of_columns, False),
    "cross_entropy": (cross_entropy, False),
    "layernorm_backward": (layernorm_backward, False),
    "maxpool_backward": (maxpool_backward, False),
    "adam": (adam, False),
}


def emitted(name: str) -> str:
    """The module of the last kernel that a program launches."""
    program, parallel = PROGRAMS[name]
    with pytest.MonkeyPatch.context() as patch, recorded(patch) as record:
        if parallel:
            patch.setattr("minitorch.fuse.build.PARALLEL_FROM", 1)
            patch.setattr("minitorch.fuse.build.has_parallel_layer", lambda: True)
        out = program(leaf(4, 6, dtype="float32"))
        numbers(out)
        kernel = record.launched[-1]
        source, _ = source_of(kernel, parallel)
    about = f"# {kernel.about}\n"
    return about + re.sub(r"^# callees .*\n", "", source, flags=re.MULTILINE)


def kernel_of(name: str) -> str:
    """The kernel of a file, without the module around it."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    return text[text.index("def kernel(") :]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in PROGRAMS:
        (FOLDER / f"{name}.py").write_text(emitted(name), encoding="utf-8")
    shown = re.compile(r"(?<=^```python\n)def kernel\(.*?(?=^```)", re.MULTILINE | re.DOTALL)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(shown.sub(lambda _: kernel_of("softmax"), page), encoding="utf-8")


if __name__ == "__main__":
    main()
