"""Averages of weights are PyTorch's: parameters, buffers, counts, batch norms, state dicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .peers import SIDES, module, numbers

both_sides = pytest.mark.parametrize("side", SIDES, ids=["ours", "torch"])


def model(side: Any) -> Any:
    net = side.nn.Sequential(side.nn.Linear(3, 4), side.nn.BatchNorm1d(4), side.nn.Linear(4, 2))
    draw = np.random.default_rng(0)
    for p in net.parameters():
        p.data = side.tensor(draw.normal(size=tuple(p.shape)).tolist())
    return net


def moved(side: Any, net: Any, step: int) -> None:
    """What a step of training might do."""
    draw = np.random.default_rng(10 + step)
    for p in net.parameters():
        p.data = p.data + side.tensor(draw.normal(size=tuple(p.shape)).tolist())
    x = side.tensor(draw.normal(size=(8, 3)).tolist())
    net(x)


OPTIONS: dict[str, Any] = {
    "equal": lambda swa: {},
    "equal, of lists": lambda swa: {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
    "equal, by function": lambda swa: {"avg_fn": swa.get_swa_avg_fn()},
    "falling": lambda swa: {"avg_fn": swa.get_ema_avg_fn(0.9)},
    "falling, of lists": lambda swa: {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)},
    "with buffers": lambda swa: {"avg_fn": swa.get_ema_avg_fn(0.9), "use_buffers": True},
    "of one's own": lambda swa: {"avg_fn": lambda average, p, count: (average + p) / 2},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_averages(name: str) -> None:
    found: list[Any] = []
    for side in SIDES:
        net = model(side)
        average = module(side, "optim.swa_utils").AveragedModel(
            net, **OPTIONS[name](module(side, "optim.swa_utils"))
        )
        for step in range(5):
            moved(side, net, step)
            average.update_parameters(net)
        assert int(average.n_averaged) == 5
        state = average.state_dict()
        found.append({key: numbers(value) for key, value in state.items()})
        x = side.tensor([[1.0, 2.0, 3.0]])
        average.eval()
        found[-1]["result"] = numbers(average(x))
        other = module(side, "optim.swa_utils").AveragedModel(model(side))
        other.load_state_dict(state)
        assert int(other.n_averaged) == 5
    assert list(found[0]) == list(found[1])
    for key, value in found[0].items():
        np.testing.assert_allclose(value, found[1][key], rtol=2e-5, atol=1e-6, err_msg=key)


def test_statistics_of_batch_norms_are_computed_anew() -> None:
    found: list[Any] = []
    for side in SIDES:
        net = model(side)
        moved(side, net, 0)
        net.eval()
        draw = np.random.default_rng(3)
        batches = [side.tensor(draw.normal(size=(4, 3)).tolist()) for _ in range(3)]
        module(side, "optim.swa_utils").update_bn([(x, 0) for x in batches], net)
        assert not net.training
        assert net[1].momentum == 0.1
        found.append([numbers(net[1].running_mean), numbers(net[1].running_var)])
        module(side, "optim.swa_utils").update_bn(batches, net, device="cpu")
        module(side, "optim.swa_utils").update_bn(batches, side.nn.Linear(3, 1))
    for own, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-5)


@both_sides
def test_mistakes(side: Any) -> None:
    swa = module(side, "optim.swa_utils")
    for maker in (swa.get_ema_avg_fn, swa.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match=r"Invalid decay value 1\.5 provided"):
            maker(1.5)
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn"):
        swa.AveragedModel(
            model(side), avg_fn=swa.get_swa_avg_fn(), multi_avg_fn=swa.get_swa_multi_avg_fn()
        )
    optimizer = side.optim.SGD([side.tensor([1.0], requires_grad=True)], lr=1.0)
    with pytest.raises(ValueError, match="anneal_strategy must be one of"):
        swa.SWALR(optimizer, 0.1, anneal_strategy="x")
    with pytest.raises(ValueError, match="anneal_epochs must be equal or greater than 0"):
        swa.SWALR(optimizer, 0.1, anneal_epochs=-1)


def test_the_model_that_is_averaged_is_left_alone() -> None:
    net = model(ours)
    average = ours.optim.swa_utils.AveragedModel(net)
    before = [numbers(p) for p in net.parameters()]
    average.update_parameters(net)
    moved(ours, net, 0)
    average.update_parameters(net)
    for p, q in zip(average.module.parameters(), before, strict=True):
        assert not np.array_equal(numbers(p), q)
    assert all(p.requires_grad for p in average.parameters())
