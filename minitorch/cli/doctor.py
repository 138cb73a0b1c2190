"""`minitorch doctor`: what is installed and set, and what looks wrong.

Idea: `examine` collects facts and problems and never fails on a broken installation; `render` lays
    them out as a table.
Not here: the meaning of the variables (config.py).
Read next: ../config.py
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import platform
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from numba import config as numba_config
from numba import cuda
from rich.table import Table

from minitorch.cli.kernels import entries
from minitorch.config import VARIABLES
from minitorch.data import cache_folder as data_folder
from minitorch.kernel_store import cache_folder as kernel_folder
from minitorch.kernels import JIT, has_parallel_layer

__all__ = ["Report", "examine", "render", "size", "unknown_variables"]

NEEDED = (
    "minitorch",
    "numpy",
    "numba",
    "llvmlite",
    "safetensors",
    "pydantic",
    "typer",
    "rich",
    "pooch",
)
OPTIONAL = {
    "tbb": "kernels on all cores",
    "scikit-learn": "digits",
    "matplotlib": "pictures of a run",
    "pillow": "predict on picture files",
    "torch": "comparisons",
}
PREFIX = "MINITORCH_"
ENVIRONMENT = (
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_DISABLE_JIT",
    "NUMBA_CACHE_DIR",
    "NO_COLOR",
)


@dataclass
class Report:
    """Facts by section, and what the user may want to change."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    problems: list[str] = field(default_factory=list[str])


def examine(environ: Mapping[str, str] = os.environ) -> Report:
    """Collect what there is to know about this installation.

    >>> "Python" in examine().sections["System"]
    True
    """
    report = Report()
    report.sections["System"] = {
        "Python": platform.python_version(),
        "system": platform.platform(terse=True),
        "processor": platform.machine(),
        "cores": str(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        ),
    }
    packages = {name: _version(name) or "not installed" for name in NEEDED}
    for name, use in OPTIONAL.items():
        packages[name] = _version(name) or f"not installed (optional: {use})"
    report.sections["Packages"] = packages
    report.sections["Threads"] = _threads(report.problems)
    report.sections["Caches"] = _caches(report.problems)
    report.sections["CUDA"] = _cuda()
    report.sections["Variables"] = _variables(environ)
    report.problems += unknown_variables(environ)
    return report


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a complaint for each `MINITORCH_*` variable that means nothing.

    >>> unknown_variables({"MINITORCH_BACKEN": "fast", "HOME": "/"})
    ['MINITORCH_BACKEN is set but not known. Did you mean MINITORCH_BACKEND?']
    """
    complaints: list[str] = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in VARIABLES:
            # Without what they all begin with, which would make any two of them alike.
            known = {variable.removeprefix(PREFIX): variable for variable in VARIABLES}
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = (
                f"Did you mean {known[near[0]]}?" if near else f"Known are {', '.join(VARIABLES)}."
            )
            complaints.append(f"{name} is set but not known. {hint}")
    return complaints


def render(report: Report) -> Table:
    """Lay a report out as a table."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for section, facts in report.sections.items():
        for number, (name, value) in enumerate(facts.items()):
            table.add_row(section if number == 0 else "", name, value)
    return table


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _threads(problems: list[str]) -> dict[str, str]:
    parallel = has_parallel_layer()
    if not parallel and numba_config.NUMBA_NUM_THREADS > 1:
        problems.append("tbb was not found, so kernels use one core. Try: pip install tbb")
    return {
        "threads of kernels": str(numba_config.NUMBA_NUM_THREADS if parallel else 1),
        "threading layer": "tbb" if parallel else "none: kernels run on one core",
        "compiler": "on" if JIT else "off, by NUMBA_DISABLE_JIT",
    }


def _caches(problems: list[str]) -> dict[str, str]:
    kernels = kernel_folder()
    if kernels is None:
        problems.append(
            "kernels cannot be cached: each process compiles its own. Point MINITORCH_CACHE at a "
            "folder that only you can write to."
        )
    elif not os.access(kernels, os.W_OK):
        problems.append(
            f"{kernels} cannot be written to: kernels that are not in it are compiled anew in each "
            "process. Point MINITORCH_CACHE at a folder that you may write to."
        )
    return {
        "kernels": _kernels(kernels) if kernels else "none",
        "data": f"{data_folder()} ({size(data_folder())})",
    }


def _kernels(folder: Path) -> str:
    kept = entries(folder)
    old = sum(not entry.is_current for entry in kept)
    return f"{folder} ({len(kept)} kernels, {old} by other versions, {size(folder)})"


def size(path: Path) -> str:
    """Return how much lies in a folder.

    >>> size(Path("no-such-folder"))
    'empty'
    """
    if not path.exists():
        return "empty"
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB in {len(files)} files"


def _cuda() -> dict[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = cuda.is_available()
        except Exception as error:  # a broken driver fails in its own ways
            return {"available": f"no ({error})"}
    package = "numba-cuda" if importlib.util.find_spec("numba_cuda") else "numba"
    return {"available": "yes" if found else "no", "through": package}


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    facts = {name: environ.get(name) or f"not set ({use})" for name, use in VARIABLES.items()}
    return facts | {name: environ[name] for name in ENVIRONMENT if name in environ}
