"""minitorch.compile: a replayed step leaves everything as the step itself would have.

Idea: each program is run twice from the same start, once as it is and once compiled, on the same
    batches; parameters, state and results must be equal, and the compiled one must really have
    been replayed, or say why it was not.
Not here: single kernels (tests/rules/).
Read next: minitorch/capture/step.py
"""

from __future__ import annotations

import gc
import logging
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import Adam, FusedBackend, Module, Parameter, Tensor, manual_seed
from minitorch.capture import Compiled

pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("compiled_at_once")]

FLOAT = np.dtype("float32")


def made(array: Any, dtype: Any = FLOAT) -> Tensor:
    return minitorch.from_numpy(np.array(array, dtype), backend=FusedBackend)


class Linear(Module):
    def __init__(self, rng: np.random.Generator, wide: int, out: int) -> None:
        super().__init__()
        self.weights = Parameter(made(rng.uniform(-1, 1, (wide, out)) / wide**0.5))
        self.bias = Parameter(made(np.zeros(out)))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weights.value + self.bias.value


class Perceptron(Module):
    def __init__(self, seed: int = 0, rate: float = 0.0) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.one, self.two = Linear(rng, 12, 16), Linear(rng, 16, 4)
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        x = self.one(x).relu()
        x = minitorch.dropout(x, self.rate, not self.training)
        return minitorch.logsoftmax(self.two(x), 1)


class Convolutional(Module):
    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.filters = Parameter(made(rng.uniform(-0.5, 0.5, (3, 1, 3, 3))))
        self.bias = Parameter(made(np.zeros((3, 1, 1))))
        self.out = Linear(rng, 12, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = (minitorch.conv2d(x, self.filters.value) + self.bias.value).relu()
        x = minitorch.maxpool2d(x, (4, 4))
        x = minitorch.dropout(x.view(x.shape[0], 12), 0.25, not self.training)
        return minitorch.logsoftmax(self.out(x), 1)


OPTIMISERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda parameters: minitorch.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: minitorch.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: Adam(parameters, lr=0.01, weight_decay=0.1),
}


class Training:
    """A network, an optimiser, and a step over them."""

    def __init__(self, network: Module, optimiser: str = "adam") -> None:
        self.network = network
        self.optimiser = OPTIMISERS[optimiser](network.parameters())
        self.rng = np.random.default_rng(1)

    def batch(self, size: int = 8) -> tuple[Tensor, Tensor]:
        shape = (size, 1, 8, 8) if isinstance(self.network, Convolutional) else (size, 12)
        x = made(self.rng.standard_normal(shape))
        return x, made(self.rng.integers(0, 4, size), np.int64)

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        self.optimiser.zero_grad()
        loss = minitorch.nll_loss(self.network(x), y)
        loss.backward()
        self.optimiser.step()
        return loss

    def numbers(self) -> list[Any]:
        """All that training leaves behind."""
        out = [p.value.to_numpy().copy() for p in self.network.parameters()]
        saved = self.optimiser.state_dict()
        return [*out, *[saved[key] for key in sorted(saved)]]


def assert_alike(one: list[Any], two: list[Any]) -> None:
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def trained(
    training: Training, step: Callable[..., Any], count: int = 20, between: Any = None
) -> list[Any]:
    """Losses of so many steps, and what they leave behind."""
    manual_seed(3)
    losses: list[Tensor] = []
    for k in range(count):
        if between is not None:
            between(training, k)
        losses.append(step(*training.batch()))
    return [*[loss.item() for loss in losses], *training.numbers()]


def both(
    make: Callable[[], Training], between: Any = None, count: int = 20
) -> tuple[list[Any], list[Any], Compiled]:
    """The same training as it is, and compiled."""
    plain, captured = make(), make()
    compiled = minitorch.compile(captured.step)
    return (
        trained(plain, plain.step, count, between),
        trained(captured, compiled, count, between),
        compiled,
    )


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_perceptron_learns_the_same(optimiser: str) -> None:
    plain, captured, compiled = both(lambda: Training(Perceptron(), optimiser))
    assert_alike(plain, captured)
    assert compiled.why is None
    assert compiled.recordings + compiled.replays == 19
    assert compiled.replays >= 14


def test_a_convolutional_network_with_dropout_learns_the_same() -> None:
    plain, captured, compiled = both(lambda: Training(Convolutional()))
    offset = minitorch.default_generator.offset
    assert_alike(plain, captured)
    assert compiled.why is None
    assert compiled.replays >= 14
    assert offset == 20 * 8 * 12  # each step drew one mask


