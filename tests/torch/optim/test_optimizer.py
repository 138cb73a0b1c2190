"""Groups, state dicts, hooks, mistakes and closures of optimizers, beside PyTorch's."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch import kernel_store
from minitorch.errors import NotSupportedError

from .peers import (
    SIDES,
    compare_states,
    module,
    numbers,
    parameters,
    set_gradients,
    translated,
)

both_sides = pytest.mark.parametrize("side", SIDES, ids=["ours", "torch"])
NAMES = (
    *("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam"),
    *("ASGD", "Rprop", "LBFGS", "Adafactor", "Muon"),
)


def leaf(side: Any, *values: float) -> Any:
    return side.tensor(list(values) or [1.0, 2.0], requires_grad=True)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_pytorchs(name: str) -> None:
    own, theirs = (inspect.signature(getattr(side.optim, name).__init__) for side in SIDES)
    for mine, other in zip(own.parameters.values(), theirs.parameters.values(), strict=True):
        assert (mine.name, mine.default, mine.kind) == (other.name, other.default, other.kind)


def wrong(name: str, option: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda side: getattr(side.optim, name)([leaf(side)], **option)


MISTAKES: dict[str, Callable[[Any], Any]] = {
    "no parameters": lambda side: side.optim.SGD([]),
    "a number": lambda side: side.optim.SGD([3]),
    "text": lambda side: side.optim.SGD([leaf(side), "x"]),
    "no leaf": lambda side: side.optim.SGD([leaf(side) * 2]),
    "a set": lambda side: side.optim.SGD([{"params": {leaf(side)}}]),
    "no dict": lambda side: side.optim.SGD([leaf(side)]).add_param_group([leaf(side)]),
    "some names": lambda side: side.optim.SGD([("x", leaf(side)), leaf(side)]),
    "names later": lambda side: side.optim.SGD([leaf(side)]).add_param_group(
        {"params": [("x", leaf(side))]}
    ),
    "no names later": lambda side: side.optim.SGD([("x", leaf(side))]).add_param_group(
        {"params": [leaf(side)]}
    ),
    "twice": lambda side: twice(side),
    "no step": lambda side: side.optim.Optimizer([leaf(side)], {}).step(),
    "groups of LBFGS": lambda side: side.optim.LBFGS(
        [{"params": [leaf(side)]}, {"params": [leaf(side)]}]
    ),
    "line search": lambda side: search(side),
    "capturable": lambda side: capturable(side),
    "fused and foreach": wrong("Adam", {"fused": True, "foreach": True}),
    "fused and differentiable": wrong("SGD", {"fused": True, "differentiable": True}),
    "nesterov": wrong("SGD", {"nesterov": True}),
    "nesterov and dampening": wrong("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    "etas": wrong("Rprop", {"etas": (1.2, 0.5)}),
    "tensor rate of several": lambda side: side.optim.SGD([leaf(side)], lr=side.tensor([0.1, 0.2])),
    "tensor rate and foreach": lambda side: side.optim.Adam(
        [leaf(side)], lr=side.tensor(0.1), foreach=True
    ),
    **{
        f"{name} {key}={value}": wrong(name, {key: value})
        for name, key, value in (
            *(("SGD", "lr", -1.0), ("SGD", "momentum", -1.0), ("SGD", "weight_decay", -1.0)),
            *(("Adam", "lr", float("nan")), ("Adam", "eps", -1.0), ("Adam", "betas", (1.0, 0.9))),
            *(("AdamW", "betas", (0.9, -0.1)), ("Adam", "weight_decay", -1.0)),
            *(("RMSprop", "alpha", -1.0), ("RMSprop", "momentum", -1.0), ("RMSprop", "eps", -1.0)),
            *(("Adagrad", "lr_decay", -1.0), ("Adagrad", "initial_accumulator_value", -1.0)),
            *(("Adadelta", "rho", 1.5), ("Adamax", "betas", (0.9, 1.0)), ("Adamax", "eps", -1.0)),
            *(("NAdam", "momentum_decay", -1.0), ("RAdam", "lr", -1.0), ("ASGD", "lr", -1.0)),
            *(("Adafactor", "lr", -1.0), ("Adafactor", "beta2_decay", 1.0)),
            *(("Adafactor", "eps", (-1.0, 1.0)), ("Adafactor", "eps", (1.0, -1.0))),
            *(("Adafactor", "d", 0.5), ("Adafactor", "weight_decay", -1.0)),
            *(("Muon", "lr", -1.0), ("Muon", "momentum", -1.0), ("Muon", "weight_decay", -1.0)),
            *(("Muon", "adjust_lr_fn", "x"), ("Muon", "lr", 0.1)),
            *(("LBFGS", "lr", -1.0), ("Rprop", "lr", -1.0), ("Adagrad", "eps", -1.0)),
        )
    },
}


def twice(side: Any) -> Any:
    x = leaf(side)
    return side.optim.SGD([{"params": [x]}, {"params": [x]}])


def search(side: Any) -> Any:
    x = leaf(side)

    def closure() -> Any:
        x.grad = side.tensor([1.0, 1.0])
        return side.tensor(1.0)

    return side.optim.LBFGS([x], line_search_fn="golden").step(closure)


def capturable(side: Any) -> Any:
    x = leaf(side)
    x.grad = side.tensor([1.0, 1.0])
    return side.optim.Adam([x], capturable=True).step()


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    caught: list[BaseException] = []
    for side in SIDES:
        with pytest.raises(Exception) as told:  # noqa: PT011  # its kind is compared below
            MISTAKES[name](side)
        caught.append(told.value)
    own, theirs = caught
    assert isinstance(own, type(theirs))
    if name == "capturable":  # whose list of devices differs
        assert str(own).split("[")[0] == str(theirs).split("[")[0]
    else:
        assert str(own) == str(theirs)


@both_sides
def test_a_parameter_twice_in_a_group(side: Any) -> None:
    x = leaf(side)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        side.optim.SGD([x, x])


def test_an_option_without_a_value() -> None:
    required, theirs = (module(side, "optim.optimizer").required for side in SIDES)
    assert repr(required) == repr(theirs)

    class Plain(ours.optim.Optimizer):
        pass

    with pytest.raises(ValueError, match=r"didn't specify a value of required .* lr"):
        Plain([leaf(ours)], {"lr": required})
    assert Plain([{"params": leaf(ours), "lr": 2.0}], {"lr": required}).param_groups[0]["lr"] == 2.0


def test_what_is_not_there_says_what_is() -> None:
    with pytest.raises(NotSupportedError, match="consider Adam instead"):
        ours.optim.SparseAdam([leaf(ours)])
    x = leaf(ours)
    x.grad = ours.tensor([1.0, 1.0])
    with pytest.raises(NotSupportedError, match="differentiable=True"):
        ours.optim.SGD([x], differentiable=True).step()


@both_sides
def test_names(side: Any) -> None:
    x, y = leaf(side), leaf(side)
    optimizer = side.optim.Adam([("first", x), ("second", y)])
    assert optimizer.param_groups[0]["param_names"] == ["first", "second"]
    assert [p is q for p, q in zip(optimizer.param_groups[0]["params"], [x, y], strict=True)]
    state = optimizer.state_dict()
    assert state["param_groups"][0]["params"] == [0, 1]
    assert state["param_groups"][0]["param_names"] == ["first", "second"]
    other = side.optim.Adam([leaf(side), leaf(side)])
    other.load_state_dict(state)
    assert other.param_groups[0]["param_names"] == ["first", "second"]
    again = side.optim.Adam([("a", leaf(side)), ("b", leaf(side))])
    again.load_state_dict(side.optim.Adam([leaf(side), leaf(side)]).state_dict())
    assert again.param_groups[0]["param_names"] == ["a", "b"]


@both_sides
def test_forgetting_gradients(side: Any) -> None:
    x, y = leaf(side), leaf(side)
    optimizer = side.optim.SGD([x, y])
    x.grad = side.tensor([1.0, 1.0])
    held = x.grad
    optimizer.zero_grad(set_to_none=False)
    assert x.grad is held
    assert x.grad.tolist() == [0.0, 0.0]
    assert y.grad is None
    optimizer.zero_grad()
    assert x.grad is None


@both_sides
def test_a_closure_runs_with_gradients_and_returns_the_loss(side: Any) -> None:
    x = leaf(side)
    optimizer = side.optim.SGD([x], lr=0.5)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with side.no_grad():
        loss = optimizer.step(closure)
        assert not side.is_grad_enabled()
    assert loss.item() == 5.0
    assert x.tolist() == [0.0, 0.0]
    assert x.requires_grad
    assert x.is_leaf


@both_sides
def test_only_what_has_a_gradient_is_updated(side: Any) -> None:
    x, y = leaf(side), leaf(side)
    optimizer = side.optim.Adam([x, y], lr=1.0)
    x.grad = side.tensor([1.0, 1.0])
    optimizer.step()
    assert list(optimizer.state_dict()["state"]) == [0]
    assert y.tolist() == [1.0, 2.0]
    assert optimizer.state[x]["step"].item() == 1.0


@both_sides
def test_a_rate_that_is_changed_holds_from_the_next_step_on(side: Any) -> None:
    x = leaf(side)
    optimizer = side.optim.SGD([x], lr=1.0)
    x.grad = side.tensor([1.0, 1.0])
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert x.tolist() == [0.75, 1.75]
    optimizer.add_param_group({"params": leaf(side, 5.0), "lr": 3.0})
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 3.0]


@pytest.mark.parametrize("name", ["SGD", "Adam", "RAdam", "Adagrad"])
def test_a_rate_that_is_a_tensor(name: str) -> None:
    ends: list[Any] = []
    for side in SIDES:
        x = leaf(side)
        optimizer = getattr(side.optim, name)([x], lr=side.tensor(0.1))
        for step in range(3):
            x.grad = side.tensor([1.0 + step, -2.0])
            optimizer.step()
        ends.append(numbers(x))
        assert "lr: " in repr(optimizer)
    np.testing.assert_allclose(*ends, rtol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision(name: str, dtype: str) -> None:
    """Stored in half precision, computed in more: near PyTorch's, which rounds after each op."""
    option = {"momentum": 0.9} if name == "SGD" else {}
    ends: list[Any] = []
    for side in SIDES:
        params = parameters(side, dtype)
        optimizer = getattr(side.optim, name)(params, lr=0.05, **option)
        for step in range(5):
            set_gradients(side, params, step)
            optimizer.step()
        assert all(str(p.dtype) == f"torch.{dtype}" for p in params)
        state = optimizer.state[params[0]]
        ends.append([p.float().tolist() for p in params])
        ends[-1].append(sorted(str(value.dtype) for value in state.values()))
    for own, theirs in zip(ends[0][:-1], ends[1][:-1], strict=True):
        np.testing.assert_allclose(own, theirs, atol=0.05 if dtype == "bfloat16" else 0.01)
    assert ends[0][-1] == ends[1][-1]


