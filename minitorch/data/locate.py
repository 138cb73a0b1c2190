"""Finding the files of a data set.

Idea: the first place that has them all: the folder given with --data, then MINITORCH_DATA, then the
    user cache; what the cache lacks is downloaded into it. Files of one set never come from two
    places: a half-filled folder is an error, not a reason to mix.
Not here: reading them (idx.py, sst2.py); the download itself (download.py).
Read next: download.py
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from minitorch.config import config
from minitorch.data.download import RemoteFile, download
from minitorch.errors import DataError

__all__ = ["Source", "cache_folder", "find_files"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What a data set consists of.

    Args:
        name: its name, and the name of its folder in the cache.
        folders: where in a place its files may lie ("" is the place itself).
        files: all of them are needed; each is accepted with and without .gz.

    >>> Source("poems", folders=("poems", ""), files=(RemoteFile("a.tsv", "00", 9, ()),)).name
    'poems'
    """

    name: str
    folders: tuple[str, ...]
    files: tuple[RemoteFile, ...]


def cache_folder() -> Path:
    """Return the folder of downloaded data: in MINITORCH_CACHE if set, else in the user cache.

    >>> cache_folder().name
    'data'
    """
    root = Path(config.cache).expanduser() if config.cache else None
    return (root or platformdirs.user_cache_path("minitorch")) / "data"


def find_files(source: Source, root: Path | None, *, download_missing: bool = True) -> list[Path]:
    """Return the paths of the files of `source`, in its order.

    Raises:
        DataError: a named folder does not exist, or has some of the files but not all; the files
            are nowhere and may not, or cannot, be downloaded.
        OutputError: the cache cannot be written.

    >>> import tempfile
    >>> source = Source("poems", folders=("poems", ""), files=(RemoteFile("a.tsv", "00", 9, ()),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "a.tsv").touch()
    ...     [path.name for path in find_files(source, Path(folder))]
    ['a.tsv']
    """
    named = [("--data", root), ("MINITORCH_DATA", config.data)]
    tried: list[str] = []
    for origin, place in named:
        if place is None:
            continue
        folder = Path(place).expanduser()
        found = _search(source, _existing(folder, origin))
        missing = [file.name for file in source.files if file.name not in found]
        if not missing:
            return list(found.values())
        if found:
            raise DataError(
                f"{folder} (from {origin}) has {', '.join(found)} of {source.name}, but not "
                f"{', '.join(missing)}; expected all files of a data set in one folder. Add what "
                "is missing, or name another folder."
            )
        logger.info("no %s in %s (from %s)", source.name, folder, origin)
        tried.append(f"{folder} (from {origin})")
    cache = cache_folder()
    found = _search(source, cache)
    missing = [file for file in source.files if file.name not in found]
    if missing and not download_missing:
        names = ", ".join(file.name for file in missing)
        raise DataError(
            f"{source.name} was not found: no {names} in {', '.join([*tried, str(cache)])}; "
            "expected them there, with or without .gz. Point --data or MINITORCH_DATA at their "
            "folder, or allow the download."
        )
    for file in missing:
        found[file.name] = download(file, cache / source.name)
    return [found[file.name] for file in source.files]


def _existing(folder: Path, origin: str) -> Path:
    if not folder.is_dir():
        raise DataError(
            f"{origin} names {folder}, which {'is a file' if folder.exists() else 'does not exist'}"
            "; expected a folder with data sets. Check its spelling, or leave it out to use "
            "the user cache."
        )
    return folder


def _search(source: Source, place: Path) -> dict[str, Path]:
    """Return the files found in the folder of `place` that has most of them."""

    def found_in(folder: Path) -> dict[str, Path]:
        paths: dict[str, Path] = {}
        for file in source.files:
            plain = file.name.removesuffix(".gz")
            for name in (plain, f"{plain}.gz"):
                if file.name not in paths and (folder / name).is_file():
                    paths[file.name] = folder / name
        return paths

    # max keeps the first of equals, so the order of `folders` decides
    return max((found_in(place / folder) for folder in source.folders), key=len)
