"""Checkpoints that nobody would write, made by hand.

Idea: a pickle is a few ops, an archive a few records; each attack is one of them, changed.
Not here: what must happen (test_hostile.py).
Read next: tests/torch/io/test_hostile.py
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping


def archive(
    data: bytes,
    records: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
    root: str = "archive",
) -> io.BytesIO:
    """A zip file with a pickle and other records."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        out.writestr(f"{root}/data.pkl", data)
        out.writestr(f"{root}/byteorder", b"little")
        for name, content in (records or {}).items():
            out.writestr(f"{root}/{name}", content)
        out.writestr(f"{root}/version", b"3\n")
    file.seek(0)
    return file


def text(value: str) -> bytes:
    """An op that pushes a string."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    """An op that pushes an integer."""
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes((len(data),)) + data


def numbers(values: tuple[int, ...]) -> bytes:
    """Ops that push a tuple of integers."""
    return b"(" + b"".join(map(number, values)) + b"t"


def storage(count: int, key: str = "0", kind: str = "FloatStorage", place: str = "cpu") -> bytes:
    """Ops that push a storage."""
    return (
        b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text(place)
        + number(count) + b"tQ"
    )  # fmt: skip


def tensor(
    count: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    offset: int = 0,
    of: bytes | None = None,
) -> bytes:
    """Ops that push a tensor."""
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + (storage(count) if of is None else of)
        + number(offset) + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)RtR"
    )  # fmt: skip


def pickle(ops: bytes) -> bytes:
    """A whole pickle of protocol 2."""
    return b"\x80\x02" + ops + b"."