@both_sides
def test_hooks_of_a_step(side: Any) -> None:
    told: list[Any] = []
    x = leaf(side)
    x.grad = side.tensor([1.0, 1.0])
    optimizer = side.optim.SGD([x], lr=1.0)

    def before(opt: Any, args: Any, kwargs: Any) -> Any:
        told.append(("before", opt is optimizer, len(args), kwargs))
        return (args[0], lambda: "loss"), {}

    def after(opt: Any, args: Any, kwargs: Any) -> None:
        told.append(("after", opt is optimizer, len(args), kwargs))

    first = optimizer.register_step_pre_hook(before)
    optimizer.register_step_post_hook(after)
    everywhere = module(side, "optim.optimizer").register_optimizer_step_pre_hook(
        lambda opt, args, kwargs: told.append("everywhere")
    )
    last = module(side, "optim.optimizer").register_optimizer_step_post_hook(
        lambda opt, args, kwargs: told.append("at last")
    )
    try:
        assert optimizer.step() == "loss"
    finally:
        everywhere.remove()
        last.remove()
    assert told == [
        "everywhere",
        ("before", True, 1, {}),
        ("after", True, 2, {}),
        "at last",
    ]
    first.remove()
    told.clear()
    assert optimizer.step() is None
    assert told == [("after", True, 1, {})]
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kw"):
        optimizer.step()