def test_reseeding_is_followed() -> None:
    def between(_: Training, k: int) -> None:
        if k == 12:
            manual_seed(9)

    plain, captured, compiled = both(lambda: Training(Perceptron(rate=0.5)), between)
    assert_alike(plain, captured)
    assert compiled.replays >= 8 + 4


def test_another_batch_size_is_recorded_anew() -> None:
    training = Training(Perceptron())
    other = Training(Perceptron())
    compiled = minitorch.compile(training.step)
    for size in [8] * 8 + [5] * 8 + [8] * 3 + [5] * 3:
        loss, expected = compiled(*training.batch(size)), other.step(*other.batch(size))
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert_alike(training.numbers(), other.numbers())
    assert compiled.replays >= 2 + 2 + 3 + 3


def test_a_changed_learning_rate_needs_no_recording() -> None:
    def between(training: Training, k: int) -> None:
        training.optimiser.lr = 0.1 / (1 + k)

    for optimiser in OPTIMISERS:
        plain, captured, compiled = both(lambda: Training(Perceptron(), optimiser), between)  # noqa: B023
        assert_alike(plain, captured)
        assert compiled.recordings <= 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("betas", (0.5, 0.9)), ("eps", 1e-2), ("weight_decay", 0.0), ("weight_decay", 0.3)],
)
def test_a_changed_hyperparameter_is_honoured(name: str, value: Any) -> None:
    def between(training: Training, k: int) -> None:
        if k == 8:
            setattr(training.optimiser, name, value)

    plain, captured, compiled = both(lambda: Training(Perceptron()), between)
    assert_alike(plain, captured)
    assert compiled.recordings >= 6


def test_evaluation_mode_is_honoured() -> None:
    def between(training: Training, k: int) -> None:
        training.network.train() if k % 8 < 5 else training.network.eval()

    plain, captured, compiled = both(lambda: Training(Perceptron(rate=0.5)), between, count=32)
    assert_alike(plain, captured)
    assert compiled.recordings >= 6
    assert compiled.replays > 10


def test_a_plain_attribute_of_a_module_is_guarded() -> None:
    def between(training: Training, k: int) -> None:
        training.network.rate = 0.5 if k < 10 else 0.25  # type: ignore[assignment]

    plain, captured, compiled = both(lambda: Training(Perceptron(rate=0.5)), between)
    assert_alike(plain, captured)
    assert compiled.recordings >= 6


def test_replaced_and_overwritten_parameters_are_used() -> None:
    def between(training: Training, k: int) -> None:
        weights = training.network.parameters()[0]
        if k == 8:
            weights.update(made(np.full((12, 16), 0.1)))
        if k == 12:
            weights.value._tensor.set((1, 1), 5.0)
        if k == 15:
            weights.value.to_numpy()[2, 2] = 7.0
        if k == 17:
            saved = training.optimiser.state_dict()
            saved["mean.0"] = saved["mean.0"] * 0.0
            training.optimiser.load_state_dict(saved)

    plain, captured, compiled = both(lambda: Training(Perceptron()), between)
    assert_alike(plain, captured)
    assert compiled.replays >= 14


def test_old_parameters_that_somebody_holds_stay_as_they_were() -> None:
    training = Training(Perceptron())
    compiled = minitorch.compile(training.step)
    weights = training.network.parameters()[0]
    for _ in range(9):
        compiled(*training.batch())
    held = weights.value
    view = held.permute(1, 0)
    array = weights.value.to_numpy()
    before = array.copy()
    lazy = weights.value.detach() * 2.0  # reads them only later
    replays = compiled.replays
    compiled(*training.batch())
    assert compiled.replays == replays + 1
    assert held is not weights.value
    np.testing.assert_array_equal(array, before)
    np.testing.assert_array_equal(held.to_numpy(), before)
    np.testing.assert_array_equal(view.to_numpy(), before.T)
    np.testing.assert_array_equal(lazy.to_numpy(), before * 2)
    assert not np.array_equal(weights.value.to_numpy(), before)


def test_a_pending_reader_of_old_parameters_reads_the_old_ones() -> None:
    training = Training(Perceptron())
    compiled = minitorch.compile(training.step)
    weights = training.network.parameters()[0]
    for _ in range(9):
        compiled(*training.batch())
    lazy = weights.value.detach() * 2.0
    expected = np.array([[weights.value[i, j] * 2 for j in range(16)] for i in range(12)])
    compiled(*training.batch())
    np.testing.assert_allclose(lazy.to_numpy(), expected, rtol=1e-6)


