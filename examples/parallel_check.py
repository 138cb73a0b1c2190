"""Show which loops of the fast backend the compiler runs on all cores.

Idea: a loop over `prange` is an offer; Numba's diagnostics say what became of it. A loop stays
    serial where it stands inside another parallel one, whose iterations are shared out already.
Not here: the loops (minitorch/fast_ops.py); how much faster they are (minitorch/bench/).
Read next: run_mlp.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from numba import njit

import minitorch
from minitorch import FastBackend, fast_ops, operators


def compiled_loops() -> dict[str, Any]:
    """The four loops of the course, each called once, so that it is compiled."""
    out, a, b = (minitorch.rand((3, 4), backend=FastBackend) for _ in range(3))
    tensor_map = fast_ops.tensor_map(njit(operators.id))
    tensor_map(*out.tuple(), *a.tuple())

    tensor_zip = fast_ops.tensor_zip(njit(operators.add))
    tensor_zip(*out.tuple(), *a.tuple(), *b.tuple())

    tensor_reduce = fast_ops.tensor_reduce(njit(operators.add))
    sums = minitorch.zeros((3, 1), backend=FastBackend)
    tensor_reduce(*sums.tuple(), *a.tuple(), 1)

    tensor_matrix_multiply = fast_ops.tensor_matrix_multiply
    x = minitorch.rand((1, 3, 4), backend=FastBackend)
    y = minitorch.rand((1, 4, 3), backend=FastBackend)
    product = minitorch.zeros((1, 3, 3), backend=FastBackend)
    tensor_matrix_multiply(*product.tuple(), *x.tuple(), *y.tuple())
    return {
        "MAP": tensor_map,
        "ZIP": tensor_zip,
        "REDUCE": tensor_reduce,
        "MATRIX MULTIPLY": tensor_matrix_multiply,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Show which loops run on all cores.")
    parser.add_argument(
        "--level", type=int, choices=(1, 2, 3, 4), help="also print Numba's text at this level"
    )
    options = parser.parse_args(arguments)

    for name, loop in compiled_loops().items():
        print(name)
        for row in minitorch.parallel_report(loop):
            way = "on all cores" if row.parallel else "serial, inside another parallel loop"
            print(f"  line {row.line}: {row.source}  -> {way}")
        if options.level:
            loop.parallel_diagnostics(level=options.level)


if __name__ == "__main__":
    main()
