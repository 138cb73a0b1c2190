"""The IDX format, in which MNIST comes: a magic number, the sizes, the numbers.

Idea: magic = two zero bytes, a code of the element type, the number of dims; then one 4-byte size
    per dim; then the elements, row-major; everything big-endian. So the header says exactly how
    many bytes the file must have, and any other number is an error.
Not here: what the numbers mean (mnist.py); gzip (files.py).
Read next: mnist.py
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch.data.files import read_bytes
from minitorch.errors import DataError

__all__ = ["read_idx"]

ELEMENTS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
AGAIN = "Delete it and get it again, or point --data at an undamaged copy."


def read_idx(path: str | Path) -> npt.NDArray[Any]:
    """Read an IDX file, gzip-compressed or raw, into an array of the header's shape.

    The dtype is the header's (uint8 for MNIST), in the byte order of this machine.

    Raises:
        DataError: the file cannot be read, is not IDX, or has not the bytes its header promises.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two-by-three"
    ...     _ = path.write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    ...     read_idx(path)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    path = Path(path)
    data, fault, _ = read_bytes(path)
    dtype, shape = _read_header(path, data, fault)
    start = 4 + 4 * len(shape)
    expected = start + math.prod(shape) * dtype.itemsize
    if fault or len(data) != expected:
        raise DataError(
            f"{path}: this IDX file is {'too long' if len(data) > expected else 'truncated'}: "
            f"expected {expected:,} bytes ({start} of header and {_times(shape)} elements of "
            f"{dtype.itemsize} byte{'s' if dtype.itemsize > 1 else ''}), "
            f"found {len(data):,}{_because(fault)}. {AGAIN}"
        )
    array = np.frombuffer(data, dtype=dtype, offset=start).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(path: Path, data: bytearray, fault: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the element type and the shape; only the header's own bytes are judged."""
    if len(data) < 4:
        raise DataError(
            f"{path}: expected an IDX file, which starts with 4 bytes of magic number, "
            f"found {len(data)} bytes{_because(fault)}. {AGAIN}"
        )
    zeros, code, dims = struct.unpack_from(">HBB", data)
    if zeros != 0 or code not in ELEMENTS:
        raise DataError(
            f"{path}: not an IDX file: expected a magic number of the form 0x0000TTDD "
            f"(TT an element type of {', '.join(f'{known:02x}' for known in ELEMENTS)}; DD the "
            f"number of dims), found 0x{data[:4].hex()}. {AGAIN}"
        )
    if len(data) < 4 + 4 * dims:
        raise DataError(
            f"{path}: the IDX header is truncated: expected {4 + 4 * dims} bytes for {dims} dims, "
            f"found {len(data)}{_because(fault)}. {AGAIN}"
        )
    return np.dtype(ELEMENTS[code]), struct.unpack_from(f">{dims}I", data, 4)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "1"


def _because(fault: str) -> str:
    return f" ({fault})" if fault else ""
