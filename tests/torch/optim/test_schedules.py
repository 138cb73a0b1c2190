"""The rates of every schedule are PyTorch's to the last bit; so are state, warnings and errors."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch.optim.lr_scheduler.averaged import SWALR

from .peers import SIDES, torch

EPOCHS = 25


class Halving:
    """A function with a state of its own."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, epoch: int) -> float:
        self.calls += 1
        return 0.5 ** (epoch // 3)


def optimizer(side: Any, name: str = "SGD", tensor_rate: bool = False, **options: Any) -> Any:
    first, second = (side.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    options = {"momentum": 0.9, **options} if name == "SGD" else options
    rate: Any = side.tensor(0.3, dtype=side.float64) if tensor_rate else 0.3
    return getattr(side.optim, name)(
        [{"params": [first]}, {"params": [second], "lr": 0.07}], lr=rate, **options
    )


def schedules(s: Any, o: Any) -> dict[str, Callable[[], Any]]:
    """One of each kind: what makes it, given torch.optim.lr_scheduler and an optimizer."""
    return {
        "lambda": lambda: s.LambdaLR(o, lambda epoch: 0.95**epoch),
        "lambdas": lambda: s.LambdaLR(o, [lambda epoch: 1 / (epoch + 1), Halving()]),
        "multiplicative": lambda: s.MultiplicativeLR(o, lambda epoch: 1 - 0.01 * epoch),
        "step": lambda: s.StepLR(o, 4, gamma=0.3),
        "multistep": lambda: s.MultiStepLR(o, [3, 7, 7, 12], gamma=0.3),
        "constant": lambda: s.ConstantLR(o, factor=0.3, total_iters=6),
        "linear": lambda: s.LinearLR(o, start_factor=0.2, end_factor=0.9, total_iters=9),
        "exponential": lambda: s.ExponentialLR(o, 0.87),
        "cosine": lambda: s.CosineAnnealingLR(o, 7, eta_min=0.01),
        "restarts": lambda: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.01),
        "same restarts": lambda: s.CosineAnnealingWarmRestarts(o, 4),
        "polynomial": lambda: s.PolynomialLR(o, total_iters=11, power=1.7),
        "cyclic": lambda: s.CyclicLR(o, 0.01, 0.2, step_size_up=4, step_size_down=6),
        "cyclic2": lambda: s.CyclicLR(o, [0.01, 0.02], [0.2, 0.3], 3, mode="triangular2"),
        "cyclic exp": lambda: s.CyclicLR(
            o, 0.01, 0.2, 5, mode="exp_range", gamma=0.97, cycle_momentum=False
        ),
        "cyclic own": lambda: s.CyclicLR(
            o, 0.01, 0.2, 5, scale_fn=lambda x: 1 / x, scale_mode="cycle"
        ),
        "one cycle": lambda: s.OneCycleLR(o, 0.4, total_steps=EPOCHS),
        "one cycle, three phases": lambda: s.OneCycleLR(
            o,
            [0.4, 0.3],
            epochs=5,
            steps_per_epoch=5,
            anneal_strategy="linear",
            three_phase=True,
            div_factor=7.0,
        ),
        "chained": lambda: s.ChainedScheduler(
            [s.ConstantLR(o, factor=0.1, total_iters=4), s.ExponentialLR(o, 0.9)]
        ),
        "sequential": lambda: s.SequentialLR(
            o,
            [
                s.LinearLR(o, start_factor=0.1, total_iters=5),
                s.CosineAnnealingLR(o, 10),
                s.ExponentialLR(o, 0.8),
            ],
            milestones=[5, 12],
        ),
        "nested": lambda: s.SequentialLR(
            o,
            [
                s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 2)]),
                s.ExponentialLR(o, 0.7),
            ],
            milestones=[6],
        ),
        "averaged": lambda: s_swa(s)(o, swa_lr=[0.02, 0.03], anneal_epochs=6),
        "averaged, linear": lambda: s_swa(s)(o, 0.02, anneal_epochs=0, anneal_strategy="linear"),
    }


