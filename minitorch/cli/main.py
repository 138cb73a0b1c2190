"""The commands and their options.

Idea: every option of `train` is None unless given, so that the defaults of the data set hold and a
    resumed run can see what was asked for again. Exit status: 0 done, 1 failed, 2 wrong use,
    130 stopped by Ctrl-C, 143 by a termination signal.
Not here: what the options do (train/config.py); `doctor` (doctor.py), `bench` (bench.py), `run`
    (run.py), the commands under `kernels` (kernels.py).
Read next: ../train/start.py
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from minitorch.cli import kernels
from minitorch.cli.bench import bench_command
from minitorch.cli.doctor import examine, render
from minitorch.cli.run import run_command
from minitorch.errors import (
    BackendError,
    CheckpointError,
    ConfigError,
    DataError,
    MinitorchError,
    OutputError,
)
from minitorch.train import (
    DEFAULTS,
    LiveReporter,
    Outcome,
    PlainReporter,
    check_name,
    new_path,
    newest_path,
    predict,
    start,
)

__all__ = ["run"]

# What the user can mend by other arguments.
WRONG_USE = (BackendError, CheckpointError, ConfigError, DataError, OutputError)

app = typer.Typer(
    name="minitorch",
    help="A Torch you can read in a week-end and use on Monday.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(kernels.app, name="kernels")
console = Console()


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit status.

    >>> run(["--version"])  # doctest: +ELLIPSIS
    minitorch ...
    0
    """
    if list(arguments[:1]) != ["run"]:  # a program sets up its own logging
        logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
        logging.getLogger("minitorch").setLevel(logging.INFO)
    try:
        app(list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except MinitorchError as error:
        text = error.strerror if isinstance(error, OutputError) and error.strerror else error
        Console(stderr=True).print(f"Error: {text}", soft_wrap=True, markup=False, highlight=False)
        return 2 if isinstance(error, WRONG_USE) else 1
    return 0


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(f"minitorch {version('minitorch')}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Build a Torch, then train with it."""


@app.command("train")
def train_command(
    what: Annotated[str, typer.Argument(help=f"One of: {', '.join(DEFAULTS)}.")],
    model: Annotated[
        str | None,
        typer.Option(help="Points: scalar, tensor or fast. mnist: lenet or lenet5."),
    ] = None,
    backend: Annotated[str | None, typer.Option(help="simple, fast or fused.")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32 or float64.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How often each example is seen.")] = None,
    batch: Annotated[int | None, typer.Option(help="Examples per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--lr", help="Learning rate.")] = None,
    hidden: Annotated[int | None, typer.Option(help="Size of the hidden layer.")] = None,
    optimiser: Annotated[
        str | None, typer.Option("--optimiser", "--optimizer", help="sgd or adam.")
    ] = None,
    momentum: Annotated[float | None, typer.Option(help="Of sgd; 0 is none.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Of adam: an L2 penalty.")] = None,
    schedule: Annotated[
        str | None, typer.Option(help="constant, or linear: the rate falls to zero at the end.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides every random number.")] = None,
    limit: Annotated[int | None, typer.Option(help="Use only the first N examples.")] = None,
    data: Annotated[str | None, typer.Option(help="Folder of the data sets.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; by default runs/WHAT-<number>.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, or with the last one.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that is in --out.")
    ] = False,
    save_every: Annotated[
        int | None, typer.Option(help="Steps between two checkpoints; each report makes one too.")
    ] = None,
) -> None:
    """Train a network on a data set, into a run folder."""
    given = {
        "model": model,
        "backend": backend,
        "dtype": dtype,
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "hidden": hidden,
        "optimiser": optimiser,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "schedule": schedule,
        "seed": seed,
        "limit": limit,
        "data": data,
        "save_every": save_every,
    }
    if resume and overwrite:
        raise ConfigError(
            "--resume and --overwrite were given together; expected at most one of them. "
            "--resume goes on with a run, --overwrite begins it anew."
        )
    check_name(what)  # first: a name that is not known must not end as a missing folder
    path = out or (newest_path(what) if resume else new_path(what))
    reporter = LiveReporter(console) if console.is_terminal else PlainReporter(console)
    with stop_on_signal() as (should_stop, caught):
        outcome = start(
            what, given, path,
            resume=resume, overwrite=overwrite, reporter=reporter, should_stop=should_stop,
        )  # fmt: skip
    if not outcome.finished:
        _say(
            f"Stopped after step {outcome.step}; a checkpoint is in {path}. "
            f"Go on with: minitorch train {what} --out {path} --resume"
        )
        raise typer.Exit(128 + caught())
    _say_result(outcome, path)


@app.command("predict")
def predict_command(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    given: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A picture file, an example such as t10k:17 or test:17, a sentence, or x,y.",
        ),
    ],
    data: Annotated[str | None, typer.Option(help="Folder of the data sets.")] = None,
) -> None:
    """Classify an input with the network of a run."""
    found = predict(run_folder, given, data)
    if found.truth is not None:
        verdict = "right" if found.truth == found.answer else "wrong"
        _say(f"{found.answer} ({found.ranked()[0][1]:.1%}); it is {found.truth}: {verdict}")
    else:
        _say(f"{found.answer} ({found.ranked()[0][1]:.1%})")
    for name, probability in found.ranked()[1:3]:
        _say(f"  {name} {probability:.1%}")


@app.command("doctor")
def doctor_command() -> None:
    """Tell what is installed, how many threads there are, where caches are, what is set."""
    report = examine()
    console.print(render(report))
    for problem in report.problems:
        _say(f"Look at this: {problem}")


app.command("bench")(bench_command)
app.command(
    "run",
    # What follows the program is the program's, options too.
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)(run_command)


@contextmanager
def stop_on_signal() -> Generator[tuple[Callable[[], bool], Callable[[], int]]]:
    """Turn the first Ctrl-C (or termination signal) into a request to stop; the second interrupts.

    Yields two functions: was a stop asked for, and by which signal.
    """
    caught: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in signals]
    try:
        yield lambda: bool(caught), lambda: caught[0]
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _say_result(outcome: Outcome, path: Path) -> None:
    evaluation = outcome.evaluation
    assert evaluation is not None
    _say(f"test loss {evaluation.loss:.4f}, test accuracy {evaluation.accuracy:.2%}")
    names = ", ".join(picture.name for picture in outcome.pictures)
    _say(
        f"In {path}: config.json, metrics.jsonl, checkpoint-{outcome.step}"
        + (f", {names}" if names else "")
    )


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)
