"""Random tensors: their distributions by their moments, seeds and states, and what is refused.

Idea: the mean of n numbers is within five standard errors of the distribution's, for one seed.
Not here: the generator itself (../../engine/test_random.py).
Read next: ../../engine/test_random.py
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .both import check_errors, theirs

N = 20_000

# What is drawn, its mean, and its variance.
DRAWS: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "rand": (lambda t: t.rand(N), 1 / 2, 1 / 12),
    "rand float64": (lambda t: t.rand(N, dtype=t.float64), 1 / 2, 1 / 12),
    "randn": (lambda t: t.randn(N), 0, 1),
    "randn float64": (lambda t: t.randn(N, dtype=t.float64), 0, 1),
    "randn half": (lambda t: t.randn(N, dtype=t.float16).float(), 0, 1),
    "normal": (lambda t: t.normal(2.0, 3.0, (N,)), 2, 9),
    "normal of means": (lambda t: t.normal(t.full((N,), 2.0), 3.0), 2, 9),
    "randint": (lambda t: t.randint(-3, 4, (N,)).float(), 0, 4),
    "uniform_": (lambda t: t.empty(N).uniform_(2, 6), 4, 16 / 12),
    "normal_": (lambda t: t.empty(N).normal_(1, 2), 1, 4),
    "random_": (lambda t: t.empty(N).random_(0, 7), 3, 4),
    "exponential_": (lambda t: t.empty(N).exponential_(2.0), 1 / 2, 1 / 4),
    "log_normal_": (
        lambda t: t.empty(N).log_normal_(0, 0.5),
        exp(0.125),
        exp(0.25) * (exp(0.25) - 1),
    ),
    "geometric_": (lambda t: t.empty(N).geometric_(0.3), 1 / 0.3, 0.7 / 0.09),
    "bernoulli": (lambda t: t.bernoulli(t.full((N,), 0.3)), 0.3, 0.21),
    "bernoulli_": (lambda t: t.empty(N).bernoulli_(0.8), 0.8, 0.16),
    "poisson": (lambda t: t.poisson(t.full((N,), 4.0)), 4, 4),
    "poisson of many": (lambda t: t.poisson(t.full((N,), 900.0)), 900, 900),
    "cauchy_": (lambda t: (t.empty(N).cauchy_(1.0) > 1.0).float(), 0.5, 0.25),
    "multinomial": (
        lambda t: t.multinomial(t.tensor([1.0, 2.0, 1.0]), N, replacement=True).float(),
        1,
        0.5,
    ),
    "multinomial of rows": (
        lambda t: t.multinomial(t.tensor([[1.0, 0.0, 3.0]]).expand(N, 3), 1).float(),
        1.5,
        0.75,
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_moments(name: str) -> None:
    draw, mean, variance = DRAWS[name]
    ours.manual_seed(11)
    drawn = draw(ours)
    values = drawn.double().numpy()
    theirs.manual_seed(1)
    known = draw(theirs)
    assert str(drawn.dtype) == str(known.dtype)
    assert tuple(drawn.shape) == tuple(known.shape)
    assert abs(values.mean() - mean) < 5 * sqrt(variance / N)
    assert values.var() == pytest.approx(variance, rel=0.15)


def test_uniform_numbers_are_spread() -> None:
    ours.manual_seed(3)
    counts, _ = np.histogram(ours.rand(N).numpy(), 20, (0, 1))
    assert ((counts - N / 20) ** 2 / (N / 20)).sum() < 45  # chi-square of 19 degrees of freedom
    counts, _ = np.histogram(ours.randn(N).numpy(), [-9, -1, 0, 1, 9])
    assert counts / N == pytest.approx([0.1587, 0.3413, 0.3413, 0.1587], abs=0.02)


def test_permutations() -> None:
    ours.manual_seed(0)
    drawn = ours.randperm(100)
    assert drawn.dtype is ours.int64
    assert sorted(drawn.tolist()) == list(range(100))
    assert drawn.tolist() != ours.randperm(100).tolist()
    assert sorted(ours.multinomial(ours.ones(5), 5).tolist()) == list(range(5))


def test_seeds_and_states() -> None:
    first = ours.manual_seed(7)
    a = ours.rand(3)
    state = ours.get_rng_state()
    b = ours.rand(3)
    ours.set_rng_state(state)
    assert ours.rand(3).tolist() == b.tolist()
    assert first is ours.default_generator
    assert ours.manual_seed(7).initial_seed() == ours.initial_seed() == 7
    assert ours.rand(3).tolist() == a.tolist()
    ours.manual_seed(-1)
    assert ours.initial_seed() == 2**64 - 1
    generator = ours.Generator().manual_seed(5)
    c = ours.randn(4, generator=generator)
    assert ours.empty(4).normal_(generator=generator.manual_seed(5)).tolist() == c.tolist()
    with ours.random.fork_rng():
        ours.rand(10)
    d = ours.rand(2)
    ours.manual_seed(-1)
    assert ours.rand(2).tolist() == d.tolist()
    assert ours.seed() == ours.initial_seed()


def test_in_place_keeps_the_storage_and_the_graph() -> None:
    x = ours.ones(3, requires_grad=True)
    y = x * 2
    y.uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0] * 3
    with pytest.raises(RuntimeError, match="leaf Variable"):
        x.normal_()
    view = ours.zeros(4)
    view[1:3].normal_()
    assert view[0] == view[3] == 0
    assert view[1] != 0


WRONG: dict[str, Callable[..., Any]] = {
    "a range backwards": lambda t: t.randint(3, 3, (2,)),
    "uniform backwards": lambda t: t.empty(2).uniform_(1, 0),
    "a negative deviation": lambda t: t.empty(2).normal_(0, -1),
    "a probability above one": lambda t: t.bernoulli(t.tensor([1.5])),
    "a negative weight": lambda t: t.multinomial(t.tensor([-1.0, 2.0]), 1),
    "no weight": lambda t: t.multinomial(t.tensor([0.0, 0.0]), 1),
    "too many draws": lambda t: t.multinomial(t.ones(2), 3),
    "a negative rate": lambda t: t.poisson(t.tensor([-1.0])),
    "a permutation of fewer than none": lambda t: t.randperm(-1),
    "whole numbers from a float distribution": lambda t: t.zeros(2, dtype=t.int64).uniform_(),
    "a state of another size": lambda t: t.set_rng_state(t.zeros(3, dtype=t.uint8)),
    "a seed too large": lambda t: t.manual_seed(2**70),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str) -> None:
    check_errors(WRONG[name])
