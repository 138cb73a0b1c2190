"""Downloading a file from the first mirror that serves the right bytes.

Idea: what counts is the SHA-256 of the *decompressed* bytes: two gzip files of the same data differ
    in their time stamps. A body lands in a temporary folder beside its destination, is verified,
    and is then renamed: under its own name there is a whole, right file or none.
Not here: where files are looked for first (locate.py); the lists of mirrors (mnist.py, sst2.py).
Read next: locate.py
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag

import pooch

from minitorch.data.files import read_bytes
from minitorch.errors import DataError, OutputError

__all__ = ["RemoteFile", "download"]

logger = logging.getLogger(__name__)

TIMEOUT = 30  # seconds without a byte
FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


@dataclass(frozen=True)
class RemoteFile:
    """A file to be had from several places.

    Args:
        name: the name to keep it under; ends in .gz if it is to be had compressed.
        sha256: of its decompressed bytes, in hexadecimal.
        size: how many bytes it has, decompressed.
        mirrors: addresses, best first; `archive.zip#member` is a member of a zip archive.

    >>> RemoteFile("dev.tsv", "54a9c1...", 94_931, ("https://host/SST-2.zip#SST-2/dev.tsv",)).name
    'dev.tsv'
    """

    name: str
    sha256: str
    size: int
    mirrors: tuple[str, ...]


def download(file: RemoteFile, folder: Path) -> Path:
    """Fetch `file` into `folder` from the first mirror that has it, and return its path.

    Raises:
        DataError: every mirror failed; the text says how each did.
        OutputError: `folder` cannot be made or written, or its disk is full.

    >>> nowhere = RemoteFile("dev.tsv", "54a9c1...", 94_931, mirrors=())
    >>> download(nowhere, Path("unused"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    minitorch.errors.DataError: dev.tsv could not be downloaded; expected 94,931 bytes ...
    """
    failures: list[str] = []
    for mirror in file.mirrors:
        try:
            return _fetch(mirror, file, folder)
        except OutputError:
            raise
        except (DataError, OSError) as error:
            logger.warning("%s: %s", mirror, error)
            failures.append(f"  {mirror}: {error}")
    raise DataError(
        f"{file.name} could not be downloaded; expected {file.size:,} bytes with SHA-256 "
        f"{file.sha256} (decompressed), but every mirror failed:\n" + "\n".join(failures) + "\n"
        f"Check the network and try again, or put the file into {folder} yourself."
    )


def _fetch(mirror: str, file: RemoteFile, folder: Path) -> Path:
    """Fetch from one mirror: body, decompressed bytes, their hash, and only then the name."""
    address, member = urldefrag(mirror)
    logger.info("downloading %s from %s", file.name, address)
    # identity: a server that packs or unpacks on the way would leave us guessing what the body is
    get = pooch.HTTPDownloader(
        chunk_size=1 << 16, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
            body = Path(temporary) / "body"
            get(address, str(body), None)
            if member:
                body = _extract(body, member, file.size)
            compressed = _verify(body, file)
            target = folder / (file.name if compressed else file.name.removesuffix(".gz"))
            _flush(body)
            return body.replace(target)
    except OSError as error:  # the network's errors are OSErrors too, without these numbers
        if error.errno in FULL | CLOSED:
            raise OutputError(
                f"cannot write {file.name} to {folder} ({error.strerror}); expected a writable "
                f"folder with {file.size:,} bytes free. Make room, or set MINITORCH_CACHE to "
                "another folder."
            ) from error
        raise


def _extract(archive: Path, member: str, size: int) -> Path:
    """Copy one member, at most `size` + 1 bytes of it, to a file beside the archive."""
    target = archive.with_name("member")
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as source:
            target.write_bytes(source.read(size + 1))
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"not a zip archive with a sound member {member!r}: {error}") from error
    return target


def _verify(body: Path, file: RemoteFile) -> bool:
    """Check size and hash of the decompressed bytes; return whether they are compressed."""
    data, fault, compressed = read_bytes(body, limit=file.size)
    if fault:
        raise DataError(f"after {len(data):,} of {file.size:,} bytes {fault}")
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise DataError(f"got {len(data):,} bytes with SHA-256 {found}")
    return compressed


def _flush(path: Path) -> None:
    """Put the bytes on the disk, so that a rename cannot outlive them."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
