"""Checkpoints on disk: arrays by name and a JSON state, and neither is ever half there.

Idea: write `checkpoint-<step>/` under a temporary name, force it to the disk, then rename it. A
    rename is whole or not at all, so a process killed at any moment leaves the checkpoint before
    or the new one. `state.json` holds the SHA-256 of `tensors.safetensors`; a load checks it.
Not here: what a training run keeps in a checkpoint (train/loop.py).
Read next: train/loop.py
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_tensors
from safetensors.numpy import save as format_tensors

from minitorch.errors import CheckpointError, OutputError

__all__ = ["Array", "Checkpoint", "check_space", "latest", "load", "match", "save"]

Array = npt.NDArray[Any]

FORMAT = 1
TENSORS = "tensors.safetensors"
STATE = "state.json"
NAME = re.compile(r"checkpoint-(\d+)(\.replaced)?")
SPARE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Checkpoint:
    """What `load` found: the step, the arrays by name, the JSON state, and the folder."""

    step: int
    tensors: dict[str, Array]
    state: dict[str, Any]
    path: Path


def save(
    folder: Path | str, tensors: Mapping[str, Array], state: Mapping[str, Any], step: int
) -> Path:
    """Write the checkpoint of `step` into `folder` and remove the older ones; returns its path.

    Arrays may have any shape, strides and NumPy dtype; `state` is what `json` can write, without
    NaN. The newest checkpoint stays untouched until the new one is complete on the disk.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(folder, {"w": np.arange(6.0).reshape(2, 3).T}, {"epoch": 1}, step=7)
    ...     path.name, load(folder).tensors["w"].tolist()
    ('checkpoint-7', [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]])
    """
    folder = Path(folder)
    target = folder / f"checkpoint-{step}"
    partial = folder / f".checkpoint-{step}.partial"
    # safetensors 0.8 writes the bytes of a strided view in the order of its memory: copy first.
    payload = format_tensors({name: _contiguous(array) for name, array in tensors.items()})
    header = {
        "format": FORMAT,
        "step": step,
        "sha256": hashlib.sha256(payload).hexdigest(),
        "state": dict(state),
    }
    text = json.dumps(header, allow_nan=False, indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove(partial)
        partial.mkdir()
        _write(partial / TENSORS, payload)
        _write(partial / STATE, text.encode())
        _sync_folder(partial)
        if target.exists():
            replaced = folder / f"checkpoint-{step}.replaced"
            _remove(replaced)
            target.rename(replaced)
        partial.rename(target)
        _sync_folder(folder)
    except OSError as error:
        _remove(partial)
        raise _output_error(folder, error, len(payload) + len(text)) from error
    _remove_older(folder, step)
    return target


def load(folder: Path | str) -> Checkpoint:
    """Read the newest complete checkpoint of `folder` and verify its SHA-256.

    Raises:
        CheckpointError: there is none, or the newest is damaged.
    """
    folder = Path(folder)
    path = latest(folder)
    if path is None:
        raise CheckpointError(
            f"{folder} holds no complete checkpoint; expected a folder checkpoint-<step> with "
            f"{TENSORS} and {STATE} in it. Give the folder of a run that saved at least once."
        )
    remedy = f"Remove {path} to fall back to an older one, or start the run again."
    try:
        header = cast("dict[str, Any]", json.loads((path / STATE).read_text(encoding="utf-8")))
        version, step, digest = header["format"], int(header["step"]), str(header["sha256"])
        state = cast("dict[str, Any]", header["state"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path / STATE} cannot be read ({error!r}); expected the JSON state that save() "
            f"writes. {remedy}"
        ) from error
    if version != FORMAT:
        raise CheckpointError(
            f"{path} has format {version!r}; this version of minitorch reads format {FORMAT}. "
            "Load it with the version that wrote it."
        )
    payload = (path / TENSORS).read_bytes()
    found = hashlib.sha256(payload).hexdigest()
    if found != digest:
        raise CheckpointError(
            f"{path / TENSORS} is damaged: its SHA-256 is {found}, expected {digest}. {remedy}"
        )
    try:
        tensors = parse_tensors(payload)
    except SafetensorError as error:
        raise CheckpointError(
            f"{path / TENSORS} is not a safetensors file ({error}). {remedy}"
        ) from error
    return Checkpoint(step, tensors, state, path)


def latest(folder: Path | str) -> Path | None:
    """Return the path of the newest complete checkpoint in `folder`, or None.

    >>> latest("no-such-folder") is None
    True
    """
    found = _checkpoints(Path(folder))
    return found[-1] if found else None


def match(expected: Mapping[str, Array], found: Mapping[str, Array], where: Path | str) -> None:
    """Check that `found` has the names, shapes and dtypes of `expected`.

    Raises:
        CheckpointError: lists what is missing, unexpected, or of another shape or dtype.

    >>> match({"w": np.zeros((2, 3))}, {"w": np.zeros((2, 3))}, "run/checkpoint-1")
    """
    missing = sorted(expected.keys() - found.keys())
    unexpected = sorted(found.keys() - expected.keys())
    changed = [
        f"{name} is {_describe(found[name])}, expected {_describe(expected[name])}"
        for name in sorted(expected.keys() & found.keys())
        if _describe(found[name]) != _describe(expected[name])
    ]
    lines = [
        f"  {title}: {_shorten(items)}"
        for title, items in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("different", changed),
        )
        if items
    ]
    if lines:
        raise CheckpointError(
            f"{where} is the checkpoint of another model:\n"
            + "\n".join(lines)
            + "\nLoad it into the model, and with the options, that it was saved from."
        )


def check_space(folder: Path | str, needed: int) -> None:
    """Make `folder`, write a probe file into it, and see that the disk has `needed` free bytes.

    Raises:
        OutputError: the folder cannot be made or written, or the disk has less room.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_space(folder, needed=1000)
    """
    folder = Path(folder)
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(probe, b"minitorch")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _output_error(folder, error, needed) from error
    finally:
        _remove(probe)
    if free < needed + SPARE_BYTES:
        raise OutputError(
            errno.ENOSPC,
            f"{folder} is on a disk with {_megabytes(free)} free; the run needs about "
            f"{_megabytes(needed + SPARE_BYTES)}. Free some space or choose another folder.",
        )


def _contiguous(array: Array) -> Array:
    # np.array(order="C") keeps a 0-d array 0-d, which np.ascontiguousarray does not.
    return np.array(array, order="C", copy=True)


def _write(path: Path, payload: bytes) -> None:
    with path.open("wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # A rename is on the disk only when the folder that holds the name is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first; a replaced one comes before the one that replaced it."""
    found: list[tuple[int, bool, Path]] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        name = NAME.fullmatch(path.name)
        if name and (path / TENSORS).is_file() and (path / STATE).is_file():
            found.append((int(name[1]), name[2] is None, path))
    return [path for _, _, path in sorted(found)]


def _remove_older(folder: Path, step: int) -> None:
    for path in folder.iterdir():
        name = NAME.fullmatch(path.name)
        older = name and (int(name[1]) < step or (int(name[1]) == step and name[2]))
        if older or path.name.startswith(".checkpoint-"):
            _remove(path)


def _remove(path: Path) -> None:
    # What cannot be removed is only clutter: the newest checkpoint is found by its number.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return


def _describe(array: Array) -> str:
    return f"{array.dtype}{list(array.shape)}"


def _shorten(items: list[str], most: int = 12) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _output_error(folder: Path, error: OSError, needed: int) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(
            error.errno,
            f"{folder} is on a full disk; about {_megabytes(needed)} are needed. What was saved "
            "before is untouched. Free some space or choose another folder.",
        )
    return OutputError(
        error.errno or errno.EIO,
        f"{folder} cannot be written ({error.strerror or error}); expected a folder in which this "
        "user may make files. Choose another folder.",
    )
