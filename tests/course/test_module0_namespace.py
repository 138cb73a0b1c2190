"""The flat namespace: what programs of every edition find under `minitorch`."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import minitorch

TYPES = [
    "Tensor", "TensorData", "TensorBackend", "Parameter", "Scalar", "Context", "ScalarFunction",
    "ScalarHistory", "History", "Variable", "FunctionBase", "Function", "Module", "SGD", "Graph",
    "FastOps", "SimpleOps", "TensorOps", "MathTest", "MathTestVariable", "Conv1dFun", "Conv2dFun",
    "Max", "IndexingError",
]  # fmt: skip
FUNCTIONS = [
    "argmax", "avgpool2d", "backpropagate", "broadcast_index", "central_difference", "conv1d",
    "conv2d", "derivative_check", "dropout", "grad_central_difference", "grad_check",
    "index_to_position", "is_constant", "logsoftmax", "make_tensor_backend", "max", "max_reduce",
    "maxpool2d", "prod", "rand", "shape_broadcast", "softmax", "strides_from_shape", "tensor",
    "tile", "to_index", "topological_sort", "unwrap_tuple", "wrap_tuple", "zeros",
]  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_types(name: str) -> None:
    assert inspect.isclass(getattr(minitorch, name))
    assert name in minitorch.__all__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    assert inspect.isfunction(getattr(minitorch, name))
    assert name in minitorch.__all__


@pytest.mark.parametrize("name", ["UserIndex", "UserShape", "MAX_DIMS", "datasets", "_tensor"])
def test_other_names(name: str) -> None:
    assert hasattr(minitorch, name)


def test_names_that_are_modules_too() -> None:
    """The function `tensor` and the dict `datasets`, also once their modules were imported."""
    probe = (
        "import minitorch.tensor, minitorch.datasets, minitorch.scalar, minitorch\n"
        "from minitorch.tensor import Tensor\n"
        "assert callable(minitorch.tensor) and not hasattr(minitorch.tensor, 'Tensor')\n"
        "assert minitorch.tensor([1.0]).shape == (1,)\n"
        "assert sorted(minitorch.datasets)[0] == 'Circle'\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", probe], check=True)


@pytest.mark.parametrize("name", ["operators", "tensor_data", "fast_ops"])
def test_submodules_are_attributes(name: str) -> None:
    assert inspect.ismodule(getattr(minitorch, name))
    assert sys.modules[f"minitorch.{name}"] is getattr(minitorch, name)


def test_names_that_two_modules_have() -> None:
    assert minitorch.prod is minitorch.operators.prod
    assert minitorch.max is not minitorch.operators.max
    assert minitorch.max(minitorch.tensor([[1.0, 3.0]]), 1)[0, 0] == 3.0


def test_importing_minitorch_is_importing_numba_cuda() -> None:
    """The course's test files say `import numba` and go on with `numba.cuda.is_available()`."""
    probe = "import minitorch, numba; print(numba.cuda.is_available())"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("True", "False")


def test_version_is_that_of_the_edition() -> None:
    assert minitorch.version == "0.2"


def test_scalar_functions_have_two_homes() -> None:
    """One edition keeps them in `scalar`, the later ones in `scalar_functions`."""
    for name in ("Add", "Log", "Mul", "Inv", "Neg", "Sigmoid", "ReLU", "Exp", "LT", "EQ"):
        function = getattr(sys.modules["minitorch.scalar_functions"], name)
        assert getattr(sys.modules["minitorch.scalar"], name) is function
        assert issubclass(function, minitorch.ScalarFunction)


def test_history_has_two_names() -> None:
    assert issubclass(minitorch.ScalarHistory, minitorch.History)
