"""The settings of one training run, checked once at the border and frozen.

Idea: `DEFAULTS[what]` overlaid with what the user gave is one `RunConfig`; it is written to
    config.json, and a resumed run is built from that file and nothing else.
Not here: what the settings do (tasks.py, loop.py), the command line (cli/).
Read next: tasks.py
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from minitorch.config import BACKENDS
from minitorch.config import config as environment
from minitorch.errors import BackendError, CheckpointError, ConfigError, DataError

__all__ = [
    "DEFAULTS",
    "POINT_SETS",
    "RunConfig",
    "check_name",
    "choose",
    "make_config",
    "read_config",
]

POINT_SETS = ("simple", "diag", "split", "xor", "circle", "spiral")

POINTS: dict[str, Any] = {
    "model": "fast", "dtype": "float64", "epochs": 60, "batch": 20, "learning_rate": 0.03,
    "hidden": 24, "optimiser": "adam", "schedule": "linear", "points": 800, "report_every": 5,
}  # fmt: skip
SPIRAL: dict[str, Any] = {
    **POINTS, "epochs": 150, "batch": 10, "learning_rate": 0.02, "hidden": 32, "points": 500,
    "report_every": 10,
}  # fmt: skip
# Plain Python takes milliseconds where a kernel takes microseconds: fewer and smaller.
SLOW: dict[str, dict[str, Any]] = {
    "scalar": {"points": 100, "hidden": 8, "batch": 10},
    "tensor": {"points": 250, "hidden": 16, "batch": 10},
}

DEFAULTS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(POINT_SETS, POINTS),
    "spiral": SPIRAL,
    "digits": {
        "model": "cnn", "epochs": 15, "batch": 32, "learning_rate": 0.002, "hidden": 64,
        "optimiser": "adam", "schedule": "linear",
    },
    "mnist": {
        "model": "lenet", "epochs": 10, "batch": 16, "learning_rate": 0.001, "hidden": 64,
        "optimiser": "adam", "schedule": "linear",
    },
    "sentiment": {
        "model": "kim", "epochs": 4, "batch": 64, "learning_rate": 0.3, "hidden": 100,
        "embedding": 64, "rarest": 5, "optimiser": "sgd", "momentum": 0.9, "schedule": "linear",
    },
}  # fmt: skip

# What else than the data set changes the defaults.
MODEL_DEFAULTS: dict[tuple[str, str], dict[str, Any]] = {
    **{(name, model): few for name in POINT_SETS for model, few in SLOW.items()},
    ("mnist", "lenet5"): {"batch": 64, "hidden": 84},
}

MODELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(POINT_SETS, ("scalar", "tensor", "fast")),
    "digits": ("cnn",),
    "mnist": ("lenet", "lenet5"),
    "sentiment": ("kim",),
}

# The options that a resumed run may change: none of them changes what a finished step did.
FREE_ON_RESUME = ("epochs", "save_every", "data")


class RunConfig(BaseModel):
    """Everything that decides what a run computes, and where it looks for its data.

    >>> make_config("digits", {"epochs": 3}).epochs
    3
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    what: str
    model: str
    backend: Literal["none", "simple", "fast", "fused"]
    dtype: Literal["float32", "float64"] = "float32"
    epochs: int = Field(gt=0)
    batch: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    hidden: int = Field(gt=0)
    optimiser: Literal["sgd", "adam"] = "adam"
    momentum: float = Field(default=0.0, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: Literal["constant", "linear"] = "constant"
    seed: int = Field(default=0, ge=0, lt=2**63)
    limit: int | None = Field(default=None, gt=0)
    points: int = Field(default=0, ge=0)
    embedding: int = Field(default=0, ge=0)
    rarest: int = Field(default=1, gt=0)  # a word seen less often is one of the unknown
    report_every: int = Field(default=1, gt=0)
    save_every: int = Field(default=500, gt=0)
    data: str | None = None

    @property
    def kind(self) -> Literal["points", "images", "text"]:
        """What one input of the data set is."""
        if self.what in POINT_SETS:
            return "points"
        return "text" if self.what == "sentiment" else "images"


def make_config(what: str, given: Mapping[str, Any]) -> RunConfig:
    """Overlay the defaults of the data set `what` with the options that were `given`.

    Options that are None count as not given.

    Raises:
        DataError: the data set is unknown.
        BackendError: the backend is unknown, or does not go with the model.
        ConfigError: another option has a value that is not allowed.

    >>> make_config("xor", {"model": "scalar"}).backend
    'none'
    """
    check_name(what)
    options = {name: value for name, value in given.items() if value is not None}
    defaults = dict(DEFAULTS[what])
    backend = _backend(options.get("backend"))
    if what in POINT_SETS and "model" not in options:
        # The same network; `tensor` is its name on the simple backend.
        defaults["model"] = "tensor" if backend == "simple" else "fast"
    model = options.get("model", defaults["model"])
    if model not in MODELS[what]:
        raise ConfigError(choose(f"model of {what}", model, MODELS[what]))
    defaults |= MODEL_DEFAULTS.get((what, model), {})
    if options.get("optimiser", defaults["optimiser"]) != defaults["optimiser"]:
        # Adam's steps are about lr long, SGD's as long as the gradient says.
        factor = 20.0 if options["optimiser"] == "sgd" else 0.005
        defaults |= {"learning_rate": defaults["learning_rate"] * factor, "momentum": 0.0}
    options["backend"] = _backend_of_model(model, options, backend)
    return _validate({"what": what, **defaults, "model": model, **options})


def check_name(what: str) -> None:
    """Check that a data set of that name is known.

    Raises:
        DataError: it is not.
    """
    if what not in DEFAULTS:
        raise DataError(choose("data set", what, DEFAULTS))


def read_config(path: Path, given: Mapping[str, Any] | None = None) -> RunConfig:
    """Read config.json of a run; options `given` again must say the same or be free to change.

    Raises:
        CheckpointError: the file is missing or is not what a run writes.
        ConfigError: an option was given that the run began without.
    """
    try:
        saved = RunConfig.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} does not exist; expected the folder of a run. Leave --resume away to start "
            "one there, or give the folder of a run with --out."
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read as the settings of a run ({error}). Restore the file, or start "
            "a new run in another folder."
        ) from error
    options = {name: value for name, value in (given or {}).items() if value is not None}
    changed = [
        f"{_option(name)} {value} (it began with {getattr(saved, name)})"
        for name, value in options.items()
        if name not in FREE_ON_RESUME and value != getattr(saved, name)
    ]
    if changed:
        raise ConfigError(
            f"A resumed run keeps its settings, but this was given: {', '.join(changed)}. Leave "
            f"these away; only {', '.join(map(_option, FREE_ON_RESUME))} may change."
        )
    return _validate({**saved.model_dump(), **options})


