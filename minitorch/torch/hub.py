"""torch.hub: programs and weights from the network, which are not fetched here.

Idea: fetching a program and running it is what this library does not do; a file of weights that
    is there is read by torch.load.
Not here: data sets, which are fetched (../data/).
Read next: serialization/__init__.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from minitorch.torch.missing import absent, getattr_of

__all__ = [
    "download_url_to_file",
    "get_dir",
    "help",
    "list",
    "load",
    "load_state_dict_from_url",
    "set_dir",
]

FETCH = "Fetch the file yourself, and load it with torch.load."
_places: dict[str, str] = {}


def get_dir() -> str:
    """The folder in which PyTorch keeps what it fetched.

    >>> get_dir().endswith("hub")
    True
    """
    home = os.environ.get("TORCH_HOME") or str(Path.home() / ".cache" / "torch")
    return _places.get("dir") or str(Path(home) / "hub")


def set_dir(d: Any) -> None:
    """Set the folder."""
    _places["dir"] = str(d)


@absent("torch.hub.load", "Install the program that defines the model, and import it.")
def load(repo_or_dir: str, model: str, *_: Any, **__: Any) -> Any:
    """Refused: it would run a program from the network."""


@absent("torch.hub.list", "Look at the repository.")
def list(github: str, *_: Any, **__: Any) -> Any:
    """Refused: it would run a program from the network."""


@absent("torch.hub.help", "Look at the repository.")
def help(github: str, model: str, *_: Any, **__: Any) -> Any:
    """Refused: it would run a program from the network."""


@absent("torch.hub.load_state_dict_from_url", FETCH)
def load_state_dict_from_url(url: str, *_: Any, **__: Any) -> Any:
    """Refused: nothing is fetched from a place that a program names."""


@absent("torch.hub.download_url_to_file", FETCH)
def download_url_to_file(url: str, dst: str, *_: Any, **__: Any) -> None:
    """Refused: nothing is fetched from a place that a program names."""


__getattr__ = getattr_of(__name__)
