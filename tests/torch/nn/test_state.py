"""State dicts against PyTorch's: hooks, versions, what does not fit, and who gets assigned."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import minitorch.torch as ours

from .both import torch

Library = Any
LIBRARIES = [pytest.param(torch, id="theirs"), pytest.param(ours, id="ours")]


def net(t: Library) -> Any:
    return t.nn.Sequential(t.nn.Linear(2, 3), t.nn.BatchNorm1d(3), t.nn.Linear(3, 1))


def altered(t: Library, change: Any) -> dict[str, Any]:
    state = dict(net(t).state_dict())
    change(state, t)
    return state


MISFITS = [
    lambda state, t: state.pop("0.weight"),
    lambda state, t: (state.pop("0.weight"), state.pop("1.running_mean")),
    lambda state, t: state.update({"3.weight": t.zeros(1), "0.scale": t.zeros(1)}),
    lambda state, t: state.update({"0.weight": t.zeros(4, 2)}),
    lambda state, t: state.update({"0.weight": t.zeros(4, 2), "x": t.zeros(1), "2.bias": 3}),
    lambda state, t: state.update({"0.weight.deep": t.zeros(4, 2)}),
]


def outcome(t: Library, change: Any, strict: bool) -> str:
    try:
        return repr(net(t).load_state_dict(altered(t, change), strict=strict))
    except Exception as error:
        return f"{type(error).__mro__[-3].__name__}: {error}"


@pytest.mark.parametrize("number", range(len(MISFITS)))
@pytest.mark.parametrize("strict", [True, False])
def test_what_does_not_fit_is_told_as_pytorch_tells_it(number: int, strict: bool) -> None:
    mine = outcome(ours, MISFITS[number], strict)
    theirs = outcome(torch, MISFITS[number], strict)
    assert mine.partition(": ")[2] == theirs.partition(": ")[2]
    if theirs.startswith(("Exc", "Run")):
        with pytest.raises(RuntimeError):
            net(ours).load_state_dict(altered(ours, MISFITS[number]), strict=strict)


def test_no_mapping_is_refused() -> None:
    for t in (torch, ours):
        with pytest.raises(TypeError, match=r"Expected state_dict to be dict-like, got <class 'l"):
            net(t).load_state_dict([])


@pytest.mark.parametrize("t", LIBRARIES)
def test_loading_copies_into_the_parameters(t: Library) -> None:
    source, target = net(t), net(t)
    weight = target[0].weight
    keys = target.load_state_dict(source.state_dict())
    assert repr(keys) == "<All keys matched successfully>"
    assert target[0].weight is weight
    assert t.equal(weight, source[0].weight)
    with t.no_grad():
        source[0].weight.fill_(0.5)
    assert not t.equal(weight, source[0].weight)


@pytest.mark.parametrize("t", LIBRARIES)
def test_assigning_takes_the_tensors_themselves(t: Library) -> None:
    source, target = net(t).double(), net(t)
    state = source.state_dict()
    target.load_state_dict(state, assign=True)
    assert target[0].weight.dtype == t.float64
    assert isinstance(target[0].weight, t.nn.Parameter)
    assert target[0].weight.requires_grad
    with t.no_grad():
        source[0].weight.fill_(0.5)
    assert t.equal(target[0].weight, source[0].weight)


@pytest.mark.parametrize("t", LIBRARIES)
def test_other_dtypes_are_cast(t: Library) -> None:
    target = net(t)
    target.load_state_dict(net(t).double().state_dict())
    assert target[0].weight.dtype == t.float32


@pytest.mark.parametrize("t", LIBRARIES)
def test_states_older_than_the_count_of_batches(t: Library) -> None:
    state = OrderedDict(net(t).state_dict())
    del state["1.num_batches_tracked"]
    net(t).load_state_dict(state)
    state._metadata = {"1": {"version": 2}}  # type: ignore[attr-defined]  # as PyTorch has it
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        net(t).load_state_dict(state)


@pytest.mark.parametrize("t", LIBRARIES)
def test_hooks_of_saving_and_loading(t: Library) -> None:
    heard: list[str] = []
    module = net(t)
    module.register_state_dict_pre_hook(lambda m, prefix, keep: heard.append(f"before {prefix}"))
    after = module.register_state_dict_post_hook(
        lambda m, state, prefix, meta: heard.append(f"after {len(state)} {sorted(meta)}")
    )
    module[0].register_load_state_dict_pre_hook(
        lambda m, state, prefix, *rest: heard.append(f"load {prefix} {type(m).__name__}")
    )

    def forgive(m: Any, keys: Any) -> None:
        heard.append(f"missing {keys.missing_keys}")
        keys.missing_keys.clear()

    module.register_load_state_dict_post_hook(forgive)
    state = module.state_dict()
    del state["2.bias"]
    after.remove()
    module.load_state_dict(state)
    module.state_dict()
    assert heard == [
        "before ",
        "after 9 ['version']",
        "load 0. Linear",
        "missing ['2.bias']",
        "before ",
    ]


@pytest.mark.parametrize("t", LIBRARIES)
def test_extra_state(t: Library) -> None:
    class Counting(t.nn.Module):
        count = 0

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    first, second = t.nn.Sequential(Counting()), t.nn.Sequential(Counting())
    first[0].count = 5
    assert first.state_dict() == {"0._extra_state": {"count": 5}}
    second.load_state_dict(first.state_dict())
    assert second[0].count == 5
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0._extra_state"'):
        second.load_state_dict({})
    with pytest.raises(RuntimeError, match=r"Unexpected key\(s\)"):
        t.nn.Linear(1, 1).load_state_dict({**t.nn.Linear(1, 1).state_dict(), "_extra_state": 3})


@pytest.mark.parametrize("t", LIBRARIES)
def test_own_ways_of_saving_and_loading(t: Library) -> None:
    class Renamed(t.nn.Linear):
        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            destination[prefix + "kernel"] = self.weight.detach()

        def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
            with t.no_grad():
                self.weight.copy_(state[prefix + "kernel"])

    first, second = t.nn.Sequential(Renamed(2, 2)), t.nn.Sequential(Renamed(2, 2))
    assert list(first.state_dict()) == ["0.kernel"]
    second.load_state_dict(first.state_dict())
    assert t.equal(first[0].weight, second[0].weight)


@pytest.mark.parametrize("t", LIBRARIES)
def test_destination_and_prefix(t: Library) -> None:
    destination: Any = OrderedDict()
    t.nn.Linear(1, 1).state_dict(destination=destination, prefix="at.")
    assert list(destination) == ["at.weight", "at.bias"]


def test_prefix_is_consumed() -> None:
    for t in (torch, ours):
        state = t.nn.Sequential(OrderedDict(module=t.nn.Linear(1, 1))).state_dict()
        t.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
        assert list(state) == ["weight", "bias"]
        assert list(state._metadata) == [""]
