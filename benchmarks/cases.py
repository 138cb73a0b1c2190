"""What is measured: a table of cases.

Idea: a case names an op, which each side's file defines under that name as a function from arrays
    to a call; the call is what is timed. Whole steps are those of the networks in minitorch/train.
Not here: the ops (with_minitorch.py and its peers), the starts of whole processes (starts.py).
Read next: with_minitorch.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.draws import Draw, below, normal, weights

__all__ = ["CASES", "SIDES", "SUBJECT", "Case", "Side"]


@dataclass(frozen=True)
class Side:
    """One of those compared: the module that defines its ops, and what sets its processes apart."""

    title: str
    module: str
    needs: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


SUBJECT = "minitorch"
SIDES: dict[str, Side] = {
    SUBJECT: Side(
        "minitorch", "benchmarks.with_minitorch", "minitorch", {"MINITORCH_BACKEND": "fast"}
    ),
    "torch": Side("PyTorch", "benchmarks.with_torch", "torch"),
    "numpy": Side("NumPy", "benchmarks.with_numpy", "numpy"),
    "simple": Side(
        "SimpleOps", "benchmarks.with_minitorch", "minitorch", {"MINITORCH_BACKEND": "simple"}
    ),
}


@dataclass(frozen=True)
class Case:
    """One row of the tables: an op, the arrays and options it is given, and who takes part."""

    group: str
    name: str
    op: str
    draws: tuple[Draw, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sides: tuple[str, ...] = (SUBJECT, "torch", "numpy")


TWO = (SUBJECT, "torch")
LENET = (
    weights(4, 1, 3, 3, inputs=9),
    weights(4, 1, 1, inputs=9),
    weights(8, 4, 3, 3, inputs=36),
    weights(8, 1, 1, inputs=36),
    weights(392, 64, inputs=392),
    weights(64, inputs=392),
    weights(64, 10, inputs=64),
    weights(10, inputs=64),
)
MLP = (
    weights(784, 256, inputs=784),
    weights(256, inputs=784),
    weights(256, 10, inputs=256),
    weights(10, inputs=256),
)
POINT_NETWORK = (
    weights(2, 10, inputs=2),
    weights(10, inputs=2),
    weights(10, 10, inputs=10),
    weights(10, inputs=10),
    weights(10, 1, inputs=10),
    weights(1, inputs=10),
)
KIM = (
    weights(2, inputs=100),
    Draw((11_000, 64), scale=0.1),
    *(
        draw
        for width in (3, 4, 5)
        for draw in (
            weights(100, 2, inputs=100),
            weights(100, 64, width, inputs=64 * width),
            weights(100, 1, inputs=64 * width),
        )
    ),
)


def elementwise() -> list[Case]:
    """Each op on 1e5 and 1e6 cells; mul broadcasts a row over a matrix."""
    cases: list[Case] = []
    for count, title in ((100_000, "1e5"), (1_000_000, "1e6")):
        matrix, row = normal(count // 1000, 1000), normal(1000)
        cases += [
            Case("Elementwise", f"add {title}", "add", (matrix, matrix)),
            Case("Elementwise", f"mul, broadcast, {title}", "mul", (matrix, row)),
            *(
                Case("Elementwise", f"{op} {title}", op, (matrix,))
                for op in ("exp", "sigmoid", "relu")
            ),
        ]
    return cases


def reductions() -> list[Case]:
    """Folds over one dim or all, movement of data, and what softmax makes of both."""
    matrix, rows = normal(1000, 1000), normal(512, 128)
    return [
        Case("Reduce and move", "sum of 1000x1000", "total", (matrix,)),
        Case("Reduce and move", "sum over dim 0", "total_over", (matrix,), {"dim": 0}),
        Case("Reduce and move", "sum over dim 1", "total_over", (matrix,), {"dim": 1}),
        Case("Reduce and move", "transposed copy 1000x1000", "transposed_copy", (matrix,)),
        Case("Reduce and move", "softmax 512x128", "softmax", (rows,)),
        Case("Reduce and move", "logsoftmax 512x128", "logsoftmax", (rows,)),
    ]


def contractions() -> list[Case]:
    """Matrix products; convolutions, pools and embedding forward and backward."""

    def convolution(name: str, batch: int, inputs: int, outputs: int, side: int) -> Case:
        image, out = normal(batch, inputs, side, side), normal(batch, outputs, side, side)
        weight = weights(outputs, inputs, 3, 3, inputs=9 * inputs)
        return Case("Layers", name, "convolution", (image, weight, out), sides=TWO)

    def pool(name: str, image: Draw, size: int) -> Case:
        batch, channels, height, width = image.shape
        out = normal(batch, channels, height // size, width // size)
        return Case("Layers", name, "maxpool", (image, out), {"size": size}, TWO)

    return [
        *(
            Case("Layers", f"matmul {n}x{n}", "matmul", (normal(n, n), normal(n, n)))
            for n in (64, 256, 1024)
        ),
        convolution("conv 1->4, 3x3, 28x28, batch 16, both ways", 16, 1, 4, 28),
        convolution("conv 4->8, 3x3, 28x28, batch 16, both ways", 16, 4, 8, 28),
        convolution("conv 64->64, 3x3, 32x32, batch 32, both ways", 32, 64, 64, 32),
        pool("max pool 4x4 of 16x8x28x28, both ways", normal(16, 8, 28, 28), 4),
        pool("max pool 2x2 of 64x6x28x28, both ways", normal(64, 6, 28, 28), 2),
        Case(
            "Layers",
            "embedding 64x30 of 10000x64, both ways",
            "embedding",
            (normal(10_000, 64), below(10_000, 64, 30), normal(64, 30, 64)),
        ),
    ]


def steps() -> list[Case]:
    """Whole steps of training: forward, loss, backward, update.

    `exact` is for the test that compares the sides: without dropout, and with the course's anchored
    convolutions where a user of PyTorch would write centred ones.
    """
    pictures = (normal(64, 784), below(10, 64))
    sentences = (below(11_000, 64, 20), below(2, 64))
    digits = (normal(16, 1, 28, 28), below(10, 16))
    update = (normal(100_000), normal(100_000))
    return [
        Case("Steps", "Adam, 1e5 parameters", "adam", update, {"fused": False}),
        Case("Steps", "Adam, 1e5 parameters, PyTorch fused", "adam", update, {"fused": True}, TWO),
        Case("Steps", "MLP 784-256-10, batch 64, SGD", "mlp", (*pictures, *MLP)),
        Case(
            "Steps", "LeNet, batch 16, SGD", "lenet", (*digits, *LENET),
            {"optimiser": "sgd", "exact": False}, TWO,
        ),
        Case(
            "Steps", "LeNet, batch 16, Adam", "lenet", (*digits, *LENET),
            {"optimiser": "adam", "exact": False}, TWO,
        ),
        Case(
            "Steps", "Kim CNN, 64 sentences of 20 words, SGD", "kim", (*sentences, *KIM),
            {"exact": False}, TWO,
        ),
        Case(
            "Steps", "point network on tensors, 50 points, float64", "point_network",
            (normal(50, 2, dtype="float64"), below(2, 50), *POINT_NETWORK), sides=TWO,
        ),
        Case(
            "Steps", "point network on Scalars, hidden 4, 10 points", "scalar_network",
            (normal(10, 2, dtype="float64"), below(2, 10), normal(37, dtype="float64")), sides=TWO,
        ),
        Case(
            "Steps", "1000 Scalar products and sums, both ways", "scalar_chain",
            (normal(1000, dtype="float64"),), sides=TWO,
        ),
    ]  # fmt: skip


def lifts() -> list[Case]:
    """What compiling gains over the same loops in plain Python."""
    group, pair = "Compiled against plain Python", (SUBJECT, "simple")
    square, points = normal(16, 16), (normal(50, 2, dtype="float64"), below(2, 50))
    return [
        Case(group, "sigmoid 1000", "sigmoid", (normal(1000),), sides=pair),
        Case(group, "matmul 16x16", "matmul", (square, square), sides=pair),
        Case(
            group,
            "point network on tensors, 50 points, float64",
            "point_network",
            (*points, *POINT_NETWORK),
            sides=pair,
        ),
    ]


CASES = [*elementwise(), *reductions(), *contractions(), *steps(), *lifts()]
