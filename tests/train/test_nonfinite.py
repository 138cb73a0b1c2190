from __future__ import annotations

import math
from pathlib import Path

import pytest

from minitorch.errors import NonFiniteError
from minitorch.optim import Adam
from minitorch.random import default_generator
from minitorch.scalar import Scalar
from minitorch.tensor import tensor
from minitorch.train import start
from minitorch.train.diagnose import culprit, is_finite
from minitorch.train.models import ScalarPointNetwork


@pytest.mark.parametrize("model", ["scalar", "tensor"])
def test_a_learning_rate_too_high_is_named(model: str, tmp_path: Path) -> None:
    options = {"model": model, "limit": 10, "hidden": 8, "optimiser": "sgd", "seed": 1}
    with pytest.raises(NonFiniteError) as caught:
        start("xor", {**options, "learning_rate": 1e300}, tmp_path)
    text = str(caught.value)
    assert "is not finite at step" in text
    assert "Try a learning rate below 1e+300 with --lr." in text


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (lambda x: (x * 1e308) * 10.0, "the forward of Mul"),
        (lambda x: (x * 0.0 + 1000.0).exp() * 0.0, "the forward of Exp"),
        (lambda x: (x - 2.0) / (x - x), "the forward of Inv"),
        (lambda x: x * 1e308 + x * 0.5e308, "the forward of Mul"),
        (lambda x: x * 0.8e308 + x * 0.5e308, "the forward of Add"),
        (lambda x: x * math.inf, "no op that could be found"),
    ],
)
def test_the_op_of_the_forward_pass_is_found(op: object, name: str) -> None:
    assert callable(op)
    assert culprit(lambda: op(Scalar(2.0))) == name
    assert culprit(lambda: op(tensor([2.0, 1.0]))) == name


def test_the_op_of_the_backward_pass_is_found() -> None:
    def step() -> None:
        x = tensor([1e-160], requires_grad=True)
        (x * 1.0 + 0.0).backward(tensor([1.0]))
        y = tensor([1e-200], requires_grad=True)
        (1.0 / y).backward()

    assert culprit(step) == "the backward of Inv"


def test_the_repeated_step_draws_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the numbers drawn in the step decide where this one breaks."""
    seen: list[float] = []
    plain = ScalarPointNetwork.forward

    def forward(self: ScalarPointNetwork, points: list[list[float]]) -> list[Scalar]:
        seen.append(default_generator.random())
        broken = plain(self, points)
        return [value * math.nan if len(seen) % 4 == 3 else value for value in broken]

    monkeypatch.setattr(ScalarPointNetwork, "forward", forward)
    with pytest.raises(NonFiniteError, match="at step 3"):
        start("xor", {"model": "scalar", "limit": 4, "batch": 1, "epochs": 1}, tmp_path)
    assert len(seen) == 4
    assert seen[3] == seen[2]


def test_an_update_that_overflows_is_told_from_an_op(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Adam) -> None:
        self.parameters[0].update(Scalar(math.inf))

    monkeypatch.setattr(Adam, "step", step)
    with pytest.raises(NonFiniteError) as caught:
        start("xor", {"model": "scalar", "limit": 4, "batch": 2, "epochs": 2}, tmp_path)
    assert str(caught.value) == (
        "The loss is not finite at step 2 (epoch 1): the update before it made layer1.weight_0_0 "
        "so; expected finite numbers. Try a learning rate below 0.03 with --lr."
    )


def test_what_is_finite() -> None:
    assert is_finite(tensor([1.0, 2.0]))
    assert not is_finite(tensor([1.0, math.inf]))
    assert is_finite((1, "dims", None, 2.0))
    assert not is_finite([1.0, Scalar(math.nan)])
