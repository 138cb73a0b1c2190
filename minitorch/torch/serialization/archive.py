"""The zip file that PyTorch's checkpoints are, read with suspicion and written in its layout.

Idea: every record is stored as it is, never compressed, so that no record is larger than the file,
    all together are not, and what is read can be bounded before it is read. Records are looked up
    by name, and nothing is ever unpacked onto the disk.
Not here: what the records mean (loading.py, saving.py).
Read next: loading.py
"""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import PurePath
from typing import Any, BinaryIO

from minitorch.errors import ArchiveError

__all__ = ["ArchiveReader", "ArchiveWriter", "is_archive"]

SIGNATURE = b"PK\x03\x04"
ALIGNMENT = 64  # of the first byte of each record
CHUNK = 1 << 20
LOCAL_HEADER = 30  # bytes before the name and the extra field of a record
FILLER = 0x4246  # the extra field that PyTorch pads with, "FB"
LARGE = 2**31 - 1  # from here on a record's sizes take a longer header
MAX_RECORDS = 1 << 22


def is_archive(file: BinaryIO) -> bool:
    r"""True where the file continues as a zip file does; leaves it where it is.

    >>> import io
    >>> is_archive(io.BytesIO(b"PK\x03\x04..."))
    True
    """
    place = file.tell()
    start = file.read(len(SIGNATURE))
    file.seek(place)
    return start == SIGNATURE


class ArchiveReader:
    """The records of a zip file.

    Args:
        file: open for reading, and seekable.

    Raises:
        ArchiveError: it is no zip file, is truncated, or says of itself what cannot be true.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.size = file.seek(0, os.SEEK_END)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
            raise ArchiveError(
                f"failed reading zip archive: {error}. The file is truncated, damaged, or no "
                "checkpoint."
            ) from error
        self._file = file
        self._records = self._checked(self._zip.infolist())
        self.root = self._root()

    def _checked(self, records: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        named = {record.filename: record for record in records}
        if len(named) != len(records):
            raise ArchiveError("two records of the archive have one name; expected each once.")
        for record in records:
            if record.compress_type != zipfile.ZIP_STORED or record.flag_bits & 1:
                raise ArchiveError(
                    f"record {record.filename[:80]!r} is compressed or encrypted; PyTorch stores "
                    "records as they are. Write the file again without compression."
                )
            if record.compress_size != record.file_size:
                raise ArchiveError(f"record {record.filename[:80]!r} has two sizes.")
        total = sum(record.file_size for record in records)
        if total > self.size:
            raise ArchiveError(
                f"the records of the archive are {total} bytes together, the file has "
                f"{self.size}; they overlap, or the file is truncated."
            )
        return named

    def _root(self) -> str:
        """The folder that all records are in: it is named as the file was."""
        roots = {name.partition("/")[0] for name in self._records if "/" in name}
        found = [root for root in roots if f"{root}/data.pkl" in self._records]
        found += [root for root in roots if f"{root}/constants.pkl" in self._records]
        if len(set(found)) != 1:
            raise ArchiveError(
                "the archive has no record data.pkl in one folder; expected a file that "
                "torch.save wrote."
            )
        return found[0]

    def has(self, name: str) -> bool:
        """True where there is a record of this name."""
        return f"{self.root}/{name}" in self._records

    def size_of(self, name: str) -> int:
        """How many bytes a record has.

        Raises:
            ArchiveError: there is none of this name.
        """
        return self._info(name).file_size

    def _info(self, name: str) -> zipfile.ZipInfo:
        record = self._records.get(f"{self.root}/{name}")
        if record is None:
            raise ArchiveError(f"file not found: the archive has no record {name[:80]!r}.")
        return record

    def read(self, name: str) -> bytes:
        """The bytes of a record."""
        room = bytearray(self.size_of(name))
        self.read_into(name, memoryview(room))
        return bytes(room)

    def read_into(self, name: str, room: memoryview[Any]) -> None:
        """Fill `room` with the first bytes of a record, and check the record's sum.

        Raises:
            ArchiveError: the record is shorter, or not what was written.
        """
        record = self._info(name)
        try:
            with self._zip.open(record) as source:
                place = 0
                while chunk := source.read(CHUNK):
                    part = chunk[: len(room) - place]
                    room[place : place + len(part)] = part
                    place += len(part)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, struct.error) as error:
            raise ArchiveError(
                f"failed reading record {name[:80]!r}: {error}. The file is damaged."
            ) from error
        if place < len(room):
            raise ArchiveError(
                f"record {name[:80]!r} has {place} bytes, and {len(room)} are needed."
            )

    def offset(self, name: str) -> int:
        """Where in the file the bytes of a record begin."""
        record = self._info(name)
        self._file.seek(record.header_offset)
        header = self._file.read(LOCAL_HEADER)
        if len(header) != LOCAL_HEADER or header[:4] != SIGNATURE:
            raise ArchiveError(f"record {name[:80]!r} is not where the archive says.")
        start = record.header_offset + LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
        if start + record.file_size > self.size:
            raise ArchiveError(f"record {name[:80]!r} ends behind the end of the file.")
        return start


class ArchiveWriter:
    """Writes records one after the other; used with `with`.

    Args:
        file: open for writing.
        name: of the file; the folder of the records is named so.
    """

    def __init__(self, file: BinaryIO, name: str = "archive") -> None:
        self.root = PurePath(name).stem or "archive"
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def write(self, name: str, data: Any) -> None:
        """Add a record; its first byte is at a multiple of 64."""
        record = zipfile.ZipInfo(f"{self.root}/{name}", (1980, 1, 1, 0, 0, 0))
        size = memoryview(data).nbytes
        before = self._zip.start_dir + LOCAL_HEADER + len(record.filename.encode())
        before += 4 + (20 if size * 1.05 > LARGE else 0)
        padding = -before % ALIGNMENT
        record.extra = struct.pack("<HH", FILLER, padding) + b"Z" * padding
        self._zip.writestr(record, data)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