def s_swa(s: Any) -> Any:
    return SWALR if s is ours.optim.lr_scheduler else torch.optim.swa_utils.SWALR


NAMES = list(schedules(None, None))
every_schedule = pytest.mark.parametrize("name", NAMES)


def made(side: Any, which: str, **options: Any) -> tuple[Any, Any]:
    o = optimizer(side, **options)
    with warnings.catch_warnings():  # schedules within schedules step before the optimizer does
        warnings.filterwarnings("ignore", message="Detected call of")
        return o, schedules(side.optim.lr_scheduler, o)[which]()


def options_of(o: Any) -> list[Any]:
    """All numbers of the groups, the parameters apart."""
    return [
        {k: float(v) if hasattr(v, "item") else v for k, v in group.items() if k != "params"}
        for group in o.param_groups
    ]


def series(o: Any, schedule: Any, epochs: int) -> list[Any]:
    found = [(options_of(o), [float(rate) for rate in schedule.get_last_lr()])]
    for _ in range(epochs - 1):
        o.step()
        schedule.step()
        found.append((options_of(o), [float(rate) for rate in schedule.get_last_lr()]))
    return found


@every_schedule
def test_series_of_rates(name: str) -> None:
    own, theirs = (series(*made(side, name), EPOCHS) for side in SIDES)
    assert own == theirs


@pytest.mark.parametrize("name", ["cyclic", "one cycle", "one cycle, three phases"])
def test_betas_are_momentum_too(name: str) -> None:
    own, theirs = (series(*made(side, name, name="Adam"), EPOCHS) for side in SIDES)
    assert own == theirs


@pytest.mark.parametrize("name", ["step", "exponential", "cosine", "sequential", "linear"])
def test_a_rate_that_is_a_tensor_is_filled(name: str) -> None:
    own, theirs = (series(*made(side, name, tensor_rate=True), EPOCHS) for side in SIDES)
    for (_, a), (_, b) in zip(own, theirs, strict=True):
        assert a == pytest.approx(b, rel=1e-12)
    o, schedule = made(ours, name, tensor_rate=True)
    rate = o.param_groups[0]["lr"]
    o.step()
    schedule.step()
    assert o.param_groups[0]["lr"] is rate


def plain(state: Any) -> Any:
    """A state with its functions and methods left out."""
    if isinstance(state, dict):
        return {k: plain(v) for k, v in state.items() if not callable(v)}
    return [plain(it) for it in state] if isinstance(state, list) else state


# Attributes that only one of the two has; neither is of use to the other.
PRIVATE = {"anneal_func"}


@every_schedule
def test_state_goes_both_ways(name: str) -> None:
    """A state of one library loads into a fresh schedule of the other, which then goes on alike."""
    whole = series(*made(torch, name), EPOCHS)
    states: list[Any] = []
    for side in SIDES:
        o, schedule = made(side, name)
        series(o, schedule, 10)
        states.append((schedule.state_dict(), options_of(o)))
    assert plain(states[0][0]).keys() - PRIVATE == plain(states[1][0]).keys() - PRIVATE
    assert plain(states[0][0]) == plain(states[1][0])
    for side, (state, options) in zip(SIDES, states[::-1], strict=True):
        o, schedule = made(side, name)
        schedule.load_state_dict(state)
        for group, option in zip(o.param_groups, options, strict=True):
            group.update(option)
        assert series(o, schedule, EPOCHS - 9) == whole[9:]


CLOSED = ("step", "multistep", "constant", "linear", "exponential", "cosine", "polynomial")


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_closed_forms(name: str) -> None:
    found: list[Any] = []
    for side in SIDES:
        o, schedule = made(side, name)
        o.step()
        found.append([])
        for epoch in (3, 17, 1, 8):
            schedule.step(epoch)
            found[-1].append((options_of(o), schedule.get_last_lr()))
        o.step()
        schedule.step()
        found[-1].append(options_of(o))
    assert found[0] == found[1]