def test_returned_losses_and_outputs_stay_distinct() -> None:
    training, other = Training(Perceptron()), Training(Perceptron())

    def step_of(it: Training) -> Callable[..., Any]:
        def step(x: Tensor, y: Tensor) -> dict[str, Any]:
            it.optimiser.zero_grad()
            output = it.network(x)
            loss = minitorch.nll_loss(output, y)
            loss.backward()
            it.optimiser.step()
            return {"loss": loss, "parts": [output, (x, 3, "text", None)]}

        return step

    compiled, plain = minitorch.compile(step_of(training)), step_of(other)
    kept = [(compiled(*training.batch()), plain(*other.batch())) for _ in range(10)]
    assert compiled.replays >= 4
    for ours, theirs in kept:
        assert ours["loss"].item() == pytest.approx(theirs["loss"].item(), rel=1e-5)
        np.testing.assert_allclose(
            ours["parts"][0].to_numpy(), theirs["parts"][0].to_numpy(), rtol=1e-5
        )
        np.testing.assert_array_equal(
            ours["parts"][1][0].to_numpy(), theirs["parts"][1][0].to_numpy()
        )
        assert ours["parts"][1][1:] == (3, "text", None)
    assert len({one["loss"].item() for one, _ in kept}) == 10


def test_an_argument_that_is_returned_is_the_argument() -> None:
    training = Training(Perceptron())

    def step(x: Tensor, y: Tensor) -> Tensor:
        training.step(x, y)
        return x

    compiled = minitorch.compile(step)
    for _ in range(9):
        x, y = training.batch()
        assert compiled(x, y) is x
    assert compiled.replays >= 1


def test_an_argument_may_be_the_parameters_themselves() -> None:
    def numbers(compile_it: bool) -> tuple[list[Any], Any]:
        training = Training(Perceptron())
        weights = training.network.parameters()[0]

        def step(x: Tensor, y: Tensor, anchor: Tensor) -> Tensor:
            training.optimiser.zero_grad()
            away = weights.value - anchor
            loss = minitorch.nll_loss(training.network(x), y) + (away * away).sum() + x.mean()
            loss.backward()
            training.optimiser.step()
            return loss.detach() + (weights.value.detach() - anchor).sum()

        run = minitorch.compile(step) if compile_it else step
        losses: list[Any] = []
        for k in range(14):
            anchor = weights.value.detach() if k in (9, 11) else made(np.full((12, 16), 0.1))
            losses.append(run(*training.batch(), anchor))
        return [*[it.item() for it in losses], *training.numbers()], run

    plain, _ = numbers(False)
    captured, compiled = numbers(True)
    assert_alike(plain, captured)
    assert compiled.replays >= 4


def test_gradients_add_up_without_an_optimiser() -> None:
    def gradients(compile_it: bool) -> tuple[list[Any], Any]:
        network, training = Perceptron(), Training(Perceptron())

        def step(x: Tensor, y: Tensor) -> None:
            minitorch.nll_loss(network(x), y).backward()

        run = minitorch.compile(step) if compile_it else step
        seen: list[Any] = []
        for k in range(14):
            run(*training.batch())
            seen += [p.value.grad.to_numpy().copy() for p in network.parameters()]
            if k == 10:
                network.parameters()[0].value.zero_grad_()
        return seen, run

    plain, _ = gradients(False)
    captured, compiled = gradients(True)
    assert_alike(plain, captured)
    assert compiled.replays >= 5


def test_gradients_are_right_where_the_optimiser_is_outside() -> None:
    def numbers(compile_it: bool) -> tuple[list[Any], Any]:
        training = Training(Perceptron())

        def gradients(x: Tensor, y: Tensor) -> Tensor:
            training.optimiser.zero_grad()
            loss = minitorch.nll_loss(training.network(x), y)
            loss.backward()
            return loss

        run = minitorch.compile(gradients) if compile_it else gradients
        held: list[Any] = []
        for _ in range(12):
            run(*training.batch())
            held += [p.value.grad for p in training.network.parameters()]
            training.optimiser.step()
        return [*[it.to_numpy() for it in held], *training.numbers()], run

    plain, _ = numbers(False)
    captured, compiled = numbers(True)
    assert_alike(plain, captured)
    assert compiled.replays >= 6


