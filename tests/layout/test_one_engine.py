"""One engine: no NumPy arithmetic touches tensor data outside a short named list.

Idea: the engine may use NumPy to hold memory (make, view, copy, convert); what computes
    is an operator, lifted. So each `np.NAME` of the engine's files is either in `HOLDS_MEMORY`
    or in `COMPUTES`, which says where and why.
Not here: that the operators are really what runs; tests/rules replaces one and looks.
Read next: test_layers.py
"""

from __future__ import annotations

import ast

import numpy as np
import pytest

from .house import MODULES, SourceFile

# Rooms above the engine; they prepare inputs and show results, and hold no tensor data.
ROOMS = ("data", "train", "bench", "cli", "app", "lab")
ENGINE = [
    file
    for file in MODULES
    if file.name.split(".")[1:2] not in [[room] for room in ROOMS] and "numpy" in file.source
]

# Names of NumPy that make, view, copy, convert, describe or type an array, and compute nothing.
HOLDS_MEMORY = frozenset(
    {
        *("array", "asarray", "ascontiguousarray", "frombuffer", "copyto", "broadcast_to", "lib"),
        *(
            "from_dlpack",
            "empty",
            "empty_like",
            "full",
            "ones",
            "zeros",
            "ndarray",
            "ndindex",
            "shape",
        ),
        *("can_cast", "dtype", "errstate", "finfo", "iinfo", "promote_types", "result_type"),
        *("__version__", "bool", "bool_", "floating", "generic", "integer", "number", "typing"),
        *("int8", "int16", "int32", "int64", "intp", "uint8", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    }
)

# Where NumPy computes, and why that is not a second engine.
COMPUTES: dict[str, dict[str, str]] = {
    "minitorch/capture/step.py": {
        "allclose": "compares a replay with the step itself, once",
        "random": "only looks whether a step draws from it",
    },
    "minitorch/factor_loops.py": {
        "linalg": "LAPACK, as fast_ops has BLAS",
        "broadcast_shapes": "a shape, out of shapes",
        "nan": "what a system without a solution gives",
    },
    "minitorch/fast_ops.py": {
        "dot": "BLAS, a shortcut that MINITORCH_SHORTCUTS=0 takes away",
        "matmul": "the same for batches of matrices",
        "seterr": "how NumPy takes inf and nan, once per thread",
    },
    "minitorch/order_loops.py": {"arange": "the positions along a dim"},
    "minitorch/arranging.py": {
        "concatenate": "a copy of all parts",
        "expand_dims": "a view with one more dim",
    },
    "minitorch/index_loops.py": {"arange": "the positions of the cells of a storage"},
    "minitorch/scattering.py": {"arange": "the places of an index itself"},
    "minitorch/ordering.py": {
        "arange": "the positions along a dim",
        "argsort": "an order of the numbers, which are then gathered by it",
        "nonzero": "the places of what is not zero",
        "repeat": "positions repeated, as counts say",
        "searchsorted": "where a number goes into an order",
        "unique": "which numbers differ",
    },
    "minitorch/strided.py": {"arange": "positions in a storage"},
    "minitorch/torch/interop.py": {"arange": "a source of values, before any tensor exists"},
    "minitorch/tensor.py": {"arange": "a source of values, before any tensor exists"},
    "minitorch/tensor_functions.py": {"argsort": "the inverse of a permutation of dims"},
    "minitorch/tensor_ops.py": {"prod": "the number of cells, out of a shape"},
}

# An attribute with one of these names is tensor data; arithmetic on it whole is an op in disguise.
STORAGE = {"_storage", "storage", "array"}
# Functions of NumPy's that are also methods of its arrays.
ARRAY_METHODS = {
    "all", "any", "argmax", "argmin", "argsort", "choose", "clip", "cumprod", "cumsum", "dot",
    "max", "mean", "min", "prod", "ptp", "put", "round", "searchsorted", "sort", "std", "sum",
    "take", "trace", "var",
}  # fmt: skip


def numpy_names(file: SourceFile) -> dict[str, list[int]]:
    """Each name of NumPy that a file uses, with the lines."""
    aliases = {
        alias.asname or "numpy"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "numpy"
    }
    used: dict[str, list[int]] = {}
    for node in ast.walk(file.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in aliases:
                used.setdefault(name, []).append(node.lineno)
            case ast.ImportFrom(module="numpy", names=names):
                for alias in names:
                    used.setdefault(alias.name, []).append(node.lineno)
            case ast.ImportFrom(module=str(module)) if module.startswith("numpy."):
                used.setdefault(module.split(".")[1], []).append(node.lineno)
            case _:
                pass
    return used


def is_storage(node: ast.expr) -> bool:
    """Whether an expression is the storage of a tensor, or a slice of it."""
    while isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Name | ast.Constant):
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr in STORAGE


@pytest.mark.parametrize("file", ENGINE, ids=lambda file: file.place)
def test_numpy_only_holds_memory(file: SourceFile) -> None:
    allowed = HOLDS_MEMORY | set(COMPUTES.get(file.place, ()))
    computing = {name: lines for name, lines in numpy_names(file).items() if name not in allowed}
    assert not computing, (
        f"{file.place} computes with NumPy: {computing} (name: lines). Lift an operator instead; "
        "or, if it touches no tensor data, name it in COMPUTES with the reason"
    )


@pytest.mark.parametrize("file", ENGINE, ids=lambda file: file.place)
def test_no_arithmetic_on_whole_storages(file: SourceFile) -> None:
    found: list[int] = []
    for node in ast.walk(file.tree):
        match node:
            case ast.BinOp(left=left, right=right):
                operands = [left, right]
            case ast.UnaryOp(operand=operand):
                operands = [operand]
            case ast.AugAssign(target=target, value=value):
                operands = [target, value]
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in ARRAY_METHODS:
                operands = [value]
            case _:
                continue
        if any(is_storage(operand) for operand in operands):
            found.append(node.lineno)
    assert not found, f"{file.place}: arithmetic on a whole storage on lines {found}"


def test_no_ufunc_counts_as_memory() -> None:
    """The list of what computes nothing holds no ufunc and no arithmetic by oversight."""
    for name in HOLDS_MEMORY:
        assert not isinstance(getattr(np, name), np.ufunc), name
    assert not HOLDS_MEMORY & (
        ARRAY_METHODS | {"matmul", "einsum", "tensordot", "where", "convolve"}
    )


def test_computing_names_are_used_and_reasoned() -> None:
    places = {file.place: file for file in ENGINE}
    for place, names in COMPUTES.items():
        unused = set(names) - set(numpy_names(places[place]))
        assert not unused, f"{place} no longer uses {unused}; drop it from COMPUTES"
        assert all(len(reason.split()) >= 3 for reason in names.values()), place