def test_restarts_take_fractions() -> None:
    found: list[Any] = []
    for side in SIDES:
        o, schedule = made(side, "restarts")
        found.append([])
        for k in range(30):
            o.step()
            schedule.step(k / 4)
            found[-1].append(options_of(o))
    assert found[0] == found[1]


PLATEAUS: list[dict[str, Any]] = [
    {"patience": 2, "factor": 0.5},
    {"patience": 1, "mode": "max", "threshold": 0.3},
    {"patience": 0, "threshold_mode": "abs", "threshold": 0.5, "cooldown": 3},
    {"patience": 1, "mode": "max", "threshold_mode": "abs", "min_lr": [0.1, 0.01]},
    {"patience": 0, "min_lr": 0.05, "eps": 0.1},
]


@pytest.mark.parametrize("option", PLATEAUS, ids=str)
def test_plateaus(option: dict[str, Any]) -> None:
    losses = [3.0, 2.0, 2.0, 2.1, 1.9, 1.9, 1.95, 2.2, 1.0, 1.2, 1.2, 1.1, 1.3, 1.4, 1.4, 1.4]
    found: list[Any] = []
    for side in SIDES:
        o = optimizer(side)
        schedule = side.optim.lr_scheduler.ReduceLROnPlateau(o, **option)
        found.append([])
        for loss in losses:
            schedule.step(side.tensor(loss))
            found[-1].append((options_of(o), schedule.get_last_lr(), schedule.num_bad_epochs))
        found[-1].append(schedule.state_dict())
        other = side.optim.lr_scheduler.ReduceLROnPlateau(o)
        other.load_state_dict(schedule.state_dict())
        found[-1].append(other.state_dict())
    assert found[0] == found[1]


@every_schedule
def test_a_resumed_schedule(name: str) -> None:
    """last_epoch of a fresh schedule over groups that know their first rate."""
    if name in ("chained", "sequential", "nested") or "one cycle" in name or "cyclic" in name:
        return  # these have no last_epoch, or set it up by more than that
    found: list[Any] = []
    for side in SIDES:
        o, schedule = made(side, name)
        series(o, schedule, 8)
        module = side.optim.lr_scheduler
        kind = type(schedule)
        names = list(inspect.signature(kind.__init__).parameters)[2:]
        given = {
            key: value
            for key, value in schedule.__dict__.items()
            if key in names and key != "last_epoch"
        }
        if "lr_lambda" in names:
            given["lr_lambda"] = lambda epoch: 0.9**epoch
        if "swa_lr" in names:
            given["swa_lr"] = 0.01
        assert hasattr(module, "LRScheduler")
        again = kind(o, last_epoch=7, **given)
        o.step()
        found.append(series(o, again, 5))
    assert found[0] == found[1]


WRONG: dict[str, Callable[[Any, Any], Any]] = {
    "no optimizer": lambda s, o: s.StepLR("x", 3),
    "resumed without a first rate": lambda s, o: s.StepLR(o, 3, last_epoch=2),
    "too many functions": lambda s, o: s.LambdaLR(o, [abs]),
    "no function": lambda s, o: s.MultiplicativeLR(o, 3),
    "factor": lambda s, o: s.ConstantLR(o, factor=2.0),
    "start factor": lambda s, o: s.LinearLR(o, start_factor=0.0),
    "end factor": lambda s, o: s.LinearLR(o, end_factor=2.0),
    "no schedules": lambda s, o: s.SequentialLR(o, [], []),
    "nothing chained": lambda s, o: s.ChainedScheduler([]),
    "milestones": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3)], [3]),
    "plateau in a sequence": lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "plateau in a chain": lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "no schedule": lambda s, o: s.ChainedScheduler(["x"], o),
    "plateau factor": lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "plateau mode": lambda s, o: s.ReduceLROnPlateau(o, mode="x"),
    "plateau threshold": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="x"),
    "plateau rates": lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "plateau's optimizer": lambda s, o: s.ReduceLROnPlateau(3),
    "T_0": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_mult": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=0),
    "eta_min": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, eta_min="x"),
    "epoch": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3).step(-1),
    "cyclic mode": lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="x"),
    "cyclic rates": lambda s, o: s.CyclicLR(o, [0.1], 0.2),
    "cycle without momentum": lambda s, o: s.CyclicLR(without_momentum(s), 0.1, 0.2),
    "no steps": lambda s, o: s.OneCycleLR(o, 0.1),
    "negative steps": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=-1),
    "part": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=5, pct_start=2.0),
    "strategy": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=5, anneal_strategy="x"),
    "epochs": lambda s, o: s.OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=3),
}


