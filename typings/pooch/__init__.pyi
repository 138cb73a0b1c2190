"""The part of pooch that minitorch uses."""

from collections.abc import Callable
from os import PathLike
from typing import Any, Literal

__version__: str

# url, name of the file to write, the Pooch or None
_Downloader = Callable[[str, str, "Pooch | None"], object]
_Processor = Callable[[str, Literal["download", "fetch", "update"], "Pooch | None"], object]

class Pooch: ...

class HTTPDownloader:
    progressbar: bool
    chunk_size: int
    kwargs: dict[str, Any]
    def __init__(self, progressbar: bool = ..., chunk_size: int = ..., **kwargs: Any) -> None: ...
    def __call__(
        self, url: str, output_file: str, pooch: Pooch | None, check_only: bool = ...
    ) -> bool | None: ...

def retrieve(
    url: str,
    known_hash: str | None = ...,
    fname: str | None = ...,
    path: str | PathLike[str] | None = ...,
    processor: _Processor | None = ...,
    downloader: _Downloader | None = ...,
    progressbar: bool = ...,
) -> str: ...
def file_hash(fname: str | PathLike[str], alg: str = ...) -> str: ...
def os_cache(project: str) -> PathLike[str]: ...