@both_sides
def test_hooks_of_a_state_dict(side: Any) -> None:
    told: list[Any] = []
    optimizer = side.optim.SGD([leaf(side)], lr=1.0)
    optimizer.register_state_dict_pre_hook(lambda opt: told.append("second"))
    optimizer.register_state_dict_pre_hook(lambda opt: told.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda opt, state: {**state, "more": 1})
    state = optimizer.state_dict()
    assert told == ["first", "second"]
    assert state["more"] == 1

    def other_rate(opt: Any, state: Any) -> Any:
        group = {**state["param_groups"][0], "lr": 7.0}
        return {**state, "param_groups": [group]}

    optimizer.register_load_state_dict_pre_hook(other_rate)
    optimizer.register_load_state_dict_post_hook(lambda opt: told.append("loaded"))
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 7.0
    assert told[-1] == "loaded"


@both_sides
def test_state_dicts_that_do_not_fit(side: Any) -> None:
    optimizer = side.optim.SGD([leaf(side)])
    two = side.optim.SGD([{"params": [leaf(side)]}, {"params": [leaf(side)]}]).state_dict()
    with pytest.raises(ValueError, match="has a different number of parameter groups"):
        optimizer.load_state_dict(two)
    more = side.optim.SGD([leaf(side), leaf(side)]).state_dict()
    with pytest.raises(ValueError, match="that doesn't match the size of optimizer's group"):
        optimizer.load_state_dict(more)


