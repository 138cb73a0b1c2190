"""Containers against PyTorch's: what they hold, print, refuse and return."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours

from .both import torch

Library = Any


def both(program: Callable[[Library], Any]) -> None:
    """A program that returns something printable returns the same in both libraries."""
    assert repr(program(ours)) == repr(program(torch))


def sequential(t: Library) -> Any:
    return t.nn.Sequential(t.nn.Linear(2, 3), t.nn.ReLU(), t.nn.Linear(3, 1))


PROGRAMS: list[Callable[[Library], Any]] = [
    lambda t: sequential(t),
    lambda t: t.nn.Sequential(OrderedDict([("first", t.nn.Linear(2, 3)), ("then", t.nn.Tanh())])),
    lambda t: list(sequential(t).state_dict()),
    lambda t: sequential(t)[1],
    lambda t: sequential(t)[-1],
    lambda t: sequential(t)[1:],
    lambda t: list(sequential(t)[1:].state_dict()),
    lambda t: len(sequential(t)),
    lambda t: sequential(t).append(t.nn.Tanh()),
    lambda t: sequential(t).extend([t.nn.Tanh(), t.nn.ReLU()]),
    lambda t: sequential(t).insert(1, t.nn.Tanh()),
    lambda t: sequential(t).insert(-1, t.nn.Tanh()),
    lambda t: sequential(t).pop(1),
    lambda t: sequential(t) + sequential(t),
    lambda t: sequential(t) * 2,
    lambda t: 2 * sequential(t),
    lambda t: [type(m).__name__ for m in sequential(t)],
    lambda t: t.nn.Sequential(),
    lambda t: t.nn.Sequential(sequential(t), t.nn.Sequential(t.nn.Tanh())),
    lambda t: t.nn.ModuleList([t.nn.Linear(2, 2) for _ in range(3)] + [t.nn.ReLU()]),
    lambda t: t.nn.ModuleList([sequential(t), sequential(t), t.nn.Tanh()]),
    lambda t: t.nn.ModuleList(),
    lambda t: t.nn.ModuleList([t.nn.ReLU()]).__add__([t.nn.Tanh()]),
    lambda t: t.nn.ModuleList([t.nn.ReLU(), t.nn.Tanh()])[::-1],
    lambda t: t.nn.ModuleList([t.nn.ReLU(), t.nn.Tanh()])[-1],
    lambda t: list(t.nn.ModuleList([t.nn.Linear(1, 1)]).state_dict()),
    lambda t: t.nn.ModuleDict({"a": t.nn.ReLU(), "b": t.nn.Linear(1, 2)}),
    lambda t: t.nn.ModuleDict([["a", t.nn.ReLU()], ["b", t.nn.Tanh()]]).pop("a"),
    lambda t: list(t.nn.ModuleDict({"a": t.nn.ReLU(), "b": t.nn.Tanh()}).keys()),
    lambda t: "a" in t.nn.ModuleDict({"a": t.nn.ReLU()}),
    lambda t: list(t.nn.ModuleDict({"a": t.nn.Linear(1, 1)}).state_dict()),
    lambda t: t.nn.ParameterList([t.zeros(2), t.nn.Parameter(t.zeros(2, 3)), 3]),
    lambda t: t.nn.ParameterList([t.zeros(2)]),
    lambda t: list(t.nn.ParameterList([t.zeros(2), t.zeros(3)]).state_dict()),
    lambda t: len(t.nn.ParameterList([t.zeros(2), t.zeros(3)])[1:]),
    lambda t: t.nn.ParameterDict({"b": t.zeros(2), "a": t.zeros(3), "c": "text"}),
    lambda t: list(t.nn.ParameterDict({"b": t.zeros(2), "a": t.zeros(3)}).keys()),
    lambda t: t.nn.ParameterDict({"a": t.zeros(2)}).get("b", 5),
    lambda t: list((t.nn.ParameterDict({"a": t.zeros(2)}) | t.nn.ParameterDict({"b": 1})).keys()),
    lambda t: t.nn.ParameterDict({"a": t.zeros(2), "b": 3}).popitem(),
    lambda t: [name for name in dir(sequential(t)) if name.isdigit()],
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_same_as_pytorch(number: int) -> None:
    both(PROGRAMS[number])


MISTAKES: list[Callable[[Library], Any]] = [
    lambda t: sequential(t)[3],
    lambda t: sequential(t) + t.nn.Tanh(),
    lambda t: sequential(t) * 0,
    lambda t: sequential(t) * "2",
    lambda t: sequential(t).append(3),
    lambda t: sequential(t).insert(9, t.nn.Tanh()),
    lambda t: t.nn.ModuleList([t.nn.ReLU()])[5],
    lambda t: t.nn.ModuleList([3]),
    lambda t: t.nn.ModuleList(3),
    lambda t: t.nn.ModuleList([t.nn.ReLU()])(t.zeros(1)),
    lambda t: t.nn.ModuleDict({"a": t.nn.ReLU()})["b"],
    lambda t: t.nn.ModuleDict({"a.b": t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict(3),
    lambda t: t.nn.ModuleDict([["a"]]),
    lambda t: t.nn.ParameterList([t.zeros(2)])[1],
    lambda t: t.nn.ParameterList([t.zeros(2)])(),
    lambda t: t.nn.ParameterList(t.zeros(2)),
    lambda t: t.nn.ParameterDict({3: t.zeros(1)}),
    lambda t: t.nn.ParameterDict()(3),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_same_mistake_as_pytorch(number: int) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  its type is what is looked up
        MISTAKES[number](torch)
    with pytest.raises(type(theirs.value)) as mine:
        MISTAKES[number](ours)
    text = str(theirs.value).replace("torch.nn", "minitorch.torch.nn")
    text = text.replace("(minitorch.torch.nn", "(torch.nn")
    assert str(mine.value) in {text, str(theirs.value)}


def test_sequential_runs_what_it_holds() -> None:
    net = ours.nn.Sequential(ours.nn.Flatten(), ours.nn.Linear(4, 2), ours.nn.ReLU())
    assert net(ours.zeros(3, 2, 2)).shape == (3, 2)
    net[1] = ours.nn.Linear(4, 5)
    del net[0]
    assert list(net.state_dict()) == ["0.weight", "0.bias"]
    assert net(ours.zeros(3, 4)).shape == (3, 5)


def test_parameter_list_makes_parameters() -> None:
    weights = ours.nn.ParameterList([ours.zeros(2)])
    weights.append(ours.ones(3))
    weights[0] = ours.ones(1)
    assert all(isinstance(weight, ours.nn.Parameter) for weight in weights)
    assert [tuple(weight.shape) for weight in weights.parameters()] == [(1,), (3,)]