def test_two_steps_may_share_their_parameters() -> None:
    def make() -> tuple[Training, Callable[..., Any], Callable[..., Any]]:
        training = Training(Perceptron())
        second = minitorch.SGD(training.network.parameters(), lr=0.05)

        def other(x: Tensor, y: Tensor) -> Tensor:
            second.zero_grad()
            loss = (training.network(x) * training.network(x)).mean()
            loss.backward()
            second.step()
            return loss

        return training, training.step, other

    one, two = make(), make()
    first, second = minitorch.compile(two[1]), minitorch.compile(two[2])
    for _ in range(10):
        for ours, theirs in ((first, one[1]), (second, one[2])):
            expected = theirs(*one[0].batch()).item()
            assert ours(*two[0].batch()).item() == pytest.approx(expected, rel=1e-5)
    assert min(first.replays, second.replays) >= 4
    assert_alike(one[0].numbers(), two[0].numbers())


# What capture cannot follow runs as it is, and says why.


def refused(make_step: Callable[[Training], Callable[..., Any]], count: int = 12) -> Compiled:
    """Run a step compiled and as it is: the numbers are the same, and nothing was replayed."""
    plain, captured = Training(Perceptron()), Training(Perceptron())
    step = minitorch.compile(make_step(captured))
    assert_alike(trained(plain, make_step(plain), count), trained(captured, step, count))
    assert step.replays == 0
    assert step.why is not None
    return step


def test_reading_a_number_ends_the_capture(caplog: pytest.LogCaptureFixture) -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = it.step(x, y)
            if loss.item() > 1.5:
                it.optimiser.lr = 0.02
            return loss

        return step

    with caplog.at_level(logging.WARNING, "minitorch.capture"):
        compiled = refused(make_step)
    assert "a number of a tensor was read" in (compiled.why or "")
    assert caplog.text.count("a number of a tensor was read") == 1


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda loss: bool(loss), "read"),
        (lambda loss: loss.to_numpy(), "read"),
        (lambda loss: loss._tensor._storage, "read"),
        (lambda loss: str(loss), "printed"),
        (lambda loss: loss.tuple(), "tuple"),
        (lambda loss: loss.__setitem__(0, 1.0), "written"),
    ],
)
def test_every_way_to_read_ends_the_capture(read: Callable[[Tensor], Any], why: str) -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = it.step(x, y)
            read(loss)
            return loss

        return step

    assert why in (refused(make_step).why or "")


def test_numpy_inside_the_step_is_not_frozen() -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        def step(x: Tensor, y: Tensor) -> Tensor:
            scaled = made(it.rng.standard_normal((8, 12)).astype(np.float32) / 2)
            return it.step(x + scaled, y)

        return step

    assert "outside" in (refused(make_step).why or "")


def test_arrays_as_arguments_are_read_anew() -> None:
    def make(compile_it: bool) -> tuple[list[Any], Any]:
        training = Training(Perceptron())

        def step(x: Any, y: Any) -> Tensor:
            return training.step(
                minitorch.from_numpy(x, backend=FusedBackend),
                minitorch.from_numpy(y, backend=FusedBackend),
            )

        run = minitorch.compile(step) if compile_it else step
        rng = np.random.default_rng(5)
        x = rng.standard_normal((200, 12)).astype(np.float32)
        y = rng.integers(0, 4, 200)
        losses = [run(x[8 * k : 8 * k + 8], y[8 * k : 8 * k + 8]) for k in range(20)]
        return [*[it.item() for it in losses], *training.numbers()], run

    plain, _ = make(False)
    captured, compiled = make(True)
    assert_alike(plain, captured)
    assert compiled.replays >= 14


def test_preprocessing_of_an_array_argument_is_not_frozen() -> None:
    def make(compile_it: bool) -> tuple[list[Any], Any]:
        training = Training(Perceptron())

        def step(x: Any, y: Any) -> Tensor:
            pixels = x.astype(np.float32) / 255.0
            if pixels.mean() > 0.5:
                pixels = pixels * 2.0
            return training.step(
                minitorch.from_numpy(pixels, backend=FusedBackend),
                minitorch.from_numpy(y, backend=FusedBackend),
            )

        run = minitorch.compile(step) if compile_it else step
        rng = np.random.default_rng(5)
        losses = [
            run(rng.integers(0, 256, (8, 12), np.uint8), rng.integers(0, 4, 8)) for _ in range(12)
        ]
        return [*[it.item() for it in losses], *training.numbers()], run

    plain, _ = make(False)
    captured, compiled = make(True)
    assert_alike(plain, captured)
    assert compiled.replays == 0


