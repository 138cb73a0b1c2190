"""torch.load: what a checkpoint holds, without running what is in it.

Idea: the pickle says which storages there are and how tensors look at them; the storages are read
    from their records as they are met, each once, so that tensors that shared one share it again.
Not here: the zip file (archive.py), files from before PyTorch 1.6 (legacy.py).
Read next: saving.py
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO, cast

from minitorch.errors import ArchiveError, NotSupportedError, UnpicklingError
from minitorch.tensor_data import TensorData
from minitorch.torch import interop
from minitorch.torch.dtypes import stored_dtype
from minitorch.torch.serialization.archive import ArchiveReader, is_archive
from minitorch.torch.serialization.legacy import read_legacy
from minitorch.torch.serialization.machine import Machine, Policy, Stream
from minitorch.torch.serialization.opcodes import unpickle
from minitorch.torch.serialization.policies import AnyPolicy, SafePolicy
from minitorch.torch.serialization.storages import Restore, read_identity, restore_by, swap
from minitorch.torch.storage import TypedStorage, UntypedStorage, bytes_of
from minitorch.torch.utils import safetensors

__all__ = ["load"]

RISK = (
    "do those steps only if you trust the source of the checkpoint: (1) call torch.load with "
    "`weights_only=False`, which runs whatever code the file asks for; (2) "
)


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `torch.save` wrote, here or in PyTorch.

    Args:
        f: a path, or a file object that can read and seek.
        map_location: a device, its name, a dict of names, or a function (storage, name) -> storage.
        pickle_module: not supported; the pickle is read by our own machine.
        weights_only: True by default; False runs the file's code, and warns.
        pickle_load_args: `encoding` of byte strings that Python 2 wrote.
        mmap: leave storages in the file, mapped into memory, until they are read.

    Raises:
        UnpicklingError: the pickle is damaged, or asks for more than plain data.
        ArchiveError: the file is truncated or damaged.
        DeviceError: storages of another device, and no map_location.

    >>> import io
    >>> import minitorch.torch as torch
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.])}
    """
    safe = weights_only is None or bool(weights_only)
    if pickle_module is not None and safe and weights_only is not None:
        raise UnpicklingError("Can not safely load weights with an explicit pickle_module")
    if not safe:
        warnings.warn(
            "torch.load with weights_only=False runs code that the file names; use it for files "
            "of your own only.",
            UserWarning,
            stacklevel=2,
        )
    restore = restore_by(map_location)
    encoding = str(pickle_load_args.get("encoding", "utf-8"))
    if isinstance(f, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", f))
        if path.suffix == ".safetensors":
            return safetensors.load_file(path)
        with path.open("rb") as file:
            return _load(file, restore, safe, bool(mmap), encoding)
    if mmap:
        raise ArchiveError("f must be a file path in order to use the mmap argument")
    for name in ("read", "seek", "tell"):
        if not hasattr(f, name):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{name}'. You can only torch.load "
                "from a file that is seekable. Please pre-load the data into a buffer like "
                "io.BytesIO and try to load from it instead."
            )
    return _load(f, restore, safe, False, encoding)


def _load(file: BinaryIO, restore: Restore, safe: bool, mmap: bool, encoding: str) -> Any:
    try:
        if not is_archive(file):
            if mmap:
                raise ArchiveError(
                    "mmap can only be used with files saved with torch.save(..., "
                    "_use_new_zipfile_serialization=True)"
                )
            return read_legacy(file, restore, lambda size: _policy(safe, size), encoding)
        archive = ArchiveReader(file)
        if archive.has("constants.pkl"):
            raise NotSupportedError(
                "the file is a TorchScript archive, whose program cannot be run here; save the "
                "module's state_dict with torch.save instead."
            )
        return _Loader(archive, restore, file if mmap else None).load(safe, encoding)
    except UnpicklingError as error:
        raise UnpicklingError(_explained(str(error), safe)) from error.__cause__


def _policy(safe: bool, size: int) -> Policy:
    return SafePolicy(size) if safe else AnyPolicy()


def _explained(text: str, safe: bool) -> str:
    if not safe:
        return text
    if "was not an allowed global by default" in text:
        return (
            f"Weights only load failed. This file can still be loaded, {RISK}to load with "
            f"`weights_only=True` see the following. WeightsUnpickler error: {text}"
        )
    return f"Weights only load failed. WeightsUnpickler error: {text}"


class _Loader:
    """Loads one archive."""

    def __init__(self, archive: ArchiveReader, restore: Restore, mapped: BinaryIO | None) -> None:
        self.archive = archive
        self.restore = restore
        self.mapped = None if mapped is None else interop.mapped(mapped)
        self.storages: dict[str, TypedStorage] = {}
        self.order = "little"
        if archive.has("byteorder"):
            self.order = archive.read("byteorder").decode("ascii", "replace")
        if self.order not in ("little", "big"):
            raise ArchiveError(f"Unknown endianness type: {self.order[:20]}")

    def load(self, safe: bool, encoding: str) -> Any:
        """What the archive holds."""
        data = self.archive.read("data.pkl")
        stream = Stream(io.BytesIO(data), len(data))
        return unpickle(Machine(stream, _policy(safe, len(data)), self.storage, encoding))

    def storage(self, identity: Any) -> TypedStorage:
        """The storage of a persistent id.

        Raises:
            UnpicklingError: it is no such id.
            ArchiveError: its record is not there, or is of another size.
        """
        kind, key, location, count = read_identity(identity, 5)
        known = self.storages.get(key)
        if known is not None:
            if known.dtype is not kind:
                raise UnpicklingError(f"storage {key!r} is {known.dtype} and {kind}.")
            return known
        name = f"data/{key}"
        size = self.archive.size_of(name)
        if count * kind.itemsize > size:
            raise ArchiveError(
                f"storage {key[:40]!r} is said to have {count} numbers of {kind}, and its record "
                f"has {size} bytes."
            )
        stored = stored_dtype(kind)
        if self.mapped is not None:
            cell = interop.cell_over(self.mapped, stored, count, self.archive.offset(name))
        else:
            cell = TensorData.empty((count,), stored).cell
            self.archive.read_into(name, bytes_of(cell))
        if self.order != sys.byteorder:
            swap(cell.array)
        untyped = UntypedStorage(cell)
        made = self.restore(TypedStorage(wrap_storage=untyped, dtype=kind), location)
        self.storages[key] = made
        return made