def choose(what: str, given: object, known: Iterable[str]) -> str:
    """Say that a name is unknown, which are known, and which of them is nearest.

    >>> choose("data set", "mnits", ["mnist", "digits"])
    "Unknown data set 'mnits'; expected one of mnist, digits. Did you mean 'mnist'?"
    """
    names = list(known)
    near = difflib.get_close_matches(str(given).lower(), names, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else f"Try {names[0]!r}."
    return f"Unknown {what} {given!r}; expected one of {', '.join(names)}. {hint}"


def _backend(given: str | None) -> str | None:
    if given is not None and given not in BACKENDS:
        raise BackendError(choose("backend", given, BACKENDS))
    if given is None and os.environ.get("MINITORCH_BACKEND"):
        return environment.backend
    return given


def _backend_of_model(model: str, options: Mapping[str, Any], backend: str | None) -> str:
    implied = {"scalar": "none", "tensor": "simple", "fast": "fast"}.get(model)
    if implied is None:
        return backend or "fused"
    given = options.get("backend")
    if model == "fast" and given == "fused":
        return given
    if given is not None and given != implied:
        fitting = "no backend" if implied == "none" else f"the {implied} backend"
        raise BackendError(
            f"--model {model} was given with --backend {given}; it runs on {fitting}. Leave one of "
            "the two options away."
        )
    return implied


def _option(name: str) -> str:
    return {"learning_rate": "--lr"}.get(name, "--" + name.replace("_", "-"))


def _validate(settings: Mapping[str, Any]) -> RunConfig:
    if settings["model"] == "scalar" and settings["dtype"] != "float64":
        raise ConfigError(
            f"--dtype {settings['dtype']} was given with --model scalar; a Scalar holds a Python "
            "float, which is float64. Leave --dtype away, or use --model fast."
        )
    unused = {"sgd": "weight_decay", "adam": "momentum"}.get(settings["optimiser"])
    if unused and settings.get(unused):
        raise ConfigError(
            f"{_option(unused)} was given with --optimiser {settings['optimiser']}, which has "
            "none: momentum is SGD's, weight decay is Adam's. Leave one of the two options away."
        )
    try:
        return RunConfig.model_validate(dict(settings))
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        context = problem.get("ctx", {})
        if problem["type"] == "literal_error":
            allowed = [
                part.strip("'") for part in context["expected"].replace(" or ", ", ").split(", ")
            ]
            raise ConfigError(choose(_option(name), problem["input"], allowed)) from error
        default = DEFAULTS.get(str(settings["what"]), {}).get(name)
        remedy = "Leave it away." if default is None else f"The default is {default}."
        raise ConfigError(
            f"{_option(name)} {problem['input']} is not allowed: {problem['msg']}. {remedy}"
        ) from error
