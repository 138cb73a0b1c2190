"""torch.save: an object as a checkpoint that PyTorch reads.

Idea: pickle the object with storages left out, each under a key; then write every storage once,
    as a record of the archive.
Not here: the pickle (pickler.py), the archive (archive.py).
Read next: pickler.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

from minitorch.errors import NotSupportedError
from minitorch.torch.serialization.archive import ArchiveWriter
from minitorch.torch.serialization.legacy import MAGIC, VERSION
from minitorch.torch.serialization.names import PlainNames, TorchNames
from minitorch.torch.serialization.pickler import Pickler
from minitorch.torch.storage import bytes_of

__all__ = ["save"]


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object and the tensors in it to a file.

    Args:
        obj: tensors, numbers, strings, containers of these; also what has a `__reduce__`.
        f: a path, or a file object that can be written to.
        pickle_module: only Python's own; the pickle is written by our own pickler.
        pickle_protocol: protocol 2 is written, whichever is asked for.

    Raises:
        PicklingError: something in it cannot be found again under its name.

    >>> import io
    >>> import minitorch.torch as torch
    >>> file = io.BytesIO()
    >>> save([torch.zeros(2), 1], file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    [tensor([0., 0.]), 1]
    """
    if getattr(pickle_module, "__name__", "pickle") not in ("pickle", "_pickle"):
        raise NotSupportedError(
            f"torch.save with pickle_module={pickle_module.__name__}: the pickle is written here; "
            "leave the argument out."
        )
    write = _write_archive if _use_new_zipfile_serialization else _write_legacy
    names = TorchNames(legacy=not _use_new_zipfile_serialization)
    if isinstance(f, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", f))
        data = Pickler(names).dump(obj)  # before the file is made empty
        with path.open("wb") as file:
            write(file, data, names, path.name)
        return
    if not callable(getattr(f, "write", None)):
        kind = str(type(f)).strip("<>")
        raise NotSupportedError(f"Buffer of {kind} has no callable attribute 'write'")
    write(f, Pickler(names).dump(obj), names, "archive")
    if hasattr(f, "flush"):
        f.flush()


def _write_archive(file: BinaryIO, data: bytes, names: TorchNames, title: str) -> None:
    with ArchiveWriter(file, title) as archive:
        archive.write("data.pkl", data)
        archive.write("byteorder", sys.byteorder.encode())
        for key, storage in names.cells.values():
            archive.write(f"data/{key}", bytes_of(storage._cell))
        archive.write("version", b"3\n")


def _write_legacy(file: BinaryIO, data: bytes, names: TorchNames, _: str) -> None:
    sizes = {"short": 2, "int": 4, "long": 4}
    facts = {
        "protocol_version": VERSION,
        "little_endian": sys.byteorder == "little",
        "type_sizes": sizes,
    }
    for thing in (MAGIC, VERSION, facts):
        file.write(Pickler(PlainNames()).dump(thing))
    file.write(data)
    storages = sorted(names.cells.values(), key=lambda it: it[0])
    file.write(Pickler(PlainNames()).dump([key for key, _ in storages]))
    for _, storage in storages:
        file.write(storage.size().to_bytes(8, sys.byteorder))
        file.write(bytes_of(storage._cell))