@pytest.mark.parametrize("name", ["Adam", "NAdam", "ASGD", "SGD"])
def test_state_dicts_of_older_releases(name: str) -> None:
    """Without later options, and with counts that are numbers."""
    for side in SIDES:
        params = parameters(side, "float32")
        optimizer = getattr(side.optim, name)(params, lr=0.1)
        set_gradients(side, params, 0)
        optimizer.step()
        state = optimizer.state_dict()
        for group in state["param_groups"]:
            for key in ("foreach", "maximize", "capturable", "differentiable", "fused"):
                group.pop(key, None)
        for held in state["state"].values():
            for key in ("step", "mu_product", "eta", "mu"):
                if key in held:
                    held[key] = held[key].item()
        other = getattr(side.optim, name)(params, lr=0.3)
        other.load_state_dict(state)
        assert other.param_groups[0]["lr"] == 0.1
        assert other.param_groups[0]["maximize"] is False
        set_gradients(side, params, 1)
        other.step()
        if name != "SGD":
            assert other.state[params[0]]["step"].item() == 2.0


@both_sides
def test_a_loaded_state_takes_the_dtype_of_the_parameter(side: Any) -> None:
    x = side.tensor([1.0], dtype=side.float64, requires_grad=True)
    x.grad = side.tensor([1.0], dtype=side.float64)
    optimizer = side.optim.Adam([x])
    optimizer.step()
    y = side.tensor([1.0], dtype=side.float32, requires_grad=True)
    other = side.optim.Adam([y])
    other.load_state_dict(optimizer.state_dict())
    state = other.state[y]
    assert state["exp_avg"].dtype == side.float32
    assert state["step"].item() == 1.0


@both_sides
def test_copies(side: Any) -> None:
    x = leaf(side)
    x.grad = side.tensor([1.0, 1.0])
    optimizer = side.optim.Adam([x], lr=1.0)
    optimizer.step()
    twin = copy.deepcopy(optimizer)
    (y,) = twin.param_groups[0]["params"]
    assert y is not x
    assert twin.state[y]["step"].item() == 1.0
    y.grad = side.tensor([1.0, 1.0])
    twin.step()
    assert twin.state[y]["step"].item() == 2.0
    assert optimizer.state[x]["step"].item() == 1.0
    assert repr(twin) == repr(optimizer)


@both_sides
def test_an_optimizer_of_ones_own(side: Any) -> None:
    class Descent(side.optim.Optimizer):
        def __init__(self, params: Any, rate: float) -> None:
            super().__init__(params, {"rate": rate})

        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["count"] = state.get("count", 0) + 1
                    p.data = p.data - group["rate"] * p.grad

    class Louder(Descent):
        def step(self, closure: Any = None) -> None:
            super().step(closure)

    told: list[int] = []
    for kind in (Descent, Louder):
        x = leaf(side)
        x.grad = side.tensor([1.0, 2.0])
        optimizer = kind([x], rate=0.5)
        optimizer.register_step_post_hook(lambda opt, args, kwargs: told.append(1))
        optimizer.step()
        assert x.tolist() == [0.5, 1.0]
        assert optimizer.state_dict() == {
            "state": {0: {"count": 1}},
            "param_groups": [{"rate": 0.5, "params": [0]}],
        }
    if side is ours:  # PyTorch calls them for the step within too, once it was hooked
        assert told == [1, 1]


