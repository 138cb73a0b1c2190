"""torch.nn.Module against PyTorch's: registration, walks, hooks, casts, what is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours

from .both import torch

Library = Any


def net(t: Library) -> Any:
    """A net with parameters, buffers, children and a shared weight, in either library."""

    class Block(t.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("scale", t.ones(2))
            self.weight = t.nn.Parameter(t.zeros(2))
            self.register_buffer("seen", t.zeros(1), persistent=False)

        def forward(self, x: Any) -> Any:
            return x * self.weight + self.scale

        def extra_repr(self) -> str:
            return "one\ntwo"

    class Net(t.nn.Module):
        def __init__(self) -> None:
            super(Net, self).__init__()  # noqa: UP008  as programs of old write it
            self.linear = t.nn.Linear(2, 2)
            self.later = None
            self.block = Block()
            self.register_parameter("missing", None)
            self.tied = t.nn.Linear(2, 2, bias=False)
            self.tied.weight = self.linear.weight
            self.twice = self.block
            self.number = 3
            self.body = t.nn.Sequential(t.nn.ReLU(), Block())

        def forward(self, x: Any) -> Any:
            return self.body(self.block(self.tied(self.linear(x))))

    return Net()


def changed(t: Library, *changes: Callable[[Any], Any]) -> Any:
    made = net(t)
    for change in changes:
        change(made)
    return made


def drop(name: str) -> Callable[[Any], None]:
    return lambda m: delattr(m, name)


def put(name: str, make: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda m: setattr(m, name, make(m))


PROGRAMS: list[Callable[[Library], Any]] = [
    lambda t: net(t),
    lambda t: list(net(t).state_dict()),
    lambda t: net(t).state_dict()._metadata,
    lambda t: [name for name, _ in net(t).named_parameters()],
    lambda t: [name for name, _ in net(t).named_parameters(remove_duplicate=False)],
    lambda t: [name for name, _ in net(t).named_parameters("at", recurse=False)],
    lambda t: [name for name, _ in net(t).named_buffers()],
    lambda t: [name for name, _ in net(t).named_modules()],
    lambda t: [name for name, _ in net(t).named_modules(remove_duplicate=False)],
    lambda t: [name for name, _ in net(t).named_modules(prefix="at")],
    lambda t: [name for name, _ in net(t).named_children()],
    lambda t: [type(m).__name__ for m in net(t).modules()],
    lambda t: len(list(net(t).parameters())),
    lambda t: [m.training for m in net(t).train(False).modules()],
    lambda t: [p.requires_grad for p in net(t).requires_grad_(False).parameters()],
    lambda t: [str(p.dtype) for p in net(t).double().state_dict().values()],
    lambda t: [str(p.dtype) for p in net(t).to(t.float64).state_dict().values()],
    lambda t: [str(p.dtype) for p in net(t).half().state_dict().values()],
    lambda t: [str(p.dtype) for p in net(t).to("cpu").cpu().float().state_dict().values()],
    lambda t: str(t.nn.BatchNorm1d(2).double().num_batches_tracked.dtype),
    lambda t: str(t.nn.BatchNorm1d(2).type(t.float64).num_batches_tracked.dtype),
    lambda t: net(t).get_submodule("body.1"),
    lambda t: tuple(net(t).get_parameter("body.1.weight").shape),
    lambda t: tuple(net(t).get_buffer("block.scale").shape),
    lambda t: changed(t, lambda m: m.set_submodule("body.0", t.nn.Tanh())),
    lambda t: changed(t, drop("linear"), put("linear", lambda m: t.nn.Tanh())),
    lambda t: changed(t, put("linear", lambda m: None)),
    lambda t: list(changed(t, put("linear", lambda m: None)).state_dict()),
    lambda t: list(changed(t, put("number", lambda m: t.nn.Parameter(t.ones(1)))).state_dict()),
    lambda t: list(changed(t, put("buffer", lambda m: t.nn.Buffer(t.ones(1)))).state_dict()),
    lambda t: list(
        changed(t, put("x", lambda m: t.nn.Buffer(t.ones(1), persistent=False))).state_dict()
    ),
    lambda t: list(changed(t, put("missing", lambda m: t.nn.Parameter(t.ones(1)))).state_dict()),
    lambda t: changed(t, put("body", lambda m: t.nn.Parameter(t.ones(1)))),
    lambda t: "scale" in dir(net(t).block),
    lambda t: hasattr(net(t), "nothing"),
    lambda t: copy.deepcopy(net(t)),
    lambda t: (lambda m: m.tied.weight is m.linear.weight)(copy.deepcopy(net(t))),
    lambda t: (lambda m: m.twice is m.block)(copy.deepcopy(net(t))),
    lambda t: net(t).apply(lambda m: None) is not None,
    lambda t: t.nn.Module(),
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_same_as_pytorch(number: int) -> None:
    assert repr(PROGRAMS[number](ours)) == repr(PROGRAMS[number](torch))


def early(t: Library, value: Callable[[], Any]) -> Any:
    class Early(t.nn.Module):
        def __init__(self) -> None:
            self.name = value()
            super().__init__()

    return Early()


MISTAKES: list[Callable[[Library], Any]] = [
    lambda t: early(t, lambda: t.nn.Parameter(t.zeros(1))),
    lambda t: early(t, lambda: t.nn.Linear(1, 1)),
    lambda t: net(t).nothing,
    lambda t: net(t).block.nothing,
    lambda t: changed(t, drop("nothing")),
    lambda t: changed(t, put("linear", lambda m: 3)),
    lambda t: changed(t, lambda m: setattr(m.block, "weight", t.zeros(2))),
    lambda t: changed(t, lambda m: setattr(m.block, "weight", 3)),
    lambda t: changed(t, lambda m: setattr(m.block, "scale", 3)),
    lambda t: net(t).register_buffer("number", t.zeros(1)),
    lambda t: net(t).register_buffer("a.b", t.zeros(1)),
    lambda t: net(t).register_buffer("", t.zeros(1)),
    lambda t: net(t).register_buffer(3, t.zeros(1)),
    lambda t: net(t).register_buffer("b", 3),
    lambda t: net(t).register_parameter("p", t.zeros(1)),
    lambda t: net(t).register_parameter("number", t.nn.Parameter(t.zeros(1))),
    lambda t: net(t).register_parameter("a.b", t.nn.Parameter(t.zeros(1))),
    lambda t: changed(t, put("number", lambda m: t.nn.Buffer(t.ones(1)))),
    lambda t: net(t).add_module("a.b", t.nn.ReLU()),
    lambda t: net(t).add_module("number", t.nn.ReLU()),
    lambda t: net(t).add_module("m", 3),
    lambda t: net(t).get_submodule("body.7"),
    lambda t: net(t).get_submodule("number"),
    lambda t: net(t).get_parameter("block.scale"),
    lambda t: net(t).get_buffer("block.weight"),
    lambda t: net(t).train(1),
    lambda t: net(t).to(t.int64),
    lambda t: t.nn.Module()(1),
    lambda t: t.nn.Module(1),
    lambda t: t.nn.Module(a=1),
    lambda t: t.nn.Dropout(2),
    lambda t: t.nn.Conv2d(3, 4, 3, groups=2),
    lambda t: t.nn.Conv2d(4, 3, 3, groups=2),
    lambda t: t.nn.Conv2d(4, 4, 3, padding="same", stride=2),
    lambda t: t.nn.Conv2d(4, 4, 3, groups=0),
    lambda t: t.nn.GroupNorm(3, 4),
    lambda t: t.nn.MultiheadAttention(5, 2),
    lambda t: t.nn.MultiheadAttention(0, 2),
    lambda t: t.nn.BatchNorm2d(2)(t.zeros(2, 2)),
    lambda t: t.nn.BatchNorm1d(2)(t.zeros(2)),
    lambda t: t.nn.InstanceNorm2d(2)(t.zeros(2, 2)),
    lambda t: t.nn.InstanceNorm1d(3, affine=True)(t.zeros(2, 2, 4)),
    lambda t: t.nn.Softmax2d()(t.zeros(2, 2)),
    lambda t: t.nn.Embedding(3, 2, padding_idx=3),
    lambda t: t.nn.Unflatten(1, 3),
    lambda t: t.nn.Unflatten(1, (1, 2.0)),
    lambda t: t.nn.TripletMarginLoss(margin=0),
    lambda t: t.nn.MultiMarginLoss(p=3),
    lambda t: t.nn.HuberLoss(delta="1"),
    lambda t: t.nn.CircularPad2d(1)(t.zeros(1, 2)),
    lambda t: t.nn.ConvTranspose2d(1, 1, 3, stride=2)(t.zeros(1, 1, 2, 2), output_size=(9, 9)),
    lambda t: t.nn.ConvTranspose2d(1, 1, 3, stride=2)(t.zeros(1, 1, 2, 2), output_size=(1, 2, 3)),
]


def spelt(text: str) -> str:
    """A message, with the names of both libraries made one."""
    return text.replace("minitorch.torch", "torch")


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_same_mistake_as_pytorch(number: int) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  its type is what is looked up
        MISTAKES[number](torch)
    with pytest.raises(type(theirs.value)) as mine:
        MISTAKES[number](ours)
    assert spelt(str(mine.value)) == str(theirs.value)


def test_pickled_and_back() -> None:
    layer = ours.nn.Sequential(ours.nn.Linear(2, 3), ours.nn.BatchNorm1d(3))
    other = pickle.loads(pickle.dumps(layer))
    assert repr(other) == repr(layer)
    for key, value in layer.state_dict().items():
        assert ours.equal(other.state_dict()[key], value)
    assert isinstance(other[0].weight, ours.nn.Parameter)
    assert other[0].weight.requires_grad


def test_state_is_detached_and_shares_memory() -> None:
    layer = ours.nn.Linear(2, 1)
    weight = layer.state_dict()["weight"]
    assert not weight.requires_grad
    weight.fill_(7.0)
    assert layer.weight[0, 1].item() == 7.0
    assert layer.state_dict(keep_vars=True)["weight"] is layer.weight


def test_casts_keep_the_parameters() -> None:
    layer = ours.nn.Linear(2, 1)
    weight = layer.weight
    layer(ours.ones(1, 2)).sum().backward()
    layer.double()
    assert layer.weight is weight
    assert str(weight.grad.dtype) == "torch.float64"
    assert weight.requires_grad
    assert weight.is_leaf
    layer(ours.ones(1, 2).double()).sum().backward()
    assert weight.grad.tolist() == [[2.0, 2.0]]


def test_zero_grad() -> None:
    layer = ours.nn.Linear(2, 1)
    layer(ours.ones(1, 2)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.tolist() == [[0.0, 0.0]]
    layer.zero_grad()
    assert layer.weight.grad is None


def test_train_asks_every_child() -> None:
    """A module that overrides `train` is heard wherever it stands."""

    class Frozen(ours.nn.Module):
        def train(self, mode: bool = True) -> Any:
            return super().train(False)

    outer = ours.nn.Sequential(ours.nn.Sequential(Frozen()))
    outer.train()
    assert outer.training
    assert not outer[0][0].training


def test_mode_is_a_name_like_any_other() -> None:
    layer = ours.nn.Module()
    layer.mode = "bilinear"
    assert layer.mode == "bilinear"


def test_super_init_of_a_second_base() -> None:
    class Other:
        def __init__(self, value: int = 0) -> None:
            self.value = value

    class Both(ours.nn.Module, Other):
        call_super_init = True

        def __init__(self) -> None:
            super().__init__(value=3)

    assert Both().value == 3


def test_lists_are_not_looked_into() -> None:
    holder = ours.nn.Module()
    holder.listed = [ours.nn.Linear(2, 1)]
    assert list(holder.parameters()) == []


def test_a_result_is_no_parameter() -> None:
    weight = ours.nn.Parameter(ours.ones(2))
    grown = ours.nn.Parameter(ours.ones(2))
    grown.history = (weight * 2).history
    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter 'w'"):
        ours.nn.Module().register_parameter("w", grown)
