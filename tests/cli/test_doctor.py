from __future__ import annotations

from pathlib import Path

import pytest

from minitorch.cli import doctor
from minitorch.config import VARIABLES

from .conftest import Command


def test_what_it_tells(command: Command) -> None:
    answer = command("doctor")
    assert answer.status == 0
    for word in ("Python", "numba", "safetensors", "threading layer", "CUDA", *VARIABLES):
        assert word in answer.out


def test_a_variable_that_is_misspelt(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINITORCH_BACKND", "fast")
    monkeypatch.setenv("MINITORCH_XYZZY", "1")
    answer = command("doctor")
    assert "MINITORCH_BACKND is set but not known. Did you mean MINITORCH_BACKEND?" in answer.out
    assert "MINITORCH_XYZZY is set but not known. Known are MINITORCH_BACKEND" in answer.out


def test_a_variable_that_is_set_is_shown() -> None:
    facts = doctor.examine({"MINITORCH_DATA": "/data", "OMP_NUM_THREADS": "3"}).sections[
        "Variables"
    ]
    assert facts["MINITORCH_DATA"] == "/data"
    assert facts["OMP_NUM_THREADS"] == "3"
    assert facts["MINITORCH_BACKEND"].startswith("not set")


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", missing)
    monkeypatch.setattr(doctor, "has_parallel_layer", lambda: False)
    monkeypatch.setattr(doctor, "kernel_folder", lambda: None)
    monkeypatch.setattr(doctor.numba_config, "NUMBA_NUM_THREADS", 2)
    report = doctor.examine({})
    assert report.sections["Packages"]["tbb"] == "not installed (optional: kernels on all cores)"
    assert report.sections["Threads"]["threads of kernels"] == "1"
    assert report.problems == [
        "tbb was not found, so kernels use one core. Try: pip install tbb",
        "kernels cannot be cached: each process compiles its own. Point MINITORCH_CACHE at a "
        "folder that only you can write to.",
    ]


def test_a_broken_driver_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise RuntimeError("driver too old")

    monkeypatch.setattr(doctor.cuda, "is_available", broken)
    assert doctor.examine({}).sections["CUDA"]["available"] == "no (driver too old)"


def test_the_size_of_a_cache(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(b"0" * 1_500_000)
    assert doctor.size(tmp_path) == "1.5 MB in 1 files"
    assert doctor.size(tmp_path / "missing") == "empty"
