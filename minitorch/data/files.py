"""The bytes of a data file, gzip-compressed or not.

Idea: what a file is, its first two bytes say, not its name: 1f 8b is gzip. A stream that breaks
    off is no exception here but a `fault` beside the bytes that were found, so that the reader
    of a format can say both what it expected and what there was.
Not here: the formats (idx.py, sst2.py); where files are looked for (locate.py).
Read next: idx.py
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

from minitorch.errors import DataError

__all__ = ["Content", "read_bytes"]

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 18
LIMIT = 1 << 31  # no data set here is larger: a bound on what a hostile .gz can make us allocate


class Content(NamedTuple):
    """The decompressed bytes of a file, and why there are no more of them ("" if it ended well).

    >>> Content(bytearray(b"whole"), fault="", compressed=False).fault or "ended well"
    'ended well'
    """

    data: bytearray
    fault: str
    compressed: bool


def read_bytes(path: Path, limit: int = LIMIT) -> Content:
    """Read a whole file, through gzip if its first bytes say so.

    At most about `limit` bytes are kept; a longer file gets a fault.

    Raises:
        DataError: the file cannot be opened or read at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "five"
    ...     _ = path.write_bytes(gzip.compress(b"hello")[:-6])
    ...     read_bytes(path)
    Content(data=bytearray(b'hello'), fault='the gzip stream breaks off', compressed=True)
    """
    data, fault, compressed = bytearray(), "", False
    try:
        with path.open("rb") as file:
            compressed = file.peek(2)[:2] == GZIP_MAGIC
            stream = gzip.GzipFile(fileobj=file) if compressed else file
            # read1, not read: what came before the break is kept
            while chunk := stream.read1(CHUNK):
                data += chunk
                if len(data) > limit:
                    fault = f"there is more, but no more than {limit:,} bytes are read"
                    break
    except EOFError:
        fault = "the gzip stream breaks off"
    except (gzip.BadGzipFile, zlib.error) as error:
        fault = f"the gzip stream is damaged: {error}"
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}). "
            "Check that it is a file and that you may read it."
        ) from error
    return Content(data, fault, compressed)
