"""What is measured: a table of cases, and what each must reach.

Idea: a case names an op, which each side's file defines under that name as a function from arrays
    to a call; the call is what is timed. Whole steps are those of the programs in examples/.
Not here: the sides (sides.py), the ops (with_minitorch.py and its peers), the starts of whole
    processes (starts.py).
Read next: with_minitorch.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minitorch.bench.draws import Draw, below, normal, weights
from minitorch.bench.sides import SUBJECT

__all__ = ["CASES", "STEPS", "Case", "Goal"]


@dataclass(frozen=True)
class Goal:
    """What a case must reach, and what would be better: time of minitorch over PyTorch's, eager.

    Where it is not `relative`, seconds of minitorch alone.
    """

    must: float
    stretch: float | None = None
    relative: bool = True


@dataclass(frozen=True)
class Case:
    """One row of the tables: an op, the arrays and options it is given, and who takes part."""

    group: str
    name: str
    op: str
    draws: tuple[Draw, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sides: tuple[str, ...] = (SUBJECT, "fast", "torch")
    goal: Goal | None = None


ELEMENTWISE, LAYERS, STEPS = "Elementwise", "Layers", "Steps"
ALL = (SUBJECT, "fast", "torch", "compiled", "jax", "numpy", "tinygrad")
GRADIENTS = (SUBJECT, "fast", "torch", "compiled", "jax", "tinygrad")  # none from NumPy
WITH_NUMPY = (SUBJECT, "fast", "torch", "numpy")
TORCH = (SUBJECT, "fast", "torch")
WHOLE = (SUBJECT, "captured", "fast", "torch", "compiled", "jax", "tinygrad")

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
WORDS = 14_818  # the vocabulary of SST-2; a batch of 50 is 33 words long, in the median
KIM = (
    Draw((WORDS, 50), scale=0.2),
    *(
        draw
        for width in (3, 4, 5)
        for draw in (weights(50, 50, width, inputs=50 * width), weights(50, 1, inputs=50 * width))
    ),
    weights(50, 2, inputs=50),
    weights(2, inputs=50),
)


def elementwise() -> list[Case]:
    """Each op on 1e5 and 1e6 cells, mul with a row; and chains of ops, which are one kernel."""
    cases: list[Case] = []
    for count, title in ((100_000, "1e5"), (1_000_000, "1e6")):
        matrix, row = normal(count // 1000, 1000), normal(1000)
        cases += [
            Case(ELEMENTWISE, f"add {title}", "add", (matrix, matrix), sides=WITH_NUMPY),
            Case(ELEMENTWISE, f"mul, broadcast, {title}", "mul", (matrix, row), sides=WITH_NUMPY),
            *(
                Case(ELEMENTWISE, f"{op} {title}", op, (matrix,), sides=WITH_NUMPY)
                for op in ("exp", "sigmoid", "relu")
            ),
        ]
    matrix, row = normal(1000, 1000), normal(1000)
    for form, must in (("tanh", 0.3), ("erf", 0.5)):
        name, options = f"gelu(x * w + b), {form} form, 1e6", {"form": form}
        cases += [
            Case(ELEMENTWISE, name, "gelu", (matrix, matrix, matrix), options, ALL, Goal(must)),
            Case(ELEMENTWISE, f"{name}, rows w, b", "gelu", (matrix, row, row), options, ALL),
            Case(
                ELEMENTWISE, f"{name}, both ways", "gelu_both_ways",
                (matrix, matrix, matrix, matrix), options, GRADIENTS,
            ),
        ]  # fmt: skip
    tiny = (normal(8), normal(8), normal(8))
    name = "ten ops on 8 numbers, both ways"
    return [*cases, Case(ELEMENTWISE, name, "tiny", tiny, sides=GRADIENTS, goal=Goal(1.0))]


def reductions() -> list[Case]:
    """Folds over one dim or all, movement of data, and what norms and losses make of both."""
    group, matrix = "Reduce and move", normal(1000, 1000)
    cases = [
        Case(group, "sum of 1000x1000", "total", (matrix,), sides=WITH_NUMPY),
        Case(group, "sum over dim 0", "total_over", (matrix,), {"dim": 0}, WITH_NUMPY),
        Case(group, "sum over dim 1", "total_over", (matrix,), {"dim": 1}, WITH_NUMPY),
        Case(group, "transposed copy 1000x1000", "transposed_copy", (matrix,), sides=WITH_NUMPY),
    ]
    for n, size in ((512, 128), (2048, 1024)):
        name, rows, row = f"{n}x{size}", normal(n, size), normal(size)
        cases += [
            Case(group, f"softmax {name}", "softmax", (rows,), sides=ALL, goal=Goal(1.2, 0.9)),
            Case(group, f"logsoftmax {name}", "logsoftmax", (rows,), sides=ALL),
            Case(
                group, f"layernorm {name}", "layernorm", (rows, row, row),
                sides=ALL, goal=Goal(0.7, 0.5),
            ),
            Case(
                group, f"layernorm {name}, both ways", "layernorm_both_ways",
                (rows, row, row, rows), sides=GRADIENTS,
            ),
        ]  # fmt: skip
    for n, classes in ((64, 10), (512, 1000)):
        cases.append(
            Case(
                group, f"cross-entropy {n}x{classes}, both ways", "cross_entropy",
                (normal(n, classes), below(classes, n)), sides=GRADIENTS, goal=Goal(1.0, 0.7),
            )
        )  # fmt: skip
    return cases


def contractions() -> list[Case]:
    """Matrix products; convolutions, pools and embedding forward and backward."""

    def convolution(name: str, batch: int, inputs: int, outputs: int, side: int, to: Goal) -> Case:
        image, out = normal(batch, inputs, side, side), normal(batch, outputs, side, side)
        weight = weights(outputs, inputs, 3, 3, inputs=9 * inputs)
        draws = (image, weight, out)
        return Case(LAYERS, name, "convolution", draws, sides=GRADIENTS, goal=to)

    def pool(name: str, image: Draw, size: int) -> Case:
        batch, channels, height, width = image.shape
        out = normal(batch, channels, height // size, width // size)
        return Case(LAYERS, name, "maxpool", (image, out), {"size": size}, TORCH)

    small = Goal(0.8, 0.6)
    return [
        *(
            Case(
                LAYERS, f"matmul {n}x{n}", "matmul", (normal(n, n), normal(n, n)),
                sides=ALL, goal=Goal(1.0),
            )
            for n in (64, 128, 256, 512, 1024)
        ),
        convolution("conv 1->4, 3x3, 28x28, batch 16, both ways", 16, 1, 4, 28, small),
        convolution("conv 4->8, 3x3, 28x28, batch 16, both ways", 16, 4, 8, 28, small),
        convolution("conv 64->64, 3x3, 32x32, batch 32, both ways", 32, 64, 64, 32, Goal(1.5, 1.1)),
        pool("max pool 4x4 of 16x8x28x28, both ways", normal(16, 8, 28, 28), 4),
        pool("max pool 2x2 of 64x6x28x28, both ways", normal(64, 6, 28, 28), 2),
        Case(
            LAYERS, "embedding 64x30 of 10000x64, both ways", "embedding",
            (normal(10_000, 64), below(10_000, 64, 30), normal(64, 30, 64)), sides=WITH_NUMPY,
        ),
    ]  # fmt: skip


def updates() -> list[Case]:
    """A step of Adam alone."""
    cases: list[Case] = []
    for count, title, must in ((100_000, "1e5", 0.5), (3_000_000, "3e6", 0.85)):
        draws, name = (normal(count), normal(count)), f"Adam, {title} parameters"
        loop = Case(
            STEPS, f"{name}, PyTorch's loop", "adam", draws, {"fused": False},
            (SUBJECT, "fast", "torch", "compiled", "jax", "numpy", "tinygrad"), Goal(0.3),
        )  # fmt: skip
        fused = Case(
            STEPS, f"{name}, PyTorch's fused", "adam", draws, {"fused": True}, TORCH, Goal(must)
        )
        cases += [loop, fused]
    return cases


def steps() -> list[Case]:
    """Whole steps of training, those of examples/: forward, loss, backward, update.

    `exact` is for the test that compares the sides: without dropout, and with the course's anchored
    convolutions where a user of PyTorch would write centred ones.
    """
    pictures = (normal(64, 784), below(10, 64))
    sentences = (below(WORDS, 50, 33), below(2, 50))
    cases: list[Case] = []
    for optimiser, title, goal in (
        ("sgd", "SGD", Goal(0.9, 0.8)),
        ("adam", "Adam", Goal(0.8, 0.6)),
    ):
        sides = (*WHOLE, "numpy") if optimiser == "sgd" else WHOLE
        name, options = f"MLP 784-256-10, batch 64, {title}", {"optimiser": optimiser}
        cases.append(Case(STEPS, name, "mlp", (*pictures, *MLP), options, sides, goal))
    for batch in (16, 64):
        digits = (normal(batch, 1, 28, 28), below(10, batch))
        for optimiser, title in (("sgd", "SGD"), ("adam", "Adam")):
            name, options = f"LeNet, batch {batch}, {title}", {"optimiser": optimiser}
            options |= {"exact": False}
            draws, goal = (*digits, *LENET), Goal(0.8, 0.5)
            cases.append(Case(STEPS, name, "lenet", draws, options, WHOLE, goal))
    kim = Case(
        STEPS, "Kim CNN, 50 sentences of 33 words, Adam", "kim", (*sentences, *KIM),
        {"exact": False}, WHOLE[:-1], Goal(1.0, 0.7),
    )  # fmt: skip
    return [*cases, kim]


def course() -> list[Case]:
    """The course's first networks, one number at a time or on points."""
    points = (normal(50, 2, dtype="float64"), below(2, 50), *POINT_NETWORK)
    scalars = (normal(10, 2, dtype="float64"), below(2, 10), normal(37, dtype="float64"))
    chain = (normal(1000, dtype="float64"),)
    two = (SUBJECT, "torch")
    return [
        Case(STEPS, "point network on tensors, 50 points, float64", "point_network", points),
        Case(
            STEPS, "point network on Scalars, hidden 4, 10 points", "scalar_network", scalars,
            sides=two,
        ),
        Case(STEPS, "1000 Scalar products and sums, both ways", "scalar_chain", chain, sides=two),
    ]  # fmt: skip


def lifts() -> list[Case]:
    """What compiling gains over the same loops in plain Python."""
    group, pair = "Compiled against plain Python", (SUBJECT, "simple")
    square = normal(16, 16)
    points = (normal(50, 2, dtype="float64"), below(2, 50), *POINT_NETWORK)
    name = "point network on tensors, 50 points, float64"
    return [
        Case(group, "sigmoid 1000", "sigmoid", (normal(1000),), sides=pair),
        Case(group, "matmul 16x16", "matmul", (square, square), sides=pair),
        Case(group, name, "point_network", points, sides=pair),
    ]


CASES = [
    *elementwise(),
    *reductions(),
    *contractions(),
    *updates(),
    *steps(),
    *course(),
    *lifts(),
]
