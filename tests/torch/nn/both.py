"""One layer in both libraries: built alike, given the same state and inputs, compared.

Idea: a case names a class of torch.nn, its arguments, and the shapes of its inputs. Real PyTorch
    is the oracle of repr, of the keys of the state, of outputs and of gradients.
Not here: the cases (test_layers.py).
Read next: test_layers.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

torch = pytest.importorskip("torch")


def to_ours(tree: Any) -> Any:
    """Tensors of PyTorch's, in any nest of tuples, as ours."""
    if isinstance(tree, torch.Tensor):
        made = ours.tensor(tree.detach().numpy())
        return made.requires_grad_() if tree.requires_grad else made
    if isinstance(tree, tuple | list):
        return type(tree)(map(to_ours, tree))
    return tree


def to_numpy(tensor: Any) -> Any:
    return np.array(tensor.detach().numpy())


def assert_alike(mine: Any, theirs: Any, tolerance: float = 1e-5, where: str = "output") -> None:
    """The same structure of tensors, with the same shapes, dtypes and nearly the same numbers."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(mine, ours.Tensor), f"{where}: {type(mine)}"
        assert tuple(mine.shape) == tuple(theirs.shape), where
        assert str(mine.dtype) == str(theirs.dtype), where
        a, b = to_numpy(mine), to_numpy(theirs)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=where)
    elif isinstance(theirs, tuple | list):
        assert len(mine) == len(theirs), where
        for number, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            assert_alike(a, b, tolerance, f"{where}[{number}]")
    else:
        assert mine == theirs, where


def float_leaves(tree: Any) -> list[Any]:
    if isinstance(tree, tuple | list):
        return [leaf for part in tree for leaf in float_leaves(part)]
    is_float = hasattr(tree, "is_floating_point") and tree.is_floating_point()
    return [tree] if is_float else []


@dataclass
class Case:
    """A layer: its class in torch.nn, its arguments, and its inputs as shapes or functions."""

    name: str
    args: tuple[Any, ...] = ()
    inputs: tuple[Any, ...] = ((2, 3),)
    kwargs: dict[str, Any] = field(default_factory=dict)
    tolerance: float = 2e-5
    train: bool = True

    @property
    def label(self) -> str:
        given = [*map(str, self.args), *(f"{k}={v}" for k, v in self.kwargs.items())]
        return f"{self.name}({','.join(given)})".replace(" ", "")

    def build(self, nn: Any, shown: Callable[[Any], Any] = lambda x: x) -> Any:
        args = tuple(shown(arg) for arg in self.args)
        kwargs = {key: shown(value) for key, value in self.kwargs.items()}
        return getattr(nn, self.name)(*args, **kwargs).train(self.train)

    def draw(self) -> tuple[Any, ...]:
        """Inputs of PyTorch's: a shape is filled with normal numbers, and followed."""
        return tuple(_drawn(given) for given in self.inputs)


def _drawn(given: Any) -> Any:
    if callable(given):
        return given()
    if isinstance(given, list):
        return tuple(_drawn(part) for part in given)
    if isinstance(given, tuple):
        return torch.randn(given, requires_grad=True)
    return given


def pair(case: Case) -> tuple[Any, Any]:
    """The layer in both libraries, ours with the state of PyTorch's."""
    torch.manual_seed(0)
    theirs = case.build(torch.nn)
    mine = case.build(ours.nn, to_ours)
    mine.load_state_dict({key: to_ours(value) for key, value in theirs.state_dict().items()})
    return mine, theirs


def compare(case: Case) -> None:
    """Repr, state, output, the gradients of inputs and parameters, and the state after."""
    mine, theirs = pair(case)
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    inputs = case.draw()
    own = to_ours(inputs)
    out, expected = mine(*own), theirs(*inputs)
    assert_alike(out, expected, case.tolerance)
    for number, (a, b) in enumerate(zip(float_leaves(out), float_leaves(expected), strict=True)):
        if b.requires_grad:
            seed = torch.randn(b.shape)
            b.backward(seed, retain_graph=True)
            a.backward(to_ours(seed), retain_graph=True)
        else:
            assert not a.requires_grad, number
    pairs = [
        *zip(float_leaves(own), float_leaves(inputs), strict=True),
        *zip(mine.parameters(), theirs.parameters(), strict=True),
    ]
    for number, (a, b) in enumerate(pairs):
        if b.grad is not None:
            assert a.grad is not None, number
            assert_alike(a.grad, b.grad, case.tolerance * 5, f"gradient {number}")
    for key, value in theirs.state_dict().items():
        assert_alike(mine.state_dict()[key], value, case.tolerance, f"state {key}")
