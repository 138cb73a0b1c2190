"""Tensors for the tests of Modules 2 to 4: small shapes, and every way numbers can lie in memory.

Idea: a tensor is built from a NumPy view of a larger array, so no op of the library has to work
    for the tests of another to run.
Not here: the table of ops (tests/rules/samples.py).
Read next: test_module2_indexing.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

import minitorch
from minitorch import Tensor, TensorData
from minitorch.tensor_data import Cell

Array = npt.NDArray[Any]

LAYOUTS = ("contiguous", "permuted", "sliced", "expanded")
BACKENDS = minitorch.BACKENDS
JUNK = 77.0  # lies between the numbers of a sliced tensor, and must never be read or written


def shapes(min_dims: int = 1, max_dims: int = 3, max_side: int = 3) -> st.SearchStrategy[Any]:
    """Shapes with sizes from 1."""
    return nps.array_shapes(min_dims=min_dims, max_dims=max_dims, max_side=max_side)


def numbers(low: float = -100.0, high: float = 100.0) -> st.SearchStrategy[float]:
    """Floats that no op of the course turns into inf or nan."""
    return st.floats(low, high, allow_subnormal=False)


def arrays(shape: Any = None, low: float = -100.0, high: float = 100.0) -> st.SearchStrategy[Array]:
    """Float64 arrays of a shape, or of any small one."""
    return nps.arrays(
        np.float64,
        shapes() if shape is None else shape,
        elements=numbers(low, high),
        fill=st.nothing(),
    )


def view_of(base: Array, view: Array) -> TensorData:
    """TensorData with the shape, strides and offset of a NumPy view of a contiguous array."""
    width = base.itemsize
    offset = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // width
    strides = tuple(step // width for step in view.strides)
    return TensorData(Cell(base.reshape(-1)), view.shape, strides, offset)


def laid(array: Array, layout: str, backend: Any = None, requires_grad: bool = False) -> Tensor:
    """The numbers of an array, lying in memory in one of LAYOUTS.

    "expanded" repeats the first number of the last dim, so its numbers are others.
    """
    base = np.array(array, order="C")
    view = base
    if layout == "permuted":
        base = np.array(array.T, order="C")
        view = base.T
    elif layout == "sliced" and array.ndim:
        base = np.full([2 * n + 1 for n in array.shape], JUNK).astype(array.dtype)
        view = base[(slice(1, None, 2),) * array.ndim]
        view[...] = array
    elif layout == "expanded" and array.ndim:
        base = np.array(array[..., :1], order="C")
        view = np.broadcast_to(base, array.shape)
    out = Tensor(view_of(base, view), backend=backend or minitorch.SimpleBackend)
    out.requires_grad_(requires_grad)
    return out


def values(a: Tensor) -> Array:
    """A copy of the numbers of a tensor."""
    return np.array(a.to_numpy())


def random_array(*shape: int, seed: int = 0, dtype: str = "float64") -> Array:
    """Numbers from -1 to 1, the same at every call."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape).astype(dtype)


def numerical_gradient(f: Any, *arrays: Array, arg: int = 0, epsilon: float = 1e-6) -> Array:
    """The gradient of f(*arrays), a number, in one argument: central differences, cell by cell."""
    gradient = np.zeros(arrays[arg].shape)
    for index in np.ndindex(gradient.shape):
        up, down = [[np.array(a) for a in arrays] for _ in range(2)]
        up[arg][index] += epsilon
        down[arg][index] -= epsilon
        gradient[index] = (f(*up) - f(*down)) / (2 * epsilon)
    return gradient
