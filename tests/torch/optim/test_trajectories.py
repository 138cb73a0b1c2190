"""Twenty steps from the same start are PyTorch's, with every option; so are state and repr."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .peers import (
    SIDES,
    compare_states,
    groups,
    numbers,
    parameters,
    set_gradients,
    translated,
)

STEPS = 20
RTOL = {"float64": 1e-10, "float32": 2e-5}
COMMON: list[dict[str, Any]] = [{}, {"weight_decay": 0.1}, {"maximize": True}, {"foreach": True}]

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        *COMMON,
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        {"fused": True},
    ],
    "Adam": [
        *COMMON,
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4},
        {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1},
        {"lr": 0.05, "decoupled_weight_decay": True, "weight_decay": 0.1},
        {"fused": True},
    ],
    "AdamW": [*COMMON, {"lr": 0.05, "amsgrad": True}, {"betas": (0.5, 0.6)}],
    "RMSprop": [
        *COMMON,
        {"centered": True},
        {"momentum": 0.8, "alpha": 0.9},
        {"momentum": 0.8, "centered": True, "weight_decay": 0.1, "eps": 1e-3},
    ],
    "Adagrad": [
        *COMMON,
        {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5},
        {"fused": True},
    ],
    "Adadelta": [*COMMON, {"rho": 0.5, "eps": 1e-3, "lr": 2.0}],
    "Adamax": [*COMMON, {"lr": 0.05, "betas": (0.5, 0.8), "eps": 1e-2}],
    "NAdam": [
        *COMMON,
        {"lr": 0.05, "momentum_decay": 0.1},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "RAdam": [
        *COMMON,
        {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "ASGD": [*COMMON, {"lr": 0.1, "lambd": 0.05, "alpha": 0.5, "t0": 5}],
    "Adafactor": [
        *COMMON,
        {"lr": 0.1, "d": 2.0, "eps": (1e-6, 1e-2), "beta2_decay": -0.5},
    ],
    "Rprop": [
        *(it for it in COMMON if "weight_decay" not in it),
        {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.2)},
    ],
}
CASES = [(name, option) for name, options in OPTIONS.items() for option in options]
every_case = pytest.mark.parametrize(
    ("name", "option"), CASES, ids=[f"{name}-{option}" for name, option in CASES]
)


def made(side: Any, name: str, option: dict[str, Any], dtype: str) -> tuple[Any, list[Any]]:
    params = parameters(side, dtype)
    option = dict(option)
    if dtype == "float64":  # two groups too
        return getattr(side.optim, name)(groups(params, {"lr": 0.02}), **option), params
    return getattr(side.optim, name)(params, **option), params


def run(side: Any, optimizer: Any, params: list[Any], first: int, last: int) -> list[Any]:
    path: list[Any] = []
    for step in range(first, last):
        set_gradients(side, params, step)
        optimizer.step()
        path.extend(numbers(p) for p in params)
    return path


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@every_case
def test_twenty_steps(name: str, option: dict[str, Any], dtype: str) -> None:
    paths: list[list[Any]] = []
    states: list[Any] = []
    for side in SIDES:
        optimizer, params = made(side, name, option, dtype)
        paths.append(run(side, optimizer, params, 0, STEPS))
        states.append(optimizer.state_dict())
    # A count that PyTorch keeps in float32 rounds what follows from it.
    rtol = 1e-6 if name in ("NAdam", "ASGD") and dtype == "float64" else RTOL[dtype]
    for k, (own, theirs) in enumerate(zip(*paths, strict=True)):
        np.testing.assert_allclose(own, theirs, rtol=rtol, atol=rtol, err_msg=f"position {k}")
    compare_states(*states, rtol=rtol)


@every_case
def test_repr(name: str, option: dict[str, Any]) -> None:
    own, theirs = (made(side, name, option, "float64")[0] for side in SIDES)
    assert repr(own) == repr(theirs)
    assert own.defaults == theirs.defaults


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("there_and_back", [False, True])
def test_checkpoints_go_both_ways(name: str, there_and_back: bool) -> None:
    """Half the way in one library, the other half in the other: the same as all in one."""
    option = OPTIONS[name][-1]
    start, end = SIDES if there_and_back else SIDES[::-1]
    whole, params = made(end, name, option, "float64")
    wanted = run(end, whole, params, 0, STEPS)[-len(params) :]
    half, params = made(start, name, option, "float64")
    run(start, half, params, 0, STEPS // 2)
    other, others = made(end, name, {}, "float64")
    for mine, p in zip(others, params, strict=True):
        mine.data = end.tensor(p.detach().tolist(), dtype=mine.dtype)
    other.load_state_dict(translated(half.state_dict(), end))
    found = run(end, other, others, STEPS // 2, STEPS)[-len(params) :]
    rtol = 1e-6 if name in ("NAdam", "ASGD") else 1e-10
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", OPTIONS)
def test_views_and_state_are_written_in_place(name: str) -> None:
    optimizer, params = made(ours, name, {}, "float32")
    set_gradients(ours, params, 0)
    optimizer.step()
    before = {key: value for p in params for key, value in optimizer.state[p].items()}
    shown = [p.data for p in params]
    rows = params[0].detach()[0]
    for step in (1, 2):
        set_gradients(ours, params, step)
        optimizer.step()
    for p, it in zip(params, shown, strict=True):
        assert numbers(it).tolist() == numbers(p).tolist()
    assert numbers(rows).tolist() == numbers(params[0])[0].tolist()
    after = {key: value for p in params for key, value in optimizer.state[p].items()}
    assert all(after[key] is value for key, value in before.items())


@pytest.mark.parametrize("line_search", [None, "strong_wolfe"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_lbfgs(line_search: str | None, dtype: str) -> None:
    ends: list[Any] = []
    losses: list[list[float]] = []
    for side in SIDES:
        params = parameters(side, dtype)
        optimizer = side.optim.LBFGS(
            params, lr=0.1 if line_search is None else 1.0, max_iter=6, line_search_fn=line_search
        )

        def closure(
            side: Any = side, params: list[Any] = params, optimizer: Any = optimizer
        ) -> Any:
            optimizer.zero_grad()
            moved = [p - 0.5 for p in params]
            loss = sum((p * p + q * q * q * q).sum() for p, q in zip(params, moved, strict=True))
            loss.backward()
            return loss

        losses.append([optimizer.step(closure).item() for _ in range(4)])
        ends.append([numbers(p) for p in params])
        state = optimizer.state_dict()["state"][0]
        ends[-1].append(np.array([state["func_evals"], state["n_iter"]]))
        assert set(state) <= {
            *("func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag"),
            *("prev_flat_grad", "prev_loss", "al"),
        }
    rtol = 1e-7 if dtype == "float64" else 2e-3
    np.testing.assert_allclose(*losses, rtol=rtol)
    if dtype == "float64":
        for own, theirs in zip(*ends, strict=True):
            np.testing.assert_allclose(own, theirs, rtol=rtol, atol=rtol)
