"""How many kernels a program becomes, what they write, and what is computed once more.

Idea: a launched kernel is a pass over memory; so counts of them, and of their outputs, are what
    fusion is about. They are exact here, and no time is measured.
Not here: that the numbers are right (test_graphs.py).
Read next: test_exposure.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import BACKENDS, SGD, Adam, Parameter, Tensor, from_numpy, nn, rules
from minitorch.tensor_functions import row_function

from .running import Record, is_pending, leaf, numbers

FUSED = BACKENDS["fused"]
Tanh, Sqrt = row_function(rules.tanh), row_function(rules.sqrt)


def rms_norm(x: Tensor) -> Tensor:
    """A normalisation that the library does not have."""
    return x / Sqrt.apply((x * x).mean(x.dims - 1) + 1e-6)


def sharpened(x: Tensor) -> Tensor:
    """Another, with a softmax of a normalised row inside."""
    centred = x - x.mean(1)
    return nn.softmax(centred * centred, 1) * Tanh.apply(x)


def logits_loss(x: Tensor) -> Tensor:
    targets = from_numpy(np.arange(x.shape[0]) % x.shape[1], FUSED)
    return nn.cross_entropy(x, targets)


LAYERS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda x: nn.softmax(x, 1),
    "logsoftmax": lambda x: nn.logsoftmax(x, 1),
    "layernorm": nn.layernorm,
    "gelu": nn.gelu,
    "gelu-tanh": lambda x: nn.gelu(x, "tanh"),
    "dropout": lambda x: nn.dropout(x, 0.3),
    "cross-entropy": logits_loss,
    "maxpool": lambda x: nn.maxpool2d(x.view(1, 1, *x.shape), (2, 2)),
    "rms-norm": rms_norm,
    "sharpened": sharpened,
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_one_kernel_forward_and_one_backward(name: str, uncompiled: Record) -> None:
    for turn in range(3):  # as it is recorded at first, and as it is met again
        x = leaf(4, 6, seed=turn)
        out = LAYERS[name](x)
        uncompiled.clear()
        numbers(out)
        assert len(uncompiled.launched) == 1, "forward"
        uncompiled.clear()
        out.backward(leaf(*out.shape, seed=5, grad=False))
        numbers(x.grad)
        assert len(uncompiled.launched) == 1, "backward"


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_seen_again_is_planned_no_more(name: str, uncompiled: Record) -> None:
    for turn in range(4):
        x = leaf(4, 6, seed=turn)
        out = LAYERS[name](x)
        out.backward(leaf(*out.shape, seed=5, grad=False))
        numbers(x.grad)
        if turn == 1:
            uncompiled.clear()
    assert uncompiled.launched
    assert not uncompiled.made


def test_ten_ops_are_one_kernel(uncompiled: Record) -> None:
    x = leaf(5)
    y = x
    for k in range(5):
        y = Tanh.apply(y * (k + 0.5))
    uncompiled.clear()
    numbers(y)
    assert len(uncompiled.launched) == 1
    assert uncompiled.launched[0].text.count("tanh(") == 5


def test_a_reduction_of_a_reduction_is_one_kernel(uncompiled: Record) -> None:
    x = leaf(3, 4, 5, grad=False)
    uncompiled.clear()
    numbers(((x * x).sum(2).sum(1) + 1.0).sum())
    assert len(uncompiled.launched) == 1


# Optimisers.


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_one_kernel_steps_all_parameters_whatever_their_shapes(
    kind: Any, uncompiled: Record
) -> None:
    parameters = [Parameter(leaf(*shape)) for shape in ((4, 3), (3,), (2, 2, 2))]
    optimiser = kind(parameters, lr=0.1)
    for _ in range(3):
        uncompiled.clear()
        for parameter in parameters:
            parameter.value.derivative = leaf(*parameter.value.shape, grad=False)
        optimiser.step()
        for parameter in parameters:
            numbers(parameter.value)
        assert len(uncompiled.launched) <= len(parameters)
        assert len({kernel.text for kernel in uncompiled.launched}) == 1


def test_adam_steps_with_changing_rates_make_nothing_after_the_second(
    uncompiled: Record,
) -> None:
    """Rates, powers of the decays and slopes are arguments of a kernel, not part of it."""
    parameter = Parameter(leaf(7))
    optimiser = Adam([parameter], lr=0.1)
    for step in range(1000):
        parameter.value.derivative = leaf(7, seed=step % 3, grad=False)
        optimiser.lr = 0.1 / (1 + step)
        optimiser.step()
        numbers(parameter.value)
        if step == 1:
            uncompiled.clear()
    assert not uncompiled.made
    assert len(uncompiled.launched) >= 998


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_step_writes_into_arrays_that_it_read(kind: Any, uncompiled: Record) -> None:
    parameter = Parameter(leaf(64))
    optimiser = kind([parameter], lr=0.1)
    for _ in range(4):
        uncompiled.clear()
        parameter.value.derivative = leaf(64, grad=False)
        before = {it._tensor.cell.array.ctypes.data for it in held(parameter, optimiser)}
        before.add(parameter.value.derivative._tensor.cell.array.ctypes.data)
        optimiser.step()
        after = {it._tensor.cell.array.ctypes.data for it in held(parameter, optimiser)}
    assert after <= before
    assert len(after) == 1 + len(optimiser.state[0])


def held(parameter: Parameter, optimiser: Any) -> list[Tensor]:
    return [parameter.value, *optimiser.state[0].values()]


# What is written, and what is computed once more.


def test_what_nobody_holds_is_not_written(uncompiled: Record) -> None:
    x = leaf(5, grad=False)
    y = Tanh.apply(Tanh.apply(x)) * 2.0
    numbers(y)
    assert [len(kernel.outputs) for kernel in uncompiled.launched[-1:]] == [1]


def test_what_somebody_holds_and_is_dear_is_written_along(uncompiled: Record) -> None:
    x = leaf(5, grad=False)
    held = x
    for _ in range(5):
        held = Tanh.apply(held)  # dearer than RECOMPUTE
    y = held * 2.0
    uncompiled.clear()
    numbers(y)
    assert [len(kernel.outputs) for kernel in uncompiled.launched] == [2]
    assert not is_pending(held), "it was written by the same kernel"
    numbers(held)
    assert len(uncompiled.launched) == 1


def test_what_only_the_graph_holds_and_is_cheap_is_computed_once_more(
    uncompiled: Record,
) -> None:
    x = leaf(5)
    y = Tanh.apply(x) * 2.0  # the graph keeps the tanh for the way back
    uncompiled.clear()
    numbers(y)
    assert [len(kernel.outputs) for kernel in uncompiled.launched] == [1]
    y.sum().backward()
    numbers(x.grad)
    assert "tanh(" in uncompiled.launched[-1].text


def test_what_only_the_graph_holds_and_is_dear_is_written(uncompiled: Record) -> None:
    x = leaf(5)
    y = x
    for _ in range(6):
        y = Tanh.apply(y)
    y = y * 2.0
    uncompiled.clear()
    numbers(y)
    assert len(uncompiled.launched) == 1
    assert len(uncompiled.launched[0].outputs) > 1


def test_a_reduction_that_the_graph_keeps_is_written_not_folded_again(
    uncompiled: Record,
) -> None:
    x = leaf(4, 6)
    out = nn.softmax(x, 1)
    numbers(out)
    uncompiled.clear()
    (out * leaf(4, 6, seed=3, grad=False)).sum().backward()
    numbers(x.grad)
    text = "".join(kernel.text for kernel in uncompiled.launched)
    assert "max_over" not in text
    assert "exp(" not in text, "softmax is read as it was written"


def test_a_reduction_that_two_expressions_wait_for_is_folded_once(uncompiled: Record) -> None:
    total = leaf(4, 6, grad=False).sum(1)
    twice, thrice = total * 2.0, total * 3.0
    del total
    uncompiled.clear()
    numbers(twice)
    numbers(thrice)
    assert ["add_up(" in kernel.text for kernel in uncompiled.launched] == [True, False]
