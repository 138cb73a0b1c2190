"""One whole run: check, train, test, draw; or go on with one that was cut.

Idea: everything that can be refused (settings, data, a full disk, a folder in use) is refused
    before the first step; after it, only a number that is not finite or a failing disk ends a run.
Not here: the loop (loop.py), the command line (cli/).
Read next: loop.py
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from minitorch.checkpoint import check_space, latest
from minitorch.errors import MinitorchError, OutputError
from minitorch.tiers import at_once
from minitorch.train.config import RunConfig, make_config, read_config
from minitorch.train.loop import Evaluation, Trainer, evaluate
from minitorch.train.progress import Reporter
from minitorch.train.report import draw_pictures
from minitorch.train.run_folder import RunFolder
from minitorch.train.tasks import Examples, load_data

__all__ = ["Outcome", "start"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: after its last epoch, or before, when it can be resumed."""

    config: RunConfig
    finished: bool
    step: int
    evaluation: Evaluation | None
    pictures: list[Path]


@at_once()  # when a kernel gets hot hangs on the clock, and a run must be repeatable bit for bit
def start(
    what: str,
    options: Mapping[str, Any],
    path: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    reporter: Reporter | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train `what` with `options` (fields of RunConfig) in the folder `path`.

    Args:
        what: a data set of DEFAULTS.
        options: settings that differ from the defaults; None counts as not given.
        path: the run folder; it is made if need be.
        resume: go on from the newest checkpoint of the folder.
        overwrite: replace a run that is in the folder.
        reporter: is told how it goes; by default nobody is.
        should_stop: asked after each step; True saves a checkpoint and ends the run.

    Raises:
        MinitorchError: the settings, the data or the folder cannot be used (ConfigError,
            BackendError, DataError, CheckpointError, OutputError), or NonFiniteError.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcome = start("simple", {"epochs": 1, "limit": 20}, Path(folder))
    >>> outcome.finished, outcome.step
    (True, 1)
    """
    folder, reporter = RunFolder(path), reporter or Reporter()
    if resume:
        config = read_config(folder.config, {"what": what, **options})
    else:
        config = make_config(what, options)
        _refuse_used(folder, overwrite)
    examples = _load(config, path)
    with folder.locked():
        trainer = Trainer(config, examples, folder)
        check_space(path, trainer.needed_bytes())
        if resume:
            _go_back(trainer)
        else:
            folder.clear()
            folder.begin(config, examples.words())
        reporter.note(_describe(trainer))
        with reporter, _one_blas_thread():
            finished = trainer.run(reporter, should_stop)
        if not finished:
            return Outcome(config, False, trainer.place.step, None, [])
        evaluation = evaluate(trainer.network, trainer.face, examples.test)
        pictures = draw_pictures(trainer, evaluation)
    return Outcome(config, True, trainer.place.step, evaluation, pictures)


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Matrices this small gain nothing from a second thread, and beside other load it spins.

    One thread also adds in one order, so that runs can be repeated. Who sets a variable is obeyed.
    """
    if any(name in os.environ for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")):
        return nullcontext()
    return threadpool_limits(limits=1, user_api="blas")


def _load(config: RunConfig, path: Path) -> Examples:
    """Load the examples, after a look at the folder: a download may take long."""
    made = not path.exists()
    check_space(path, needed=0)
    try:
        return load_data(config)
    except MinitorchError:
        if made:
            path.rmdir()
        raise


def _go_back(trainer: Trainer) -> None:
    """Go back to where the run in the folder was last saved."""
    folder = trainer.folder
    if latest(folder.path) is None:
        # Cut before its first checkpoint: it begins again.
        folder.begin(trainer.config, trainer.examples.words())
    else:
        trainer.restore()
        folder.write_json(folder.config, trainer.config.model_dump())  # its length may have changed


def _refuse_used(folder: RunFolder, overwrite: bool) -> None:
    if folder.holds_a_run() and not overwrite:
        raise OutputError(
            errno.EEXIST,
            f"{folder.path} holds a run already; expected a new folder. Go on with that run by "
            "--resume, replace it by --overwrite, or choose another folder.",
        )


def _describe(trainer: Trainer) -> str:
    config, examples = trainer.config, trainer.examples
    backend = "" if config.backend == "none" else f" on the {config.backend} backend"
    place = f", from step {trainer.place.step}" if trainer.place.step else ""
    return (
        f"{config.what}: {config.model}{backend}, {len(examples.train):,} examples to train on and "
        f"{len(examples.test):,} to test on, in {trainer.folder.path}{place}"
    )
