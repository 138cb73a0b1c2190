"""A classifier whose weights are set by hand: what training will find by itself.

Idea: a point (x, y) belongs to class 1 where the sigmoid of w1 * x + w2 * y + bias is above one
    half, which is on one side of a line; the weights say which line.
Not here: finding the weights (run_scalar.py).
Read next: run_scalar.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import minitorch
from minitorch import Module, Parameter, operators

SIDE = 20  # characters of the picture's width


class Line(Module):
    """The points on one side of a line: class 1."""

    def __init__(self, w1: float, w2: float, bias: float) -> None:
        super().__init__()
        self.w1 = Parameter(w1)
        self.w2 = Parameter(w2)
        self.bias = Parameter(bias)

    def forward(self, x: float, y: float) -> float:
        """Return the probability that the point is of class 1."""
        return operators.sigmoid(self.w1.value * x + self.w2.value * y + self.bias.value)


def picture(model: Line) -> str:
    """The unit square, y upwards: `#` where the model says class 1."""
    rows = [
        "".join(
            "#" if model((column + 0.5) / SIDE, (row + 0.5) / (SIDE / 2)) > 0.5 else "."
            for column in range(SIDE)
        )
        for row in reversed(range(SIDE // 2))
    ]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Classify points with weights set by hand.")
    parser.add_argument("--dataset", choices=minitorch.datasets, default="Simple")
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--weights", type=float, nargs=2, default=[-10.0, 0.0], metavar="W")
    parser.add_argument("--bias", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    graph = minitorch.datasets[options.dataset](options.points, options.seed)
    model = Line(*options.weights, options.bias)
    print("parameters:", dict(model.named_parameters()))
    print(picture(model))

    correct = sum(
        (model(x, y) > 0.5) == (label == 1) for (x, y), label in zip(graph.X, graph.y, strict=True)
    )
    print(f"{options.dataset}: {correct} of {graph.N} points are right")


if __name__ == "__main__":
    main()
