"""The few switches, read once from the environment.

Idea: one frozen dataclass; every `MINITORCH_*` variable is a field of it and `VARIABLES` lists
    them all, so that `minitorch doctor` can print what is set and a misspelt one is noticed.
Not here: options of single runs (train/), which are arguments.
Read next: operators.py
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from minitorch.errors import ConfigError

__all__ = ["BACKENDS", "VARIABLES", "Config", "config", "read_config"]

BACKENDS = ("simple", "fast", "fused")
COMPILE = ("hot", "always")
EDITIONS = ("2021", "2022", "2024")

VARIABLES: dict[str, str] = {
    "MINITORCH_BACKEND": "simple (default; torch face: fused), fast, fused: of tensors without one",
    "MINITORCH_EDITION": "edition whose MathTest._tests() is wanted: 2021 (default), 2022, 2024",
    "MINITORCH_DATA": "folder with the data sets (mnist/, sst2/), looked at before the user cache",
    "MINITORCH_CACHE": "folder for compiled kernels and downloads, instead of the user cache",
    "MINITORCH_SHORTCUTS": "0: no BLAS, no fast forms, only loops that the course has one write",
    "MINITORCH_COMPILE": "hot (default): compile a kernel once it has cost time; always: at once",
    "MINITORCH_DEBUG": "1: compute every op at once, and name the line that makes the first NaN",
}


@dataclass(frozen=True)
class Config:
    """What the environment asked for.

    >>> read_config({"MINITORCH_BACKEND": "fast"}).backend
    'fast'
    """

    backend: str = "simple"
    torch_backend: str = "fused"  # of the torch face, which makes tensors of its own
    edition: str = "2021"
    data: str | None = None
    cache: str | None = None
    shortcuts: bool = True
    compile: str = "hot"
    debug: bool = False


def read_config(environ: Mapping[str, str]) -> Config:
    """Read the `MINITORCH_*` variables of `environ`.

    Raises:
        ConfigError: a variable has a value that is not one of its choices.
    """

    def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = environ.get(name) or default
        if value not in allowed:
            raise ConfigError(
                f"{name}={value!r} is not known; expected one of {', '.join(allowed)}. "
                f"Unset it to get {default!r}."
            )
        return value

    shortcuts = choice("MINITORCH_SHORTCUTS", "1", ("0", "1")) == "1"
    return Config(
        backend=choice("MINITORCH_BACKEND", "simple", BACKENDS),
        torch_backend=choice("MINITORCH_BACKEND", "fused", BACKENDS),
        edition=choice("MINITORCH_EDITION", "2021", EDITIONS),
        data=environ.get("MINITORCH_DATA") or None,
        cache=environ.get("MINITORCH_CACHE") or None,
        shortcuts=shortcuts,
        # Running what was written for the compiler without it is a shortcut too.
        compile=choice("MINITORCH_COMPILE", "hot" if shortcuts else "always", COMPILE),
        debug=choice("MINITORCH_DEBUG", "0", ("0", "1")) == "1",
    )


config = read_config(os.environ)