def test_a_branch_on_an_array_argument_is_not_frozen() -> None:
    def make(compile_it: bool) -> tuple[list[Any], Any]:
        training = Training(Perceptron())

        def step(x: Any, y: Tensor) -> Tensor:
            tensor = minitorch.from_numpy(x, backend=FusedBackend)
            return training.step(tensor * 2.0 if x[0, 0] > 5 else tensor, y)

        run = minitorch.compile(step) if compile_it else step
        rng = np.random.default_rng(5)
        losses: list[Tensor] = []
        for k in range(12):
            x = rng.standard_normal((8, 12)).astype(np.float32)
            x[0, 0] = 10.0 if k == 9 else 0.0
            losses.append(run(x, training.batch()[1]))
        return [*[it.item() for it in losses], *training.numbers()], run

    plain, _ = make(False)
    captured, compiled = make(True)
    assert_alike(plain, captured)
    assert compiled.replays == 0


@pytest.mark.parametrize("draw", [random.random, np.random.random_sample])
def test_other_random_numbers_are_not_frozen(draw: Callable[[], float]) -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        def step(x: Tensor, y: Tensor) -> Tensor:
            return it.step(x * 2.0 if draw() < 0.0 else x, y)

        return step

    assert "random" in (refused(make_step).why or "")


def test_a_number_that_python_changes_is_not_frozen() -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        count = 0

        def step(x: Tensor, y: Tensor) -> Tensor:
            nonlocal count
            count += 1
            return it.step(x * (1.0 + 0.1 * count), y)

        return step

    assert "count" in (refused(make_step).why or "")


def test_a_number_that_changes_between_steps_is_recorded_anew() -> None:
    def make(compile_it: bool) -> tuple[list[Any], Any]:
        training, scale = Training(Perceptron()), [1.0]

        def step(x: Tensor, y: Tensor) -> Tensor:
            return training.step(x * scale[0], y)

        run = minitorch.compile(step) if compile_it else step
        losses: list[Tensor] = []
        for k in range(18):
            scale[0] = 1.0 if k < 9 else 2.0
            losses.append(run(*training.batch()))
        return [*[it.item() for it in losses], *training.numbers()], run

    plain, _ = make(False)
    captured, compiled = make(True)
    assert_alike(plain, captured)
    assert compiled.replays >= 4 + 4


def test_a_tensor_kept_aside_is_not_lost() -> None:
    def make_step(it: Training) -> Callable[..., Any]:
        kept: dict[str, Any] = {"deep": {"list": []}}

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = it.step(x, y)
            kept["deep"]["list"].append(loss.detach() * 1.0)
            return loss

        step.kept = kept  # type: ignore[attr-defined]
        return step

    refused(make_step)


def test_a_tensor_kept_where_no_walk_comes_is_not_lost() -> None:
    kept: list[Any] = []

    class Log:
        __slots__ = ()

        def add(self, it: Any) -> None:
            kept.append(it)

    def make_step(it: Training) -> Callable[..., Any]:
        hidden = [None] * 300  # too long for the walk
        place = iter(range(10**6))

        def step(x: Tensor, y: Tensor) -> Tensor:
            it.optimiser.zero_grad()
            output = it.network(x)
            hidden[next(place)] = output.detach()  # type: ignore[call-overload]
            loss = minitorch.nll_loss(output, y)
            loss.backward()
            it.optimiser.step()
            return loss

        return step

    assert "kept" in (refused(make_step).why or "")


def test_a_graph_that_is_left_behind_is_not_captured() -> None:
    training = Training(Perceptron())

    def forward(x: Tensor) -> Tensor:
        return training.network(x)

    compiled = minitorch.compile(forward)
    for _ in range(8):
        x, y = training.batch()
        training.optimiser.zero_grad()
        minitorch.nll_loss(compiled(x), y).backward()
        assert training.network.parameters()[0].value.grad is not None
        training.optimiser.step()
    assert "graph" in (compiled.why or "")
    assert compiled.replays == 0


def test_prediction_without_a_graph_is_captured() -> None:
    training = Training(Perceptron(rate=0.5))
    training.network.eval()

    def forward(x: Tensor) -> Tensor:
        with minitorch.no_grad():
            return training.network(x)

    compiled = minitorch.compile(forward)
    for _ in range(8):
        x, y = training.batch()
        np.testing.assert_allclose(compiled(x).to_numpy(), forward(x).to_numpy(), rtol=1e-5)
        training.step(x, y)
    assert compiled.replays >= 2


