"""Training the course's networks on real data, from a checked configuration to a run folder.

Idea: `make_config` -> `load_data` -> `Trainer.run` -> `draw_pictures`; `start` does all four.
Not here: the engine, optimisers and layers' ops (one floor down), the command line (cli/).
Read next: loop.py
"""

from __future__ import annotations

from minitorch.train.config import DEFAULTS, RunConfig, check_name, make_config, read_config
from minitorch.train.loop import Evaluation, Trainer, evaluate
from minitorch.train.predict import Prediction, predict
from minitorch.train.progress import LiveReporter, PlainReporter, Reporter
from minitorch.train.report import draw_pictures
from minitorch.train.run_folder import RunFolder, new_path, newest_path
from minitorch.train.start import Outcome, start
from minitorch.train.tasks import Examples, load_data

__all__ = [
    "DEFAULTS",
    "Evaluation",
    "Examples",
    "LiveReporter",
    "Outcome",
    "PlainReporter",
    "Prediction",
    "Reporter",
    "RunConfig",
    "RunFolder",
    "Trainer",
    "check_name",
    "draw_pictures",
    "evaluate",
    "load_data",
    "make_config",
    "new_path",
    "newest_path",
    "predict",
    "read_config",
    "start",
]
