"""Checkpoints from before PyTorch 1.6: pickles one after the other, then the storages.

Idea: a magic number, a version, facts about the machine, the object, the keys of its storages, and
    for each key the count of its numbers and the numbers. Storages are met before they are read:
    room is made for them only as far as the file is long enough.
Not here: the zip files that came after (loading.py).
Read next: loading.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from minitorch.errors import ArchiveError, EmptyFileError, UnpicklingError
from minitorch.tensor_data import TensorData
from minitorch.torch.dtypes import stored_dtype
from minitorch.torch.serialization.machine import Machine, Policy, Stream
from minitorch.torch.serialization.opcodes import unpickle
from minitorch.torch.serialization.storages import Restore, read_identity, swap
from minitorch.torch.storage import TypedStorage, UntypedStorage, bytes_of

__all__ = ["MAGIC", "read_legacy"]

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
CHUNK = 1 << 24


def read_legacy(
    file: BinaryIO, restore: Restore, policy: Callable[[int], Policy], encoding: str
) -> Any:
    """What the file holds.

    Raises:
        EmptyFileError: nothing is in it.
        ArchiveError: it is no file of PyTorch's, or is truncated.
        UnpicklingError: a pickle in it is damaged, or asks for more than plain data.
    """
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    if size == 0:
        raise EmptyFileError("Ran out of input: the file is empty.")
    if b"ustar" in file.read(512)[257:262]:
        raise ArchiveError(
            "the file is a tar archive, as PyTorch before 0.1.10 wrote; load it there and save it "
            "again."
        )
    file.seek(start)
    return _Reader(file, size, restore, policy, encoding).read()


class _Reader:
    def __init__(
        self,
        file: BinaryIO,
        size: int,
        restore: Restore,
        policy: Callable[[int], Policy],
        encoding: str,
    ) -> None:
        self.stream = Stream(file, size)
        self.size = size
        self.restore = restore
        self.policy = policy
        self.encoding = encoding
        self.storages: dict[str, TypedStorage] = {}
        self.asked = 0  # bytes of all storages together

    def read(self) -> Any:
        """The object of the file."""
        if self.pickle() != MAGIC:
            raise ArchiveError("Invalid magic number; corrupt file?")
        version = self.pickle()
        if version != VERSION:
            raise ArchiveError(f"Invalid protocol version: {str(version)[:20]}")
        facts = self.pickle()
        little = not isinstance(facts, dict) or facts.get("little_endian", True)
        found = self.pickle()
        keys = self.pickle()
        if not isinstance(keys, list):
            raise UnpicklingError("the keys of the storages are no list.")
        for key in cast("list[Any]", keys):
            self.fill(str(key), "little" if little else "big")
        return found

    def pickle(self) -> Any:
        """The next pickle."""
        policy = self.policy(self.size)
        return unpickle(Machine(self.stream, policy, self.storage, self.encoding))

    def storage(self, identity: Any) -> TypedStorage:
        """The storage of a persistent id, with no numbers yet.

        Raises:
            UnpicklingError: it is no such id, or the storages are larger than the file.
        """
        if isinstance(identity, tuple) and identity[:1] == ("module",):
            return cast("Any", identity)[1]  # a class, and its source, which is not compared
        view = cast("Any", identity)[5] if isinstance(identity, tuple) and identity[5:] else None
        kind, key, location, count = read_identity(identity, 6)
        if key not in self.storages:
            self.asked += count * kind.itemsize
            if self.asked > self.size:
                raise UnpicklingError(
                    f"the storages are {self.asked} bytes, and the whole file is {self.size}."
                )
            cell = TensorData.empty((count,), stored_dtype(kind)).cell
            untyped = UntypedStorage(cell)
            made = TypedStorage(wrap_storage=untyped, dtype=kind)
            self.storages[key] = self.restore(made, location)
        if view is not None:
            raise ArchiveError(
                "the file holds views of storages, as PyTorch before 0.4 wrote; load it there and "
                "save it again."
            )
        return self.storages[key]

    def fill(self, key: str, order: str) -> None:
        """Read the numbers of a storage."""
        storage = self.storages.get(key)
        if storage is None:
            raise UnpicklingError(f"storage key {key[:40]!r} is nobody's.")
        try:
            count = int.from_bytes(self.stream.read(8), "little" if order == "little" else "big")
            if count != storage.size():
                raise ArchiveError(
                    f"storage has wrong byte size: expected {storage.size()} numbers got {count}"
                )
            room = bytes_of(storage._cell)
            for place in range(0, len(room), CHUNK):
                part = room[place : place + CHUNK]
                part[:] = self.stream.read(len(part))
        except UnpicklingError as error:
            raise ArchiveError(f"unexpected end of file in a storage: {error}") from None
        if order != sys.byteorder:
            swap(storage._cell.array)