def test_an_argument_that_tracks_gradients_is_not_captured() -> None:
    training = Training(Perceptron())
    compiled = minitorch.compile(training.step)
    for _ in range(8):
        x, y = training.batch()
        x.requires_grad_(True)
        compiled(x, y)
        assert x.grad is not None
    assert compiled.replays == 0


def test_an_index_out_of_range_raises_and_changes_nothing() -> None:
    training = Training(Perceptron(rate=0.5))
    compiled = minitorch.compile(training.step)
    for _ in range(9):
        compiled(*training.batch())
    before, offset = training.numbers(), minitorch.default_generator.offset
    x, _ = training.batch()
    with pytest.raises(minitorch.IndexingError, match="Index 7"):
        compiled(x, made([0, 1, 2, 3, 7, 0, 0, 0], np.int64))
    assert minitorch.default_generator.offset - offset == 8 * 16  # of the step that raised
    assert_alike(before, training.numbers())
    replays = compiled.replays
    compiled(*training.batch())
    assert compiled.replays == replays + 1


def test_an_exception_in_the_step_reaches_the_caller() -> None:
    training = Training(Perceptron())

    def step(x: Tensor, y: Tensor) -> Tensor:
        if x.shape[0] == 5:
            raise ValueError("five")
        return training.step(x, y)

    compiled = minitorch.compile(step)
    for size in (8, 5, 8, 5, 8, 5, 8, 5, 8, 8, 8):
        if size == 5:
            with pytest.raises(ValueError, match="five"):
                compiled(*training.batch(5))
        else:
            compiled(*training.batch(8))
    assert compiled.replays >= 1


def test_a_compiled_step_inside_another_is_part_of_it() -> None:
    training, other = Training(Perceptron()), Training(Perceptron())
    inner = minitorch.compile(training.step)

    def outer(x: Tensor, y: Tensor) -> Tensor:
        return inner(x, y)

    compiled = minitorch.compile(outer)
    for _ in range(10):
        expected = other.step(*other.batch()).item()
        assert compiled(*training.batch()).item() == pytest.approx(expected, rel=1e-5)
    assert compiled.replays + inner.replays >= 5


def test_numbers_as_arguments_are_guards() -> None:
    training, other = Training(Perceptron()), Training(Perceptron())

    def step_of(it: Training) -> Callable[..., Any]:
        return lambda x, y, scale=1.0: it.step(x * scale, y)

    compiled, plain = minitorch.compile(step_of(training)), step_of(other)
    for k in range(16):
        scale = float(1 + k % 2)
        loss = compiled(*training.batch(), scale=scale).item()
        assert loss == pytest.approx(plain(*other.batch(), scale=scale).item(), rel=1e-5)
    assert compiled.replays >= 2 * 2


def test_a_network_and_optimiser_as_arguments() -> None:
    def step(it: Any, optimiser: Any, x: Tensor, y: Tensor) -> Tensor:
        optimiser.zero_grad()
        loss = minitorch.nll_loss(it(x), y)
        loss.backward()
        optimiser.step()
        return loss

    compiled = minitorch.compile(step)
    ours = [Training(Perceptron(seed)) for seed in (0, 1)]
    theirs = [Training(Perceptron(seed)) for seed in (0, 1)]
    for k in range(20):
        it, other = ours[k % 2], theirs[k % 2]
        loss = compiled(it.network, it.optimiser, *it.batch()).item()
        assert loss == pytest.approx(other.step(*other.batch()).item(), rel=1e-5)
    assert compiled.replays >= 10


def test_other_backends_run_as_they_are() -> None:
    backend = minitorch.FastBackend
    weights = Parameter(minitorch.tensor([1.0, 2.0], backend=backend))
    optimiser = minitorch.SGD([weights], lr=0.1)

    def step(x: Tensor) -> Tensor:
        optimiser.zero_grad()
        loss = (weights.value * x).sum()
        loss.backward()
        optimiser.step()
        return loss

    compiled = minitorch.compile(step)
    for _ in range(8):
        compiled(minitorch.tensor([1.0, 0.0], backend=backend))
    assert compiled.replays == 0
    assert "FastOps" in (compiled.why or "")
    assert weights.value[0] == pytest.approx(0.2)


def test_memory_stays_flat() -> None:
    training = Training(Perceptron(rate=0.5))
    compiled = minitorch.compile(training.step)
    batch = training.batch()
    for _ in range(50):
        compiled(*batch)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(2000):
            compiled(*batch)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert compiled.replays > 2000
    assert grown < 20_000
