"""The training loop, for every network and every kind of number.

Idea: forward, loss, backward, update; again for every batch of every epoch:
        optimiser.zero_grad()
        loss = face.loss(network(*face.inputs(rows)), targets)
        loss.backward()
        optimiser.step()
    All that decides the next step (parameters, optimiser, generator, place in the epoch) is in a
    checkpoint, so a run that was cut goes on as if nothing had been, bit for bit.
Not here: networks (models.py), what a batch means to them (faces.py), pictures (report.py).
Read next: diagnose.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from minitorch import checkpoint
from minitorch.autodiff import no_grad
from minitorch.checkpoint import Array
from minitorch.data import Dataset, batches
from minitorch.errors import CheckpointError, NonFiniteError
from minitorch.module import Module
from minitorch.optim import SGD, Adam
from minitorch.random import default_generator, manual_seed
from minitorch.tensor import rand
from minitorch.train.config import RunConfig
from minitorch.train.diagnose import bad_gradients, bad_parameters, culprit, is_finite
from minitorch.train.faces import Face, Loss, load_parameters, parameter_arrays
from minitorch.train.progress import Reporter, Status
from minitorch.train.run_folder import RunFolder
from minitorch.train.tasks import Examples, backend_of, build_face, build_network

__all__ = ["OPTIMISER", "PARAMETERS", "Evaluation", "Place", "Trainer", "evaluate"]

EVALUATION_BATCH = 500
# What the names of arrays in a checkpoint begin with.
PARAMETERS, OPTIMISER = "parameters.", "optimiser."


class Place(BaseModel):
    """Where a run stands: whole epochs, batches of the epoch begun, and its sums so far.

    `epoch_start` is the state of the generator from which the order of the epoch was drawn.
    """

    model_config = ConfigDict(extra="forbid")

    epoch: int = 0
    batch: int = 0
    step: int = 0
    epoch_start: dict[str, int] = {}
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    seconds: float = 0.0


class SavedState(BaseModel):
    """What a checkpoint of a run holds besides arrays."""

    model_config = ConfigDict(extra="forbid")

    place: Place
    generator: dict[str, int]
    optimiser: dict[str, int | float]
    metrics_length: int
    fingerprint: int


@dataclass(frozen=True)
class Evaluation:
    """How a network does on a data set: mean loss, share of right answers, all probabilities."""

    loss: float
    accuracy: float
    probabilities: Array


class Trainer:
    """Trains the network of a run, from the start or from the newest checkpoint of its folder."""

    def __init__(self, config: RunConfig, examples: Examples, folder: RunFolder) -> None:
        manual_seed(config.seed)
        self.config = config
        self.examples = examples
        self.folder = folder
        words = len(examples.vocabulary) if examples.vocabulary else 0
        self.network = build_network(config, words)
        self.face = build_face(config)
        self.optimiser = self.build_optimiser()
        self.place = Place()
        self._fingerprint = examples.fingerprint()
        self._warm = (0.0, 0)  # when the first step of this process was over, and its number

    def build_optimiser(self) -> SGD | Adam:
        """Return the optimiser of the run, over the parameters of the network."""
        config, parameters = self.config, self.network.parameters()
        if config.optimiser == "sgd":
            return SGD(parameters, lr=config.learning_rate, momentum=config.momentum)
        return Adam(parameters, lr=config.learning_rate, weight_decay=config.weight_decay)

    @property
    def steps(self) -> int:
        """The steps of the whole run."""
        return self.config.epochs * -(-len(self.examples.train) // self.config.batch)

    def run(self, reporter: Reporter, should_stop: Callable[[], bool]) -> bool:
        """Train to the last epoch; returns False where `should_stop` ended it before.

        Raises:
            NonFiniteError: the loss or a gradient became NaN or infinite.
            OutputError: a checkpoint or a line of metrics could not be written.
        """
        first = self.place.step + 1
        while self.place.epoch < self.config.epochs:
            self.network.train()
            for rows in self.rest_of_epoch():
                self.step(self.examples.train.take(rows))
                if self.place.step == first:
                    # The first step waits for kernels; it would spoil the estimate of the rest.
                    self._warm = (time.monotonic(), first)
                elif reporter.due():
                    reporter.stepped(self.status())
                if should_stop():
                    self.save()
                    return False
                if self.place.step % self.config.save_every == 0:
                    self.save()
            self.end_epoch(reporter)
        return True

    def rest_of_epoch(self) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the indices of the batches that are left, in the order drawn for this epoch."""
        now = default_generator.state()
        if self.place.batch == 0:
            self.place.epoch_start = now
        default_generator.set_state(self.place.epoch_start)
        count = len(self.examples.train)
        keys = rand((count,), backend=backend_of(self.config)).to_numpy()
        if self.place.batch > 0:
            default_generator.set_state(now)
        order = np.argsort(keys, kind="stable")
        return batches(count, self.config.batch, order, start=self.place.batch)

    def step(self, batch: Dataset) -> None:
        """Learn from one batch."""
        started, generator = time.monotonic(), default_generator.state()
        self.optimiser.lr = self.learning_rate()
        output, loss = self.gradients(batch)
        if not is_finite(loss) or bad_gradients(self.network):
            raise self.non_finite(batch, generator)
        self.optimiser.step()
        place, right = self.place, self.face.probabilities(output).argmax(axis=1) == batch.targets
        place.loss_sum += loss.item() * len(batch)
        place.correct += int(right.sum())
        place.seen += len(batch)
        place.batch += 1
        place.step += 1
        place.seconds += time.monotonic() - started

    def gradients(self, batch: Dataset) -> tuple[Any, Loss]:
        """Run a batch forward and its loss backward; returns the output and the loss."""
        self.optimiser.zero_grad()
        output = self.network(*self.face.inputs(batch.inputs))
        loss = self.face.loss(output, batch.targets)
        loss.backward()
        return output, loss

    def learning_rate(self) -> float:
        """Return the learning rate of the step to come."""
        full = self.config.learning_rate
        if self.config.schedule == "linear":
            return full * (1.0 - self.place.step / self.steps)
        return full

    def end_epoch(self, reporter: Reporter) -> None:
        """Count the epoch; where a report is due, test the network, write metrics and save."""
        place = self.place
        loss, accuracy = place.loss_sum / place.seen, place.correct / place.seen
        place.epoch += 1
        place.batch, place.loss_sum, place.correct, place.seen = 0, 0.0, 0, 0
        if place.epoch % self.config.report_every and place.epoch < self.config.epochs:
            return
        test = evaluate(self.network, self.face, self.examples.test)
        record = {
            "epoch": place.epoch,
            "step": place.step,
            "train_loss": loss,
            "train_accuracy": accuracy,
            "test_loss": test.loss if is_finite(test.loss) else None,
            "test_accuracy": test.accuracy,
            "learning_rate": self.optimiser.lr,
            "seconds": round(place.seconds, 3),
            "examples_per_second": round(place.epoch * len(self.examples.train) / place.seconds, 1),
        }
        self.folder.append(record)
        reporter.reported(record)
        self.save()

    def status(self) -> Status:
        """Return where the run is, for the eyes of the user."""
        place = self.place
        since, first = self._warm
        per_step = (time.monotonic() - since) / (place.step - first)
        return Status(
            epoch=place.epoch + 1,
            epochs=self.config.epochs,
            step=place.step,
            steps=self.steps,
            loss=place.loss_sum / place.seen,
            accuracy=place.correct / place.seen,
            examples_per_second=self.config.batch / per_step,
            seconds_left=(self.steps - place.step) * per_step,
        )

    def non_finite(self, batch: Dataset, generator: dict[str, int]) -> NonFiniteError:
        """Find out where a number stopped being finite, and say it."""
        place = self.place
        when = f"at step {place.step + 1} (epoch {place.epoch + 1})"
        remedy = f"Try a learning rate below {self.config.learning_rate:g} with --lr."
        parameters = bad_parameters(self.network)
        if parameters:
            return NonFiniteError(
                f"The loss is not finite {when}: the update before it made {parameters[0]} so; "
                f"expected finite numbers. {remedy}"
            )
        default_generator.set_state(generator)
        op = culprit(lambda: self.gradients(batch))
        return NonFiniteError(
            f"The loss or a gradient is not finite {when}: it arose in {op}, whose arguments were "
            f"finite; expected finite numbers. {remedy}"
        )

    def needed_bytes(self) -> int:
        """Estimate what the run writes: two checkpoints with Adam's moments, pictures, metrics."""
        parameters = sum(array.nbytes for array in parameter_arrays(self.network).values())
        return 2 * 3 * parameters + 4_000_000

    def save(self) -> None:
        """Write a checkpoint of all that decides the next step."""
        optimiser = self.optimiser.state_dict()
        arrays: dict[str, Array] = {
            key: value for key, value in optimiser.items() if isinstance(value, np.ndarray)
        }
        numbers = {key: value for key, value in optimiser.items() if key not in arrays}
        state = SavedState.model_validate(
            {
                "place": self.place.model_dump(),
                "generator": default_generator.state(),
                "optimiser": numbers,
                "metrics_length": self.folder.metrics_length(),
                "fingerprint": self._fingerprint,
            }
        )
        tensors = _prefixed(PARAMETERS, parameter_arrays(self.network))
        tensors |= _prefixed(OPTIMISER, arrays)
        checkpoint.save(self.folder.path, tensors, state.model_dump(), self.place.step)

    def restore(self) -> None:
        """Go back to the newest checkpoint of the folder.

        Raises:
            CheckpointError: there is none, or it belongs to another model or other data.
        """
        saved = self.folder.checkpoint()
        parameters = _without_prefix(PARAMETERS, saved.tensors)
        checkpoint.match(parameter_arrays(self.network), parameters, saved.path)
        try:
            state = SavedState.model_validate(saved.state)
        except ValidationError as error:
            raise CheckpointError(
                f"{saved.path} does not hold the state of a training run ({error.error_count()} "
                "fields are wrong). Give the folder of a run of `minitorch train`."
            ) from error
        if state.fingerprint != self._fingerprint:
            raise CheckpointError(
                f"{saved.path} was trained on other examples than {self.examples.train.name} holds "
                "now; expected the same files. Give their folder with --data."
            )
        load_parameters(self.network, parameters)
        arrays = _without_prefix(OPTIMISER, saved.tensors)
        self.optimiser.load_state_dict({**state.optimiser, **arrays})
        default_generator.set_state(state.generator)
        self.place = state.place
        self.folder.cut_metrics(state.metrics_length)


def evaluate(network: Module, face: Face, data: Dataset) -> Evaluation:
    """Return how `network` does on `data`, in evaluation mode and without a graph."""
    network.eval()
    losses, parts = 0.0, list[Array]()
    with no_grad():
        for rows in batches(len(data), EVALUATION_BATCH):
            batch = data.take(rows)
            output = network(*face.inputs(batch.inputs))
            losses += face.loss(output, batch.targets).item() * len(batch)
            parts.append(face.probabilities(output))
    probabilities = np.concatenate(parts)
    right = probabilities.argmax(axis=1) == data.targets
    return Evaluation(losses / len(data), float(right.mean()), probabilities)


def _prefixed(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    return {prefix + name: array for name, array in arrays.items()}


def _without_prefix(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    found = {name: array for name, array in arrays.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): array for name, array in found.items()}