def without_momentum(s: Any) -> Any:
    side = ours if s is ours.optim.lr_scheduler else torch
    return side.optim.Adagrad([side.tensor([1.0], requires_grad=True)])


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str) -> None:
    caught: list[BaseException] = []
    for side in SIDES:
        with pytest.raises(Exception) as told:  # noqa: PT011  # its kind is compared below
            WRONG[name](side.optim.lr_scheduler, optimizer(side))
        caught.append(told.value)
    own, theirs = caught
    assert isinstance(own, type(theirs))
    assert str(own) == str(theirs)


def test_a_step_after_the_last_one() -> None:
    for side in SIDES:
        o, schedule = made(side, "one cycle")
        series(o, schedule, EPOCHS)
        o.step()
        schedule.step()
        with pytest.raises(ValueError, match="Tried to step 26 times"):
            schedule.step()


def test_more_groups_than_rates() -> None:
    for side in SIDES:
        o = optimizer(side)
        schedule = side.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0, min_lr=[0.1, 0.1])
        o.add_param_group({"params": [side.tensor([1.0], requires_grad=True)]})
        schedule.step(1.0)
        with pytest.raises(RuntimeError, match="The number of param groups in the `optimizer`"):
            schedule.step(2.0)


def warned(call: Callable[[], Any]) -> list[tuple[type[Warning], str]]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [(it.category, str(it.message)) for it in found]


def test_warnings() -> None:
    for side in SIDES:
        o, schedule = made(side, "step")
        first = warned(schedule.step)
        assert [kind for kind, _ in first] == [UserWarning]
        assert "`lr_scheduler.step()` before `optimizer.step()`" in first[0][1]
        assert not warned(schedule.step)
        o, schedule = made(side, "step")
        o.step = lambda: None
        ((kind, text),) = warned(schedule.step)
        assert kind is UserWarning
        assert "`optimizer.step()` has been overridden" in text
        ((kind, text),) = warned(schedule.get_lr)
        assert "please use `get_last_lr()`" in text
        ((kind, text),) = warned(lambda schedule=schedule: schedule.step(3))
        assert "The epoch parameter in `scheduler.step()`" in text


def test_verbose_is_told_to_do_nothing() -> None:
    o = optimizer(ours)
    module = ours.optim.lr_scheduler
    for call in (
        lambda: module.StepLR(o, 3, verbose=True),
        lambda: module.ReduceLROnPlateau(o, verbose=False),
    ):
        ((kind, text),) = warned(call)
        assert kind is UserWarning
        assert text.startswith("The verbose parameter is deprecated.")


def test_arguments_stand_where_pytorch_has_them() -> None:
    for name in ours.optim.lr_scheduler.__all__:
        own, theirs = (getattr(side.optim.lr_scheduler, name) for side in SIDES)
        known = inspect.signature(theirs.__init__).parameters.values()
        found = list(inspect.signature(own.__init__).parameters.values())[: len(known)]
        assert [(it.name, it.default) for it in found] == [(it.name, it.default) for it in known]
    for side in SIDES:
        assert issubclass(side.optim.lr_scheduler.StepLR, side.optim.lr_scheduler.LRScheduler)