def test_a_step_compiles_nothing_new_for_another_rate() -> None:
    """Rates, decays and counts are arguments of the kernels."""
    params = parameters(ours, "float32")
    optimizer = ours.optim.AdamW(params, lr=0.1)
    seen: list[int] = []
    for step in range(5):
        optimizer.param_groups[0].update(lr=0.1 / (step + 1), weight_decay=0.01 * (step + 1))
        for p in params:
            p.grad = ours.tensor(numbers(p).tolist())
        optimizer.step()
        seen.append(len(kernel_store.used()))
    assert seen[2:] == [seen[2]] * 3


@pytest.mark.parametrize(
    "option",
    [
        {},
        {"lr": 0.1, "nesterov": False, "weight_decay": 0.0},
        {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
        {"lr": 0.02, "adjust_lr_fn": "original", "momentum": 0.5},
    ],
    ids=str,
)
def test_muon(option: dict[str, Any]) -> None:
    """Its directions are computed in bfloat16: to a digit or two."""
    ends: list[Any] = []
    for side in SIDES:
        draw = np.random.default_rng(0)
        shapes = ((3, 5), (6, 2), (4, 4))
        params = [
            side.tensor(draw.normal(size=shape).tolist(), requires_grad=True) for shape in shapes
        ]
        optimizer = side.optim.Muon(params, **option)
        for step in range(8):
            set_gradients(side, params, 0)
            params[1].grad = params[1].detach() * (1.0 + step)
            optimizer.step()
        ends.append([numbers(p) for p in params])
        ends[-1].append(numbers(optimizer.state[params[0]]["momentum_buffer"]))
    for own, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(own, theirs, atol=0.5 * option.get("lr", 1e-3))


def test_lbfgs_without_curvature_or_gradient() -> None:
    for side in SIDES:
        x = leaf(side)
        optimizer = side.optim.LBFGS([x, leaf(side)])

        def closure(side: Any = side, x: Any = x) -> Any:
            x.grad = side.tensor([0.0, 0.0])
            return side.tensor(3.0)

        assert optimizer.step(closure).item() == 3.0
        assert optimizer.state_dict()["state"][0] == {"func_evals": 1, "n_iter": 0}


def test_lbfgs_state_goes_on_in_pytorch() -> None:
    """And back: three steps in one, three in the other, as six in one."""

    def walk(side: Any, params: list[Any], optimizer: Any, steps: int) -> None:
        def closure() -> Any:
            optimizer.zero_grad()
            loss = sum((p * p * p * p).sum() + (p - 1.0).sum() * 0.1 for p in params)
            loss.backward()
            return loss

        for _ in range(steps):
            optimizer.step(closure)

    for start, end in (SIDES, SIDES[::-1]):
        option = {"max_iter": 2, "line_search_fn": "strong_wolfe"}
        whole = parameters(end, "float64")
        walk(end, whole, end.optim.LBFGS(whole, **option), 6)
        half = parameters(start, "float64")
        optimizer = start.optim.LBFGS(half, **option)
        walk(start, half, optimizer, 3)
        rest = [end.tensor(p.tolist(), dtype=end.float64, requires_grad=True) for p in half]
        other = end.optim.LBFGS(rest, **option)
        other.load_state_dict(translated(optimizer.state_dict(), end))
        walk(end, rest, other, 3)
        for own, theirs in zip(rest, whole, strict=True):
            np.testing.assert_allclose(numbers(own), numbers(theirs), rtol=1e-7, atol=1e-9)


def test_no_warning_is_given_by_an_ordinary_loop() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = leaf(ours)
        optimizer = ours.optim.Adam([x])
        schedule = ours.optim.lr_scheduler.StepLR(optimizer, 1)
        for _ in range(3):
            optimizer.zero_grad()
            (x * x).sum().backward()
            optimizer.step()
            schedule.step()
    compare_states(schedule.get_last_lr(), [1e-6], 1e-9)
