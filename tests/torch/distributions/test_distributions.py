"""Distributions: densities, entropies and divergences are PyTorch's; draws have the right moments.

Idea: the same parameters and values on both sides.
Not here: the generator.
Read next: ../../../minitorch/torch/distributions/distribution.py
"""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.torch as ours

theirs: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

KINDS: dict[str, tuple[list[Any], list[Any], list[float]]] = {
    # name: parameters, parameters of another, values
    "Normal": ([[0.5, -1.0], [1.0, 2.0]], [[0.0, 0.0], [0.5, 3.0]], [0.3, -0.7]),
    "LogNormal": ([[0.5, -1.0], [1.0, 2.0]], [[0.0, 0.0], [0.5, 3.0]], [0.3, 0.7]),
    "Uniform": ([[0.0, -1.0], [1.0, 2.0]], [[-1.0, -1.0], [1.5, 2.5]], [0.3, 0.7]),
    "Bernoulli": ([[0.2, 0.7]], [[0.5, 0.4]], [1.0, 0.0]),
    "Categorical": ([[[0.2, 0.8, 1.0], [1.0, 1.0, 2.0]]], [[[0.3, 0.3, 0.4]]], [1.0, 2.0]),
    "Exponential": ([[0.5, 2.0]], [[1.0, 1.0]], [0.3, 0.7]),
    "Laplace": ([[0.5, -1.0], [1.0, 2.0]], [[0.0, 0.0], [0.5, 3.0]], [0.3, -0.7]),
}


def made(torch: Any, name: str, parameters: list[Any]) -> tuple[Any, list[Any]]:
    tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    return getattr(torch.distributions, name)(*tensors), tensors


def numbers(torch: Any, name: str) -> list[Any]:
    parameters, others, values = KINDS[name]
    p, tensors = made(torch, name, parameters)
    q, _ = made(torch, name, others)
    value = torch.tensor(values, dtype=torch.float64)
    logarithm = p.log_prob(value)
    seen = [logarithm, p.entropy()]
    if name not in ("LogNormal", "Laplace"):
        seen.append(torch.distributions.kl_divergence(p, q))
    if name != "Categorical":
        seen += [p.mean, p.variance, p.stddev]
    sum(it.sum() for it in seen[:2]).backward()
    return [*seen, *(t.grad for t in tensors)]


@pytest.mark.parametrize("name", KINDS)
def test_formulas_are_pytorchs(name: str) -> None:
    for mine, expected in zip(numbers(ours, name), numbers(theirs, name), strict=True):
        assert tuple(mine.shape) == tuple(expected.shape)
        assert mine.reshape(-1).tolist() == pytest.approx(expected.reshape(-1).tolist(), abs=1e-6)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "Categorical"])
def test_draws_have_the_mean_and_deviation(name: str) -> None:
    ours.manual_seed(0)
    p, _ = made(ours, name, [[0.4], [0.9]][: len(KINDS[name][0])])
    drawn = p.sample((20000,))
    assert tuple(drawn.shape) == (20000, 1)
    assert not drawn.requires_grad
    assert drawn.mean().item() == pytest.approx(p.mean.item(), rel=0.1, abs=0.05)
    assert drawn.std().item() == pytest.approx(p.stddev.item(), rel=0.15)


def test_classes_are_drawn_by_their_probabilities() -> None:
    ours.manual_seed(0)
    p = ours.distributions.Categorical(ours.tensor([1.0, 3.0, 0.0]))
    drawn = p.sample((4000,))
    assert (drawn == 1).double().mean().item() == pytest.approx(0.75, abs=0.03)
    assert (drawn == 2).sum().item() == 0


def test_gradients_flow_through_a_draw() -> None:
    loc = ours.tensor(1.0, requires_grad=True)
    ours.distributions.Normal(loc, 2.0).rsample((3,)).sum().backward()
    assert loc.grad.item() == 3.0


@pytest.mark.parametrize("torch", [theirs, ours], ids=["theirs", "ours"])
def test_a_parameter_out_of_range_is_refused(torch: Any) -> None:
    with pytest.raises(ValueError, match="Expected parameter scale"):
        torch.distributions.Normal(torch.tensor(0.0), torch.tensor(-1.0), validate_args=True)
