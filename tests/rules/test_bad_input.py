"""Mistakes with tensors: each raises a class of errors.py whose text tells what to do.

Idea: the mistake, the class, and a part of the text that names what was given or what to try.
Not here: TensorData's own (tests/course/test_module2_tensor_data.py), data sets, checkpoints.
Read next: minitorch/errors.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import (
    BACKENDS,
    BackendError,
    ConfigError,
    DtypeError,
    Function,
    GradientError,
    IndexingError,
    MinitorchError,
    ShapeError,
    Tensor,
    ViewError,
    tensor,
    zeros,
)
from minitorch.config import read_config


def ints(*numbers: Any) -> Tensor:
    return tensor(list(numbers)).type("int64")


def matrix() -> Tensor:
    return tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


MISTAKES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "add shapes": (
        lambda: matrix() + tensor([1.0, 2.0]),
        IndexingError,
        "Shapes (2, 3) and (2,) do not broadcast: sizes 3 and 2 at dim -1; they must be equal, "
        "or one of them 1.",
    ),
    "mul shapes": (lambda: matrix() * zeros((3, 3)), IndexingError, "(2, 3) and (3, 3)"),
    "add a string": (
        lambda: matrix() + "x",
        DtypeError,
        "Expected a Tensor or a number, got str. Make a tensor of it with minitorch.tensor(...).",
    ),
    "add a list": (lambda: matrix().__add__([1.0, 2.0, 3.0]), DtypeError, "got list"),
    "multiply an array": (lambda: matrix() * np.ones(3), DtypeError, "got ndarray"),
    "an array times": (lambda: np.ones(3) * matrix(), DtypeError, "got ndarray"),
    "an array compared": (lambda: np.ones(3) < matrix(), DtypeError, "got ndarray"),
    "an array of a list": (lambda: minitorch.from_numpy([1.0]), DtypeError, "list"),  # type: ignore[arg-type]
    "matmul inner": (
        lambda: matrix() @ matrix(),
        ShapeError,
        "matrix_multiply of shapes (2, 3) and (2, 3): expected (.., n, k) @ (.., k, m). "
        "Use view or permute to bring the inner sizes together.",
    ),
    "matmul rank": (lambda: matrix() @ tensor([1.0, 2.0, 3.0]), ShapeError, "(2, 3) and (3,)"),
    "matmul number": (lambda: matrix() @ 2.0, ShapeError, "(2, 3) and (1,)"),
    "matmul batch": (
        lambda: zeros((2, 3, 4)) @ zeros((3, 4, 5)),
        IndexingError,
        "Shapes (2,) and (3,) do not broadcast",
    ),
    "index range": (
        lambda: matrix()[2, 0],
        IndexingError,
        "Index (2, 0) is out of range for shape (2, 3): 2 at dim 0 of size 2.",
    ),
    "index negative": (
        lambda: matrix()[0, -1],
        IndexingError,
        "Negative indices are not supported",
    ),
    "index arity": (
        lambda: matrix()[0],
        IndexingError,
        "has 1 entries for shape (2, 3); expected 2",
    ),
    "set range": (lambda: matrix().__setitem__((0, 3), 1.0), IndexingError, "3 at dim 1 of size 3"),
    "view strided": (
        lambda: matrix().permute(1, 0).view(6),
        ViewError,
        "it is not contiguous. Call .contiguous().view(6,).",
    ),
    "view size": (lambda: matrix().view(4), ShapeError, "view(4,) of shape (2, 3): 6 numbers"),
    "permute": (lambda: matrix().permute(0, 0), IndexingError, "permute(0, 0) of shape (2, 3)"),
    "expand": (
        lambda: matrix().expand_to((1, 3)),
        IndexingError,
        "(2, 3) does not expand to (1, 3)",
    ),
    "item": (lambda: matrix().item(), ShapeError, "item() of a tensor with shape (2, 3): it has 6"),
    "sum dim": (lambda: matrix().sum(2), IndexingError, "dim 2 of a tensor with shape (2, 3)"),
    "max dim": (lambda: minitorch.max(matrix(), -1), IndexingError, "dim -1 of a tensor"),
    "softmax dim": (lambda: minitorch.softmax(matrix(), 2), IndexingError, "dim 2 of a tensor"),
    "logsoftmax dim": (lambda: minitorch.logsoftmax(matrix(), 2), IndexingError, "dim 2 of a te"),
    "argmax dim": (lambda: minitorch.argmax(matrix(), 2), IndexingError, "dim 2 of a tensor"),
    "argmax empty": (
        lambda: minitorch.argmax(zeros((2, 0)), 1),
        ShapeError,
        "argmax over dim 1 of shape (2, 0): the dim is empty.",
    ),
    "neg of bool": (
        lambda: -matrix().type("bool"),
        DtypeError,
        "neg of a bool tensor; it takes uint8, int8, int16, int32, int64, float32, float64. "
        "Convert it with .type(...) first.",
    ),
    "truth of several": (lambda: bool(matrix() == matrix()), ShapeError, "(2, 3)"),
    "gradients of whole numbers": (
        lambda: ints(1).requires_grad_(True),
        DtypeError,
        "only floats have gradients. Use .type('float64') first.",
    ),
    "rand dtype": (lambda: minitorch.rand((2,), dtype="int64"), DtypeError, "int64"),
    "shape of one number": (lambda: zeros(3), ShapeError, "3"),  # type: ignore[arg-type]
    "shape of fractions": (lambda: zeros((2.5,)), ShapeError, "2.5"),  # type: ignore[arg-type]
    "shape below zero": (lambda: zeros((2, -1)), ShapeError, "(2, -1)"),
    "tensor of words": (lambda: tensor(["one"]), DtypeError, "one"),
    "tensor of nothing": (lambda: tensor(None), DtypeError, "None"),
    "dtype": (
        lambda: matrix().type("complex64"),
        DtypeError,
        "dtype 'complex64' is not stored here; expected one of bool, uint8, int8, int16, int32, "
        "int64, float16, bfloat16, float32, float64.",
    ),
    "array dtype": (
        lambda: minitorch.from_numpy(np.zeros(2, np.complex128)),
        DtypeError,
        "complex128",
    ),
    "gather dtype": (
        lambda: minitorch.Gather.apply(matrix(), 1, matrix()),
        DtypeError,
        "An index tensor holds int64, not float64. Use index.type('int64').",
    ),
    "gather rank": (
        lambda: minitorch.Gather.apply(matrix(), 1, ints(0)),
        ShapeError,
        "gather along dim 1 of shape (2, 3) by an index of shape (1,)",
    ),
    "gather size": (
        lambda: minitorch.Gather.apply(matrix(), 1, ints([0], [0], [0])),
        IndexingError,
        "the index has 3 entries at dim 0 of size 2",
    ),
    "gather range": (
        lambda: minitorch.Gather.apply(matrix(), 1, ints([0, 2, 3])),
        IndexingError,
        "Index 3 is out of range for dim 1 of size 3; expected 0..2.",
    ),
    "gather negative": (
        lambda: minitorch.Gather.apply(matrix(), 1, ints([0, -1])),
        IndexingError,
        "Index -1 is out of range for dim 1 of size 3",
    ),
    "scatter range": (
        lambda: minitorch.ScatterAdd.apply(matrix(), 1, ints([0, 1, 2], [0, 1, 4]), 3),
        IndexingError,
        "Index 4 is out of range for dim 1 of size 3",
    ),
    "scatter shape": (
        lambda: minitorch.ScatterAdd.apply(matrix(), 1, ints([0, 1]), 3),
        ShapeError,
        "scatter of shape (2, 3) by an index of shape (1, 2)",
    ),
    "embedding dtype": (
        lambda: minitorch.embedding(matrix(), tensor([0.0])),
        DtypeError,
        "embedding ids of dtype float64; use ids.type('int64').",
    ),
    "embedding range": (
        lambda: minitorch.embedding(matrix(), ints(0, 2)),
        IndexingError,
        "Index 2 is out of range for dim 0 of size 2",
    ),
    "embedding rank": (lambda: minitorch.embedding(tensor([1.0]), ints(0)), ShapeError, "(1,)"),
    "nll shape": (
        lambda: minitorch.nll_loss(matrix(), ints(0)),
        ShapeError,
        "nll_loss of log probabilities (2, 3) and targets (1,): expected (N, classes) and (N,).",
    ),
    "nll range": (
        lambda: minitorch.nll_loss(matrix(), ints(0, 3)),
        IndexingError,
        "Index 3 is out of range for dim 1 of size 3",
    ),
    "nll dtype": (lambda: minitorch.nll_loss(matrix(), tensor([0, 1])), DtypeError, "int64"),
    "pool rank": (
        lambda: minitorch.avgpool2d(matrix(), (1, 1)),
        ShapeError,
        "Pooling of shape (2, 3) by (1, 1): expected (batch, channels, height, width) with height "
        "and width multiples of the kernel",
    ),
    "pool size": (lambda: minitorch.maxpool2d(zeros((1, 1, 4, 4)), (3, 2)), ShapeError, "(3, 2)"),
    "tile zero": (lambda: minitorch.tile(zeros((1, 1, 4, 4)), (0, 2)), ShapeError, "(0, 2)"),
    "conv1d rank": (
        lambda: minitorch.conv1d(matrix(), zeros((1, 1, 1))),
        ShapeError,
        "conv1d of input (2, 3) and weight (1, 1, 1): expected (batch, channels, length) and "
        "(out channels, channels / groups, kernel length)",
    ),
    "conv2d channels": (
        lambda: minitorch.conv2d(zeros((1, 2, 4, 4)), zeros((1, 3, 2, 2))),
        ShapeError,
        "conv2d of input (1, 2, 4, 4) and weight (1, 3, 2, 2)",
    ),
    "convolution fit": (
        lambda: minitorch.convolution(zeros((1, 1, 2, 2)), zeros((1, 1, 3, 3))),
        ShapeError,
        "A kernel of (3, 3) with dilation (1, 1) does not fit into an image of (2, 2)",
    ),
    "convolution stride": (
        lambda: minitorch.convolution(zeros((1, 1, 2, 2)), zeros((1, 1, 1, 1)), stride=0),
        ShapeError,
        "stride and dilation start at 1, padding at 0.",
    ),
    "convolution groups": (
        lambda: minitorch.convolution(zeros((1, 4, 2, 2)), zeros((3, 2, 1, 1)), groups=2),
        ShapeError,
        "groups=2 dividing both channel counts",
    ),
    "cross entropy shapes": (
        lambda: minitorch.cross_entropy(matrix(), ints(0)),
        ShapeError,
        "cross_entropy of logits (2, 3) and targets (1,): expected (N, classes) and (N,).",
    ),
    "cross entropy of a vector": (
        lambda: minitorch.cross_entropy(tensor([1.0, 2.0]), ints(0, 1)),
        ShapeError,
        "cross_entropy of logits (2,) and targets (2,): expected (N, classes) and (N,).",
    ),
    "cross entropy class": (
        lambda: minitorch.cross_entropy(matrix(), ints(0, 3)),
        IndexingError,
        "Index 3 is out of range for dim 1 of size 3; expected 0..2.",
    ),
    "cross entropy dtype": (
        lambda: minitorch.cross_entropy(matrix(), tensor([0, 1])),
        DtypeError,
        "int64",
    ),
    "gelu approximation": (
        lambda: minitorch.gelu(matrix(), "sigmoid"),
        ConfigError,
        "gelu with approximate='sigmoid': expected 'none' or 'tanh'.",
    ),
    "layernorm weight": (
        lambda: minitorch.layernorm(matrix(), zeros((2,))),
        ShapeError,
        "layernorm of shape (2, 3) with weight (2,): expected (.., D) and (D,).",
    ),
    "layernorm bias": (
        lambda: minitorch.layernorm(matrix(), None, zeros((1, 3))),
        ShapeError,
        "layernorm of shape (2, 3) with bias (1, 3): expected (.., D) and (D,).",
    ),
    "layernorm without dims": (
        lambda: minitorch.layernorm(zeros(())),
        ShapeError,
        "layernorm of shape (): expected (.., D) and (D,).",
    ),
    "dropout rate": (
        lambda: minitorch.dropout(matrix(), 1.5),
        ConfigError,
        "dropout rate 1.5: expected a number from 0 to 1.",
    ),
    "ragged": (lambda: tensor([[1.0], [1.0, 2.0]]), ShapeError, "ragged list"),
    "seed": (lambda: minitorch.manual_seed(-1), ConfigError, "seed=-1: expected an integer from 0"),
    "backend variable": (
        lambda: read_config({"MINITORCH_BACKEND": "quick"}),
        ConfigError,
        "MINITORCH_BACKEND='quick' is not known; expected one of simple, fast",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_explains_itself(name: str) -> None:
    call, kind, text = MISTAKES[name]
    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, MinitorchError)
    assert text in str(caught.value)


@pytest.mark.parametrize("name", ["add shapes", "gather range", "scatter range", "argmax empty"])
def test_both_backends_explain_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call, kind, text = MISTAKES[name]
    monkeypatch.setattr(sys.modules["minitorch.tensor"], "DEFAULT_BACKEND", BACKENDS["fast"])
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


# Backward passes that cannot be done.


def leaf(*numbers: float) -> Tensor:
    return tensor(list(numbers), requires_grad=True)


def test_backward_of_a_constant() -> None:
    with pytest.raises(GradientError) as caught:
        tensor([1.0]).backward()
    assert str(caught.value) == (
        "backward() on a tensor that tracks no gradients. Call requires_grad_(True) on the inputs, "
        "or make them with requires_grad=True."
    )


def test_backward_of_several_numbers() -> None:
    with pytest.raises(GradientError) as caught:
        (leaf(1.0, 2.0) * 2.0).backward()
    assert str(caught.value) == (
        "backward() on a tensor of shape (2,): without grad_output it must hold one number. "
        "Call .sum().backward(), or pass a gradient of this shape."
    )


def test_backward_from_a_gradient_of_another_shape() -> None:
    with pytest.raises(ShapeError) as caught:
        (leaf(1.0, 2.0) * 2.0).backward(tensor([[1.0, 2.0]]))
    assert str(caught.value) == (
        "backward(grad_output of shape (1, 2)) on a tensor of shape (2,): the shapes must be equal."
    )


def test_backward_twice_through_a_freed_graph() -> None:
    x = leaf(1.0)
    y = x * x
    y.backward()
    with pytest.raises(GradientError) as caught:
        y.backward()
    assert "a second time (the first pass freed it)" in str(caught.value)
    assert "retain_graph=True" in str(caught.value)
    z = x * x
    z.backward(retain_graph=True)
    z.backward()


def test_backward_twice_through_a_shared_part() -> None:
    x = leaf(1.0)
    shared = x * x
    (shared * 2.0).backward()
    with pytest.raises(GradientError, match="freed"):
        (shared * 3.0).backward()


def function(forward: Any, backward: Any) -> type[Function]:
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Own", (Function,), members)


def test_too_many_gradients() -> None:
    own = function(lambda ctx, a: a * 1.0, lambda ctx, g: (g, g))
    with pytest.raises(GradientError) as caught:
        own.apply(leaf(1.0)).backward()
    assert str(caught.value) == (
        "Own.backward returned 2 gradient(s) for 1 argument(s) of forward. "
        "Return one for each, in their order."
    )


def test_too_few_gradients() -> None:
    own = function(lambda ctx, a, b: a * b, lambda ctx, g: g)
    with pytest.raises(GradientError, match=r"returned 1 gradient\(s\) for 2 argument\(s\)"):
        own.apply(leaf(1.0), leaf(2.0)).backward()


def test_a_gradient_of_a_wrong_shape() -> None:
    own = function(lambda ctx, a: a * 1.0, lambda ctx, g: tensor([1.0, 2.0, 3.0]))
    with pytest.raises(GradientError) as caught:
        own.apply(leaf(1.0, 2.0)).sum().backward()
    assert str(caught.value) == (
        "Own.backward returned a gradient of shape (3,) for argument 0 of shape (2,); "
        "return one of the argument's shape."
    )


def test_a_gradient_that_is_only_broadcast_is_summed() -> None:
    own = function(lambda ctx, a: a * 1.0, lambda ctx, g: tensor([[1.0, 2.0], [3.0, 4.0]]))
    x = leaf(1.0, 2.0)
    own.apply(x).sum().backward()
    assert x.grad.to_numpy().tolist() == [4.0, 6.0]


def test_forward_that_returns_no_tensor() -> None:
    own = function(lambda ctx, a: 3.0, lambda ctx, g: g)
    with pytest.raises(GradientError, match=r"Own.forward returned float; a Function returns a Te"):
        own.apply(leaf(1.0))


def test_saved_values_where_nothing_was_saved() -> None:
    own = function(lambda ctx, a: a * 1.0, lambda ctx, g: g * ctx.saved_values)
    with pytest.raises(GradientError, match=r"Call ctx.save_for_backward\(\.\.\.\) in forward"):
        own.apply(leaf(1.0)).backward()


def test_errors_are_also_the_builtin_kind() -> None:
    for kind, builtin in [
        (IndexingError, IndexError),
        (IndexingError, RuntimeError),
        (ShapeError, ValueError),
        (ViewError, RuntimeError),
        (DtypeError, TypeError),
        (GradientError, RuntimeError),
        (BackendError, ValueError),
    ]:
        assert issubclass(kind, builtin)
        assert issubclass(kind, MinitorchError)
